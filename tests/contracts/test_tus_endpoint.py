"""What tus 1.0 asks of a server, sentence by sentence, where the two clients do not look (R42-R45)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from server.services import clock, moves, parts, uploads
from tests.head_office import HeadOffice, serving
from tests.wire.stranger import Answer, Stranger, uuid7

CONTENT = bytes(range(256)) * 16
TUS: dict[str, Any] = {"Tus_Resumable": "1.0.0", "zipped": False}
PIECE = {**TUS, "Content_Type": "application/offset+octet-stream"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HeadOffice]:
    with serving(tmp_path_factory.mktemp("office")) as found:
        for login in ("li", "wang"):
            found.user(login)
        found.book("north", maintainer="li", supervisor="wang")
        yield found


def device_of(office: HeadOffice, login: str = "li") -> Stranger:
    found = Stranger(office.invitation(login))
    assert found.enrol().status == 200
    found.sync()
    return found


@pytest.fixture
def device(office: HeadOffice) -> Stranger:
    return device_of(office)


def metadata(book: str, made: str, content: bytes) -> str:
    names = {"book": book, "set": made, "sha256": hashlib.sha256(content).hexdigest(), "type": "image/jpeg"}
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in names.items())


def begun(office: HeadOffice, device: Stranger, content: bytes = CONTENT) -> str:
    """The address of a new upload."""
    return begun_for(office, device, office.customer("north", "Photo Shop"), content + uuid7().encode()).headers[
        "Location"
    ]


def begun_for(office: HeadOffice, device: Stranger, shop: str, content: bytes) -> Answer:
    """What the creation of an upload for a photo of this shop was answered."""
    book = office.books["north"]
    device.sync()
    values = {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content), "media_type": "image/jpeg"}
    values |= {"step": "display", "taken_at": 1}
    made = device.save(book, device.change("create", "photo", uuid7(), shop, book, set=values))
    device.sync()
    answer = device.call(
        "POST", "/photos/1/", Upload_Length=str(len(content)), Upload_Metadata=metadata(book, made, content), **TUS
    )
    assert answer.status == 201, answer.body
    return answer


def offset(device: Stranger, where: str) -> int:
    return int(device.call("HEAD", where, **TUS).headers["Upload-Offset"])


def test_every_answer_says_its_version_and_is_signed(office: HeadOffice, device: Stranger) -> None:
    where = begun(office, device)

    answers: list[Answer] = [
        device.call("HEAD", where, **TUS),
        device.call("PATCH", where, CONTENT[:10], Upload_Offset="0", **PIECE),
        device.call("PATCH", where, CONTENT[:10], Upload_Offset="7", **PIECE),
        device.call("HEAD", "/photos/1/nowhere", **TUS),
        device.call("PATCH", where, CONTENT[:10], Upload_Offset="10", **{**PIECE, "Tus_Resumable": "0.2.2"}),
    ]

    assert [answer.status for answer in answers] == [200, 204, 409, 404, 412]
    assert {answer.headers["Tus-Resumable"] for answer in answers} == {"1.0.0"}
    assert answers[-1].headers["Tus-Version"] == "1.0.0"
    assert all(answer.signed for answer in answers)
    assert answers[0].headers["Cache-Control"] == "no-store"


def test_options_say_what_is_offered(device: Stranger) -> None:
    found = device.call("OPTIONS", "/photos/1/").headers

    assert (found["Tus-Version"], found["Tus-Max-Size"]) == ("1.0.0", str(uploads.PHOTO_BYTES_LIMIT))
    assert set(found["Tus-Extension"].split(",")) == {"creation", "checksum"}
    assert set(found["Tus-Checksum-Algorithm"].split(",")) == {"sha1", "sha256"}


def test_a_piece_at_another_offset_changes_nothing_and_is_told_the_right_one(
    office: HeadOffice, device: Stranger
) -> None:
    where = begun(office, device)
    device.call("PATCH", where, CONTENT[:100], Upload_Offset="0", **PIECE)

    answer = device.call("PATCH", where, CONTENT[:100], Upload_Offset="0", **PIECE)

    assert (answer.status, answer.problem, answer.json["offset"]) == (409, "offset-differs", 100)
    assert offset(device, where) == 100


def test_a_piece_that_differs_from_its_checksum_costs_only_itself(office: HeadOffice, device: Stranger) -> None:
    where = begun(office, device)
    right, wrong = (base64.b64encode(hashlib.sha1(c).digest()).decode() for c in (CONTENT[:100], b"other"))

    refused = device.call("PATCH", where, CONTENT[:100], Upload_Offset="0", Upload_Checksum=f"sha1 {wrong}", **PIECE)
    unknown = device.call("PATCH", where, CONTENT[:100], Upload_Offset="0", Upload_Checksum=f"md5 {right}", **PIECE)
    before = offset(device, where)
    taken = device.call("PATCH", where, CONTENT[:100], Upload_Offset="0", Upload_Checksum=f"sha1 {right}", **PIECE)

    assert (refused.status, unknown.status, before, taken.status) == (460, 400, 0, 204)


def test_more_bytes_than_announced_or_of_another_kind_are_refused(office: HeadOffice, device: Stranger) -> None:
    where = begun(office, device)
    total = int(device.call("HEAD", where, **TUS).headers["Upload-Length"])

    beyond = device.call("PATCH", where, bytes(total + 1), Upload_Offset="0", **PIECE)
    other = device.call("PATCH", where, CONTENT[:9], Upload_Offset="0", **{**PIECE, "Content_Type": "image/jpeg"})
    large = device.call("PATCH", where, bytes(2**20 + 1), Upload_Offset="0", **PIECE)

    assert (beyond.status, other.status, large.status) == (413, 400, 413)
    assert offset(device, where) == 0


@pytest.mark.parametrize("length", ["0", "-1", "1.5", "", "²", str(20 * 2**20 + 1)])
def test_an_upload_of_no_or_too_many_bytes_is_not_begun(office: HeadOffice, device: Stranger, length: str) -> None:
    names = metadata(office.books["north"], uuid7(), CONTENT)
    if not length.isascii():
        length = length.encode("utf-8").decode("latin-1")

    answer = device.call("POST", "/photos/1/", Upload_Length=length, Upload_Metadata=names, **TUS)

    assert answer.status in (400, 413)


def test_r45_an_upload_of_another_device_looks_like_one_that_does_not_exist(
    office: HeadOffice, device: Stranger
) -> None:
    where, other = begun(office, device), device_of(office, "wang")

    answers = [
        other.call(method, path, CONTENT[:9] if method == "PATCH" else b"", Upload_Offset="0", **PIECE)
        for path in (where, f"/photos/1/{uuid7()}")
        for method in ("HEAD", "PATCH")
    ]

    assert {answer.status for answer in answers} == {404}
    assert answers[1].body == answers[3].body
    assert offset(device, where) == 0


def test_r44_what_is_wrong_three_times_is_not_taken_a_fourth_time(office: HeadOffice, device: Stranger) -> None:
    where = begun(office, device)
    total = int(device.call("HEAD", where, **TUS).headers["Upload-Length"])

    statuses = [device.call("PATCH", where, bytes(total), Upload_Offset="0", **PIECE).status for _ in range(4)]

    assert statuses == [460, 460, 460, 404]


def test_r44_an_upload_that_was_never_ended_is_cleared_away_after_90_days_and_can_be_begun_anew(
    office: HeadOffice, device: Stranger
) -> None:
    old = begun(office, device)
    device.call("PATCH", old, CONTENT[:100], Upload_Offset="0", **PIECE)
    upload_id = old.rsplit("/", 1)[1]

    with office.app.app_context():
        assert uploads.forget_unfinished(clock.now_ms()) == 0
        assert parts.objects().keys(f"uploads/{upload_id}") != []
        gone = uploads.forget_unfinished(clock.now_ms() + uploads.UNFINISHED_MS + 60_000)
        left = parts.objects().keys(f"uploads/{upload_id}")

    assert gone >= 1 and left == []
    assert device.call("HEAD", old, **TUS).status == 404


def test_r44_a_last_piece_whose_transaction_failed_is_sent_again_and_the_photo_is_whole(
    office: HeadOffice, device: Stranger, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = CONTENT + uuid7().encode()
    where = begun_for(office, device, office.customer("north", "Photo Shop"), content).headers["Location"]
    complete, failures = uploads._complete, ["the database went away at the commit"]

    def complete_and_fail(*args: Any) -> bool:
        done = complete(*args)
        if failures:
            raise OSError(failures.pop())
        return done

    monkeypatch.setattr(uploads, "_complete", complete_and_fail)
    device.call("PATCH", where, content[:100], Upload_Offset="0", **PIECE)

    failed = device.call("PATCH", where, content[100:], Upload_Offset="100", **PIECE).status
    at = offset(device, where)
    status = device.call("PATCH", where, content[100:], Upload_Offset="100", **PIECE).status

    assert (failed, at, status, offset(device, where)) == (500, 100, 204, len(content))
    with office.app.app_context():
        key = f"photos/{office.books['north']}/{hashlib.sha256(content).hexdigest()}"
        assert parts.objects().read(key) == content
        assert parts.objects().keys(f"uploads/{where.rsplit('/', 1)[1]}") == []


def test_r44_an_upload_of_which_a_piece_is_missing_begins_again(office: HeadOffice, device: Stranger) -> None:
    content = CONTENT + uuid7().encode()
    where = begun_for(office, device, office.customer("north", "Photo Shop"), content).headers["Location"]
    device.call("PATCH", where, content[:100], Upload_Offset="0", **PIECE)
    with office.app.app_context():
        (key,) = parts.objects().keys(f"uploads/{where.rsplit('/', 1)[1]}")
        parts.objects().delete(key)

    status = device.call("PATCH", where, content[100:], Upload_Offset="100", **PIECE).status

    assert (status, offset(device, where)) == (460, 0)
    assert device.call("PATCH", where, content, Upload_Offset="0", **PIECE).status == 204


def test_pieces_that_no_open_upload_needs_are_cleared_away_and_those_of_one_stay(
    office: HeadOffice, device: Stranger
) -> None:
    where = begun(office, device)
    device.call("PATCH", where, CONTENT[:100], Upload_Offset="0", **PIECE)
    with office.app.app_context():
        parts.objects().put(f"uploads/{(orphan := clock.new_id())}/0000000000", [b"left by a power cut"])

        uploads.forget_unfinished(clock.now_ms())

        assert parts.objects().keys(f"uploads/{orphan}") == []
        assert len(parts.objects().keys(f"uploads/{where.rsplit('/', 1)[1]}")) == 1


def test_r43_bytes_that_went_with_a_customer_are_sent_again_for_another_of_the_old_book(
    office: HeadOffice, device: Stranger
) -> None:
    content = CONTENT + uuid7().encode()
    goes, stays = office.customer("north", "Goes"), office.customer("north", "Stays")
    first = begun_for(office, device, goes, content).headers["Location"]
    device.call("PATCH", first, content, Upload_Offset="0", **PIECE)
    south = office.book("elsewhere", maintainer="wang")
    with office.app.app_context():
        moves.move_customers([goes], south, office.users["wang"])

    again = begun_for(office, device, stays, content)
    at = offset(device, again.headers["Location"])
    status = device.call("PATCH", again.headers["Location"], content, Upload_Offset="0", **PIECE).status

    assert (again.headers.get("Upload-Offset", "0"), at, status) == ("0", 0, 204)
    device.sync()
    assert [one for one in device.want if one["sha256"] == hashlib.sha256(content).hexdigest()] == []
