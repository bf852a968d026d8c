"""Work that is carried by hand comes to the same as work that is synced (R46-R48, scenario 21)."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from field_app.device import Device
from field_app.services import customers, envelopes, photos, reading, visits
from field_app.sync import requests
from roundbook.commands.envelope import command
from server.services import enrolment, epochs, parts, pull, users
from server.services import envelopes as office_envelopes
from server.storage import tables
from server.storage.database import reading as server_reading
from sync_protocol import age, envelope
from sync_protocol.problems import Problem
from tests.device.builders import clear_text_in, jpeg, sync
from tests.head_office import HeadOffice
from tests.recovery.conftest import Fleet
from tests.recovery.copies import Copies
from tests.recovery.test_lost_history import on_both_engines, set_states, verify


class Courier:
    """Carries files between devices and the office."""

    def __init__(self, office: HeadOffice, folder: Path) -> None:
        self.office, self.folder = office, folder
        folder.mkdir()
        self.count = 0

    def name(self) -> Path:
        self.count += 1
        return self.folder / f"{self.count}.age"

    def export(self, device: Device) -> Path:
        path = self.name()
        envelopes.export(device, path)
        return path

    def deliver(self, path: Path) -> tuple[office_envelopes.Received, Path]:
        answer = self.name()
        with self.office.app.app_context():
            found = office_envelopes.receive([path.read_bytes()])
            answer.write_bytes(b"".join(office_envelopes.answer_file(found)))
        return found, answer

    def round(self, device: Device) -> envelopes.Taken:
        return envelopes.take_answer(device, self.deliver(self.export(device))[1])


@pytest.fixture
def courier(office: HeadOffice, tmp_path: Path) -> Courier:
    return Courier(office, tmp_path / "carried")


def blobs(office: HeadOffice) -> list[str]:
    with office.app.app_context(), server_reading() as connection:
        return list(connection.scalars(sa.select(tables.blob.c.state)))


@on_both_engines
def test_a_device_without_a_network_works_by_file_alone(
    office: HeadOffice, fleet: Fleet, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R46: both ways, with photos, to the end of a round."""
    shop = office.customer("north", "Corner Shop")
    li = fleet.enrol("li")
    visit = visits.check_in(li, shop)
    photos.attach(li, visit, jpeg(3), "display")
    customers.edit(li, shop, {"contact_person": "Ann"})
    for number in range(5):
        office.customer("north", f"New {number}")
    monkeypatch.setattr(pull, "PAGE_ITEMS", 2)

    found, answer = courier.deliver(courier.export(li))
    taken = envelopes.take_answer(li, answer)

    assert found.whole and found.states == {"applied": 3} and found.photos == 1
    assert taken == envelopes.Taken(applied=True, verdicts=3, records=taken.records)
    assert len(found.answer) > 3, "a round has as many pages as it takes"
    assert li.outbox.unsettled_ids() == [] and li.photos.unsent_count() == 0 and blobs(office) == ["stored"]
    assert len(reading.find_customers(li)) == 6
    assert reading.shown(li, shop).state == "accepted"
    before = li.books.cursors()
    assert sync(li).sent == 0 and li.books.cursors() == before, "a sync has nothing to add"
    verify(office)


@on_both_engines
def test_files_may_come_late_twice_and_in_any_order_beside_syncs(
    office: HeadOffice, fleet: Fleet, courier: Courier
) -> None:
    """R47: files 2, 1, 1 and an old answer end as in order."""
    shop = office.customer("north", "Corner Shop")
    li = fleet.enrol("li")
    visit = visits.check_in(li, shop)
    first = courier.export(li)
    visits.count_stock(li, visit, office.product("A1", "Black Velvet", 1299), "3")
    second = courier.export(li)
    _, old_answer = courier.deliver(second)
    visits.check_out(li, visit, {"person": "Ann"})
    sync(li)
    third = courier.export(li)

    again = [courier.deliver(path)[0] for path in (first, first, second)]
    states, before = set_states(office), li.books.cursors()

    assert envelopes.take_answer(li, old_answer) == envelopes.Taken(applied=False)
    assert li.books.cursors() == before and li.staging.is_empty()
    assert [found.problem for found in again] == [None] * 3
    assert len([state for state in states.values() if state == "applied"]) >= 3
    assert envelopes.take_answer(li, courier.deliver(third)[1]).applied
    visits.skip(li, shop, "closed")
    assert sync(li).sent == 1, "an old file makes no fork"
    verify(office)


@on_both_engines
def test_a_set_that_needs_a_missing_file_waits_for_it(office: HeadOffice, fleet: Fleet, courier: Courier) -> None:
    """R47: what needs a missing file waits."""
    shop, product = office.customer("north", "Corner Shop"), office.product("A1", "Black Velvet", 1299)
    li = fleet.enrol("li")
    visit = visits.check_in(li, shop)
    first = courier.export(li)
    visits.count_stock(li, visit, product, "3")
    li.settings.set("sets_limit", 1)
    ids = li.outbox.unsettled_ids()
    only_second = courier.name()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(envelopes, "_requests", lambda d: [requests.next_request(d, skip=ids[:1], snapshots=False)])
        envelopes.export(li, only_second)

    assert courier.deliver(only_second)[0].states == {"waiting": 1}
    assert courier.deliver(first)[0].states == {"applied": 1}
    assert [set_states(office)[set_id] for set_id in ids] == ["applied", "applied"]


