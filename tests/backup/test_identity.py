"""The server's identity: archived for the key holders alone, put back, replaced key by key, and lost (scenario «the server is gone»)."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask

from field_app.sync.client import sync_once
from field_app.sync.transport import HttpTransport
from roundbook import recovery as restoring
from server.app import create_app
from server.config import Config
from server.services.backup import identity, memory, recovery, rotating
from server.services.backup.documents import IDENTITY, read
from server.services.backup.sealing import open_sealed
from server.services.people import second_factor
from server.services.prepare import prepare
from server.storage import tables
from server.storage.database import db
from server.storage.database import reading as server_reading
from server.storage.keyring import NAMES
from sync_protocol import age
from tests.backup.conftest import Safe
from tests.backup.test_archive import recovered
from tests.backup.test_segments import enrol, work
from tests.device.builders import PASSPHRASE, sync


def test_each_key_holder_opens_all_keys_and_the_further_files(safe: Safe, tmp_path: Path) -> None:
    tls = tmp_path / "tls.key"
    tls.write_text("a private key")
    config = safe.office.app.extensions["roundbook"]
    object.__setattr__(config.backup, "identity_files", (tls,))
    safe.run()

    document = read(safe.store, safe.public, IDENTITY, 1)
    for name in ("ann", "bob"):
        found = {m.name: m.content for m in open_sealed(safe.store, document.data, [safe.key(name)])}
        assert set(found) == {*(f"keys/{key}.key" for key in NAMES), f"files{tls}"}
    header = b"".join(safe.store.open(document.data["name"])).partition(b"\n--- ")[0]
    assert header.count(b"-> X25519") == 2, "the key holders, and nobody else: not even the run"


def test_it_is_archived_again_when_a_key_or_a_holder_changes_and_only_then(safe: Safe) -> None:
    with safe.office.app.app_context():
        assert identity.archive_if_changed(safe.store) is not None
        assert identity.archive_if_changed(safe.store) is None
    safe.enrol("eve")
    with safe.office.app.app_context():
        assert identity.archive_if_changed(safe.store) is not None


def test_a_file_that_is_named_and_missing_fails_the_run(safe: Safe) -> None:
    object.__setattr__(safe.office.app.extensions["roundbook"].backup, "identity_files", (Path("/nowhere/tls.key"),))
    from server.services.backup.runs import BackupFailed

    with pytest.raises(BackupFailed, match="/nowhere/tls.key"):
        safe.run()


def test_keys_are_replaced_one_after_the_other_and_devices_go_on(served: Safe, tmp_path: Path) -> None:
    office = served.office
    shop = office.customer("north", "Corner Shop")
    li = enrol(office, tmp_path, "li")
    work(li, shop, 1)
    sync(li)
    app = office.app
    factor = _second_factor(office.app, office.users["li"])
    for number, name in enumerate(("database", "objects", "seal", "cursor", "session", "factor", "messages"), 2):
        with app.app_context():
            before = memory.parts.keyring().raw(name)
            rotating.rotate(name)
            db.engine.dispose()
        app = create_app(Config.from_environment({"ROUNDBOOK_HOME": str(office.home), "ROUNDBOOK_URL": office.url}))
        with app.app_context():
            prepare()
            assert memory.parts.keyring().raw(name) != before
            if name == "objects":
                shutil.rmtree(office.home / "objects.before")
        office.app.wsgi_app = app.wsgi_app
        work(li, shop, number)
        report = sync(li)
        assert report.error is None and li.outbox.unsettled_ids() == [], name
        with app.app_context(), server_reading() as connection:
            stored = connection.execute(sa.select(tables.blob.c.object_key)).scalars().all()
            assert len(stored) == number and all(app.extensions["roundbook.objects"].read(key) for key in stored)

    with app.app_context():
        assert second_factor.check(office.users["li"], pyotp.TOTP(factor).at(time.time() + 30)), "his app still counts"


def _second_factor(app: Flask, user_id: str) -> str:
    """A person sets up an authenticator app. Returns: the secret in it."""
    with app.app_context():
        offered = second_factor.offer(user_id, "li", None)
        assert second_factor.confirm(user_id, offered.sealed, pyotp.TOTP(offered.secret).now()) is not None
    return offered.secret


def test_the_backup_key_is_not_replaced_under_archives_that_it_signed_but_in_a_new_place(
    safe: Safe, tmp_path: Path
) -> None:
    safe.run()
    before = safe.public
    with safe.office.app.app_context(), pytest.raises(rotating.CannotRotate, match="new place"):
        rotating.rotate("backup")
    place = {"ROUNDBOOK_HOME": str(safe.office.home), "ROUNDBOOK_BACKUPS": str(tmp_path / "new place")}
    with create_app(Config.from_environment(place)).app_context():
        rotating.rotate("backup")
        db.engine.dispose()
    safe.office.app = create_app(Config.from_environment(place))
    safe.run()

    _, told = recovered(safe, tmp_path / "fresh")

    assert safe.public != before and told.archive == 1, "a new chain, under a new key"


def test_the_sealed_photos_of_a_rotation_before_are_not_lost_in_the_next(safe: Safe) -> None:
    with safe.office.app.app_context():
        rotating.rotate("objects")
    with (
        create_app(Config.from_environment({"ROUNDBOOK_HOME": str(safe.office.home)})).app_context(),
        pytest.raises(rotating.CannotRotate, match="left from the last time"),
    ):
        rotating.rotate("objects")


def test_with_the_identity_lost_devices_are_enrolled_again_and_offer_what_they_hold(
    served: Safe, tmp_path: Path
) -> None:
    office = served.office
    shop = office.customer("north", "Corner Shop")
    li = enrol(office, tmp_path, "li")
    served.run()
    work(li, shop, 1)
    sync(li)
    with office.app.app_context(), server_reading() as connection:
        device = tables.change_set.c.device_id == li.identity.device_id
        known = set(connection.scalars(sa.select(tables.change_set.c.id).where(device)))
    work(li, shop, 2)
    environment = {"ROUNDBOOK_HOME": str(tmp_path / "fresh"), "ROUNDBOOK_BACKUPS": served.store.where}
    config = Config.from_environment({**environment, "ROUNDBOOK_URL": office.url})
    plan = recovery.plan(served.store, served.public)

    told = restoring.recover(config, served.store, served.public, [served.key("ann")], plan, new_identity=True)
    app = create_app(config)
    office.app.wsgi_app = app.wsgi_app
    refused = sync_once(li, HttpTransport(office.url))
    served.office.app = app
    li.enrol_anew(office.invitation("li"), PASSPHRASE, HttpTransport(office.url), name="again")
    report = sync(li)

    assert told.keys == () and refused.error is not None, "it does not believe another server"
    assert report.error is None and li.outbox.unsettled_ids() == []
    with app.app_context(), server_reading() as connection:
        assert known <= set(connection.scalars(sa.select(tables.change_set.c.id)))
        assert connection.scalar(sa.select(sa.func.count()).where(tables.record.c.type == "visit")) == 2


def test_one_key_holders_key_lost(safe: Safe, tmp_path: Path) -> None:
    safe.office.customer("north", "Before")
    safe.run()
    with safe.office.app.app_context():
        from server.services.backup import holders

        holders.remove(holders.by_id("bob").id)
    safe.enrol("eve")
    safe.office.customer("north", "After")
    safe.run()

    _, told = recovered(safe, tmp_path / "by-eve", key="eve")
    assert told.archive == 2
    _, told = recovered(safe, tmp_path / "by-ann", key="ann", number=1)
    assert told.archive == 1, "what the others hold opens the older ones"
    with pytest.raises(age.NotForUs):
        recovered(safe, tmp_path / "by-bob", key="bob")


def test_the_key_of_a_run_is_gone_with_the_run(safe: Safe, monkeypatch: pytest.MonkeyPatch) -> None:
    from server.services.backup import onetime

    made: list[bytes] = []
    draw = onetime.secrets.token_bytes
    monkeypatch.setattr(onetime.secrets, "token_bytes", lambda n: made.append(draw(n)) or made[-1])
    keys: list[onetime.OneTimeKey] = []
    begin = onetime.OneTimeKey.__init__
    monkeypatch.setattr(onetime.OneTimeKey, "__init__", lambda self: (begin(self), keys.append(self))[0])

    safe.run()

    secret = made[0]
    assert len(keys) == 1 and not any(keys[0]._secret)
    with pytest.raises(RuntimeError, match="gone"):
        _ = keys[0].secret
    for path in safe.office.home.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            assert secret not in raw and secret.hex().encode() not in raw, path
    with safe.office.app.app_context():
        assert list((safe.office.home / "scratch").iterdir()) == []
        own = [memory.parts.keyring().raw(name) for name in NAMES]
    with pytest.raises(age.NotForUs):
        document = read(safe.store, safe.public, "archives", 1)
        list(open_sealed(safe.store, document.data, own))
