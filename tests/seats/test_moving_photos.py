"""The photos of a customer who moves: known where their records lie, unknown elsewhere, none stranded (R42, R43)."""

from __future__ import annotations

from typing import Any
from unittest import mock

import sqlalchemy as sa

from server.services import parts, pictures
from server.storage.database import reading
from server.storage.tables import blob, job
from tests.seats.phone import PHOTO
from tests.seats.round import Round
from tests.wire.stranger import Answer


def has_photo(round_: Round, book_id: str, sha256: str) -> bool:
    """Whether a reader of this book gets the photo's bytes."""
    with round_.office.app.app_context():
        found = pictures.open_bytes([book_id], book_id, sha256, thumbnail=False)
        return found is not None and b"".join(found[1]) == PHOTO


def test_r43_photos_follow_their_customer_and_the_book_left_knows_them_no_more(round_: Round) -> None:
    customer = round_.customer("Photo Shop")
    li = round_.phone("li")
    made, photo, sha256 = li.photo(customer, round_.north)
    li.sync()
    assert li.upload(round_.north, made, PHOTO).status == 204

    round_.move([customer], round_.south)

    assert has_photo(round_, round_.south, sha256) and not has_photo(round_, round_.north, sha256)
    assert round_.phone("wang").records[photo]["fields"]["sha256"] == sha256
    with round_.office.app.app_context(), reading() as connection:
        asked = set(connection.scalars(sa.select(job.c.argument).where(job.c.name == "thumbnail")))
    assert f"{round_.south}/{sha256}" in asked


def test_r43_a_photo_that_another_customer_of_the_book_left_shows_too_is_known_in_both(round_: Round) -> None:
    goes, stays = round_.customer("Goes With Photo"), round_.customer("Stays With Photo")
    li = round_.phone("li")
    made, _, sha256 = li.photo(goes, round_.north)
    li.photo(stays, round_.north)
    li.sync()
    assert li.upload(round_.north, made, PHOTO).status == 204

    round_.move([goes], round_.south)
    both = has_photo(round_, round_.north, sha256), has_photo(round_, round_.south, sha256)
    round_.move([goes], round_.north)

    assert both == (True, True)
    assert has_photo(round_, round_.north, sha256) and not has_photo(round_, round_.south, sha256)


def test_r42_a_photo_that_is_sent_after_its_customer_moved_ends_in_the_new_book(round_: Round) -> None:
    customer = round_.customer("Photo Comes Later")
    li = round_.phone("li")
    made, _, sha256 = li.photo(customer, round_.north)
    li.sync()

    round_.move([customer], round_.south)
    li.sync()
    done = li.upload(round_.north, made, PHOTO)

    assert done.status == 204
    assert has_photo(round_, round_.south, sha256) and not has_photo(round_, round_.north, sha256)


def test_r44_an_upload_that_was_begun_before_a_move_goes_on_where_it_was_and_ends_in_the_new_book(
    round_: Round,
) -> None:
    customer = round_.customer("Photo On Its Way")
    li = round_.phone("li")
    made, _, sha256 = li.photo(customer, round_.north)
    li.sync()
    where, tus = "", {"Tus_Resumable": "1.0.0", "zipped": False}
    calls = li.call

    def call(method: str, path: str, *arguments: Any, **members: Any) -> Answer:
        nonlocal where
        where = path if method == "PATCH" else where
        return calls(method, path, *arguments, **members)

    with mock.patch.object(li, "call", call):
        li.upload(round_.north, made, PHOTO, piece=4096, stop_at=4096)
    round_.move([customer], round_.south)
    kind = "application/offset+octet-stream"
    done = li.call("PATCH", where, PHOTO[4096:], Upload_Offset="4096", Content_Type=kind, **tus)

    assert (done.status, done.headers["Upload-Offset"]) == (204, str(len(PHOTO)))
    assert has_photo(round_, round_.south, sha256) and not has_photo(round_, round_.north, sha256)


def test_r42_a_photo_that_is_still_proposed_goes_along_and_its_bytes_are_kept(round_: Round) -> None:
    customer = round_.customer("Proposed Photo")
    zhou = round_.phone("zhou")
    li = round_.phone("li")
    zhou.scope[round_.north] = li.scope[round_.north]  # he names a book that he never had
    made, photo, sha256 = zhou.photo(customer, round_.north)
    zhou.sync()
    assert zhou.verdict(made)["state"] == "proposed"
    assert zhou.upload(round_.north, made, PHOTO).status == 204

    round_.move([customer], round_.south)
    wang = round_.phone("wang")
    proposal = zhou.verdict(made)["changes"][0]["proposal"]
    on = {"customer": customer, "seat": "maintainer", "term": 1}
    values = zhou.made[made]["changes"][0]["set"]
    wang.save(
        round_.south,
        {"op": "accept", "type": "proposal", "record": proposal, **on},
        {"op": "create", "type": "photo", "record": photo, "set": values, **on},
    )
    wang.sync()

    assert wang.records[photo]["book"] == round_.south
    assert has_photo(round_, round_.south, sha256)


def test_r43_bytes_that_the_new_book_lacks_come_with_the_customer(round_: Round) -> None:
    goes, there = round_.customer("Brings The Bytes"), round_.customer("Has None Yet", round_.south)
    li, wang = round_.phone("li"), round_.phone("wang")
    made, _, sha256 = li.photo(goes, round_.north)
    wang.photo(there, round_.south)
    li.sync()
    wang.sync()
    assert li.upload(round_.north, made, PHOTO).status == 204
    before = has_photo(round_, round_.south, sha256)

    round_.move([goes], round_.south)

    assert not before and has_photo(round_, round_.south, sha256)
    assert wang.sync().json.get("want", []) == []


def test_r18_what_moves_keeps_its_sealed_bytes_where_they_are(round_: Round) -> None:
    customer = round_.customer("Not Copied")
    li = round_.phone("li")
    made, _, sha256 = li.photo(customer, round_.north)
    li.sync()
    li.upload(round_.north, made, PHOTO)
    key = f"photos/{round_.north}/{sha256}"

    round_.move([customer], round_.south)

    with round_.office.app.app_context(), reading() as connection:
        assert connection.scalar(sa.select(blob.c.object_key).where(blob.c.book_id == round_.south)) == key
        assert parts.objects().exists(key)
