"""`roundbook book`: books and who holds them."""

from __future__ import annotations

import json

import click

from roundbook.commands._server import head_office
from server.services import books, users


@click.group()
def command() -> None:
    """Make books and list them with the holders of their seats."""


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
