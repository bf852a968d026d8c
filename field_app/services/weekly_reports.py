"""Weekly sales reports on the device: a round's customers' weeks, corrected and submitted without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from field_app.services import reading
from field_app.services.saving import Change, edits, save
from field_app.store.overlay import Shown
from sync_protocol.changes import CHANGES_LIMIT

if TYPE_CHECKING:
    from field_app.device import Device

MOST = 2000


@dataclass(frozen=True, slots=True)
class Week:
    """One round's week. `lines`: a record for each customer with whom anything was."""

    book: str
    week_on: str
    lines: Sequence[Shown]

    @property
    def is_open(self) -> bool:
        """Whether something of it was not handed in yet."""
        return any(line.fields.get("submitted_at") is None for line in self.lines)


def weeks(device: Device) -> list[Week]:
    """The reports of this user's rounds, the latest week first."""
    by_week: dict[tuple[str, str], list[Shown]] = {}
    for line in reading.recent(device, "weekly_report", limit=MOST):
        by_week.setdefault((str(line.fields.get("week_on") or ""), line.book), []).append(line)
    return [Week(book, week_on, lines) for (week_on, book), lines in sorted(by_week.items(), reverse=True)]


def correct(device: Device, line_id: str, values: Mapping[str, Any]) -> None:
    """Correct one customer's week. Raises: Refused."""
    line = reading.shown(device, line_id)
    if changes := edits(device, line, values):
        save(device, line.book, "correct report", changes)


def submit(device: Device, week: Week) -> None:
    """Hand a week in, as it stands on this device. Raises: Refused."""
    now = device.clock_ms()
    changes: list[Change] = []
    for line in reading.shown_all(device, [line.id for line in week.lines]):
        changes += edits(device, line, {"submitted_at": now})
    for start in range(0, len(changes), CHANGES_LIMIT):
        save(device, week.book, "submit report", changes[start : start + CHANGES_LIMIT])
