"""The ways in of devices × who knocks, and every group of the file × every author × every way of writing (T18, T21)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.services import enrolment, leaving, push, users
from server.storage.database import reading
from server.storage.tables import device as device_table
from server.storage.tables import read_log, setting
from sync_protocol.fields import FieldClass, Kind
from sync_protocol.records import check_values, record_type
from tests.console.browser import Person
from tests.console.scenario import Scene
from tests.rights import oracle
from tests.wire.stranger import Stranger

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


@pytest.mark.parametrize("way", ["device", "office"])
def test_every_group_of_the_file_takes_effect_by_its_holder_alone_whatever_the_way_of_writing(own_served_scene, way):
    scene = own_served_scene
    office, star, book = scene.office, scene.ids["star"], scene.ids["north"]
    office.user("lin", "licensing")
    with office.app.app_context():
        from server.services import books

        books.assign_seat(book, "licensing", office.users["lin"], users.SYSTEM)
    assert {group for group, _, _ in samples()} <= set(SEAT_OF_GROUP) and len(samples()) >= 8

    for seat, login in HOLDERS.items():
        phone = phone_of(scene, login) if way == "device" else None
        for group, name, klass in samples():
            value = f"{login} {way}"[:20]
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
                phone.sync()
                said = phone.verdict(set_id)
            else:
                change |= {"seat": SEAT_OF_GROUP[group], "term": 1, "base": _version(scene, star)}
                with office.app.app_context():
                    said = push.office_push(office.users[login], book, "edit", [change])
            state = said["state"]
            wanted = expected(group, klass, seat)
            assert state in ({wanted, "merged"} if wanted == "applied" else {wanted}), (login, name, str(said)[:900])


def _version(scene: Scene, record_id: str) -> str:
    from server.storage.tables import record

    with scene.office.app.app_context(), reading() as connection:
        return str(connection.scalar(sa.select(record.c.ver).where(record.c.id == record_id)))


@pytest.mark.parametrize("way", ["device", "form"])
def test_what_is_computed_is_set_by_nobody(own_served_scene, way):
    scene = own_served_scene
    star, book = scene.ids["star"], scene.ids["north"]
    computed = [n for n, s in record_type("customer").specs().items() if s.klass is FieldClass.SYSTEM]
    before = rows(scene)["record"]

    if way == "device":
        phone = phone_of(scene, "li")
        for name in computed[:6]:
            set_id = phone.save(book, phone.change("edit", "customer", star, star, book, set={name: "1"}, was={}))
            phone.sync()
            assert phone.verdict(set_id)["state"] == "refused", name
    else:
        li = Person(scene.office.app, "li")
        li.post(f"/customers/{star}/edit", dict.fromkeys(computed, "1"))

    stored = {row.id: row for row in rows(scene)["record"]}
    assert all(stored[row.id] == row for row in before if row.type == "customer")
    assert len(computed) >= 6
