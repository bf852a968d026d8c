"""What of a secret reaches a device (decision 4): its last four characters at most, in no record that speaks of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sync_protocol.shortening import is_shortened, secrets_of, shortened

ACCOUNT = "6222020000001234"


@pytest.mark.parametrize(("value", "shown"), [(ACCOUNT, "…1234"), ("123456789", "…6789"), ("12345678", "…"), ("", "…")])
def test_of_a_long_secret_the_end_is_shown_and_of_a_short_one_nothing(value: str, shown: str) -> None:
    fields = shortened("customer", {"bank_account": value, "store_name": "Shop"})

    assert fields == {"bank_account": shown, "store_name": "Shop"}


def test_a_secret_that_is_no_text_does_not_travel() -> None:
    assert shortened("product", {"cost_price_minor": 899, "unit_price_minor": 1299}) == {"unit_price_minor": 1299}


def test_a_record_of_a_type_that_this_release_does_not_know_travels_as_it_is() -> None:
    assert secrets_of("spaceship") == frozenset() and shortened("spaceship", {"a": 1}) == {"a": 1}


def test_a_proposal_and_a_conflict_about_a_secret_do_not_give_it_away() -> None:
    change = {
        "n": 1,
        "type": "customer",
        "set": {"bank_account": ACCOUNT, "needs": "ice"},
        "was": {"bank_account": ACCOUNT},
    }
    conflict: dict[str, Any] = {
        "of_type": "customer",
        "field": "bank_account",
        "kept": json.dumps(ACCOUNT),
        "lost": "null",
    }

    told = [shortened("proposal", {"change": json.dumps(change)}), shortened("conflict", conflict)]

    assert ACCOUNT[:-4] not in json.dumps(told)
    assert json.loads(told[0]["change"])["set"] == {"bank_account": "…1234", "needs": "ice"}
    assert json.loads(told[1]["kept"]) == "…1234" and json.loads(told[1]["lost"]) is None


def test_a_conflict_about_anything_else_travels_whole() -> None:
    conflict = {"of_type": "customer", "field": "needs", "kept": '"ice"', "lost": '"glasses"'}

    assert shortened("conflict", conflict) == conflict


def test_what_was_shown_is_known_for_what_it_is() -> None:
    assert is_shortened("customer", "bank_account", "…1234")
    assert not is_shortened("customer", "bank_account", ACCOUNT) and not is_shortened("customer", "needs", "…1234")
