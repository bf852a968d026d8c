"""R44, R45: bytes that nothing names are kept 90 days, then go; whatever comes in between, none that is named is lost."""

from __future__ import annotations

import hashlib
import json

import pytest
import sqlalchemy as sa

from server.services import clock, parts, uploads
from server.services.backup import at_work
from server.services.operations import unreferenced_photos
from server.services.operations.unreferenced_photos import KEPT_MS, MARKED_MS, collect
from server.storage.backup_tables import backup_photo, key_holder
from server.storage.database import db, reading, writing
from server.storage.tables import blob, change_set, upload
from tests.head_office import open_office

DAY = 24 * 3600 * 1000
DEVICE = "018f0000-0000-7000-8000-0000000000d1"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    office = open_office(tmp_path_factory.mktemp("office"))
    office.user("li", "account_manager")
    office.book("north", maintainer="li")
    office.book("south", maintainer="li")
    shop = office.customer("north", "Lucky Star")
    with office.app.app_context():
        yield office, shop
        db.engine.dispose()


@pytest.fixture
def office(shared):
    """Nothing is stored yet."""
    found, _ = shared
    with writing() as connection:
        for table in (blob, upload, key_holder, backup_photo):
            connection.execute(sa.delete(table))
        connection.execute(sa.delete(change_set).where(change_set.c.body.is_not(None)))
    return found


def store(office, content, book="north", age_ms=KEPT_MS + DAY, key=None):
    """A photo that came so long ago. Returns its hash."""
    sha256, book_id = hashlib.sha256(content).hexdigest(), office.books[book]
    key = key or f"photos/{book_id}/{sha256}"
    parts.objects().put(key, [content])
    row = {
        "book_id": book_id,
        "sha256": sha256,
        "size_bytes": len(content),
        "media_type": "image/jpeg",
        "device_id": DEVICE,
    }
    row |= {"state": "stored", "object_key": key, "stored_at": clock.now_ms() - age_ms}
    with writing() as connection:
        connection.execute(blob.insert().values(row))
    return sha256


def states(office, book="north"):
    with reading() as connection:
        query = sa.select(blob.c.sha256, blob.c.state).where(blob.c.book_id == office.books[book])
        return dict(connection.execute(query).all())


def lies_here(office, sha256, book="north"):
    return parts.objects().exists(f"photos/{office.books[book]}/{sha256}")


def later(runs=1):
    return clock.now_ms() + runs * (MARKED_MS + 1000)


def test_what_nothing_names_is_marked_after_ninety_days_and_goes_a_day_later(office):
    old, young = store(office, b"old"), store(office, b"young", age_ms=KEPT_MS - 3 * DAY)

    assert collect() == (1, 0)
    assert states(office) == {old: "unreferenced", young: "stored"}
    assert lies_here(office, old)
    assert collect() == (0, 0), "not on the same day"
    assert collect(later()) == (0, 1)

    assert states(office) == {young: "stored"}
    assert (lies_here(office, old), lies_here(office, young)) == (False, True)


def name_by_a_record(office, shared, sha256):
    record = clock.new_id()
    values = {
        "sha256": sha256,
        "size_bytes": 3,
        "media_type": "image/jpeg",
        "taken_at": 1,
    }
    office.write("north", {"op": "create", "type": "photo", "record": record, "customer": shared[1], "set": values})
    return record


def test_what_a_record_names_stays_though_the_record_was_removed(office, shared):
    sha256 = store(office, b"of a record")
    record = name_by_a_record(office, shared, sha256)
    office.write("north", {"op": "remove", "type": "photo", "record": record, "customer": shared[1]})

    assert collect() == (0, 0)
    assert states(office) == {sha256: "stored"}


@pytest.mark.parametrize("state", ["waiting", "refused", "quarantined"])
def test_what_a_set_names_that_may_still_come_to_count_stays(office, state):
    sha256 = store(office, b"of a set")
    body = json.dumps({"changes": [{"op": "create", "type": "photo", "set": {"sha256": sha256}}]})
    row = {
        "id": clock.new_id(),
        "device_id": DEVICE,
        "seq": hash(state) % 10**6,
        "author": office.users["li"],
        "digest": "",
    }
    with writing() as connection:
        connection.execute(
            change_set.insert().values({**row, "state": state, "body": body, "received_at": 1, "action": ""})
        )

    assert collect() == (0, 0)
    assert states(office) == {sha256: "stored"}


def test_what_is_named_again_before_it_went_is_there_again(office, shared):
    sha256 = store(office, b"named again")
    collect()

    name_by_a_record(office, shared, sha256)

    assert collect(later()) == (0, 0)
    assert states(office) == {sha256: "stored"}
    assert lies_here(office, sha256)


def test_a_device_that_sends_a_marked_photo_once_more_sends_all_of_it(office, shared, monkeypatch):
    content = b"sent once more"
    sha256 = store(office, content)
    collect()
    monkeypatch.setattr(uploads, "_named_by", lambda *_: office.books["north"])

    begun = uploads.begin(
        DEVICE, office.users["li"], book=office.books["north"], set_id=clock.new_id(), sha256=sha256,
        media_type="image/jpeg", length=len(content),
    )  # fmt: skip

    assert begun.offset == 0
    assert collect(later()) == (0, 0), "an upload is on its way"
    with writing() as connection:
        row = connection.execute(sa.select(upload).where(upload.c.id == begun.id)).mappings().one()
        parts.objects().put(f"uploads/{begun.id}/{0:010d}", [content])
        assert uploads._complete(connection, row)
    assert parts.objects().read(f"photos/{office.books['north']}/{sha256}") == content
    assert states(office)[sha256] == "stored"


class Killed(BaseException):
    """The worker dies here."""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_that_is_killed_in_the_midst_of_deleting_leaves_nothing_that_counts_as_stored_and_is_not(
    office, monkeypatch, when
):
    sha256 = store(office, b"killed")
    collect()
    objects = parts.objects()
    real = objects.delete

    def dies(key):
        if when == "after":
            real(key)
        raise Killed

    monkeypatch.setattr(type(objects), "delete", lambda _self, key: dies(key))
    with pytest.raises(Killed):
        collect(later())
    assert states(office) == {sha256: "unreferenced"}, "nobody takes it for one that is here"
    monkeypatch.undo()

    assert collect(later()) == (0, 1)
    assert states(office) == {}
    assert not lies_here(office, sha256)


def test_a_file_that_another_book_uses_as_well_stays(office):
    shared_key = f"photos/{office.books['north']}/{hashlib.sha256(b'moved').hexdigest()}"
    sha256 = store(office, b"moved")
    store(office, b"moved", book="south", age_ms=DAY, key=shared_key)
    collect()

    assert collect(later()) == (0, 1)

    assert states(office, "south") == {sha256: "stored"}
    assert parts.objects().exists(shared_key)


def test_with_archives_only_what_lies_in_one_goes(office):
    archived, only_here = store(office, b"archived"), store(office, b"only here")
    holder = {"id": clock.new_id(), "name": "Ana", "recipient": "age1x", "added_by": office.users["li"], "added_at": 1}
    with writing() as connection:
        connection.execute(key_holder.insert().values(holder))
        connection.execute(backup_photo.insert().values(sha256=archived, pack=1))

    collect()
    collect(later())

    assert states(office) == {only_here: "stored"}


def test_nothing_is_collected_while_a_backup_runs(office):
    sha256 = store(office, b"meanwhile")

    with at_work.alone():
        assert collect() == (0, 0)

    assert states(office) == {sha256: "stored"}
    assert unreferenced_photos.collect() == (1, 0)
