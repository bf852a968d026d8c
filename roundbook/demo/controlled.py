"""Reading under control, as the demonstration shows it: a lookup that is granted and lies on the phone, a print that is approved."""

from __future__ import annotations

import sqlalchemy as sa

from field_app.device import Device
from field_app.services import granted
from roundbook.demo import company
from server.services import books, users
from server.services.people import organisation
from server.services.reading import lookups
from server.services.releases import requests
from server.storage.database import reading
from server.storage.typed import typed_table

DAYS = 7
UNITS = (("company", "Maple Trading"), ("branch", "Polk branch"), ("department", "Group purchase"))


def show() -> None:
    """The organisation; Li reads a shop of Wang's round for a week; the desk takes one file to the bank. Needs an app context."""
    ids = {person.login: _id(person.login) for person in company.PEOPLE}
    unit = None
    for kind, name in UNITS:
        unit = organisation.add_unit(name, kind, unit, ids["admin"])
    for person in company.PEOPLE:
        leads = person.login == "chen"
        level = "management" if person.login in ("chen", "garcia", "admin") else "operation"
        organisation.place(ids[person.login], unit, person.does, level, leads=leads, by=ids["admin"])
    everything = {book.id for book in books.books()}
    shop = _a_shop_of(ids["wang"])
    asked = lookups.ask(ids["li"], shop, "The owner opens a second shop in my round")
    lookups.grant(asked, ids["garcia"], everything, days=DAYS, wanted=["outside", "basic", "business"])
    paper = requests.ask_print(ids["okoro"], shop, everything, "Credit check", "First National Bank", None)
    requests.approve(paper, ids["garcia"], everything)


def problems(device: Device) -> list[str]:
    """What of it did not reach the phone, in words; none if all did."""
    found = granted.granted(device)
    return [] if len(found) == 1 and found[0].fields else [f"{len(found)} granted lookups on the phone, not 1"]


def _id(login: str) -> str:
    user = users.by_login(login)
    assert user is not None, login
    return user.id


def _a_shop_of(user_id: str) -> str:
    """The first customer of the book that a user maintains."""
    (book,) = (b.id for b in books.books() if b.seats.get("maintainer", (None, 0, 0))[0] == user_id)
    table = typed_table("customer")
    with reading() as connection:
        query = sa.select(table.c.id).where(table.c.book_id == book).order_by(table.c.store_name, table.c.id)
        return str(connection.scalars(query.limit(1)).one())
