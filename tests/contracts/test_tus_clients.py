"""Clients that others wrote upload photos to our endpoint as to any other of tus 1.0 (R42-R44)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.services import parts
from tests.contracts.signing_gateway import Gateway, gateway_of
from tests.contracts.tus_clients import Client, Sent, TusJs, Tuspy, install_tus_js
from tests.head_office import HeadOffice, serving
from tests.wire.stranger import Stranger, uuid7

SIZE, PIECE = 300_000, 64 * 1024


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HeadOffice]:
    with serving(tmp_path_factory.mktemp("office")) as found:
        found.user("li")
        found.book("north", maintainer="li")
        found.book("west", maintainer="li")
        yield found


@pytest.fixture(scope="module", params=["tuspy", "tus-js-client"])
def client(request: pytest.FixtureRequest) -> Client:
    return Tuspy() if request.param == "tuspy" else TusJs(install_tus_js())


@pytest.fixture
def device(office: HeadOffice) -> Stranger:
    found = Stranger(office.invitation("li"))
    assert found.enrol().status == 200
    found.sync()
    return found


@pytest.fixture
def gateway(device: Stranger) -> Iterator[Gateway]:
    with gateway_of(device) as found:
        yield found


class Photo:
    """A file, and the set that names it."""

    def __init__(
        self, office: HeadOffice, device: Stranger, folder: Path, book: str = "north", **values: object
    ) -> None:
        self.office, self.device, self.book = office, device, office.books[book]
        self.file, self.content = folder / f"{uuid7()}.jpg", os.urandom(SIZE)
        self.file.write_bytes(self.content)
        self.values = {"sha256": self.sha256, "size_bytes": SIZE, "media_type": "image/jpeg", "step": "display"}
        self.values |= {"taken_at": device.clock_ms(), **values}
        self.set = ""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def record(self) -> Photo:
        """Save its record and send it."""
        shop = self.office.customer(self.book, "Photo Shop")
        self.device.sync()
        change = self.device.change("create", "photo", uuid7(), shop, self.book, set=self.values)
        self.set = self.device.save(self.book, change)
        self.device.sync()
        return self

    @property
    def metadata(self) -> dict[str, str]:
        return {"book": self.book, "set": self.set, "sha256": self.sha256, "type": "image/jpeg"}

    @property
    def stored(self) -> bool:
        """Whether exactly these bytes are there."""
        key = f"photos/{self.book}/{self.sha256}"
        with self.office.app.app_context():
            return parts.objects().exists(key) and parts.objects().read(key) == self.content


@pytest.fixture
def photo(office: HeadOffice, device: Stranger, tmp_path: Path) -> Photo:
    return Photo(office, device, tmp_path).record()


def pieces(gateway: Gateway) -> list[int]:
    return [status for method, status in gateway.seen if method == "PATCH"]


def test_a_photo_goes_up_in_pieces(client: Client, gateway: Gateway, photo: Photo) -> None:
    sent = client.send(gateway, photo.file, photo.metadata, piece=PIECE)

    assert sent.status is None
    assert pieces(gateway) == [204] * -(-SIZE // PIECE)
    assert photo.stored
    assert photo.device.sync().json.get("want", []) == []


def test_an_upload_that_was_given_up_goes_on_where_it_stood(client: Client, gateway: Gateway, photo: Photo) -> None:
    first = client.send(gateway, photo.file, photo.metadata, piece=PIECE, stop=2 * PIECE)
    before = len(pieces(gateway))
    second = client.send(gateway, photo.file, photo.metadata, piece=PIECE, url=first.url)

    assert second == Sent(first.url)
    assert 2 <= before <= 3 and len(pieces(gateway)) == -(-SIZE // PIECE)
    assert photo.stored


@pytest.mark.parametrize("fate", ["request", "answer"])
def test_r44_a_piece_or_its_answer_lost_on_the_way_costs_only_itself(
    client: Client, gateway: Gateway, photo: Photo, fate: str
) -> None:
    gateway.lost = ["", fate]

    assert client.send(gateway, photo.file, photo.metadata, piece=PIECE).status is None

    assert "HEAD" in [method for method, _ in gateway.seen]
    assert photo.stored


def test_r44_bytes_that_are_not_the_photo_are_not_kept(client: Client, gateway: Gateway, photo: Photo) -> None:
    photo.file.write_bytes(os.urandom(SIZE))

    assert client.send(gateway, photo.file, photo.metadata, piece=PIECE).status in (460, 404)

    assert 1 <= pieces(gateway).count(460) <= 3, "after the third time there is nothing to go on with"
    assert not photo.stored
    photo.file.write_bytes(photo.content)
    assert client.send(gateway, photo.file, photo.metadata, piece=PIECE).status is None
    assert photo.stored


def test_r42_a_photo_that_no_received_set_names_is_refused(
    client: Client, gateway: Gateway, office: HeadOffice, device: Stranger, tmp_path: Path
) -> None:
    unnamed = Photo(office, device, tmp_path)
    unnamed.set = uuid7()

    assert client.send(gateway, unnamed.file, unnamed.metadata, piece=PIECE).status == 403
    assert not unnamed.stored


def test_r42_the_photo_of_a_refused_set_is_taken_all_the_same(
    client: Client, gateway: Gateway, office: HeadOffice, device: Stranger, tmp_path: Path
) -> None:
    refused = Photo(office, device, tmp_path, colour="red").record()
    assert device.verdict(refused.set)["state"] == "refused"

    assert client.send(gateway, refused.file, refused.metadata, piece=PIECE).status is None
    assert refused.stored


def test_r43_bytes_known_in_the_book_are_not_sent_again_and_those_of_another_book_are(
    client: Client, gateway: Gateway, photo: Photo, tmp_path: Path
) -> None:
    assert client.send(gateway, photo.file, photo.metadata, piece=PIECE).status is None
    same, other = (Photo(photo.office, photo.device, tmp_path, book) for book in ("north", "west"))
    sent = []
    for twin in (same, other):
        twin.content = photo.content
        twin.file.write_bytes(photo.content)
        twin.values["sha256"] = photo.sha256
        twin.record()
        gateway.seen.clear()
        assert client.send(gateway, twin.file, twin.metadata, piece=PIECE).status is None
        sent.append(sum(status == 204 for status in pieces(gateway)))

    assert sent[0] <= 1, "at most an empty piece that asks whether all is there"
    assert sent[1] == -(-SIZE // PIECE)
    assert same.stored and other.stored
