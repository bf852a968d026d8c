"""Restores onto fresh machines, on and across both engines, broken off and begun again, after writers that wrote meanwhile (T16)."""

from __future__ import annotations

import random
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from roundbook import recovery as restoring
from server.app import create_app
from server.config import Config
from server.services.backup import loading, packs, recovery
from server.storage.database import db
from tests.drill import company as companies
from tests.drill.company import Company
from tests.postgres import Postgres

# what the server writes about itself after the archive, or what a restore sets anew
OF_THE_SERVER_ITSELF = frozenset(
    {"backup_pack", "backup_photo", "backup_run", "console_session", "epoch", "job", "safe", "setting", "upload"}
)


@dataclass
class Drills:
    """How many there were, how many came out equal; what differed in the others."""

    drills: int = 0
    equal: int = 0
    broken_off: int = 0
    differences: list[str] = field(default_factory=list)


class BrokenOff(Exception):
    """The power went."""


def run(folder: Path, postgres: Postgres, count: int, seed: int, step: Callable[[], None] = lambda: None) -> Drills:
    """So many drills, from SQLite and PostgreSQL in turn, to both in turn."""
    chance, result = random.Random(seed), Drills()
    sources = [
        companies.found(folder / "from-sqlite"),
        companies.found(folder / "from-postgresql", {"DATABASE_URL": postgres.database("drill_source")}),
    ]
    for source in sources:
        source.photos(4, 30_000, chance)
        source.work(20, chance)
    for n in range(count):
        source = sources[n % 2]
        if n % 6 < 2:
            _run_while_others_write(source, chance)
        source.work(3, chance)
        source.photos(1, 20_000, chance)
        source.pack()
        source.seal()
        to = postgres.database(f"drill_{n}") if n // 2 % 2 else None
        _drill(source, folder / f"to-{n}", to, chance, result, n)
        step()
    return result


def _run_while_others_write(source: Company, chance: random.Random) -> None:
    stop = threading.Event()

    def write() -> None:
        own = random.Random(7)
        while not stop.is_set():
            source.work(1, own)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        source.run()
    finally:
        stop.set()
        writer.join()


def _drill(source: Company, home: Path, database: str | None, chance: random.Random, result: Drills, n: int) -> None:
    environment = {"ROUNDBOOK_HOME": str(home), "ROUNDBOOK_BACKUPS": source.store.where}
    if database:
        environment["DATABASE_URL"] = database
    config = Config.from_environment(environment)
    key = source.keys[chance.choice(sorted(source.keys))]
    plan = recovery.plan(source.store, source.public)
    for _ in range(2):
        result.broken_off += _break_off(config, source, key, plan, chance)
    restoring.recover(config, source.store, source.public, [key], plan)
    app = create_app(config)
    before, after = restoring.tables_of(source.office.app), restoring.tables_of(app)
    differ = {name for name in before if before[name] != after[name]} - OF_THE_SERVER_ITSELF
    photos = _photos(app) ^ _photos(source.office.app)
    result.drills += 1
    if differ or photos:
        result.differences.append(f"drill {n}: {sorted(differ)}, {len(photos)} photos")
    else:
        result.equal += 1
    with app.app_context():
        db.engine.dispose()
    shutil.rmtree(home, ignore_errors=True)


def _break_off(config: Config, source: Company, key: bytes, plan: recovery.Plan, chance: random.Random) -> bool:
    """Begin a restore, and let it end at a point drawn by chance. Returns: whether it did, before it was done."""
    left = chance.randrange(1, 40)

    def count() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise BrokenOff

    targets = (loading.SqliteTarget, loading.PostgresTarget)
    runs = [target.run for target in targets]
    photos_in = packs.photos_in

    def counted(run):  # type: ignore[no-untyped-def]
        def counting(self, script):  # type: ignore[no-untyped-def]
            count()
            run(self, script)

        return counting

    def counted_photos(*given):  # type: ignore[no-untyped-def]
        for member in photos_in(*given):
            count()
            yield member

    try:
        for target, run in zip(targets, runs, strict=True):
            target.run = counted(run)  # type: ignore[method-assign]
        packs.photos_in = counted_photos
        restoring.recover(config, source.store, source.public, [key], plan)
    except BrokenOff:
        return True
    finally:
        for target, run in zip(targets, runs, strict=True):
            target.run = run  # type: ignore[method-assign]
        packs.photos_in = photos_in
    _clear(config)
    return False


def _clear(config: Config) -> None:
    """It came to its end before the point: away with it, for the real one."""
    if config.is_sqlite:
        Path(config.database_url.removeprefix("sqlite:///")).unlink()
        return
    import sqlalchemy as sa

    engine = sa.create_engine(config.database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()


def _photos(app: object) -> set[tuple[str, bool]]:
    import hashlib

    import sqlalchemy as sa

    from server.services import parts
    from server.storage import tables
    from server.storage.database import reading

    with app.app_context(), reading() as connection:  # type: ignore[attr-defined]
        rows = connection.execute(sa.select(tables.blob.c.sha256, tables.blob.c.object_key)).all()
        return {(r.sha256, hashlib.sha256(parts.objects().read(r.object_key)).hexdigest() == r.sha256) for r in rows}
