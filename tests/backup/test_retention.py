"""Grandfather, father, son; nothing goes while anything is wrong."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from server.services.backup import checking, documents, recovery, releasing, retention
from server.services.backup.documents import ARCHIVE, PHOTOS, SEGMENT, Tip, Untrue
from sync_protocol import signing
from tests.drill.memory_store import MemoryArchives

MONDAY = date(2026, 1, 4)


def test_five_weeks_twelve_months_seven_years_stay() -> None:
    sundays = {n: MONDAY + timedelta(weeks=n) for n in range(520)}

    stays = retention.kept(sundays)

    counts = [list(stays.values()).count(name) for name in ("week", "month", "year")]
    assert counts[0] == 5 and 10 <= counts[1] <= 12 and 5 <= counts[2] <= 7
    assert 519 in stays and len(stays) < 25


@pytest.mark.parametrize("seed", range(20))
def test_the_newest_stays_and_what_is_kept_once_is_kept_until_its_time(seed: int) -> None:
    chance = random.Random(seed)
    day, made = MONDAY, dict[int, date]()
    for number in range(300):
        day += timedelta(days=chance.choice((1, 7, 7, 7, 20)))
        made[number] = day
        stays = retention.kept(made)
        assert number in stays
        assert all(n in stays for n in made if (day - made[n]).days < 14)
        made = {n: at for n, at in made.items() if n in stays}
    ages = [(day - at).days for at in made.values()]
    assert max(ages) > 300, "there is one of a year ago"


def filled(weeks: int) -> tuple[MemoryArchives, object]:
    """So many weekly archives with a segment and a pack each; every second pack is named by the next two archives only."""
    store, private = MemoryArchives({}), signing.new_private_key(bytes(32))
    tips = {kind: Tip() for kind in documents.KINDS}

    def add(kind: str, **said: object) -> None:
        name = documents.data_name(kind, tips[kind].number + 1, "x")
        put = store.put_new(name, [name.encode()])
        data = {"name": name, "size_bytes": put.size_bytes, "sha256": put.sha256}
        tips[kind] = documents.append(store, private, kind, tips[kind], {"data": data, **said}).tip

    for week in range(weeks):
        at = week * 7 * 86_400_000
        add(PHOTOS, made_at=at, recipients="x")
        add(
            ARCHIVE, made_at=at, line="x", segment=tips[SEGMENT].wire, photos=tips[PHOTOS].wire,
            identity=Tip().wire, packs=[1, max(1, week), week + 1],
        )  # fmt: skip
        add(SEGMENT, made_at=at + 1, line="x")
    return store, private


def test_what_is_over_is_said_and_signed_before_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    store, private = filled(60)
    public = signing.public_text(private)
    monkeypatch.setattr("server.services.backup.memory.public", lambda: public)
    monkeypatch.setattr("server.services.backup.memory.signer", lambda: private)

    gone = releasing.tidy(store)

    assert gone > 60 and releasing.tidy(store) == 0
    found = checking.look_through(store, public, known={})
    assert found.problems == [] and 14 <= found.archives <= 20
    assert documents.data_name(PHOTOS, 1, "x") in store.files, "each archive names it"
    plan = recovery.plan(store, public)
    assert plan.archive.number == 60 and [d.number for d in plan.segments] == [60]
    oldest = min(n for n in range(1, 61) if documents.data_name(ARCHIVE, n, "x") in store.files)
    assert recovery.plan(store, public, number=oldest).segments == ()
    with pytest.raises(Untrue):
        recovery.plan(store, public, number=2)


def test_nothing_goes_from_a_store_in_which_something_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    store, private = filled(60)
    monkeypatch.setattr("server.services.backup.memory.public", lambda: signing.public_text(private))
    monkeypatch.setattr("server.services.backup.memory.signer", lambda: private)
    del store.files[documents.name_of(ARCHIVE, 30)]
    before = dict(store.files)

    assert releasing.tidy(store) == 0
    assert store.files == before


def test_what_is_held_longer_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from server.storage.archives import ArchiveError

    store, private = filled(60)
    monkeypatch.setattr("server.services.backup.memory.public", lambda: signing.public_text(private))
    monkeypatch.setattr("server.services.backup.memory.signer", lambda: private)

    def held(name: str) -> None:
        raise ArchiveError("locked")

    monkeypatch.setattr(store, "let_go", held)
    assert releasing.tidy(store) == 0
    assert checking.look_through(store, signing.public_text(private), known={}).problems == []
