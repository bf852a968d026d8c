"""Years of three schedulers with outages and clocks of their own, in a second each: is every due period there exactly once?

The table of jobs is a set of unique keys, as the database's constraint makes it one; what a scheduler remembers may be stale.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime

from workers import schedule
from workers.periods import AtLocalTime, Every, Period
from workers.schedule import Scheduled

HOUR = 3600 * 1000
DAY = 24 * HOUR
ZONES = ("Europe/Berlin", "America/Chicago", "Asia/Shanghai", "Pacific/Auckland", "Australia/Lord_Howe")


def simulate(count: int) -> dict[str, int]:
    """Live through so many years. Returns: `years`, `runs`, `wrong` (periods missing, doubled or not due), `refused_twins`."""
    total = {"years": count, "runs": 0, "wrong": 0, "refused_twins": 0}
    for year in range(count):
        chance = random.Random(year)
        for number, period in enumerate(_periods(chance)):
            for name, value in _year(Scheduled(f"job{number}", period, makes_up="each"), year, chance).items():
                total[name] += value
    return total


def _periods(chance: random.Random) -> tuple[Period, ...]:
    zone = chance.choice(ZONES)
    weekly = AtLocalTime(chance.randrange(24), chance.randrange(60), zone, weekday=chance.randrange(7))
    return weekly, AtLocalTime(chance.randrange(4), chance.randrange(60), zone), Every(seconds=6 * 3600)


def _year(scheduled: Scheduled, year: int, chance: random.Random) -> dict[str, int]:
    begin = int(datetime(2024 + year % 9, 1, 1, tzinfo=UTC).timestamp()) * 1000 + chance.randrange(DAY)
    _, last = schedule.due_now(scheduled, None, begin)
    first, now, twins = last, begin, 0
    keys: list[int] = []
    known: set[int] = set()
    while now < begin + 366 * DAY:
        now += chance.choices((6 * HOUR, 20 * HOUR, 3 * DAY, 30 * DAY), (40, 30, 8, 1))[0] + chance.randrange(HOUR)
        stale = last
        for _ in range(3):
            read = stale if chance.random() < 0.4 else last
            due, after = schedule.due_now(scheduled, read, now + chance.randrange(-3000, 3000))
            twins += sum(at in known for at in due)
            fresh = [at for at in due if at not in known]
            keys += fresh
            known.update(fresh)
            last = max(last, after)
    due, _ = schedule.due_now(scheduled, last, now + 3001)
    keys += due
    wanted = schedule.due_between(scheduled.period, first, scheduled.period.latest(now + 3001))
    return {
        "runs": len(keys),
        "wrong": len(set(wanted) ^ set(keys)) + len(keys) - len(set(keys)),
        "refused_twins": twins,
    }
