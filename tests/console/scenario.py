"""A head office with a little of everything that pages show: people, books, customers, and a day of two devices."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from PIL import Image, ImageDraw

from server.services import push, thumbnails
from server.storage.database import reading
from server.storage.typed import typed_table
from tests.head_office import HeadOffice
from tests.wire.stranger import Stranger, uuid7

HOUR = 3_600_000


@dataclass
class Scene:
    """The office and the ids of what is in it."""

    office: HeadOffice
    ids: dict[str, str] = field(default_factory=dict)
    photos: list[tuple[str, str]] = field(default_factory=list)


def furnish(office: HeadOffice) -> Scene:
    """Put people, customers and a day of field work into an empty office."""
    scene = Scene(office)
    office.user("admin", "administrator")
    office.user("chen", "supervisor")
    office.user("li")
    office.user("wang")
    office.user("mei", "order_desk")
    office.user("song", "catalogue_editor")
    north = office.book("north", maintainer="li", supervisor="chen")
    south = office.book("south", maintainer="wang")
    scene.ids |= {"north": north, "south": south}
    values = {
        "customer_code": "2190",
        "address": "1460 2nd Ave",
        "region": "Polk",
        "contact_person": "Wang Fang",
        "contact_phone": "+1 515 284-0471",
        "customer_status": "active",
        "licence_number": "LE-0042",
        "bank_account": "6222020200112233445",
        "business_tags": ["corner", "late hours"],
        "registered_capital_minor": 1250000,
        "visit_cycle_days": 7,
        "contract_signed_on": "2025-03-04",
        "home_address": "12 Elm Street",
    }
    scene.ids["star"] = office.customer("north", "Lucky Star Mart 福星便利店", **values)
    scene.ids["sun"] = office.customer("north", "Sun Grocery", customer_code="2191", address="8 Oak St", grade="4")
    scene.ids["far"] = office.customer("south", "Far Shop", customer_code="3001", address="9 Far Rd")
    scene.ids["whisky"] = office.product("27", "Templeton Rye 750 ml", 2714)
    scene.ids["vodka"] = office.product("36306", "Hawkeye Vodka 1 L", 1098)
    _day_of_li(scene, Stranger(office.invitation("li")))
    _day_of_wang(scene, Stranger(office.invitation("wang")))
    _edits_that_met(scene)
    _returned(scene)
    scene.ids |= {"proposal": the_only(office, "proposal"), "conflict": the_only(office, "conflict")}
    return scene


def the_only(office: HeadOffice, type_name: str) -> str:
    """The id of the one record of a type."""
    with office.app.app_context(), reading() as connection:
        return str(connection.scalars(sa.select(typed_table(type_name).c.id)).one())


def _day_of_li(scene: Scene, phone: Stranger) -> None:
    assert phone.enrol(name="Li's phone", platform="Android 15").status == 200
    phone.sync()
    book, star, ids = scene.ids["north"], scene.ids["star"], scene.ids
    now = phone.clock_ms()
    ids |= {
        "visit": uuid7(),
        "order": uuid7(),
        "contact": uuid7(),
        "complaint": uuid7(),
        "photo": uuid7(),
        "count": uuid7(),
    }
    ids |= {"new": uuid7(), "late_photo": uuid7()}
    visit = {
        "state": "done",
        "purpose": "planned",
        "person": "Wang Fang",
        "checked_in_at": now - 2 * HOUR,
        "checked_out_at": now - 2 * HOUR + 25 * 60_000,
        "distance_m": 38,
        "situation": "Shelf of rye half empty; asked for <b>tasting</b> & a poster.",
        "next_step": "Bring the poster on Friday",
        "need_found": "Smaller bottles",
        "service_given": "Price tags put right",
        "tasks_done": ["price tags", "display"],
    }
    picture = jpeg("Display")
    scene.photos.append((book, hashlib.sha256(picture).hexdigest()))
    photo = {
        "visit": ids["visit"],
        "step": "display",
        "caption": "The rye shelf",
        "sha256": scene.photos[0][1],
        "size_bytes": len(picture),
        "media_type": "image/jpeg",
        "taken_at": now - 2 * HOUR + 60_000,
    }
    waiting = {**photo, "sha256": "0" * 64, "step": "shopfront", "caption": "", "taken_at": now - 2 * HOUR + 120_000}
    count = {
        "visit": ids["visit"],
        "product": ids["whisky"],
        "product_name": "Templeton Rye 750 ml",
        "quantity": "4",
        "counted_at": now - 2 * HOUR,
    }
    lines = [
        {
            "product": ids["whisky"],
            "product_code": "27",
            "product_name": "Templeton Rye 750 ml",
            "quantity": "12",
            "unit_price_minor": 2714,
            "amount_minor": 32568,
        },
        {
            "product": ids["vodka"],
            "product_code": "36306",
            "product_name": "Hawkeye Vodka 1 L",
            "quantity": "24",
            "unit_price_minor": 1098,
            "amount_minor": 26352,
        },
    ]
    order = {
        "order_number": "R-1001",
        "ordered_at": now - HOUR,
        "visit": ids["visit"],
        "lines": lines,
        "total_minor": 58920,
        "deliver_on": "2026-12-01",
        "source": "device",
    }
    contact = {
        "channel": "phone",
        "contacted_at": now - 30 * 60_000,
        "person": "Wang Fang",
        "content": "Asked when the poster comes.",
        "satisfaction": "satisfied",
    }
    complaint = {
        "channel": "visit",
        "received_at": now - 20 * 60_000,
        "complaint_class": "delivery",
        "priority": "high",
        "subject": "Two broken bottles",
        "description": "In the delivery of Monday.",
    }

    def create(kind: str, key: str, values: dict[str, Any], customer: str = star) -> dict[str, Any]:
        return phone.change("create", kind, ids[key], customer, book, set=values)

    phone.save(book, create("visit", "visit", visit))
    with_photo = phone.save(book, create("photo", "photo", photo))
    phone.save(book, create("photo", "late_photo", waiting))
    phone.save(book, create("stock_count", "count", count))
    phone.save(book, create("order", "order", order))
    phone.save(book, create("contact_record", "contact", contact))
    phone.save(book, create("complaint", "complaint", complaint))
    phone.save(
        book,
        create(
            "customer",
            "new",
            {"store_name": "New Corner", "address": "1 New St", "contact_phone": "515 555 0101"},
            ids["new"],
        ),
    )
    phone.save(
        book,
        phone.change(
            "edit",
            "customer",
            star,
            star,
            book,
            set={"address": "1462 2nd Ave", "contact_phone": "+1 515 284-9999"},
            was={"address": "1460 2nd Ave", "contact_phone": "+1 515 284-0471"},
        ),
    )
    ids["bad"] = phone.save(book, phone.change("edit", "customer", star, star, book, set={"visit_cycle_days": -3}))
    phone.sync()
    assert phone.upload(book, with_photo, picture).status == 204
    with scene.office.app.app_context():
        thumbnails.make_thumbnail(*scene.photos[0])
    phone.round_trip(holds={"sets": 0, "photos": 1, "since": now - 2 * HOUR})
    phone.round_trip(holds={"sets": 0, "photos": 1, "since": now - 2 * HOUR})
    scene.ids["li device"] = phone.device


def _day_of_wang(scene: Scene, phone: Stranger) -> None:
    assert phone.enrol(name="Wang's tablet", platform="Android 14").status == 200
    phone.sync()
    scene.ids["far visit"] = uuid7()
    visit = {"state": "skipped", "checked_in_at": phone.clock_ms() - HOUR, "skip_reason": "Closed for a funeral"}
    book, far = scene.ids["south"], scene.ids["far"]
    phone.save(book, phone.change("create", "visit", scene.ids["far visit"], far, book, set=visit))
    phone.sync()


def _edits_that_met(scene: Scene) -> None:
    """Li changes a field on a second device that has not seen what he changed in the office meanwhile."""
    tablet = Stranger(scene.office.invitation("li"))
    assert tablet.enrol(name="Li's tablet", platform="Android 15").status == 200
    tablet.sync()
    book, sun, li = scene.ids["north"], scene.ids["sun"], scene.office.users["li"]
    edit = tablet.change("edit", "customer", sun, sun, book, set={"contact_person": "Mrs Sun"}, was={})
    with scene.office.app.app_context():
        verdict = push.office_push(li, book, "edit customer", [{**edit, "set": {"contact_person": "Mr Sun"}}])
        assert verdict["state"] == "applied", verdict
    tablet.save(book, edit)
    tablet.sync()


def _returned(scene: Scene) -> None:
    review = {
        "of": scene.ids["contact"],
        "outcome": "return",
        "comment": "Which poster?",
        "reviewed_at": 1,
        "by": scene.office.users["chen"],
    }
    change = {
        "op": "create",
        "type": "review",
        "record": uuid7(),
        "customer": scene.ids["star"],
        "seat": "supervisor",
        "term": 1,
        "set": review,
    }
    with scene.office.app.app_context():
        verdict = push.office_push(scene.office.users["chen"], scene.ids["north"], "return", [change])
    assert verdict["state"] == "applied", verdict


def jpeg(text: str, size: tuple[int, int] = (800, 600)) -> bytes:
    """A photo of a shelf, as far as a test needs one."""
    image = Image.new("RGB", size, (214, 205, 188))
    draw = ImageDraw.Draw(image)
    for row in range(3):
        y = 120 + row * 150
        draw.rectangle((60, y + 90, 740, y + 104), fill=(120, 92, 66))
        for n in range(14):
            shade = (40 + n * 12, 60 + row * 50, 90 + (n % 5) * 22)
            draw.rectangle((80 + n * 47, y, 112 + n * 47, y + 90), fill=shade)
    draw.text((40, 40), text, fill=(20, 20, 20))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=80)
    return file.getvalue()
