"""The ways in of devices × who knocks, and every group of the file × every author × every way of writing (T18, T21)."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.services import books, enrolment, envelopes, leaving, parts, push, snapshots, users
from server.storage.database import reading
from server.storage.tables import change_set, read_log, record, setting
from server.storage.tables import device as device_table
from server.storage.tables import upload as upload_table
from sync_protocol import age, envelope, signing
from sync_protocol.fields import FieldClass, Kind
from sync_protocol.records import check_values, record_type
from tests.console.browser import Person
from tests.console.scenario import Scene, jpeg
from tests.importing.files import customer, understood
from tests.rights import oracle
from tests.wire.stranger import Stranger, uuid7

PATHS = {
    "sync.post_sync": ("POST", "/sync/1"),
    "enrol.post_renew": ("POST", "/renew/1"),
    "photos.create": ("POST", "/photos/1/"),
    "photos.offset": ("HEAD", "/photos/1/an-upload"),
    "photos.piece": ("PATCH", "/photos/1/an-upload"),
    "snapshots.get_snapshot": ("GET", "/books/{book}/snapshots/a-snapshot"),
}
SEAT_OF_GROUP = {
    "outside": "maintainer",
    "basic": "maintainer",
    "network": "maintainer",
    "business": "maintainer",
    "personal": "maintainer",
    "supplement": "supervisor",
    "management": "licensing",
}
STRANGE = Ed25519PrivateKey.generate()
HOLDERS = {"maintainer": "li", "supervisor": "chen", "licensing": "lin"}


def rows(scene: Scene) -> dict[str, list[Any]]:
    """The whole database, but for when a device was last here."""
    with scene.office.app.app_context(), reading() as connection:
        names = set(sa.inspect(connection).get_table_names()) - {setting.name, read_log.name, device_table.name}
        return {name: connection.execute(sa.text(f'SELECT * FROM "{name}"')).all() for name in names}


def phone_of(scene: Scene, login: str) -> Stranger:
    phone = Stranger(scene.office.invitation(login))
    assert phone.enrol(name=f"{login}'s", platform="Android 15").status == 200
    phone.sync()
    return phone


def test_every_way_in_of_a_device_is_walked(scene):
    known = {rule.endpoint for rule in scene.office.app.url_map.iter_rules()}

    assert set(PATHS) == oracle.SIGNED and known >= oracle.SIGNED


def test_no_way_in_opens_without_the_right_signature_and_a_refusal_changes_nothing(own_served_scene):
    scene = own_served_scene
    phone, other = phone_of(scene, "li"), phone_of(scene, "wang")
    unknown = Stranger(scene.office.invitation("li"))
    before, tried = rows(scene), 0

    for method, path in PATHS.values():
        path = path.format(book=scene.ids["north"])
        body = b"" if method in ("HEAD", "GET") else b"{}"
        for knock in (
            lambda m=method, p=path, b=body: phone.call(m, p, b, key=STRANGE),
            lambda m=method, p=path, b=body: phone.call(m, p, b, key=other.key),
            lambda m=method, p=path, b=body: unknown.call(m, p, b),
            lambda m=method, p=path, b=body: phone.call(m, p, b, Roundbook_Signature=""),
            lambda m=method, p=path, b=body: phone.call(m, p, b, Roundbook_Device="nobody"),
            lambda m=method, p=path, b=body: other.call(m, p, b, Roundbook_Device=phone.device),
            lambda m=method, p=path, b=body: phone.call(m, p, b, Roundbook_Sent="1"),
        ):
            answer = knock()
            assert 400 <= answer.status < 500, (method, path, answer.status)
            assert b"Lucky Star" not in answer.body
            tried += 1

    assert tried == 42 and rows(scene) == before


@pytest.mark.parametrize("how", ["lost", "dismissed"])
def test_after_a_theft_or_a_dismissal_no_way_in_gives_anything_out_or_changes_a_record(own_served_scene, how):
    scene = own_served_scene
    phone = phone_of(scene, "li")
    upload_path = f"/books/{scene.ids['north']}/snapshots/a-snapshot"
    with scene.office.app.app_context():
        if how == "lost":
            assert enrolment.revoke(phone.device, "lost", users.SYSTEM)
        else:
            leaving.dismiss(scene.office.users["li"], users.SYSTEM)
    before = rows(scene)
    phone.cursors = {}

    answer = phone.round_trip()
    refused = [
        phone.call("GET", upload_path),
        phone.call("POST", "/photos/1/", b"{}"),
        phone.call("HEAD", "/photos/1/x"),
    ]

    assert all(400 <= found.status < 500 for found in refused)
    assert answer.status != 200 or (not answer.json.get("scope") and not answer.json.get("records"))
    assert b"Lucky Star" not in answer.body
    after = rows(scene)
    assert {name for name in after if after[name] != before[name]} <= {"change_set", "log", "book", "job"}
    assert after["record"] == before["record"] and after["place"] == before["place"]


@pytest.mark.parametrize("way", ["device", "file"])
@pytest.mark.parametrize("how", ["lost", "dismissed"])
def test_the_first_request_after_a_theft_or_a_dismissal_is_refused_at_every_way_in_that_stood_open(
    own_served_scene, how, way
):
    """With what was good a moment ago: an upload half done, a snapshot that is there, an invitation, a set that was saved."""
    scene, book = own_served_scene, own_served_scene.ids["north"]
    phone, content = phone_of(scene, "li"), jpeg("Taken before")
    visit = phone.change("create", "visit", uuid7(), scene.ids["star"], book, set={"state": "open", "checked_in_at": 1})
    photo = {"step": "display", "sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
    photo |= {"media_type": "image/jpeg", "taken_at": phone.clock_ms()}
    shot = phone.save(book, phone.change("create", "photo", uuid7(), scene.ids["star"], book, set=photo))
    phone.sync()
    assert phone.upload(book, shot, content, piece=100, stop_at=100).status == 204
    with scene.office.app.app_context(), reading() as connection:
        upload = str(connection.scalar(sa.select(upload_table.c.id).where(upload_table.c.device_id == phone.device)))
    with scene.office.app.app_context():
        there = snapshots.build(book).id
    assert phone.call("GET", f"/books/{book}/snapshots/{there}").status == 200
    invitation = Stranger(scene.office.invitation("li"))
    made = phone.save(book, visit)
    with scene.office.app.app_context():
        if how == "lost":
            assert enrolment.revoke(phone.device, "lost", users.SYSTEM)
        else:
            leaving.dismiss(scene.office.users["li"], users.SYSTEM)
    before = rows(scene)
    phone.cursors, phone.records, phone.scope = {}, {}, {}

    tus = {"Tus_Resumable": "1.0.0", "zipped": False}
    piece = {"Upload_Offset": "100", "Content_Type": "application/offset+octet-stream", **tus}
    refused = [
        phone.upload(book, shot, content),
        phone.call("HEAD", f"/photos/1/{upload}", **tus),
        phone.call("PATCH", f"/photos/1/{upload}", content[100:200], **piece),
        phone.call("GET", f"/books/{book}/snapshots/{there}"),
        phone.call("POST", "/renew/1", b"{}", Content_Type="application/json"),
        *([invitation.enrol()] if how == "dismissed" else []),
    ]
    middle = rows(scene)
    phone.round_trip() if way == "device" else carry(scene, phone)

    assert [answer.status for answer in refused if not 400 <= answer.status < 500] == []
    assert not any(b"Lucky Star" in answer.body for answer in refused)
    assert middle == before, "no refusal left anything behind"
    assert phone.records == {} and not phone.scope and phone.cursors == {}
    after = rows(scene)
    with scene.office.app.app_context(), reading() as connection:
        assert connection.scalar(sa.select(change_set.c.state).where(change_set.c.id == made)) == "quarantined"
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {"change_set", "job"}, changed


def samples() -> list[tuple[str, str, FieldClass]]:
    """A field of each group and class that a person may type into: group, field, class."""
    found: dict[tuple[str, FieldClass], str] = {}
    for name, spec in record_type("customer").specs().items():
        if spec.kind in (Kind.TEXT, Kind.NOTE) and spec.klass is not FieldClass.SYSTEM and name != "store_name":
            if check_values("customer", {name: "li office"}, creating=False):
                continue  # not every text may be any text
            found.setdefault((spec.group, spec.klass), name)
    return [(group, name, klass) for (group, klass), name in found.items()]


def expected(group: str, klass: FieldClass, seat: str | None) -> str:
    """What becomes of an edit, by the rule that people agreed on: one maintainer a group, static fields by application."""
    if seat != SEAT_OF_GROUP[group]:
        return "proposed"
    return "proposed" if klass is FieldClass.STATIC else "applied"


def carry(scene: Scene, phone: Stranger) -> None:
    """The round trip of a phone, as a sealed file that somebody carries by hand."""
    with scene.office.app.app_context():
        ours = parts.keyring().seal_publics[0]
        recipient, sent = signing.fingerprint(ours), phone.clock_ms()
        body = json.dumps(phone.request()).encode()
        text = signing.request_text(envelope.METHOD, envelope.path_for(ours), phone.device, sent, body)
        head = {"part": "request", "device": phone.device, "sent": sent, "recipient": recipient}
        head["signature"] = signing.to_text(phone.key.sign(text))
        found = envelopes.receive(
            age.encrypt([signing.from_text(ours, size=32)], envelope.written([(head, len(body), [body])]), os.urandom)
        )
    assert found.requests == 1, found
    for head, answer in found.answer:
        if head["part"] == "answer":
            phone._take(json.loads(answer))


def stored_value(scene: Scene, name: str) -> Any:
    with scene.office.app.app_context(), reading() as connection:
        text = connection.scalar(sa.select(record.c.fields).where(record.c.id == scene.ids["star"]))
        return json.loads(str(text)).get(name)


def open_proposals(scene: Scene) -> int:
    with scene.office.app.app_context(), reading() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).where(record.c.type == "proposal")) or 0)


@pytest.mark.parametrize("way", ["device", "file", "office", "form"])
def test_every_group_of_the_file_takes_effect_by_its_holder_alone_whatever_the_way_of_writing(own_served_scene, way):
    scene = own_served_scene
    office, star, book = scene.office, scene.ids["star"], scene.ids["north"]
    office.user("lin", "licensing")
    with office.app.app_context():
        books.assign_seat(book, "licensing", office.users["lin"], users.SYSTEM)
    assert {group for group, _, _ in samples()} <= set(SEAT_OF_GROUP) and len(samples()) >= 8

    for seat, login in HOLDERS.items():
        phone = phone_of(scene, login) if way in ("device", "file") else None
        person = Person(office.app, login) if way == "form" else None
        for group, name, klass in samples():
            value, before = f"{login} {way}"[:20], open_proposals(scene)
            change = {
                "op": "edit",
                "type": "customer",
                "record": star,
                "customer": star,
                "set": {name: value},
                "was": {},
            }
            if phone is not None:
                set_id = phone.save(book, phone.change("edit", "customer", star, star, book, seat=SEAT_OF_GROUP[group], set={name: value}, was={}))  # fmt: skip
                phone.sync() if way == "device" else carry(scene, phone)
                state = phone.verdict(set_id)["state"]
            elif person is not None:
                answer = person.post(f"/customers/{star}/edit", {name: value, "seen": "{}"})
                assert answer.status_code == 303, (login, name, answer.text[:900])
                state = "applied" if open_proposals(scene) == before else "proposed"
            else:
                change |= {"seat": SEAT_OF_GROUP[group], "term": 1, "base": _version(scene, star)}
                with office.app.app_context():
                    state = push.office_push(office.users[login], book, "edit", [change])["state"]
            wanted = expected(group, klass, seat)
            assert state in ({wanted, "merged"} if wanted == "applied" else {wanted}), (login, name, state)
            assert (stored_value(scene, name) == value) is (wanted == "applied"), (login, name, state)


def _version(scene: Scene, record_id: str) -> str:
    with scene.office.app.app_context(), reading() as connection:
        return str(connection.scalar(sa.select(record.c.ver).where(record.c.id == record_id)))


@pytest.mark.parametrize("way", ["device", "file", "form", "import"])
def test_what_is_computed_is_set_by_nobody(own_served_scene, way):
    scene = own_served_scene
    star, book = scene.ids["star"], scene.ids["north"]
    computed = [n for n, s in record_type("customer").specs().items() if s.klass is FieldClass.SYSTEM]
    before = rows(scene)["record"]

    if way in ("device", "file"):
        phone = phone_of(scene, "li")
        sent = [
            phone.save(book, phone.change("edit", "customer", star, star, book, set={name: "1"}, was={}))
            for name in computed
        ]
        phone.sync() if way == "device" else carry(scene, phone)
        assert {phone.verdict(set_id)["state"] for set_id in sent} == {"refused"}
    elif way == "import":
        labels = [str(record_type("customer").specs()[name].labels.en) for name in computed]
        for heads in (labels, computed):
            row = ["2190", "Lucky Star Mart 福星便利店", *["1"] * len(heads)]
            plan = understood([["Store Number", "Store Name", *heads], row])
            assert not set(computed) & set(customer(plan, "2190")) and len(plan.customers) == 1
    else:
        li = Person(scene.office.app, "li")
        li.post(f"/customers/{star}/edit", dict.fromkeys(computed, "1"))

    stored = {row.id: row for row in rows(scene)["record"]}
    assert all(stored[row.id] == row for row in before if row.type == "customer")
    assert len(computed) >= 6
