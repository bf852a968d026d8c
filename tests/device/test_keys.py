"""What protects a device that is off: the passphrase, the wrapping of its key, and that nothing is in clear."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from field_app.device import Device, known_devices
from field_app.services import complaints, contacts, customers, orders, photos, reading, visits
from field_app.store.database import WrongKey
from field_app.store.keys import (
    KEY_FILE,
    DamagedKeyFile,
    KeyFile,
    Keyring,
    WeakPassphrase,
    WrongPassphrase,
    open_with_passphrase,
    open_with_recovery_key,
    read_key_file,
    write_key_file,
)
from field_app.sync.enrolment import InvitationUnreadable
from field_app.sync.signed import ServerProblem, Unsigned
from field_app.sync.transport import HttpTransport
from sync_protocol.sealing import NotForUs
from tests.device.builders import PASSPHRASE, Clock, Cut, clear_text_in, jpeg, sync
from tests.device.scripted import ScriptedServer, now_ms
from tests.head_office import HeadOffice

Enrol = Callable[..., Device]


def unlock(folder: Path, passphrase: str = PASSPHRASE) -> Device:
    return Device.unlock(folder, passphrase, clock_ms=Clock(now_ms()))


def test_a_locked_device_opens_with_its_passphrase_and_no_other(office: HeadOffice, enrol: Enrol) -> None:
    office.customer("north", "Locked Shop")
    device = enrol("li")
    device.close()

    for wrong in ("", PASSPHRASE + " ", PASSPHRASE.upper(), "x" * 200):
        with pytest.raises(WrongPassphrase):
            unlock(device.folder, wrong)

    again = unlock(device.folder)
    assert [row.name for row in reading.find_customers(again, "locked")] == ["Locked Shop"]
    again.close()
    (known,) = known_devices(device.folder.parent)
    assert (known.folder, known.user_name, known.server_url) == (device.folder, "Li", office.url)
    unlock(device.folder.parent).close()


def test_the_passphrase_is_the_same_however_its_accents_are_composed(tmp_path: Path) -> None:
    keyring = Keyring(os.urandom(32))
    slots = keyring.slots("device", "caf\u00e9 du nord", None, os.urandom)
    key_file = KeyFile("device", "http://x", "Li", "Corner Goods", tuple(slots))

    assert open_with_passphrase(key_file, "cafe\u0301 du nord").derived("x") == keyring.derived("x")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("memory_kib", 1024),
        ("memory_kib", 2**40),
        ("passes", 1),
        ("passes", 10**9),
        ("lanes", 0),
        ("kdf", "pbkdf2"),
        ("passes", None),
    ],
)
def test_weaker_parameters_in_the_key_file_are_not_even_tried(tmp_path: Path, name: str, value: Any) -> None:
    content = _key_file(tmp_path)
    content["slots"][0][name] = value
    (tmp_path / KEY_FILE).write_text(json.dumps(content))

    with pytest.raises(DamagedKeyFile):
        open_with_passphrase(read_key_file(tmp_path), PASSPHRASE)


@pytest.mark.parametrize("what", ["device", "passes", "lanes", "salt", "nonce", "wrapped", "another member"])
def test_nothing_in_the_key_file_can_be_changed_unseen(tmp_path: Path, what: str) -> None:
    content = _key_file(tmp_path)
    slot = content["slots"][0]
    if what == "device":
        content["device"] = "another"
    elif what not in slot:
        slot[what] = 1
    elif isinstance(slot[what], int):
        slot[what] += 1
    else:
        slot[what] = ("B" if slot[what][0] == "A" else "A") + slot[what][1:]
    (tmp_path / KEY_FILE).write_text(json.dumps(content))

    with pytest.raises(WrongPassphrase):
        open_with_passphrase(read_key_file(tmp_path), PASSPHRASE)


def _key_file(folder: Path) -> dict[str, Any]:
    slots = Keyring(os.urandom(32)).slots("device", PASSPHRASE, None, os.urandom)
    write_key_file(folder, KeyFile("device", "http://x", "Li", "Corner Goods", tuple(slots)))
    found: dict[str, Any] = json.loads((folder / KEY_FILE).read_text())
    return found


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"v": 1}',
        '{"v": 2, "slots": []}',
        '{"v":1,"device":"d","server":"s","user_name":"u","company":"c","slots":[7]}',
    ],
)
def test_a_key_file_that_cannot_be_read_says_so(tmp_path: Path, content: str) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / KEY_FILE).write_text(content)

    with pytest.raises(DamagedKeyFile):
        read_key_file(tmp_path / "one")
    assert known_devices(tmp_path) == []


def test_the_companys_recovery_key_opens_what_a_forgotten_passphrase_does_not(tmp_path: Path) -> None:
    recovery = X25519PrivateKey.generate()
    keyring = Keyring(os.urandom(32))
    slots = keyring.slots("device", PASSPHRASE, recovery.public_key().public_bytes_raw(), os.urandom)
    key_file = KeyFile("device", "http://x", "Li", "Corner Goods", tuple(slots))

    opened = open_with_recovery_key(key_file, recovery.private_bytes_raw())

    assert opened.derived("outbox") == keyring.derived("outbox")
    with pytest.raises(NotForUs):
        open_with_recovery_key(key_file, os.urandom(32))


def test_another_passphrase_takes_the_place_of_the_first(office: HeadOffice, enrol: Enrol) -> None:
    device = enrol("li")

    device.change_passphrase(PASSPHRASE, "another one altogether")
    device.close()

    with pytest.raises(WrongPassphrase):
        unlock(device.folder)
    unlock(device.folder, "another one altogether").close()


def test_a_weak_passphrase_does_not_use_up_the_invitation(office: HeadOffice, tmp_path: Path) -> None:
    invitation = office.invitation("li")
    way = HttpTransport(office.url)
    with pytest.raises(WeakPassphrase):
        Device.enrol(tmp_path, invitation, "short", way, clock_ms=Clock(now_ms()), name="phone")

    Device.enrol(tmp_path, invitation, PASSPHRASE, way, clock_ms=Clock(now_ms()), name="phone").close()

    with pytest.raises(ServerProblem) as used:
        Device.enrol(tmp_path, invitation, PASSPHRASE, way, clock_ms=Clock(now_ms()), name="phone")
    assert used.value.name == "code-used"
    assert len(known_devices(tmp_path)) == 1 and len(list(tmp_path.iterdir())) == 1, (
        "a failed enrolment leaves no folder"
    )
    way.close()


def test_an_enrolment_whose_answer_was_lost_asks_again_as_the_same_device(office: HeadOffice, tmp_path: Path) -> None:
    way = Cut(HttpTransport(office.url))
    way.lose_answers = 2

    device = Device.enrol(tmp_path, office.invitation("li"), PASSPHRASE, way, clock_ms=Clock(now_ms()), name="phone")

    assert sync(device).error is None
    device.close()
    way.transport.close()


def test_another_server_than_the_one_of_the_invitation_is_not_believed(tmp_path: Path) -> None:
    server = ScriptedServer()
    invitation = server.invitation[:-4] + ("AAAA" if not server.invitation.endswith("AAAA") else "BBBB")

    with pytest.raises(Unsigned):
        Device.enrol(tmp_path, invitation, PASSPHRASE, server, clock_ms=Clock(now_ms()), name="phone")
    with pytest.raises(InvitationUnreadable):
        Device.enrol(tmp_path, "https://example.org", PASSPHRASE, server, clock_ms=Clock(now_ms()), name="phone")
    assert list(tmp_path.iterdir()) == []


def test_nothing_that_anybody_typed_or_took_is_in_the_folder_in_clear(office: HeadOffice, enrol: Enrol) -> None:
    shop = office.customer("north", "CANARYSHOP", contact_phone="515 555 0199", address="CANARYSTREET 7")
    product = office.product("CANARYCODE", "CANARYWHISKY", 1299)
    device = enrol("li")
    taken = jpeg(3, mark=b"CANARYEXIF")
    visit = visits.check_in(device, shop)
    visits.count_stock(device, visit, product, "7")
    photo = photos.attach(device, visit, taken, "shopfront", "CANARYCAPTION")
    small = photos.read(device, photo)
    orders.place(device, shop, [{"product": product, "quantity": "1"}], note="CANARYNOTE")
    visits.check_out(device, visit, {"person": "CANARYPERSON", "situation": "CANARYSITUATION " * 400})
    contacts.record(device, shop, {"content": "CANARYCALL"})
    complaints.record(device, shop, {"description": "CANARYCOMPLAINT"})
    customers.edit(device, shop, {"contact_person": "CANARYANN"})
    needles = [
        "CANARY",
        "515 555 0199",
        "5155550199",
        "shopfront",
        shop,
        photo,
        small[600:640],
        small[-60:-20],
        taken[600:640],
    ]

    open_and_unsent = clear_text_in(device.folder, *needles)
    sync(device)
    after_sync = clear_text_in(device.folder, *needles)
    device.close()
    locked = clear_text_in(device.folder, *needles)

    assert open_and_unsent == after_sync == locked == []
    assert not any(
        file.read_bytes().startswith(b"SQLite format 3") for file in device.folder.rglob("*") if file.is_file()
    )


def test_a_flipped_bit_in_a_book_loads_it_anew_and_loses_no_work(office: HeadOffice, enrol: Enrol) -> None:
    shop = office.customer("north", "Damaged Shop")
    device = enrol("li")
    contacts.record(device, shop, {"content": "before the damage"})
    device.close()
    file = device.folder / "books" / f"{office.books['north']}.db"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))

    again = unlock(device.folder)
    assert reading.find_customers(again) == []
    report = sync(again)

    assert report.applied == 1
    assert [row.name for row in reading.find_customers(again, "damaged")] == ["Damaged Shop"]
    assert [one.fields["content"] for one in reading.below(again, shop, "contact_record")] == ["before the damage"]
    again.close()


def test_a_book_whose_file_is_gone_is_loaded_anew(office: HeadOffice, enrol: Enrol) -> None:
    office.customer("north", "Deleted Shop")
    device = enrol("li")
    device.close()
    for file in device.folder.glob(f"books/{office.books['north']}*"):
        file.unlink()

    again = unlock(device.folder)
    sync(again)

    assert [row.name for row in reading.find_customers(again, "deleted")] == ["Deleted Shop"]
    again.close()


def test_a_damaged_outbox_is_said_and_not_replaced(office: HeadOffice, enrol: Enrol) -> None:
    device = enrol("li")
    device.close()
    file = device.folder / "outbox.db"
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(bytes(content))

    with pytest.raises(WrongKey):
        unlock(device.folder)
    assert file.read_bytes() == bytes(content)
