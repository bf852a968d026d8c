"""What every store of backups does: the folder, the bucket, and the one in memory that tests damage."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.storage.archives import AlreadyThere, ArchiveError, ArchiveStore, FolderArchives, NoSuchFile, store_of
from tests.backup.test_s3 import bucket
from tests.drill.memory_store import MemoryArchives

__all__ = ["bucket"]


@pytest.fixture(params=["folder", "memory", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ArchiveStore]:
    if request.param == "folder":
        yield FolderArchives(tmp_path)
    elif request.param == "memory":
        yield MemoryArchives({})
    else:
        yield store_of(f"{request.getfixturevalue('bucket')}/{tmp_path.name}")


def test_what_was_put_is_there_whole_and_told_by_length_and_hash(store: ArchiveStore) -> None:
    put = store.put_new("archives/0001.age", [b"one", b"", b"two"])

    assert (put.size_bytes, put.sha256) == (6, hashlib.sha256(b"onetwo").hexdigest())
    assert b"".join(store.open("archives/0001.age")) == b"onetwo"
    assert store.where and "onetwo" not in store.where


def test_no_file_is_ever_written_twice(store: ArchiveStore) -> None:
    store.put_new("archives/0001.age", [b"first"])

    with pytest.raises(AlreadyThere):
        store.put_new("archives/0001.age", [b"second"])

    assert b"".join(store.open("archives/0001.age")) == b"first"


def test_a_file_whose_bytes_break_off_is_not_there(store: ArchiveStore) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ValueError("the source broke off")

    with pytest.raises(ValueError, match="broke off"):
        store.put_new("segments/0001.age", broken())

    assert store.names("segments") == []
    with pytest.raises(NoSuchFile):
        store.open("segments/0001.age")


def test_names_are_those_of_one_folder_in_order(store: ArchiveStore) -> None:
    for name in ("segments/0002.age", "segments/0001.age", "archives/0001.age", "segmentsother/0001.age"):
        store.put_new(name, [b"x"])

    assert store.names("segments") == ["segments/0001.age", "segments/0002.age"]
    assert store.names("photos") == []


def test_what_was_let_go_is_gone_and_what_was_never_there_is_no_error(store: ArchiveStore) -> None:
    store.put_new("archives/0001.age", [b"x"])

    store.let_go("archives/0001.age")
    store.let_go("archives/0001.age")

    assert store.names("archives") == []
    assert issubclass(NoSuchFile, ArchiveError)


def test_an_empty_file_is_a_file(store: ArchiveStore) -> None:
    assert store.put_new("archives/empty", []).size_bytes == 0
    assert b"".join(store.open("archives/empty")) == b""
