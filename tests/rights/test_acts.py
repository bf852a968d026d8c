"""The table of roles and acts, its page, and what the console lets through."""

from __future__ import annotations

from sync_protocol.acts import ACTS, ROLES, may
from tools.rights_page import PAGE, page


def test_the_page_says_what_the_code_does() -> None:
    assert PAGE.read_text() == page()


def test_every_act_is_allowed_to_somebody_and_only_to_roles_that_exist() -> None:
    for act, (_, allowed) in ACTS.items():
        assert allowed, act
        assert set(allowed) <= set(ROLES), act


def test_one_person_with_several_roles_may_do_what_any_of_them_may() -> None:
    assert not may(["account_manager"], "import")
    assert may(["account_manager", "administrator"], "import")
    assert not may([], "see_products")
