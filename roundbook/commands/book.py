"""`roundbook book`: books, who holds them, customers that go from one to another, old facts that go to an archive."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from roundbook.commands._server import head_office
from roundbook.commands._words import moving_people, unsent_lines
from server.services import books, moves, users
from server.services.operations import archiving


@click.group()
def command() -> None:
    """Make books, list them with the holders of their seats, move customers between them."""


@command.command()
@click.argument("name")
def add(name: str) -> None:
    """Make a book with vacant seats."""
    with head_office():
        click.echo(books.create_book(name))


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
def list_(as_json: bool) -> None:
    """List the books of the rounds."""
    with head_office():
        found = books.books()
        names = {user.id: user.login for user in users.all_users()}
    if as_json:
        rows = [
            {
                "id": b.id,
                "name": b.name,
                "pos": b.pos,
                "seats": {s: {"user": names.get(u or ""), "term": t} for s, (u, t, _) in b.seats.items()},
            }
            for b in found
        ]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for book in found:
        held = ", ".join(
            f"{name}: {names.get(user or '', 'vacant')}" for name, (user, _, _) in sorted(book.seats.items())
        )
        click.echo(f"{book.name:<24} {held}")


@command.command()
@click.argument("customers", nargs=-1)
@click.option("--to", "to", required=True, metavar="BOOK", help="The book that they go to.")
@click.option(
    "--from-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A text file, a customer a line."
)
@click.option("--preview", is_flag=True, help="Say what it would do, and do nothing.")
def move(customers: tuple[str, ...], to: str, from_file: Path | None, preview: bool) -> None:
    """Move CUSTOMERS, named by code or id, to another book, with all records and photos below them.

    Each goes in a transaction of its own; those that are there already are passed over, so it may be repeated.
    """
    wanted = [*customers, *_lines(from_file)]
    if not wanted:
        raise click.UsageError("name customers, or give --from-file")
    with head_office():
        to_book = _book(to)
        found = moves.find_customers(wanted)
        if preview:
            _show(moves.preview(found, to_book), to)
            return
        done = moves.move_customers(found, to_book, users.SYSTEM)
    records, photos = sum(moved.counts.records for moved in done), sum(moved.counts.photos for moved in done)
    passed = f"; {len(found) - len(done)} were there already" if len(found) > len(done) else ""
    click.echo(f"{len(done)} customers moved to {to}, {records} records with {photos} photos{passed}")


@command.command()
@click.argument("names", nargs=-1, metavar="[BOOK]...")
@click.option("--before", required=True, type=click.DateTime(["%Y-%m-%d"]), help="What happened before this day.")
@click.option("--preview", is_flag=True, help="Say what it would do, and do nothing.")
def archive(names: tuple[str, ...], before: datetime, preview: bool) -> None:
    """Move old facts of the books named, or of all rounds, to their archives: no device holds these, the console shows them.

    Customers, orders, open complaints and whatever is not decided yet stay. It may be repeated, and goes on where it ended.
    """
    with head_office():
        wanted = [_book(name) for name in names] or None
        try:
            if preview:
                for plan in archiving.preview(before.date(), wanted):
                    click.echo(
                        f"{plan.name}: {plan.records} records of {plan.customers} customers, {plan.photos} photos among them"
                    )
                return
            done = archiving.archive(before.date(), users.SYSTEM, wanted)
        except books.BookError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"{sum(found.records for found in done)} records of {len(done)} books went to their archives")


def _book(name: str) -> str:
    found = books.find_book(name)
    if found is None:
        raise click.ClickException(f"there is no book {name}; `roundbook book list` shows which there are")
    return found


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path} is not text in UTF-8") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def _show(found: moves.Preview, to: str) -> None:
    people = {user.id: user.login for user in users.all_users()}
    counts = found.counts
    click.echo(
        f"{len(found.customers)} customers would go to {to}: {counts.records} records, {counts.photos} photos,"
        f" {counts.proposals} open proposals"
    )
    if found.there_already:
        click.echo(f"{len(found.there_already)} are there already")
    for line in [*moving_people(found.gains, found.loses, people), *unsent_lines(found.unsent, people)]:
        click.echo(line)
