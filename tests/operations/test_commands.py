"""`roundbook customer` and `roundbook book archive`, as an operator gives them (R19-R21)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from roundbook.commands import book, customer
from tests.head_office import HeadOffice, open_office

Run = Callable[..., str]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> HeadOffice:
    home: Path = tmp_path_factory.mktemp("commands")
    found = open_office(home)
    found.user("li")
    for login in ("asks", "agrees"):
        found.user(login, "administrator")
    found.book("north", maintainer="li")
    return found


@pytest.fixture
def run(small: HeadOffice) -> Run:
    def give(*words: str, status: int = 0) -> str:
        commands = {"customer": customer.command, "book": book.command}
        result: Result = CliRunner().invoke(commands[words[0]], words[1:], env={"ROUNDBOOK_HOME": str(small.home)})
        assert result.exit_code == status, (result.output, result.exception)
        return result.output

    return give


def test_r20_one_asks_another_agrees_and_the_customer_is_gone(run: Run, small: HeadOffice) -> None:
    gone = small.customer("north", "Forget Me", customer_code="F1")

    assert "1 records" in run("customer", "erase", "ask", "F1", "--by", "asks", "--reason", "he asked", "--preview")
    request = run("customer", "erase", "ask", "F1", "--by", "asks", "--reason", "he asked").strip()
    assert "by asks: he asked" in run("customer", "erase", "list")
    assert "somebody else" in run("customer", "erase", "consent", request, "--by", "asks", status=1)
    assert "right" in run("customer", "erase", "consent", request, "--by", "li", status=1)
    assert "erased: 1 records" in run("customer", "erase", "consent", request, "--by", "agrees")

    assert "no customer" in run("customer", "erase", "ask", gone, "--by", "asks", "--reason", "again", status=1)
    assert run("customer", "erase", "list") == ""


def test_r21_two_customers_are_merged_after_a_preview(run: Run, small: HeadOffice) -> None:
    small.customer("north", "One", customer_code="M1", contact_phone="515 555 0101")
    small.customer("north", "Two", customer_code="M2")

    before = run("customer", "merge", "M1", "M2", "--preview")
    done = run("customer", "merge", "M1", "M2", "--take", "contact_phone")

    assert "contact_phone: None stays, '515 555 0101' goes" in before and "1 records" in before
    assert "1 records of M1 lie below M2 now" in done
    assert "merged with another" in run("customer", "merge", "M1", "M2", status=1)


def test_r19_old_visits_are_archived_after_a_preview(run: Run, small: HeadOffice) -> None:
    shop = small.customer("north", "Old Friend")
    visit = {"op": "create", "type": "visit", "record": shop[:-4] + "aaaa", "customer": shop}
    small.write("north", {**visit, "set": {"state": "done", "checked_in_at": 1_500_000_000_000}})

    assert "north: 1 records of 1 customers" in run("book", "archive", "--before", "2020-01-01", "--preview")
    assert "1 records of 1 books" in run("book", "archive", "north", "--before", "2020-01-01")
    assert "0 records of 0 books" in run("book", "archive", "--before", "2020-01-01")
    assert "younger" in run("book", "archive", "--before", "2026-11-01", status=1)
