"""`roundbook seat`: who holds which seat, since when, and who comes next."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import click

from roundbook.commands._server import head_office
from roundbook.commands._words import instant, moving_people, unsent_lines
from server.services import books, hand_over_preview, hand_overs, parts, successors, users
from sync_protocol.fields import Seat

BOOK = click.argument("book")
SEAT = click.argument("seat", type=click.Choice([seat.value for seat in Seat]))
LOGIN = click.argument("login")
PREVIEW = click.option("--preview", is_flag=True, help="Say what it would do, and do nothing.")
DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def command() -> None:
    """Say who has which seat of a book, hand over, name a stand-in or a successor."""


@command.command()
@BOOK
@SEAT
@LOGIN
def assign(book: str, seat: str, login: str) -> None:
    """Give the seat SEAT of the book BOOK to the user LOGIN. Giving a held seat to another is a hand-over: its term rises."""
    with head_office():
        _hand_over(_book(book), book, seat, _user(login), None, preview=False)


@command.command("hand-over")
@BOOK
@SEAT
@LOGIN
@click.option("--until", type=DAY, help="The last day: LOGIN stands in, and the seat falls back afterwards.")
@PREVIEW
def hand_over(book: str, seat: str, login: str, until: datetime | None, preview: bool) -> None:
    """Hand the seat SEAT of the book BOOK over to the user LOGIN.

    What the present holder made before and sends later still counts: facts late, edits of the file and orders as proposals.
    """
    with head_office():
        _hand_over(_book(book), book, seat, _user(login), until, preview=preview)


@command.command("stand-in")
@BOOK
@SEAT
@LOGIN
@click.option("--until", type=DAY, required=True, help="The last day.")
@PREVIEW
def stand_in(book: str, seat: str, login: str, until: datetime, preview: bool) -> None:
    """Let LOGIN stand in on the seat SEAT of the book BOOK, to the end of a day; then the seat falls back by itself."""
    with head_office():
        _hand_over(_book(book), book, seat, _user(login), until, preview=preview)


@command.command()
@BOOK
@SEAT
@PREVIEW
def vacate(book: str, seat: str, preview: bool) -> None:
    """Leave a seat vacant: its proposals are decided by the supervisor."""
    with head_office():
        book_id = _book(book)
        if preview:
            _show(hand_over_preview.preview(book_id, seat, None), book, seat)
            return
        hand_overs.vacate(book_id, seat, users.SYSTEM)
        click.echo(f"{book}: {seat} is vacant")


@command.command()
@BOOK
@LOGIN
@click.option("--until", type=DAY, help="The last day; without it until the hand-over, or --withdraw.")
@click.option("--withdraw", is_flag=True, help="End it.")
def successor(book: str, login: str, until: datetime | None, withdraw: bool) -> None:
    """Let the devices of LOGIN load the book BOOK ahead of a hand-over. They read it; it counts as nobody's seat."""
    with head_office():
        book_id, user = _book(book), _user(login)
        if withdraw:
            done = successors.withdraw_successor(book_id, user.id)
            click.echo(f"{user.name} {'reads' if done else 'did not read'} {book} ahead{' no more' if done else ''}")
            return
        successors.plan_successor(book_id, user.id, users.SYSTEM, _end_of(until) if until else None)
        click.echo(f"{book}: devices of {user.name} load it at their next sync")


@command.command()
@BOOK
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
def history(book: str, as_json: bool) -> None:
    """Say who had which seat of the book BOOK when: all terms, the first one first."""
    with head_office():
        terms = hand_overs.history(_book(book))
        names = {user.id: user.login for user in users.all_users()}
        zone = ZoneInfo(parts.config().time_zone)
    if as_json:
        rows = [
            {
                "seat": term.seat,
                "term": term.term,
                "user": names.get(term.user or ""),
                "from": term.from_pos,
                "to": term.to_pos,
                "began_at": term.began_at,
                "by": names.get(term.by, "system"),
            }
            for term in terms
        ]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for term in terms:
        span = f"{term.from_pos}–{term.to_pos if term.to_pos is not None else ''}"
        who = names.get(term.user or "", "vacant")
        by = names.get(term.by, "system")
        click.echo(f"{instant(term.began_at, zone)}  {term.seat:<12} {term.term:>4}  {who:<16} {span:<16} by {by}")


def _hand_over(book_id: str, book: str, seat: str, user: users.User, until: datetime | None, *, preview: bool) -> None:
    end = _end_of(until) if until else None
    if preview:
        _show(hand_over_preview.preview(book_id, seat, user.id), book, seat)
        return
    term = hand_overs.hand_over(book_id, seat, user.id, users.SYSTEM, end)
    last = f", to the end of {until:%Y-%m-%d}" if until else ""
    click.echo(f"{book}: {seat} is {user.name}, term {term}{last}")


def _show(found: hand_over_preview.Preview, book: str, seat: str) -> None:
    people = {user.id: user.login for user in users.all_users()}
    before, to = people.get(found.before or "", "vacant"), people.get(found.to or "", "vacant")
    click.echo(f"{book}: {seat} goes from {before} to {to}")
    click.echo(
        f"{found.customers} customers, {found.records} records, {found.proposals} open proposals that this seat decides"
    )
    for line in [*moving_people(found.gains, found.loses, people), *unsent_lines(found.unsent, people)]:
        click.echo(line)


def _end_of(day: datetime) -> int:
    """The instant, in ms, at which this day of the company ends."""
    zone = ZoneInfo(parts.config().time_zone)
    after: date = day.date() + timedelta(days=1)
    return int(datetime.combine(after, time(), zone).timestamp() * 1000)


def _book(name: str) -> str:
    found = books.find_book(name)
    if found is None:
        raise click.ClickException(f"there is no book {name}; `roundbook book list` shows which there are")
    return found


def _user(login: str) -> users.User:
    user = users.by_login(login)
    if user is None:
        raise click.ClickException(f"there is no user {login}; `roundbook user list` shows who there is")
    return user
