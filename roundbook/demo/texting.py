"""Text messages of the demonstration: one written in the field, a list and a weekly report that wait for somebody at head office."""

from __future__ import annotations

import time
from datetime import timedelta

from field_app.device import Device
from field_app.services import messages, reading
from server.services import books, clock, users
from server.services.messaging import filing, limits, lists, sending, templates, wanted
from server.services.messaging.lists import Wish
from server.services.push import office_push
from server.services.reminding import due
from server.services.reporting import drafting
from server.storage.database import reading as snapshot
from server.storage.database import writing

PHONE = "515 555 0142"
TEXT = "Thank you for today's order. It is on the truck on Friday morning."
WITHIN_S = 30.0
TEMPLATES = (
    ("Thank you", "general", "Thank you, {person}. Your order is on its way. {manager}, {company}"),
    ("Birthday", "birthday", "Happy birthday, {person}! All the best from {company}."),
    ("Holiday", "holiday", "{company} wishes {store} a happy {holiday}."),
)


def prepare() -> None:
    """Templates; no quiet hours, since the demonstration may run at night. Needs an app context."""
    with writing() as connection:
        limits.save(connection, limits.Limits(quiet_from="00:00", quiet_until="00:00"))
    changes = [
        {
            "op": "create",
            "type": "message_template",
            "record": clock.new_id(),
            "customer": None,
            "seat": "maintainer",
            "term": 0,
            "set": {"template_name": name, "purpose": purpose, "content": content, "language": "en", "active": True},
        }
        for name, purpose, content in TEMPLATES
    ]
    office_push(users.SYSTEM, books.reference_book(), "templates", changes, system=True)


def write(device: Device) -> str:
    """On the round, without a network: a word to the customer of the last order. Returns the message's id."""
    customer = reading.recent(device, "order", limit=1)[0].customer
    assert customer is not None
    return messages.write(device, customer, TEXT, phone=PHONE)


def send(message: str) -> None:
    """At head office, after the sync: see it out and into the file, whoever does it; draw up what waits for a person."""
    until = time.monotonic() + WITHIN_S
    while time.monotonic() < until and not _is_filed(message):
        wanted.take_up()
        sending.send_due(stretch_s=2)
        filing.file_all()
    chen, rounds = users.by_login("chen"), [book.id for book in books.books()]
    assert chen is not None
    with snapshot() as connection:
        content = next(one.content for one in templates.all_templates(connection) if one.purpose == "general")
    wish = Wish(author=chen.id, name="A word to the largest", text=content, equal={"grade": "1"})
    if lists.preview(wish, rounds).recipients:
        lists.draw_up(wish, rounds)
    drafting.draft(due.today() + timedelta(days=7))


def _is_filed(message: str) -> bool:
    from server.storage.message_tables import message_out

    with snapshot() as connection:
        row = connection.execute(message_out.select().where(message_out.c.id == message)).mappings().first()
        return row is not None and row["filed"] is not None


def problems(device: Device, message: str) -> list[str]:
    """What did not go as it must, in words."""
    state = reading.shown(device, message).fields.get("state")
    return [] if state == "sent" else [f"the text message is {state}, not sent"]