def test_an_outbox_that_is_larger_than_a_request_goes_into_one_file(
    office: HeadOffice, fleet: Fleet, courier: Courier
) -> None:
    shop = office.customer("north", "Corner Shop")
    li = fleet.enrol("li")
    for _ in range(7):
        visits.skip(li, shop, "closed")
    li.settings.set("sets_limit", 3)

    found, answer = courier.deliver(courier.export(li))

    assert found.requests == 3 and found.states == {"applied": 7}
    assert envelopes.take_answer(li, answer).verdicts == 7 and li.outbox.unsettled_ids() == []


def test_an_exported_file_changes_nothing_on_the_device_and_says_nothing_to_others(
    office: HeadOffice, fleet: Fleet, courier: Courier
) -> None:
    shop = office.customer("north", "Corner Shop")
    li = fleet.enrol("li")
    customers.edit(li, shop, {"contact_person": "Ann Secret"})
    unsettled = li.outbox.unsettled_ids()

    courier.export(li)

    assert li.outbox.unsettled_ids() == unsettled
    assert clear_text_in(courier.folder, "Ann Secret", li.identity.device_id, "roundbook") == []


@pytest.mark.skipif(shutil.which("age") is None, reason="the command age is not installed")
def test_a_file_is_an_age_file(office: HeadOffice, fleet: Fleet, courier: Courier, tmp_path: Path) -> None:
    shop = office.customer("north", "Corner Shop")
    li = fleet.enrol("li")
    visits.skip(li, shop, "closed")
    with office.app.app_context():
        (tmp_path / "key").write_text(age.identity_text(parts.keyring().raw("seal")))

    done = subprocess.run(
        ["age", "-d", "-i", tmp_path / "key", courier.export(li)], capture_output=True, check=True, cwd=tmp_path
    )

    head, body, *_ = done.stdout.split(b"\n")
    assert json.loads(head)["part"] == "request" and b'"pending"' in body


def test_a_file_that_was_cut_off_counts_up_to_the_cut(office: HeadOffice, fleet: Fleet, courier: Courier) -> None:
    shop = office.customer("north", "Corner Shop")
    li = fleet.enrol("li")
    visit = visits.check_in(li, shop)
    for seed in range(4):
        photos.attach(li, visit, jpeg(seed, side=900), "display")
    path = courier.export(li)
    path.write_bytes(path.read_bytes()[:-70_000])

    found, answer = courier.deliver(path)

    assert not found.whole and found.states == {"applied": 5} and 0 < found.photos < 4
    assert envelopes.take_answer(li, answer).applied
    assert li.photos.unsent_count() == 4 - found.photos, "what is missing goes with the next"
    assert courier.round(li).applied and li.photos.unsent_count() == 0


def test_rubbish_and_files_for_others_are_refused(office: HeadOffice, fleet: Fleet, courier: Courier) -> None:
    li = fleet.enrol("li")
    with office.app.app_context():
        public = age_public(office)
        for wrong in (b"", b"not an age file", sealed(bytes(range(32)), b"{}\n"), sealed(public, b"no line of json\n")):
            with pytest.raises((age.NotAnAgeFile, envelope.NotAnEnvelope)):
                office_envelopes.receive([wrong])
        unsigned = envelope.written(
            [
                (
                    {"part": "request", "device": li.identity.device_id, "recipient": "x", "sent": 1, "signature": "x"},
                    2,
                    [b"{}"],
                )
            ]
        )
        with pytest.raises(Problem, match="signature-wrong"):
            office_envelopes.receive([sealed(public, b"".join(unsigned))])
    assert set_states(office) == {} or all(state != "open" for state in set_states(office).values())


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 12_000,
        b'{"part":"request"}',
        b'{"part":"request","size":true}',
        b'{"part":"request","size":-1}',
        b'{"part":"request","size":99999999999}',
        b'{"part":"request","size":"2"}',
        b"x" * 40_000,
        b'{"part":"photo","size":5}',
    ],
    ids=range(8),
)
def test_malformed_parts_are_no_envelope(office: HeadOffice, line: bytes) -> None:
    with office.app.app_context(), pytest.raises(envelope.NotAnEnvelope):
        office_envelopes.receive([sealed(age_public(office), line + b"\n{}")])


@pytest.mark.parametrize(
    "changed", [{"recipient": []}, {"sent": "1"}, {"device": 5}, {"signature": {}}, {"device": "x"}]
)
def test_a_request_with_other_members_is_signed_by_nobody(office: HeadOffice, changed: dict[str, Any]) -> None:
    with office.app.app_context():
        public = age_public(office)
        right = {"device": "018f0000-0000-7000-8000-0000000000aa", "sent": 1, "signature": "x"}
        right |= {"recipient": envelope.path_for(parts.keyring().seal_public).rpartition("/")[2], "part": "request"}
        with pytest.raises(Problem, match="device-unknown"):
            office_envelopes.receive([sealed(public, b"".join(envelope.written([(right, 2, [b"{}"])])))])
        with pytest.raises(Problem, match="signature-wrong|device-unknown"):
            office_envelopes.receive([sealed(public, b"".join(envelope.written([({**right, **changed}, 2, [b"{}"])])))])


