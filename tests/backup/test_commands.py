"""`roundbook backup`, as an operator types it: from the key holders to a fresh machine."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from roundbook.cli import main
from tests.backup.conftest import furnish
from tests.head_office import open_office


class Operator:
    """Types commands on one machine."""

    def __init__(self, home: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home, self.store, self._monkeypatch = home, store, monkeypatch

    def type(self, *words: str, status: int = 0) -> str:
        for name, value in {"ROUNDBOOK_HOME": self.home, "ROUNDBOOK_BACKUPS": self.store}.items():
            self._monkeypatch.setenv(name, str(value))
        found: Result = CliRunner().invoke(main, words, catch_exceptions=False)
        assert found.exit_code == status, found.output
        return found.output


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    furnish(open_office(tmp_path / "office"))
    return Operator(tmp_path / "office", tmp_path / "store", monkeypatch)


def hold(operator: Operator, name: str, folder: Path) -> Path:
    """A key holder makes his key and is enrolled, as the page says."""
    key, file = folder / f"{name}.txt", folder / f"{name}.age"
    subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True)
    recipient = subprocess.run(["age-keygen", "-y", key], check=True, capture_output=True, text=True).stdout.strip()
    operator.type("backup", "key-holder", "add", name, recipient, str(file))
    word = subprocess.run(["age", "-d", "-i", key, file], check=True, capture_output=True, text=True).stdout.strip()
    assert "not the word" in operator.type("backup", "key-holder", "prove", name, "NO-NO", status=1)
    assert f"{name} can decrypt" in operator.type("backup", "key-holder", "prove", name, word)
    return key


def test_from_the_key_holders_to_a_fresh_machine(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "at least 2 key holders" in operator.type("backup", "run", status=1)
    ann = hold(operator, "ann", tmp_path)
    hold(operator, "bob", tmp_path)
    assert "there is no archive yet" in operator.type("backup", "seal", status=1)
    assert "archive 1: restored from its stored bytes and equal" in operator.type("backup", "run", "--full-speed")
    operator.type("user", "add", "zoe", "--name", "Zoe", "--role", "leader", "--password", "a good password")
    assert "segment 1" in operator.type("backup", "seal")
    assert "nothing has changed" in operator.type("backup", "seal")
    assert "1 archives, 1 segments" in operator.type("backup", "verify")
    told = json.loads(operator.type("backup", "list", "--json"))
    assert (told["archive"], told["segment"], [h["name"] for h in told["holders"]]) == (1, 1, ["ann", "bob"])
    assert "drill on archive 1: written down" in operator.type("backup", "drill", "--identity", str(ann))
    sheet = operator.type("backup", "sheet")
    assert told["signed_by"] in sheet and str(operator.store) in sheet
    assert "restored and compared" not in operator.type("backup", "list"), "the list is plain"

    fresh = Operator(tmp_path / "fresh", operator.store, monkeypatch)
    asked = ("backup", "restore", "--from", str(operator.store), "--signed-by", told["signed_by"])
    assert "archive 1 of" in fresh.type(*asked, "--preview") and not (tmp_path / "fresh").exists()
    wrong = ("backup", "restore", "--signed-by", "A" * 43, "--identity", str(ann))
    assert "not signed by this company" in fresh.type(*wrong, status=1)
    stranger = tmp_path / "stranger.txt"
    subprocess.run(["age-keygen", "-o", stranger], check=True, capture_output=True)
    assert "was sealed for others" in fresh.type(*asked, "--identity", str(stranger), status=1)
    shutil.rmtree(tmp_path / "fresh", ignore_errors=True)
    said = fresh.type(*asked, "--identity", str(ann))
    assert "1 segments, 0 photos" in said and "keys: backup.key" in said and "epoch" in said
    assert "zoe" in fresh.type("user", "list")
    assert "is there" in fresh.type(*asked, "--identity", str(ann), status=1)
    assert "archive 2" in fresh.type("backup", "run", "--full-speed")


def test_an_old_store_is_taken_only_when_asked_for(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = hold(operator, "ann", tmp_path)
    hold(operator, "bob", tmp_path)
    operator.type("backup", "run")
    signed_by = json.loads(operator.type("backup", "list", "--json"))["signed_by"]
    fresh = Operator(tmp_path / "fresh", operator.store, monkeypatch)
    asked = ("backup", "restore", "--signed-by", signed_by, "--identity", str(ann))
    with monkeypatch.context() as later:
        import time

        later.setattr("server.services.clock.now_ms", lambda: time.time_ns() // 1_000_000 + 9 * 86_400_000)
        assert "9 days old" in fresh.type(*asked, status=1)
    assert "archive 1" in fresh.type(*asked, "--accept-old")


def test_damage_is_named_and_ends_with_an_error(operator: Operator, tmp_path: Path) -> None:
    hold(operator, "ann", tmp_path)
    hold(operator, "bob", tmp_path)
    operator.type("backup", "run")
    (data,) = operator.store.glob("photos/*.age") if (operator.store / "photos").exists() else [None]
    assert data is None, "no photos, no pack"
    (data,) = operator.store.glob("archives/*.age")
    data.chmod(0o600)
    data.write_bytes(data.read_bytes() + b"x")
    said = operator.type("backup", "verify", status=1)
    assert f"WRONG  archives/{data.name} is not what was stored" in said


def test_a_restore_says_what_is_wrong_with_the_store(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = hold(operator, "ann", tmp_path)
    hold(operator, "bob", tmp_path)
    operator.type("backup", "run")
    hold(operator, "eve", tmp_path)
    operator.type("user", "add", "zoe", "--name", "Zoe", "--role", "leader", "--password", "a good password")
    operator.type("backup", "run")
    operator.type("user", "add", "zac", "--name", "Zac", "--role", "leader", "--password", "a good password")
    operator.type("backup", "seal")
    signed_by = json.loads(operator.type("backup", "list", "--json"))["signed_by"]
    first, second = sorted(operator.store.glob("archives/*.age"))
    (segment,) = operator.store.glob("segments/*.age")
    good = {path: path.read_bytes() for path in operator.store.rglob("*") if path.is_file()}
    fresh = Operator(tmp_path / "fresh", operator.store, monkeypatch)
    asked = ("backup", "restore", "--signed-by", signed_by, "--identity")

    def put(path: Path, raw: bytes | None) -> None:
        path.unlink(missing_ok=True)
        if raw is not None:
            path.write_bytes(raw)

    damages = (
        (second, good[first], "is not what was stored"),  # which eve cannot open
        (segment, None, f"segments/{segment.name} is missing in"),
    )
    for path, raw, words in damages:
        put(path, raw)
        assert words in fresh.type(*asked, str(tmp_path / "eve.txt"), status=1)
        assert not (fresh.home / "roundbook.db").exists()
        put(path, good[path])
    assert "is begun again, from the start" in fresh.type(*asked, str(ann))
    assert "zac" in fresh.type("user", "list")


def test_keys_are_replaced_by_name(operator: Operator) -> None:
    before = operator.type("keys")
    assert "its own" not in before and "fingerprint" in before
    assert "enrolled again" in operator.type("keys", "rotate", "sign", "--yes")
    after = operator.type("keys")
    assert before.splitlines()[1] != after.splitlines()[1]
