"""`roundbook seat`: who holds which seat."""

from __future__ import annotations

import click

from roundbook.commands._server import head_office
from server.services import books, users
from sync_protocol.fields import Seat


@click.group()
def command() -> None:
    """Say who has which seat of a book, and hand over."""


@command.command()
@click.argument("book")
@click.argument("seat", type=click.Choice([seat.value for seat in Seat]))
@click.argument("login")
def assign(book: str, seat: str, login: str) -> None:
    """Give the seat SEAT of the book BOOK to the user LOGIN. Giving a held seat to another is a hand-over: its term rises."""
    with head_office():
        book_id, user = books.find_book(book), users.by_login(login)
        if book_id is None:
            raise click.ClickException(f"there is no book {book}; `roundbook book list` shows which there are")
        if user is None:
            raise click.ClickException(f"there is no user {login}; `roundbook user list` shows who there is")
        term = books.assign_seat(book_id, seat, user.id, users.SYSTEM)
        click.echo(f"{book}: {seat} is {user.name}, term {term}")


@command.command()
@click.argument("book")
@click.argument("seat", type=click.Choice([seat.value for seat in Seat]))
def vacate(book: str, seat: str) -> None:
    """Leave a seat vacant."""
    with head_office():
        book_id = books.find_book(book)
        if book_id is None:
            raise click.ClickException(f"there is no book {book}; `roundbook book list` shows which there are")
        books.assign_seat(book_id, seat, None, users.SYSTEM)
        click.echo(f"{book}: {seat} is vacant")
