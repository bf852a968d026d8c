"""Whatever is done to the stored backups is noticed; a good store is never refused (T15). The full count: `make drill`."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from server.services.backup import checking, documents
from server.storage.archives import NoSuchFile
from sync_protocol import signing
from tests.drill import company, mutations
from tests.drill.memory_store import MemoryArchives

MUTATIONS = 500


def test_five_hundred_mutations_are_noticed(tmp_path: Path) -> None:
    made = company.found(tmp_path / "office")
    store, reader = mutations.prepare(made, random.Random(1))

    result = mutations.run(store, reader, MUTATIONS, seed=20261122)

    assert result.undetected == [] and result.refused_good == 0
    assert result.mutations == MUTATIONS and len(result.by_kind) >= 12, result.by_kind


def test_a_check_that_is_left_out_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = company.found(tmp_path / "office")
    store, reader = mutations.prepare(made, random.Random(1))
    monkeypatch.setattr("server.services.backup.sealing.Checked.check", lambda _: None)

    assert mutations.run(store, reader, 150, seed=3).undetected


def test_what_another_key_signed_is_not_ours() -> None:
    store = MemoryArchives({})
    mine, other = (signing.new_private_key(bytes([n]) * 32) for n in (1, 2))
    documents.append(store, other, documents.ARCHIVE, documents.Tip(), {"data": {}})

    with pytest.raises(documents.Untrue, match="not signed by this company"):
        documents.read(store, signing.public_text(mine), documents.ARCHIVE, 1)
    assert documents.read(store, signing.public_text(other), documents.ARCHIVE, 1).number == 1


def test_a_store_without_anything_holds_nothing(tmp_path: Path) -> None:
    store = MemoryArchives({})
    assert checking.look_through(store, "x", known={}).problems == []
    with pytest.raises(NoSuchFile):
        documents.read(store, "x", documents.ARCHIVE, 1)
