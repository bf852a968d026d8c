"""The limits per device, at the very number: what is allowed goes, one more does not (protocol, Limits)."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import sqlalchemy as sa

from server.services import clock, quotas, uploads
from server.storage.database import reading, writing
from server.storage.tables import change_set, upload
from tests.head_office import HeadOffice
from tests.rules.conftest import Enrolled
from tests.seats.phone import PHOTO, VISIT
from tests.wire.stranger import uuid7


def test_200_proposals_a_day_and_not_one_more(office: HeadOffice, enrolled: Enrolled) -> None:
    shop, south = office.customer("south", "Not Mine"), office.books["south"]
    li, term = enrolled("li"), {"seat": "maintainer", "term": 1}

    def visits(count: int) -> list[dict[str, Any]]:
        about = {"op": "create", "type": "visit", "customer": shop, **term}
        return [{**about, "record": uuid7(), "set": {**VISIT, "checked_in_at": n + 1}} for n in range(count)]

    sets = [li.save(south, *visits(count)) for count in (199, 2, 1, 1)]
    li.sync()

    assert quotas.PROPOSALS_A_DAY == 200
    states = [li.verdict(made)["state"] for made in sets]
    assert states == ["proposed", "refused", "proposed", "refused"]
    assert li.verdict(sets[3])["changes"] == [
        {"n": 0, "state": "refused", "why": [{"field": "set", "code": "quota.proposals"}]}
    ]


def test_50_mib_put_aside_and_not_one_byte_more(office: HeadOffice, enrolled: Enrolled) -> None:
    li = enrolled("li")
    row = {"id": uuid7(), "device_id": li.device, "seq": 900, "author": li.user, "digest": "0", "state": "refused"}
    kept = {**row, "body": "é" * (25 * 2**20 - 50), "received_at": clock.now_ms(), "faults": 0}
    with office.app.app_context():
        with writing() as connection:
            connection.execute(sa.insert(change_set), kept)
        with reading() as connection:
            fits, too_much = (quotas.has_room(connection, li.device, uuid7(), "x" * size) for size in (100, 101))
            other = quotas.has_room(connection, uuid7(), uuid7(), "x" * 101)
            again = quotas.has_room(connection, li.device, row["id"], "x" * 50 * 2**20)

    assert quotas.QUARANTINE_BYTES == 50 * 2**20
    assert (fits, too_much, other, again) == (True, False, True, True)


def test_500_mib_of_unfinished_uploads_and_not_one_byte_more(office: HeadOffice, enrolled: Enrolled) -> None:
    north, shop = office.books["north"], office.customer("north", "Photo Shop")
    li = enrolled("li")
    content = PHOTO + uuid7().encode()
    sha256 = hashlib.sha256(content).hexdigest()
    values = {"sha256": sha256, "size_bytes": len(content), "media_type": "image/jpeg", "step": "other", "taken_at": 1}
    made = li.save(north, li.change("create", "photo", uuid7(), shop, north, set=values))
    li.sync()
    names = {"book": north, "set": made, "sha256": sha256, "type": "image/jpeg"}
    metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in names.items())
    row = {"device_id": li.device, "book_id": north, "set_id": made, "media_type": "image/jpeg", "state": "open"}
    held = {**row, "id": uuid7(), "sha256": "0" * 64, "created_at": 1, "offset_bytes": 0, "failures": 0}

    def begin(unfinished: int) -> int:
        with office.app.app_context(), writing() as connection:
            connection.execute(sa.delete(upload).where(upload.c.device_id == li.device))
            connection.execute(sa.insert(upload), {**held, "length_bytes": unfinished})
        size = str(len(content))
        answer = li.call(
            "POST", "/photos/1/", Tus_Resumable="1.0.0", Upload_Length=size, Upload_Metadata=metadata, zipped=False
        )  # type: ignore[arg-type]
        return answer.status

    assert uploads.PARTIAL_BYTES_LIMIT == 500 * 2**20
    room = 500 * 2**20 - len(content)
    assert (begin(room + 1), begin(room)) == (507, 201)
