"""`roundbook seat`, `roundbook book move` and `roundbook user dismiss`, as an operator gives them (decision 10, R17, R18)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from roundbook.commands import book, seat, user
from tests.head_office import HeadOffice, open_office

Run = Callable[..., str]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> HeadOffice:
    """One head office for all commands; each test has books of its own."""
    found = open_office(tmp_path_factory.mktemp("commands"))
    for login in ("li", "wang", "gao"):
        found.user(login)
    return found


@pytest.fixture
def names(small: HeadOffice) -> tuple[str, str]:
    """Two books of this test's own; Li has the first, Wang the second."""
    north, south = f"north{len(small.books)}", f"south{len(small.books)}"
    small.book(north, maintainer="li")
    small.book(south, maintainer="wang")
    return north, south


@pytest.fixture
def run(small: HeadOffice) -> Run:
    def give(*words: str, status: int = 0) -> str:
        commands = {"seat": seat.command, "book": book.command, "user": user.command}
        result: Result = CliRunner().invoke(commands[words[0]], words[1:], env={"ROUNDBOOK_HOME": str(small.home)})
        assert result.exit_code == status, (result.output, result.exception)
        return result.output

    return give


def test_a_hand_over_is_previewed_done_and_told_in_the_history(run: Run, names: tuple[str, str]) -> None:
    north, _ = names

    before = run("seat", "hand-over", north, "maintainer", "wang", "--preview")
    done = run("seat", "hand-over", north, "maintainer", "wang")

    assert "goes from li to wang" in before and "that get them: wang" in before and "that lose them: li" in before
    assert "maintainer is Wang, term 2" in done
    told = json.loads(run("seat", "history", north, "--json"))
    assert [(t["seat"], t["term"], t["user"], t["from"], t["to"], t["by"]) for t in told] == [
        ("maintainer", 1, "li", 1, 1, "system"),
        ("maintainer", 2, "wang", 2, None, "system"),
    ]
    assert len(run("seat", "history", north).splitlines()) == 2


def test_a_stand_in_stays_to_the_end_of_a_day(run: Run, names: tuple[str, str]) -> None:
    north, _ = names

    done = run("seat", "stand-in", north, "maintainer", "wang", "--until", "2099-12-31")
    past = run("seat", "hand-over", north, "maintainer", "wang", "--until", "2001-01-01", status=1)

    assert "to the end of 2099-12-31" in done and "in the future" in past
    run("seat", "stand-in", north, "maintainer", "wang", status=2)


def test_a_seat_is_left_vacant_and_said_to_be(run: Run, names: tuple[str, str]) -> None:
    north, _ = names

    assert "goes from li to vacant" in run("seat", "vacate", north, "maintainer", "--preview")
    assert "maintainer is vacant" in run("seat", "vacate", north, "maintainer")


def test_a_successor_is_named_and_withdrawn(run: Run, names: tuple[str, str]) -> None:
    north, _ = names

    assert "load it at their next sync" in run("seat", "successor", north, "wang")
    assert "no more" in run("seat", "successor", north, "wang", "--withdraw")
    assert "reads it already" in run("seat", "successor", north, "li", status=1)


def test_customers_move_by_code_by_id_and_from_a_file(
    run: Run, names: tuple[str, str], small: HeadOffice, tmp_path: Path
) -> None:
    north, south = names
    customers = [small.customer(north, f"Shop {n}", customer_code=f"{north}-{n}") for n in range(3)]
    file = tmp_path / "customers.txt"
    file.write_text(f"\ufeff{north}-1\n\n {north}-2 \n", encoding="utf-8")
    wanted = ("book", "move", customers[0], "--from-file", str(file), "--to", south)

    before = run(*wanted, "--preview")
    done = run(*wanted)
    again = run(*wanted)

    assert f"3 customers would go to {south}: 3 records" in before
    assert f"3 customers moved to {south}, 3 records with 0 photos" in done
    assert "0 customers moved" in again and "3 were there already" in again


def test_a_wrong_word_moves_nothing_and_says_what_is_wrong(run: Run, names: tuple[str, str]) -> None:
    north, south = names

    assert "no customer is called nowhere" in run("book", "move", "nowhere", "--to", south, status=1)
    assert "there is no book nowhere" in run("book", "move", "x", "--to", "nowhere", status=1)
    assert "there is no user nobody" in run("seat", "hand-over", north, "maintainer", "nobody", status=1)
    assert "name customers" in run("book", "move", "--to", south, status=2)


def test_a_person_is_dismissed_and_what_he_held_is_told(run: Run, names: tuple[str, str]) -> None:
    north, _ = names
    run("seat", "hand-over", north, "maintainer", "gao")

    before = run("user", "dismiss", "gao", "--preview")
    kept = run("user", "dismiss", "gao")
    given = run("user", "dismiss", "gao", "--vacate")

    assert "would be dismissed" in before
    assert f"{north}: maintainer stays in this name" in kept
    assert f"{north}: maintainer is given up" in given
    assert json.loads(run("seat", "history", north, "--json"))[-1]["user"] is None
    assert "has left" in run("seat", "hand-over", north, "maintainer", "gao", status=1)
