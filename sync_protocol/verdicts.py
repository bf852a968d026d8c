"""What becomes of a change: applied, merged, proposed, waiting or refused; why; and what it writes into the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sync_protocol.changes import Reason
from sync_protocol.state import Stored

STATES = (
    "applied",
    "merged",
    "proposed",
    "waiting",
    "refused",
)  # from best to worst: a set's is that of its worst change


@dataclass(frozen=True, slots=True)
class Author:
    """Who made the set. `time`: of `made`, corrected, ms. `acts`: what his roles allow in the office beside his seats.

    `system`: the product itself (imports, workers). `seated`: those acts count only in books in which he has a seat: he works on a
    device, which holds no others.
    """

    user: str
    device: str
    seq: int
    time: int
    system: bool = False
    acts: frozenset[str] = frozenset()
    seated: bool = False


@dataclass(slots=True)
class Entry:
    """One position of a log. `record` is the record afterwards, None where nothing of it changed; `values`: what was set."""

    kind: str
    record_id: str
    book: str
    record: Stored | None
    values: Mapping[str, Any]


@dataclass(slots=True)
class Decision:
    """What one change comes to. `why`: reasons of a refusal, and marks on what was taken all the same."""

    state: str = "applied"
    late: bool = False
    why: list[Reason] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    proposal: str | None = None
    conflict: str | None = None

    def worsen(self, state: str) -> None:
        """Take over `state` if it is worse than what stands."""
        if STATES.index(state) > STATES.index(self.state):
            self.state = state

    def mark(self, field_name: str, code: str) -> None:
        """Say something about a change that is taken."""
        self.why.append({"field": field_name, "code": code})


def refused(field_name: str, code: str) -> Decision:
    """A refusal with one reason."""
    return Decision(state="refused", why=[{"field": field_name, "code": code}])


def waiting(field_name: str, code: str) -> Decision:
    """It needs a set that has not come."""
    return Decision(state="waiting", why=[{"field": field_name, "code": code}])
