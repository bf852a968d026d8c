"""Photos: small, without what the camera wrote into them, sealed on the disk, and resumed where an upload broke (R42-R44)."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from field_app.device import Device
from field_app.services import photos, reading, status, visits
from field_app.services.saving import Refused
from field_app.store.photos import NotHere
from field_app.sync.client import sync_once
from field_app.sync.transport import HttpTransport
from sync_protocol.chunked import Damaged
from tests.device.builders import Cut, jpeg, sync
from tests.device.scripted import HOLD, NORTH, Answer, ScriptedServer, Uploads, a_record, applied, enrolled, record_id
from tests.head_office import HeadOffice

Enrol = Callable[..., Device]


def a_photo(device: Device, shop: str, seed: int = 1, side: int = 400) -> str:
    visit = visits.check_in(device, shop)
    photo = photos.attach(device, visit, jpeg(seed, side), "shopfront")
    visits.check_out(device, visit, {})
    return photo


def test_a_photo_is_made_small_upright_and_loses_what_the_camera_wrote(office: HeadOffice, enrol: Enrol) -> None:
    shop = office.customer("north", "Photo Shop")
    device = enrol("li")

    photo = a_photo(device, shop, side=2400)

    content = photos.read(device, photo)
    with Image.open(io.BytesIO(content)) as image:
        assert image.format == "JPEG" and image.size == (1200, 1600), "turned upright, then made small"
        assert not image.getexif() and b"taken on the round" not in content
    fields = reading.shown(device, photo).fields
    assert fields["sha256"] == hashlib.sha256(content).hexdigest() and fields["size_bytes"] == len(content)
    assert (fields["width_px"], fields["height_px"], fields["step"]) == (1200, 1600, "shopfront")


def test_a_picture_of_twelve_megapixels_is_never_unfolded_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    unfolded: list[int] = []
    real = Image.Image.load

    def load(image: Image.Image) -> Any:
        unfolded.append(image.width * image.height)
        return real(image)

    made = io.BytesIO()
    Image.new("RGB", (4000, 3000), "teal").save(made, "JPEG")
    monkeypatch.setattr(Image.Image, "load", load)
    small, wide, high = photos.shrunk(made.getvalue())

    assert (wide, high) == (1600, 1200) and small[:2] == b"\xff\xd8"
    assert 0 < max(unfolded) <= 2000 * 1500


def test_what_is_not_an_image_is_refused_and_leaves_nothing(office: HeadOffice, enrol: Enrol) -> None:
    shop = office.customer("north", "Bad Photo Shop")
    device = enrol("li")
    visit = visits.check_in(device, shop)
    before = device.outbox.last_seq

    for content in (b"", b"not an image", jpeg()[:500], b"GIF89a" + bytes(100)):
        with pytest.raises(Refused) as refused:
            photos.attach(device, visit, content, "shopfront")
        assert refused.value.reasons == {"photo": ["photo.unreadable"]}

    assert device.outbox.last_seq == before and not list(device.folder.glob("photos/*/*"))


def test_an_upload_that_broke_goes_on_at_the_offset_of_the_server(
    office: HeadOffice, enrol: Enrol, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("field_app.sync.uploads.PIECE_BYTES", 16 * 1024)
    shop = office.customer("north", "Resume Shop")
    device = enrol("li")
    photo = a_photo(device, shop, side=700)
    way = Cut(HttpTransport(office.url))
    sent = 0

    real = way.transport.exchange

    def cut_after_three(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Any:
        nonlocal sent
        sent += method == "PATCH"
        if method == "PATCH" and sent == 4:
            way.lose_answers = 1
        return real(method, path, headers, body)

    monkeypatch.setattr(way.transport, "exchange", cut_after_three)
    assert sync_once(device, way).error == "no-network"
    assert status.sync_status(device).waiting_photos == 1
    way.seen.clear()

    report = sync_once(device, way)

    assert report.error is None and report.photos_sent == 1
    methods = [method for method, path, _ in way.seen if path.startswith("/photos/")]
    assert methods[0] == "HEAD" and "POST" not in methods
    size = reading.shown(device, photo).fields["size_bytes"]
    assert sum(length for method, _, length in way.seen if method == "PATCH") == size - 4 * 16 * 1024
    way.transport.close()


def test_a_photo_that_the_book_has_already_is_not_sent_twice(office: HeadOffice, enrol: Enrol) -> None:
    shop = office.customer("north", "Same Shop")
    device = enrol("li")
    a_photo(device, shop, seed=77)
    sync(device)
    a_photo(device, shop, seed=77)

    report = sync(device)

    assert report.photos_sent == 1 and status.sync_status(device).waiting_photos == 0
    with pytest.raises(AssertionError):
        assert report.bytes_sent > 20_000, "only the record went up"


def test_a_photo_of_another_device_is_not_here(office: HeadOffice, enrol: Enrol) -> None:
    shop = office.customer("north", "Two Phones Shop")
    phone, tablet = enrol("li"), enrol("li", home="tablet")
    photo = a_photo(phone, shop, seed=5)
    sync(phone)

    sync(tablet)

    assert reading.shown(tablet, photo).fields["step"] == "shopfront"
    with pytest.raises(NotHere):
        photos.read(tablet, photo)


def test_a_flipped_bit_in_a_photo_is_found_and_holds_up_no_other(office: HeadOffice, enrol: Enrol) -> None:
    shop = office.customer("north", "Flipped Shop")
    device = enrol("li")
    bad, good = a_photo(device, shop, seed=8), a_photo(device, shop, seed=9)
    held = device.photos.find(bad)
    assert held is not None
    file = device.folder / "photos" / held.book / held.name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))

    with pytest.raises(Damaged):
        photos.read(device, bad)
    report = sync(device)

    assert report.photos_sent == 1
    assert {one: device.photos.find(one).state for one in (bad, good)} == {bad: "parked", good: "sent"}  # type: ignore[union-attr]


@pytest.fixture
def server() -> ScriptedServer:
    return ScriptedServer()


@pytest.fixture
def device(tmp_path: Path, server: ScriptedServer) -> Any:
    first: Answer = {"scope": {NORTH: HOLD}, "scope_tag": "1", "records": [a_record(1)], "cursors": {NORTH: "1.0.0"}}
    server.answer = lambda request: first
    found = enrolled(tmp_path, server)
    sync_once(found, server)
    server.answer = lambda request: {"verdicts": applied(request)}
    yield found
    found.close()


def test_bytes_that_do_not_match_are_sent_anew_and_parked_the_third_time(
    device: Device, server: ScriptedServer
) -> None:
    photo = a_photo(device, record_id(1))
    server.raw = Uploads(PATCH=[460, 460, 460])

    states = [(sync_once(device, server).error, device.photos.find(photo).state)[1] for _ in range(4)]  # type: ignore[union-attr]

    assert states == ["unsent", "unsent", "parked", "parked"]
    assert server.raw.calls == ["POST", "PATCH"] * 3
    assert status.sync_status(device).waiting_photos == 1, "parked is not sent, and is said"


@pytest.mark.parametrize(
    ("planned", "calls"),
    [
        ({"PATCH": [409]}, ["POST", "PATCH", "HEAD", "PATCH"]),
        ({"PATCH": [410]}, ["POST", "PATCH", "|", "POST", "PATCH"]),
        ({"PATCH": [423]}, ["POST", "PATCH", "|", "HEAD", "PATCH"]),
        ({"POST": [403]}, ["POST", "|", "POST", "PATCH"]),
        ({"PATCH": [423], "HEAD": [404]}, ["POST", "PATCH", "|", "HEAD", "POST", "PATCH"]),
    ],
)
def test_each_refusal_of_an_upload_is_answered_as_it_should(
    device: Device, server: ScriptedServer, planned: dict[str, list[int]], calls: list[str]
) -> None:
    photo = a_photo(device, record_id(1))
    server.raw = uploads = Uploads(**planned)
    sync_once(device, server)
    if "|" in calls:
        uploads.calls.append("|")
        sync_once(device, server)

    assert uploads.calls == calls
    assert device.photos.find(photo).state == "sent"  # type: ignore[union-attr]


def test_bytes_go_up_only_after_their_record(device: Device, server: ScriptedServer) -> None:
    a_photo(device, record_id(1))
    server.answer = lambda request: {}
    server.raw = uploads = Uploads()

    sync_once(device, server)

    assert uploads.calls == []


def test_a_photo_that_the_server_lacks_after_all_is_sent_again(device: Device, server: ScriptedServer) -> None:
    photo = a_photo(device, record_id(1))
    server.raw = uploads = Uploads()
    sync_once(device, server)
    sha256 = device.photos.find(photo).sha256  # type: ignore[union-attr]
    uploads.calls.clear()

    server.answer = lambda request: {"want": [{"book": NORTH, "sha256": sha256}]}
    sync_once(device, server)

    assert uploads.calls == ["POST", "PATCH"]


def test_files_that_no_record_names_are_deleted_at_start_and_no_others(device: Device) -> None:
    photo = a_photo(device, record_id(1))
    held = device.photos.find(photo)
    assert held is not None
    orphan = device.folder / "photos" / NORTH / "0123456789"
    orphan.write_bytes(b"left by a power cut")

    assert device.photos.delete_orphans() == 1

    assert not orphan.exists() and photos.read(device, photo)


def test_a_book_that_leaves_waits_for_its_photos_and_takes_them_along(device: Device, server: ScriptedServer) -> None:
    a_photo(device, record_id(1))
    server.raw = Uploads(POST=[423])
    server.answer = lambda request: {"verdicts": applied(request), "scope": {}, "scope_tag": "2"}
    sync_once(device, server)
    assert device.books.held() == [NORTH] and list(device.folder.glob("photos/*/*"))

    report = sync_once(device, server)

    assert report.photos_sent == 1 and report.purged == [NORTH]
    assert (
        device.books.held() == []
        and not list(device.folder.glob("photos/*"))
        and not list(device.folder.glob("books/*"))
    )
