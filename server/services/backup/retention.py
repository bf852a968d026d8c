"""Which archives are kept: grandfather, father, son. Pure; the days are arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Rule:
    """How many of each: all of the last days, then the newest of each of the last so many weeks, months and years."""

    days: int = 14
    weekly: int = 5
    monthly: int = 12
    yearly: int = 7


def kept(archives: Mapping[int, date], rule: Rule = Rule()) -> dict[int, str]:
    """Which archives stay. Args: archives: number -> the day it was made. Returns: number -> week, month or year.

    Invariant: the newest stays whatever the rule says. Checked by: tests/backup/test_retention.py
    """
    newest_first = sorted(archives, key=lambda number: (archives[number], number), reverse=True)
    found = {
        number: "week" for number in archives if (archives[newest_first[0]] - archives[number]).days < max(rule.days, 1)
    }
    for name, count, period in (
        ("week", max(rule.weekly, 1), lambda day: day.isocalendar()[:2]),
        ("month", rule.monthly, lambda day: (day.year, day.month)),
        ("year", rule.yearly, lambda day: day.year),
    ):
        seen: list[object] = []
        for number in newest_first:
            of = period(archives[number])
            if of not in seen:
                seen.append(of)
                if len(seen) <= count:
                    found.setdefault(number, name)
    return found
