"""`roundbook customer`: what is done to whole customers: merge two files of one outlet, erase one with two people's consent."""

from __future__ import annotations

import click

from roundbook.commands._server import head_office
from roundbook.commands._words import moving_people, unsent_lines
from server.services import moves, users
from server.services.books import BookError
from server.services.operations import erasing, erasure_requests, merging
from server.storage.retrying import StillBusy

PREVIEW = click.option("--preview", is_flag=True, help="Say what it would do, and do nothing.")
BY = click.option("--by", required=True, metavar="LOGIN", help="Who does it.")


@click.group()
def command() -> None:
    """Merge two customers, erase one."""


@command.command()
@click.argument("gone")
@click.argument("stays")
@click.option("--take", multiple=True, metavar="FIELD", help="A field whose value of GONE is written onto STAYS.")
@PREVIEW
def merge(gone: str, stays: str, take: tuple[str, ...], preview: bool) -> None:
    """Merge the customer GONE into the customer STAYS, both named by code or id: all that lay below the one lies below the other."""
    with head_office():
        try:
            loser, winner = _customer(gone), _customer(stays)
            if preview:
                _show_merger(merging.preview(loser, winner))
                return
            done = merging.merge_customers(loser, winner, users.SYSTEM, take)
        except (BookError, StillBusy) as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"{done.records} records of {gone} lie below {stays} now")


def _show_merger(found: merging.Preview) -> None:
    people = {user.id: user.login for user in users.all_users()}
    click.echo(f"{found.records} records, {found.photos} photos among them")
    for differs in found.differing:
        click.echo(f"{differs.field}: {differs.winner!r} stays, {differs.loser!r} goes")
    for line in [*moving_people(found.gains, found.loses, people), *map(str, found.obstacles)]:
        click.echo(line)


@command.group()
def erase() -> None:
    """Erase a customer for good: one person asks, another one agrees."""


@erase.command()
@click.argument("customer")
@BY
@click.option("--reason", required=True, help="Why, for the one who has to agree.")
@PREVIEW
def ask(customer: str, by: str, reason: str, preview: bool) -> None:
    """Ask for the erasure of CUSTOMER. Prints the number of the request."""
    with head_office():
        try:
            if preview:
                _show_erasure(erasing.preview(_customer(customer)))
                return
            click.echo(erasure_requests.ask(_customer(customer), _user(by), reason))
        except BookError as error:
            raise click.ClickException(str(error)) from error


def _show_erasure(found: erasing.Preview) -> None:
    people = {user.id: user.login for user in users.all_users()}
    click.echo(f"{found.name}: {found.records} records and {found.photos} photos would be gone for good")
    for line in [*moving_people(frozenset(), found.readers, people), *unsent_lines(found.unsent, people)]:
        click.echo(line)


@erase.command()
@click.argument("request")
@BY
def consent(request: str, by: str) -> None:
    """Agree to REQUEST, as somebody else than the one who asked; with that it is done."""
    with head_office():
        try:
            done = erasure_requests.consent(request, _user(by))
        except (BookError, StillBusy) as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"erased: {done.records} records, {done.photos} photos")


@erase.command()
@click.argument("request")
@BY
def withdraw(request: str, by: str) -> None:
    """End REQUEST unfulfilled."""
    with head_office():
        try:
            erasure_requests.withdraw(request, _user(by))
        except BookError as error:
            raise click.ClickException(str(error)) from error


@erase.command("list")
def list_() -> None:
    """List the open requests."""
    with head_office():
        people = {user.id: user.login for user in users.all_users()}
        for request in erasure_requests.requests():
            asker = people.get(request.asked_by, "?")
            click.echo(f"{request.id}  {request.name or request.customer}  by {asker}: {request.reason}")


def _customer(text: str) -> str:
    return moves.find_customers([text])[0]


def _user(login: str) -> str:
    user = users.by_login(login)
    if user is None:
        raise click.ClickException(f"there is no user {login}; `roundbook user list` shows who there is")
    return user.id
