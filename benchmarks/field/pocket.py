"""A phone in a folder, made without a server: a round of many customers with months of history, for measuring."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from field_app.device import Device
from field_app.store.files import make_folder
from field_app.store.identity import Identity
from field_app.store.keys import KEY_BYTES, KeyFile, Keyring, write_key_file
from sync_protocol import signing
from sync_protocol.identity import new_id

PASSPHRASE = "four words are enough"
NOW_MS = 1_795_338_000_000  # 22 November 2026, 09:00 UTC
DAY_MS = 86_400_000
USER = "018f0000-0000-7000-8000-00000000000a"
BOOK = "018f0000-0000-7000-8000-0000000000b1"
REFERENCE = "018f0000-0000-7000-8000-0000000000bf"
LEASE_MS = 30 * DAY_MS

_FIRST = (
    "福星",
    "永辉",
    "红旗",
    "顺发",
    "鑫源",
    "万家",
    "百佳",
    "新华",
    "Lucky",
    "Sun",
    "Corner",
    "Harbour",
    "Maple",
    "Union",
)
_SECOND = ("便利店", "超市", "烟酒行", "食杂店", "商行", "酒楼", "Mart", "Grocery", "Liquor", "Store", "Deli", "Market")
_STREETS = ("中山路", "解放街", "人民路", "Main Street", "Oak Avenue", "Station Road", "建设大道", "River Lane")
_PEOPLE = ("王丽", "李强", "张伟", "Mrs Wang", "Mr Smith", "陈静", "刘洋", "Ann Lee")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


def make(folder: Path, customers: int, months: int, *, seed: int = 1, products: int = 400) -> Path:
    """An installation that has synced just now. Args: months: of history, one visit and one order each month and customer.

    Returns: the folder of the device, to be unlocked with PASSPHRASE.
    """
    chance = random.Random(seed)
    randomness = chance.randbytes
    device_id = new_id(NOW_MS, randomness(10))
    place = folder / device_id
    make_folder(place)
    keyring = Keyring(randomness(KEY_BYTES))
    device = Device(place, keyring, clock_ms=lambda: NOW_MS, randomness=randomness)
    identity = _identity(device_id, randomness)
    with device.database.transaction():
        seats = {
            name: {"user": USER if name == "maintainer" else None, "term": 1}
            for name in ("maintainer", "supervisor", "licensing")
        }
        scope = {
            BOOK: {"access": "hold", "kind": "round", "seats": seats, "lease": LEASE_MS},
            REFERENCE: {"access": "read", "kind": "reference", "seats": {}, "lease": LEASE_MS},
        }
        for name, value in {
            "identity": identity.to_json(), "epoch": new_id(NOW_MS, randomness(10)), "server_offset_ms": 0, "scope": scope,
            "round_ended_at": NOW_MS, "last_sync_at": NOW_MS,
        }.items():  # fmt: skip
            device.settings.set(name, value)
        for book in (BOOK, REFERENCE):
            device.books.add(book)
            device.books.set_cursor(book, "1.x")
    goods = list(_products(products, chance))
    device.books.store(REFERENCE).take_over(records=goods, gone=(), cursor="1.x", anew=True)
    records = _round(customers, months, chance, goods)
    device.books.store(BOOK).take_over(records=records, gone=(), cursor="1.x", anew=True)
    device.close()
    slots = keyring.slots(device_id, PASSPHRASE, None, randomness)
    write_key_file(place, KeyFile(device_id, identity.server_url, identity.user_name, identity.company, tuple(slots)))
    return place


def _identity(device_id: str, randomness: Any) -> Identity:
    seeds = [signing.to_text(randomness(32)) for _ in range(2)]
    public = signing.public_text(signing.new_private_key(randomness(32)))
    return Identity(
        server_url="http://127.0.0.1:9", device_id=device_id, user_id=USER, user_name="Li Wei", login="li", language="en",
        company="Hawkeye Beverages", currency="CNY", time_zone="Asia/Shanghai", certificate={}, certificate_signature="",
        server_sign_key=public, server_seal_key=public, sign_seed=seeds[0], seal_seed=seeds[1],
    )  # fmt: skip


def _record(type: str, customer: str | None, fields: dict[str, Any], at: int, chance: random.Random) -> dict[str, Any]:
    record = new_id(at, chance.randbytes(10))
    return {
        "id": record, "type": type, "customer": customer or (record if type == "customer" else None), "rev": 1,
        "ver": "1-" + chance.randbytes(6).hex(), "pos": 1, "removed": False, "fields": fields, "by": USER, "at": at,
    }  # fmt: skip


def _products(count: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(count):
        fields = {
            "product_code": f"{10000 + number}", "product_name": f"{chance.choice(_FIRST)} {chance.choice(('750', '500', '1 L'))} {number}",
            "unit_price_minor": chance.randrange(300, 20_000), "pack": 12, "offered": True, "brand": chance.choice(_FIRST),
        }  # fmt: skip
        yield _record("product", None, fields, NOW_MS - 900 * DAY_MS, chance)


def _round(customers: int, months: int, chance: random.Random, goods: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for number in range(customers):
        opened = NOW_MS - (months * 30 + 30) * DAY_MS
        file = _record("customer", None, _file(number, chance), opened, chance)
        yield file
        usual = chance.sample(goods, min(8, len(goods)))  # shops buy what they bought before
        for month in range(months):
            at = NOW_MS - (months - month) * 30 * DAY_MS + chance.randrange(25 * DAY_MS)
            yield _record("visit", file["id"], _visit(at, file, chance), at, chance)
            yield _record("order", file["id"], _order(at + 600_000, number, month, usual, chance), at + 600_000, chance)


def _file(number: int, chance: random.Random) -> dict[str, Any]:
    born = datetime.fromtimestamp(chance.randrange(0, 900_000_000), UTC).date().isoformat()
    return {
        "store_name": f"{chance.choice(_FIRST)}{chance.choice(_SECOND)} {number}", "customer_code": f"C{number:05d}",
        "licence_number": f"91{chance.randrange(10**14, 10**15)}", "contact_person": chance.choice(_PEOPLE),
        "contact_phone": f"138{chance.randrange(10**7, 10**8)}", "address": f"{chance.choice(_STREETS)} {number}",
        "city": "Ames", "region": "Story", "business_type": "convenience_store", "customer_status": "active",
        "customer_state": "completed" if number % 5 else "not_completed", "visit_batch": chance.choice(_WEEKDAYS),
        "visit_cycle_days": 28, "order_cycle_days": 30, "birthday": born, "birthday_calendar": chance.choice(("solar", "lunar")),
        "licence_expires_on": "2027-06-30", "annual_review_on": "2026-06-30", "grade": str(1 + number % 8),
        "latitude": f"{42 + chance.random():.6f}", "longitude": f"{-93 + chance.random():.6f}", "file_opened_on": "2024-01-01",
    }  # fmt: skip


def _visit(at: int, file: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    return {
        "state": "done", "purpose": "planned", "checked_in_at": at, "checked_out_at": at + 900_000, "person": chance.choice(_PEOPLE),
        "need_found": "Wants smaller packs before the holiday", "service_given": "Showed the new list, checked prices",
        "situation": "Shelf in order, two facings of the new product", "latitude": file["fields"]["latitude"],
        "longitude": file["fields"]["longitude"], "distance_m": chance.randrange(80),
    }  # fmt: skip


def _order(at: int, number: int, month: int, usual: list[dict[str, Any]], chance: random.Random) -> dict[str, Any]:
    lines = []
    for product in chance.sample(usual, 5):
        quantity, price = chance.randrange(1, 24), product["fields"]["unit_price_minor"]
        lines.append({
            "product": product["id"], "product_code": product["fields"]["product_code"],
            "product_name": product["fields"]["product_name"], "quantity": str(quantity), "unit_price_minor": price,
            "amount_minor": quantity * price,
        })  # fmt: skip
    total = sum(line["amount_minor"] for line in lines)
    return {
        "ordered_at": at, "lines": lines, "total_minor": total, "currency": "CNY", "order_number": f"{number}-{month}", "source": "device"
    }  # fmt: skip
