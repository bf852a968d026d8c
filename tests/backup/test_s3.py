"""The store in a bucket: against a local S3 server from a package, not against AWS."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from server.storage import archives_s3
from server.storage.archives import AlreadyThere, ArchiveError, ArchiveStore, FolderArchives, NoSuchFile, store_of
from tests.backup.conftest import furnish
from tests.drill.company import Company
from tests.head_office import open_office


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A bucket with object lock, and the variables that lead to it."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    variables = {
        "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
    }
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="backups", ObjectLockEnabledForBucket=True)
    yield "s3://backups/company"
    server.stop()
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ArchiveStore:
    if request.param == "folder":
        return FolderArchives(tmp_path / "store")
    return store_of(f"{request.getfixturevalue('bucket')}/{tmp_path.name}")


def test_what_was_put_is_there_whole_and_is_never_replaced(
    store: ArchiveStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives_s3, "PART_BYTES", 5 * 1024 * 1024)
    large = [os.urandom(1_000_000) for _ in range(12)]

    put = store.put_new("archives/large.age", iter(large))
    store.put_new("archives/small.age", [b"small"])
    store.put_new("photos/empty.age", [])

    assert put.size_bytes == 12_000_000 and b"".join(store.open("archives/large.age")) == b"".join(large)
    for name in ("archives/large.age", "archives/small.age"):
        with pytest.raises(AlreadyThere):
            store.put_new(name, [b"another"])
    with pytest.raises(AlreadyThere):
        store.put_new("archives/small.age", iter(large))
    assert b"".join(store.open("archives/small.age")) == b"small" and b"".join(store.open("photos/empty.age")) == b""
    assert store.names("archives") == ["archives/large.age", "archives/small.age"] and store.names("segments") == []


def test_what_is_not_there_and_what_is_no_name(store: ArchiveStore) -> None:
    with pytest.raises(NoSuchFile):
        store.open("archives/nothing")
    for name in ("../x", "/etc/passwd", "a//b", "A", ""):
        with pytest.raises(ValueError, match="no name"):
            store.put_new(name, [b"x"])


def test_a_writer_that_fails_half_way_leaves_nothing(store: ArchiveStore) -> None:
    def broken() -> Iterator[bytes]:
        yield os.urandom(9_000_000)
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        store.put_new("archives/x.age", broken())
    assert store.names("archives") == []


def test_object_lock_is_set_as_long_as_asked_for(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDBOOK_BACKUP_LOCK_DAYS", "40")
    store_of(f"{bucket}/locked").put_new("archives/x.age", [b"x"])

    held = boto3.client("s3", region_name="us-east-1").head_object(
        Bucket="backups", Key="company/locked/archives/x.age"
    )
    assert held["ObjectLockMode"] == "COMPLIANCE"
    assert 39 <= (held["ObjectLockRetainUntilDate"] - datetime.now(UTC)).days <= 40


def test_a_store_that_cannot_be_reached_is_an_error_with_its_name(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(ArchiveError, match="s3://backups/company cannot be reached"):
        store_of(bucket).names("archives")


def test_a_company_comes_back_from_a_bucket(bucket: str, tmp_path: Path) -> None:
    from roundbook import recovery as restoring
    from server.config import Config
    from server.services.backup import recovery

    office = open_office(tmp_path / "office", ROUNDBOOK_BACKUPS=f"{bucket}/whole")
    furnish(office)
    company = Company(office, {})
    company.enrol_holders("ann", "bob")
    company.run()
    office.customer("north", "Later")
    company.seal()

    config = Config.from_environment(
        {"ROUNDBOOK_HOME": str(tmp_path / "fresh"), "ROUNDBOOK_BACKUPS": f"{bucket}/whole"}
    )
    plan = recovery.plan(company.store, company.public)
    told = restoring.recover(config, company.store, company.public, [company.keys["ann"]], plan)

    assert (told.archive, told.segments) == (1, 1)
