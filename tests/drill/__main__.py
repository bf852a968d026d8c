"""`make drill`: everything that the backups promise, in full counts. The last line is one JSON object."""

from __future__ import annotations

import argparse
import json
import logging
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from tests.drill import company, fleet, mutations, restores, speed
from tests.postgres import serving_postgres

WRITE_RATIO = 0.5
P99_RATIO = 2.0


def main() -> int:
    """Run it. Returns: 0 if all is as promised."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--mutations", type=int, default=3000)
    asked.add_argument("--only-mutations", action="store_true", help="the soak: nothing but the damage")
    asked.add_argument("--drills", type=int, default=20)
    asked.add_argument("--devices", type=int, default=50)
    asked.add_argument("--syncs", type=int, default=500)
    asked.add_argument("--photos", type=int, default=400, help="of 600 kB each, for the write phase")
    asked.add_argument("--seed", type=int, default=int(time.time()))
    given = asked.parse_args()
    logging.getLogger("roundbook").setLevel(logging.CRITICAL)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="roundbook-drill-") as name:
        folder = Path(name)
        found = _damaged(given, folder) if given.only_mutations else _damaged(given, folder) | _others(given, folder)
    found["seed"] = given.seed
    found["seconds"] = round(time.monotonic() - began)
    print(json.dumps(found))
    return 0 if _is_as_promised(found, given) else 1


def _damaged(given: argparse.Namespace, folder: Path) -> dict[str, object]:
    with _bar("Mutations", given.mutations) as bar:
        made = company.found(folder / "mutations")
        store, reader = mutations.prepare(made, random.Random(given.seed))
        damaged = mutations.run(store, reader, given.mutations, given.seed, step(bar))
    for line in damaged.undetected:
        print(line, file=sys.stderr)
    return {
        "mutations": damaged.mutations,
        "undetected": len(damaged.undetected),
        "refused_good": damaged.refused_good,
        "kinds": len(damaged.by_kind),
    }


def _others(given: argparse.Namespace, folder: Path) -> dict[str, object]:
    with _bar("Restore drills", given.drills) as bar, serving_postgres() as postgres:
        drilled = restores.run(folder / "drills", postgres, given.drills, given.seed, step(bar))
    with _bar("Devices", given.devices * 3) as bar:
        rejoined = fleet.run(folder / "fleet", given.devices, step(bar))
    with _bar("Write phase", speed.ROUNDS) as bar:
        written = speed.write_phase(folder / "speed", given.photos, 400, step(bar))
    with _bar("Syncs", given.syncs * 2) as bar:
        noticed = speed.noticed(folder / "noticed", given.syncs, given.photos, step(bar))
    for line in drilled.differences:
        print(line, file=sys.stderr)
    return {
        "drills": drilled.drills,
        "drills_equal": drilled.equal,
        "drills_broken_off": drilled.broken_off,
        "rejoined_devices": rejoined.devices,
        "acknowledged_changes": rejoined.acknowledged,
        "after_the_last_segment": rejoined.after_the_segment,
        "lost_changes": rejoined.lost,
        "doubled_changes": rejoined.doubled,
        "write_mb": round(written.mega_bytes),
        "write_mb_s": round(written.ours_mb_s),
        "tar_age_mb_s": round(written.tar_age_mb_s),
        "write_ratio": round(written.ratio, 2),
        "database_mb_s": round(written.database_mb_s),
        "write_ratios": [round(ratio, 2) for ratio in written.ratios],
        "p99_ms_without": round(noticed.p99_without_ms, 1),
        "p99_ms_during": round(noticed.p99_during_ms, 1),
        "p99_ratio": round(noticed.ratio, 2),
        "backups_during": noticed.backups,
    }


def _is_as_promised(found: dict[str, object], given: argparse.Namespace) -> bool:
    wanted = {
        "mutations": given.mutations,
        "undetected": 0,
        "refused_good": 0,
        "drills_equal": given.drills,
        "rejoined_devices": given.devices,
        "lost_changes": 0,
        "doubled_changes": 0,
    }
    misses = [name for name, value in wanted.items() if found.get(name, value) != value]
    misses += [name for name in ("write_ratio",) if float(str(found.get(name, WRITE_RATIO))) < WRITE_RATIO]
    misses += [name for name in ("p99_ratio",) if float(str(found.get(name, 0))) > P99_RATIO]
    for name in misses:
        print(f"not as promised: {name} is {found[name]}", file=sys.stderr)
    return not misses


def _bar(what: str, count: int) -> tqdm:  # type: ignore[type-arg]
    return tqdm(total=count, desc=what)


def step(bar: tqdm) -> Callable[[], None]:  # type: ignore[type-arg]
    """One more is done."""

    def done() -> None:
        bar.update()

    return done


if __name__ == "__main__":
    sys.exit(main())
