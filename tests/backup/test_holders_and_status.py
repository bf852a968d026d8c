"""Key holders prove that they can decrypt; what is late, failed or wrong turns red and is told (B8)."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from server.services import users
from server.services.backup import holders, packs, runs, status, watching
from server.services.backup.holders import HolderError
from server.services.backup.onetime import one_time_key
from server.services.backup.sealing import Throttle, put_sealed
from server.storage import message_tables, tables
from server.storage.archives import FolderArchives
from server.storage.backup_tables import backup_run
from server.storage.database import reading, writing
from tests.backup.conftest import Safe
from workers.jobs import backup as jobs
from workers.registry import JOBS
from workers.schedule import schedule

DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What the server takes for now is so many ms later."""
    ahead = [0]
    monkeypatch.setattr("server.services.clock.now_ms", lambda: time.time_ns() // 1_000_000 + ahead[0])
    return ahead


def codes(safe: Safe) -> dict[str, str]:
    with safe.office.app.app_context():
        return {concern.code: concern.level for concern in status.status().concerns}


def test_a_holder_counts_when_he_has_told_the_word_that_only_his_key_opens(safe: Safe) -> None:
    with safe.office.app.app_context():
        holder = safe.enrol("eve", proves=False)
        word = safe.open("eve", holders.challenge(holder)).decode()
        with pytest.raises(HolderError, match="not the word"):
            holders.prove(holder, "AAAAA-AAAAA-AAAAA-AAAAA")
        with reading() as connection:
            assert [h.name for h in holders.recipients(connection)] == ["ann", "bob"]
        holders.prove(holder, f" {word.lower()} ")
        with reading() as connection:
            assert [h.name for h in holders.recipients(connection)] == ["ann", "bob", "eve"]
        with pytest.raises(HolderError, match="make a new one"):
            holders.prove(holder, word)


def test_a_challenge_is_good_for_14_days_and_a_proof_for_90(safe: Safe, clock: list[int]) -> None:
    with safe.office.app.app_context():
        holder = holders.by_id("ann").id
        word = safe.open("ann", holders.challenge(holder)).decode()
        clock[0] = 15 * DAY_MS
        with pytest.raises(HolderError, match="14 days"):
            holders.prove(holder, word)
    clock[0] = 89 * DAY_MS
    assert "proof" not in codes(safe)
    clock[0] = 91 * DAY_MS
    assert codes(safe)["proof"] == "waiting"


@pytest.mark.parametrize(
    ("recipient", "why"), [("age1xyz", "no public key"), ("AGE-SECRET-KEY-1Q", "no public key"), ("", "no public key")]
)
def test_what_is_no_public_key_is_not_enrolled(safe: Safe, recipient: str, why: str) -> None:
    with safe.office.app.app_context(), pytest.raises(HolderError, match=why):
        holders.add("eve", recipient, users.SYSTEM)


def test_with_fewer_than_two_holders_no_archive_is_made(safe: Safe) -> None:
    with safe.office.app.app_context():
        holders.remove(holders.by_id("bob").id)
    with pytest.raises(runs.BackupFailed, match="at least 2"):
        safe.run()
    assert codes(safe) == {"holders": "wrong", "failed": "wrong", "never": "wrong", "same-disk": "waiting"}


def test_what_is_late_or_failed_or_damaged_is_red(
    safe: Safe, clock: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert codes(safe)["never"] == "wrong"
    safe.run()
    assert set(codes(safe)) == {"no-drill", "same-disk"}
    clock[0] = 7 * DAY_MS
    assert "late" not in codes(safe)
    clock[0] = 9 * DAY_MS
    assert codes(safe)["late"] == "wrong"
    clock[0] = 0
    safe.office.customer("north", "New")
    assert "segments" not in codes(safe)
    clock[0] = 16 * 60 * 1000
    assert codes(safe)["segments"] == "wrong"
    clock[0] = 0
    safe.seal()
    with monkeypatch.context() as broken:
        broken.setattr("server.services.backup.memory.store", lambda: FolderArchives(Path("/proc/nowhere")))
        with pytest.raises(runs.BackupFailed):
            safe.run()
    assert codes(safe)["failed"] == "wrong"
    (data,) = Path(safe.store.where).glob("archives/*.tar.age")
    data.chmod(0o600)
    data.write_bytes(data.read_bytes()[:-1])
    with safe.office.app.app_context():
        assert len(watching.look_through().problems) == 1
    assert codes(safe)["damaged"] == "wrong"
    assert data.exists(), "nothing is repaired by deleting"


def test_what_comes_after_a_quiet_night_is_not_late_at_once(safe: Safe, clock: list[int]) -> None:
    safe.run()
    safe.seal()
    clock[0] = 8 * 3600 * 1000
    with safe.office.app.app_context():
        jobs.backup_segment("")
    safe.office.customer("north", "First of the day")
    assert "segments" not in codes(safe)
    clock[0] += 16 * 60 * 1000
    assert codes(safe)["segments"] == "wrong"


def test_a_drill_is_asked_for_after_100_days(safe: Safe, clock: list[int]) -> None:
    safe.run()
    clock[0] = 101 * DAY_MS
    assert codes(safe)["drill"] == "wrong"


def test_administrators_are_told_once_a_day(safe: Safe, clock: list[int]) -> None:
    safe.run()
    with safe.office.app.app_context():
        user = tables.user_account
        with writing() as connection:
            connection.execute(sa.update(user).where(user.c.login == "ada").values(phone="13800138000"))
            connection.execute(sa.update(user).where(user.c.login == "li").values(phone="13900139000"))
        safe.seal()
        assert watching.watch() == []
        clock[0] = 9 * DAY_MS
        assert [concern.code for concern in watching.watch()] == ["late"]
        safe.seal()  # the message itself is a change
        assert watching.watch() == []
        clock[0] = 10 * DAY_MS + 1000
        assert [concern.code for concern in watching.watch()] == ["late"]
        with reading() as connection:
            sent = connection.execute(sa.select(message_tables.message_out)).mappings().all()
    assert [row["phone"] for row in sent] == ["13800138000"] * 2 and "older than 8 days" in sent[0]["text"]


def test_the_jobs_do_it_by_themselves_and_nothing_before_there_are_holders(safe: Safe, clock: list[int]) -> None:
    planned = {one.name: one for one in schedule("Asia/Shanghai")}
    assert {name for name in JOBS if name.startswith("backup_")} == {n for n in planned if n.startswith("backup_")}
    weekly = planned["backup_archive"].period
    assert weekly.after(0) - weekly.latest(weekly.after(0) - 1) == 7 * DAY_MS
    with safe.office.app.app_context():
        nice = []
        jobs.runs.be_nice = lambda: nice.append(1)  # type: ignore[assignment]
        jobs.backup_segment("")
        jobs.backup_archive("")
        safe.office.customer("north", "New")
        jobs.backup_segment("")
        clock[0] = 6 * 60 * 1000
        jobs.backup_segment("")
        jobs.backup_photos("")
        jobs.backup_look_through("")
        found = status.status()
        assert (found.archive.number, found.segment[0], nice) == (1, 1, [1, 1, 1])
        for holder in holders.holders():
            holders.remove(holder.id)
        jobs.backup_archive("")
        assert len(status.status().runs) == 1


def test_a_photo_that_cannot_be_read_does_not_hold_up_the_archive_and_is_told(safe: Safe) -> None:
    import random

    from tests.drill.company import Company

    made = Company(safe.office, {})
    made.photos(3, 5000, random.Random(1))
    (one, other, _) = sorted((safe.office.home / "objects" / "photos").rglob("*" * 1))[-3:]
    one.write_bytes(one.read_bytes()[:-5])
    with safe.office.app.app_context():
        from server.services import parts

        key = other.relative_to(safe.office.home / "objects").as_posix()
        parts.objects().put(key, [b"another picture"])

    done = safe.run()

    assert len(done.lost_photos) == 2 and done.photos == 3
    assert codes(safe)["photos"] == "wrong"


def test_a_photo_is_stored_once_and_anew_when_the_holders_change(safe: Safe) -> None:
    import random

    from tests.drill.company import Company

    made = Company(safe.office, {})
    made.photos(3, 5000, random.Random(1))
    assert safe.run().new_photos == 3
    made.photos(1, 5000, random.Random(2))
    assert safe.run().new_photos == 1
    with safe.office.app.app_context(), one_time_key() as key:
        assert packs.pack_missing(safe.store, key, Throttle()).photos == 0
    safe.enrol("eve")
    assert safe.run().new_photos == 4


def test_a_backup_goes_no_faster_than_it_may(tmp_path: Path) -> None:
    from server.services.backup.sealing import Member

    began = time.monotonic()

    put_sealed(
        FolderArchives(tmp_path), "archives/x", [bytes(range(32))],
        (Member(f"{n}", bytes(500_000)) for n in range(6)), Throttle(3_000_000),
    )  # fmt: skip

    assert 0.7 < time.monotonic() - began < 8


def test_what_a_run_left_behind_that_broke_off_counts_for_nothing(safe: Safe, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as killed:
        killed.setattr("server.services.backup.checking.restored_equals", _die)
        with pytest.raises(KeyboardInterrupt):
            safe.run()
    assert codes(safe)["never"] == "wrong"
    assert len(safe.store.names("archives")) == 1

    assert safe.run().number == 1
    with safe.office.app.app_context(), reading() as connection:
        assert connection.scalars(sa.select(backup_run.c.state).order_by(backup_run.c.id)).all() == [
            "failed",
            "verified",
        ]


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_an_archive_whose_stored_bytes_differ_does_not_count(safe: Safe, monkeypatch: pytest.MonkeyPatch) -> None:
    put = FolderArchives.put_new

    def rotten(self: FolderArchives, name: str, chunks, **named):  # type: ignore[no-untyped-def]
        found = put(self, name, chunks, **named)
        if name.startswith("archives/") and name.endswith(".age"):
            path = self.folder / name
            path.chmod(0o600)
            raw = bytearray(path.read_bytes())
            raw[len(raw) // 2] ^= 4
            path.write_bytes(raw)
        return found

    monkeypatch.setattr(FolderArchives, "put_new", rotten)

    with pytest.raises(runs.BackupFailed, match="does not open"):
        safe.run()
    assert safe.store.names("archives")[-1].endswith(".age"), "there is no statement"


def test_a_photo_that_is_erased_while_the_archive_is_written_does_not_fail_it(
    safe: Safe, monkeypatch: pytest.MonkeyPatch
) -> None:
    import random

    from tests.drill.company import Company

    Company(safe.office, {}).photos(3, 5000, random.Random(1))
    pack = runs.packs.pack_missing

    def erase_first(*given, **named):  # type: ignore[no-untyped-def]
        with writing() as connection:
            first = sa.select(sa.func.min(tables.blob.c.sha256)).scalar_subquery()
            connection.execute(sa.delete(tables.blob).where(tables.blob.c.sha256 == first))
        return pack(*given, **named)

    monkeypatch.setattr(runs.packs, "pack_missing", erase_first)

    done = safe.run()

    assert (done.photos, done.new_photos, done.lost_photos) == (3, 2, ())


def test_prometheus_reads_when_the_last_archive_segment_and_drill_were_and_what_is_wrong(safe: Safe) -> None:
    def figures() -> dict[str, float]:
        text = safe.office.app.test_client().get("/metrics").text
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        return {sample.name + "".join(sample.labels.values()): sample.value for sample in samples}

    name = "roundbook_backup_{}_timestamp_seconds"
    before = figures()
    assert [before[name.format(what)] for what in ("archive", "segment", "drill")] == [0, 0, 0]
    assert before["roundbook_backup_concernswrong"] >= 1, "there is no archive"

    began = time.time()
    safe.run()
    safe.office.customer("north", "After the archive")
    waiting = figures()
    assert began <= waiting[name.format("archive")] <= time.time()
    assert waiting["roundbook_backup_waiting"] > 0
    assert waiting["roundbook_backup_concernswrong"] == 0
    safe.seal()
    sealed = figures()
    assert sealed[name.format("segment")] >= waiting[name.format("archive")]
    assert sealed["roundbook_backup_waiting"] == 0
