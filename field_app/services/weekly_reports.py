"""Weekly sales reports on the device: a round's customers' weeks, corrected and submitted without a network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from field_app.services import reading, returned
from field_app.services.saving import Change, edits, save
from field_app.store.overlay import RETURNED as CAME_BACK
from field_app.store.overlay import Shown
from sync_protocol.changes import CHANGES_LIMIT

if TYPE_CHECKING:
    from field_app.device import Device

MOST = 2000
ASKED_FOR_MS = 62 * 86_400_000
DRAFT, SUBMITTED, SIGNED, RETURNED = "draft", "submitted", "signed", "returned"


@dataclass(frozen=True, slots=True)
class Said:
    """The supervisor's last decision on one line. Args: outcome: `accept` or `return`. at: ms. by: a user's id, or ""."""

    outcome: str
    comment: str
    at: int
    by: str


@dataclass(frozen=True, slots=True)
class Week:
    """One round's week. `lines`: a record for each customer with whom anything was. `said`: line -> the decision on it."""

    book: str
    week_on: str
    lines: Sequence[Shown]
    said: Mapping[str, Said] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether something of it is still to be handed in, for the first time or again."""
        return any(state in (DRAFT, RETURNED) for state in map(self.state_of, self.lines))

    @property
    def state(self) -> str:
        """Of all lines together: what still has to be done comes first."""
        states = {self.state_of(line) for line in self.lines}
        return next((one for one in (RETURNED, DRAFT, SUBMITTED) if one in states), SIGNED)

    def state_of(self, line: Shown) -> str:
        """draft, submitted, signed or returned. One that was returned and submitted again is submitted."""
        return line_state(line, self.said.get(line.id))


def line_state(line: Shown, said: Said | None) -> str:
    """Where one customer's week stands. Args: said: the last decision on it."""
    submitted = line.fields.get("submitted_at")
    if line.state == CAME_BACK:
        return RETURNED
    if submitted is None:
        return RETURNED if said is not None and said.outcome == "return" else DRAFT
    if said is None or said.at < submitted:
        return SUBMITTED
    return SIGNED if said.outcome == "accept" else RETURNED


def weeks(device: Device, since_ms: int = -(2**62)) -> list[Week]:
    """The reports of this user's rounds, the latest week first; of those since an instant, in ms, if one is given."""
    by_week: dict[tuple[str, str], list[Shown]] = {}
    found = reading.recent(device, "weekly_report", limit=MOST, since_ms=since_ms)
    for line in found:
        by_week.setdefault((str(line.fields.get("week_on") or ""), line.book), []).append(line)
    said = decisions(device, [line.id for line in found])
    return [Week(book, week_on, lines, said) for (week_on, book), lines in sorted(by_week.items(), reverse=True)]


def to_submit(device: Device, now_ms: int) -> list[Week]:
    """The weeks of the last two months of which something was not handed in yet, the latest first."""
    return [week for week in weeks(device, now_ms - ASKED_FOR_MS) if week.is_open]


def decisions(device: Device, lines: Sequence[str]) -> dict[str, Said]:
    """Line -> the last decision on it, for those that have one."""
    found: dict[str, Said] = {}
    with device.lock:
        for book in device.shown_books():
            for target, kind, fields, moment in device.books.store(book).said_about(lines):
                if kind == "review" and (target not in found or moment >= found[target].at):
                    words = [str(fields.get(name) or "") for name in ("outcome", "comment", "by")]
                    found[target] = Said(words[0], words[1], moment, words[2])
    return found


def correct(device: Device, line_id: str, values: Mapping[str, Any]) -> None:
    """Correct one customer's week. Raises: Refused."""
    if returned.was_refused(device, line_id):
        returned.correct(device, line_id, values)
        return
    line = reading.shown(device, line_id)
    if changes := edits(device, line, values):
        save(device, line.book, "correct report", changes)


def submit(device: Device, week: Week) -> None:
    """Hand in what is open of a week, as it stands on this device. Raises: Refused."""
    lines = reading.shown_all(device, [line.id for line in week.lines])
    _hand_in(device, week.book, {line.id: {} for line in lines if week.state_of(line) in (DRAFT, RETURNED)})


def submit_line(device: Device, line_id: str, values: Mapping[str, Any]) -> None:
    """Correct one customer's week and hand it in. Raises: KeyError (it is on this device no longer), Refused."""
    _hand_in(device, reading.shown(device, line_id).book, {line_id: values})


def _hand_in(device: Device, book: str, wanted: Mapping[str, Mapping[str, Any]]) -> None:
    """Hand lines in with these values. What was refused before is sent again, in the place of what was refused."""
    said = decisions(device, list(wanted))
    now = device.clock_ms()
    sent: dict[str, dict[str, Any]] = {}
    for line in reading.shown_all(device, wanted):
        decided = said.get(line.id)
        at = now if decided is None else max(now, decided.at + 1)  # a clock that is slow here does not undo it
        sent[line.id] = {**wanted[line.id], "submitted_at": at}
    again = [line_id for line_id in sent if _sent_again(device, line_id, sent[line_id])]
    changes: list[Change] = []
    for line in reading.shown_all(device, _without(sent, again)):
        changes += edits(device, line, sent[line.id])
    for start in range(0, len(changes), CHANGES_LIMIT):
        save(device, book, "submit report", changes[start : start + CHANGES_LIMIT])


def _sent_again(device: Device, line_id: str, values: Mapping[str, Any]) -> bool:
    if not returned.was_refused(device, line_id):
        return False
    returned.correct(device, line_id, values)
    return True


def _without(lines: Iterable[str], others: Sequence[str]) -> list[str]:
    return [line for line in lines if line not in others]
