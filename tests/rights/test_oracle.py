"""The code's table of rights is the one that people agreed on."""

from __future__ import annotations

from sync_protocol.acts import ACTS, ROLES, STEP_UP
from tests.rights.oracle import LETTERS, rows


def test_the_code_knows_the_roles_that_were_agreed_on():
    assert set(LETTERS.values()) == set(ROLES)


def test_every_act_is_allowed_to_those_that_were_agreed_on_and_to_nobody_else():
    assert {act: frozenset(roles) for act, (_, roles) in ACTS.items()} == {
        act: roles for act, (roles, _) in rows().items()
    }


def test_the_acts_that_ask_for_a_second_factor_are_those_that_were_agreed_on():
    assert {act for act, (_, asks) in rows().items() if asks} == STEP_UP


def test_nobody_both_asks_and_decides_but_the_department_manager_who_needs_a_second_person():
    agreed = rows()

    assert not agreed["look_up"][0] & agreed["approve_lookup"][0]
    assert agreed["ask_release"][0] & agreed["release"][0] == {"department_manager"}
