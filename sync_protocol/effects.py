"""What one change does: the entries that it puts into the log, carried out on the world at the same time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sync_protocol import chain
from sync_protocol.identity import derived_id
from sync_protocol.merge import Overlap
from sync_protocol.state import Stamp, Stored, World
from sync_protocol.verdicts import Author, Decision, Entry


@dataclass(slots=True)
class Effects:
    """The pen of one change. `book`: where it writes. `time`: what its stamps carry (R22)."""

    change: Mapping[str, Any]
    world: World
    author: Author
    set_id: str
    book: str
    time: int
    decision: Decision = field(default_factory=Decision)

    def write(
        self,
        kind: str,
        before: Stored | None,
        values: Mapping[str, Any],
        *,
        marks: tuple[str, ...] = (),
        removed: bool = False,
        made_by: str | None = None,
    ) -> Stored:
        """The next version of the change's record. Args: marks: what is stamped beside the fields. made_by: at creation."""
        rev = (before.rev if before else 0) + 1
        fields = {**(before.fields if before else {}), **values}
        after = Stored(
            id=self.change["record"],
            type=self.change["type"],
            customer=self.change.get("customer"),
            book=self.book,
            rev=rev,
            ver=chain.next_ver(before.ver if before else chain.NO_VER, rev, self.book, removed, values),
            removed=removed,
            fields={name: value for name, value in fields.items() if value is not None},
            stamps={**(before.stamps if before else {}), **dict.fromkeys((*values, *marks), self._stamp(rev))},
            made_by=before.made_by if before else made_by or self.author.user,
        )
        self._enter(kind, after, values)
        return after

    def note(self, kind: str, values: Mapping[str, Any] | None = None) -> None:
        """A position for a change that changed nothing (R7). Args: values: what it would have set, where that must be kept."""
        self.decision.entries.append(Entry(kind, self.change["record"], self.book, None, values or {}))

    def propose(self, change: Mapping[str, Any], *, decider: str, reason: str) -> None:
        """Keep the change whole for the one who decides (R16). Args: decider: a seat."""
        self.decision.worsen("proposed")
        created = self._server_record(
            "proposal",
            derived_id(self.set_id, str(change["n"]), "proposal", reason),
            {
                "of": change["record"],
                "of_type": change["type"],
                "change": json.dumps(change, ensure_ascii=False, sort_keys=True),
                "decider": str(decider),
                "proposer": self.author.user,
                "base": change.get("base"),
                "reason": reason,
                "state": "open",
                "change_set": self.set_id,
            },
        )
        self.decision.proposal = self.decision.proposal or created

    def conflict(self, overlap: Overlap, rule: str) -> None:
        """Keep the value that lost where people find it (P3)."""
        self.decision.worsen("merged")
        created = self._server_record(
            "conflict",
            derived_id(self.set_id, str(self.change["n"]), "conflict", overlap.field),
            {
                "of": self.change["record"],
                "of_type": self.change["type"],
                "field": overlap.field,
                "kept": json.dumps(overlap.kept, ensure_ascii=False, sort_keys=True),
                "lost": json.dumps(overlap.lost, ensure_ascii=False, sort_keys=True),
                "kept_by": overlap.kept_by,
                "lost_by": overlap.lost_by,
                "rule": rule,
                "change_set": self.set_id,
            },
        )
        self.decision.conflict = self.decision.conflict or created

    def _server_record(self, type_name: str, record_id: str, values: Mapping[str, Any]) -> str:
        """A record that the server makes: proposals and conflicts lie with the customer, in the book of the record."""
        values = {name: value for name, value in values.items() if value is not None}
        made = Stored(
            id=record_id,
            type=type_name,
            customer=self.change.get("customer"),
            book=self.book,
            rev=1,
            ver=chain.next_ver(chain.NO_VER, 1, self.book, False, values),
            removed=False,
            fields=values,
            stamps=dict.fromkeys(values, self._stamp(1)),
            made_by=self.author.user,
        )
        self._enter("create", made, values)
        return record_id

    def _stamp(self, rev: int) -> Stamp:
        return Stamp(rev, self.author.device, self.author.seq, self.author.user, self.time)

    def _enter(self, kind: str, record: Stored, values: Mapping[str, Any]) -> None:
        self.decision.entries.append(Entry(kind, record.id, record.book, record, values))
        self.world.records[record.id] = record
        self.world.places[record.id] = record.book