def age_public(office: HeadOffice) -> bytes:
    from sync_protocol.signing import from_text

    return from_text(parts.keyring().seal_public, size=32)


def sealed(public: bytes, plain: bytes) -> bytes:
    import os

    try:
        return b"".join(age.encrypt([public], [plain], os.urandom))
    except ValueError:
        return b""


def test_an_answer_is_of_use_to_the_device_that_asked_only(office: HeadOffice, fleet: Fleet, courier: Courier) -> None:
    """R48: from where it stands, of its epoch, newer than the last."""
    li, tablet = fleet.enrol("li"), fleet.enrol("li")
    _, answer = courier.deliver(courier.export(li))

    with pytest.raises(envelopes.NotForThisDevice):
        envelopes.take_answer(tablet, answer)
    li.settings.set(envelopes.KEPT, {})
    with pytest.raises(envelopes.NotForThisDevice):
        envelopes.take_answer(li, answer)


def test_an_answer_that_the_server_did_not_sign_changes_nothing(
    office: HeadOffice, fleet: Fleet, courier: Courier
) -> None:
    office.customer("north", "Corner Shop")
    li = fleet.enrol("li")
    office.customer("north", "New")
    path = courier.export(li)
    with office.app.app_context():
        found = office_envelopes.receive([path.read_bytes()])
        head, body = found.answer[0]
        found.answer[0] = (head, body.replace(b"New", b"Bad"))
        forged = courier.name()
        forged.write_bytes(b"".join(office_envelopes.answer_file(found)))

    with pytest.raises(envelopes.NotForThisDevice):
        envelopes.take_answer(li, forged)
    assert li.staging.is_empty()


def test_an_old_key_of_the_server_still_opens_what_was_made_for_it(
    office: HeadOffice, fleet: Fleet, courier: Courier
) -> None:
    """R46: old keys stay good for reading."""
    shop = office.customer("north", "Corner Shop")
    li = fleet.enrol("li")
    visits.skip(li, shop, "closed")
    path = courier.export(li)
    keys = office.home / "keys"
    (keys / "seal.key").rename(keys / "seal-2026.key")
    office.app.extensions["roundbook.keyring"].__dict__.pop("seal_keys", None)
    office.app.extensions["roundbook.keyring"].__dict__.pop("seal_publics", None)

    assert courier.deliver(path)[0].states == {"applied": 1}


def test_a_file_of_a_life_that_ended_is_answered_by_the_fork(
    office: HeadOffice, fleet: Fleet, courier: Courier, copies: Copies
) -> None:
    shop = office.customer("north", "Corner Shop")
    li = fleet.enrol("li")
    copies.take()
    customers.edit(li, shop, {"contact_person": "Ann"})
    sync(li)
    copies.put_back()
    with office.app.app_context():
        epochs.begin_epoch("restored")
    path = courier.export(li)

    found, answer = courier.deliver(path)
    taken = envelopes.take_answer(li, answer)

    assert found.problem == taken.problem == "epoch-changed"
    assert courier.round(li).verdicts == 1
    assert reading.shown(li, shop).fields["contact_person"] == "Ann"


def test_the_file_of_a_lost_device_goes_to_quarantine_and_wipes_it(
    office: HeadOffice, fleet: Fleet, courier: Courier
) -> None:
    shop = office.customer("north", "Corner Shop")
    li = fleet.enrol("li")
    visits.skip(li, shop, "closed")
    with office.app.app_context():
        enrolment.revoke(li.identity.device_id, "lost", users.SYSTEM)

    found, answer = courier.deliver(courier.export(li))

    assert found.problem == "device-lost" and "quarantined" in set_states(office).values()
    assert envelopes.take_answer(li, answer).problem == "device-lost" and li.is_wiped


def test_the_command_takes_a_file_in_and_writes_the_answer(office: HeadOffice, fleet: Fleet, courier: Courier) -> None:
    shop = office.customer("north", "Corner Shop")
    li = fleet.enrol("li")
    visits.skip(li, shop, "closed")
    answer = courier.name()
    environment: dict[str, Any] = {"ROUNDBOOK_HOME": str(office.home), "ROUNDBOOK_URL": office.url}

    arguments = ["open", str(courier.export(li)), "--answer", str(answer)]
    done = CliRunner(env=environment).invoke(command, [*arguments, "--json"])
    wrong = CliRunner(env=environment).invoke(command, ["open", str(answer), "--answer", str(courier.name())])

    assert json.loads(done.output)["sets"] == {"applied": 1} and json.loads(done.output)["user"] == "li"
    assert wrong.exit_code == 1 and "cannot be opened here" in wrong.output
    assert envelopes.take_answer(li, answer).verdicts == 1
