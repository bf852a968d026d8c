"""The overlay: what a person sees is the confirmed state with his own unanswered work laid over it, in order of saving.

It is a view and nothing else: whether an edit counts is decided by the server, and its answer replaces what stands here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from field_app.store.books import Confirmed
from field_app.store.derived import derive
from field_app.store.outbox import UNSETTLED, SavedSet
from sync_protocol.merge import plain_decimal

ON_PHONE, SENT, ACCEPTED, TO_DECIDE, RETURNED = "on_phone", "sent", "accepted", "to_decide", "returned"
_STRENGTH = (ACCEPTED, TO_DECIDE, SENT, ON_PHONE, RETURNED)


@dataclass(frozen=True, slots=True)
class Shown:
    """A record as a person sees it.

    Args: fields: with the user's own unanswered work. state: where that work stands (decision 18). at: ms, when it was last
        changed; by: by whom. moment: ms, when it happened. ver: the confirmed version, None if the server has none yet.
        asked: field -> value that was asked for and does not count yet: to be decided, or returned. reasons: why it was
        returned, {field: [code]}. moved_on: somebody else changed the record after the base of an unanswered edit.
    """

    id: str
    type: str
    customer: str | None
    book: str
    fields: dict[str, Any]
    removed: bool
    rev: int
    state: str
    at: int | None
    by: str | None
    moment: int = 0
    ver: str | None = None
    asked: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, list[str]] = field(default_factory=dict)
    moved_on: bool = False


def shown(
    record_id: str, confirmed: Confirmed | None, sets: Sequence[SavedSet], decided: Iterable[str] = ()
) -> Shown | None:
    """Lay the sets that touch a record over its confirmed state. None if there is neither.

    Args: sets: in the order of saving. decided: ids of proposals that are no longer open.
    """
    closed = set(decided)
    layers = [(saved, change) for saved in sets for change in _changes(saved) if change["record"] == record_id]
    if confirmed is None and not layers:
        return None
    view = _View(confirmed, layers[0] if layers else None)
    for saved, change in layers:
        verdict = _verdict_of(saved, change["n"])
        if saved.state in UNSETTLED:
            view.apply(saved, change)
        elif saved.state == "refused":
            view.hold_back(change, RETURNED, verdict.get("why", []))
        elif verdict.get("proposal") and verdict["proposal"] not in closed:
            view.hold_back(change, TO_DECIDE, [])
    return view.shown(record_id)


def _changes(saved: SavedSet) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = saved.wire["changes"] if saved.wire else []
    return found


def _verdict_of(saved: SavedSet, n: int) -> dict[str, Any]:
    for one in (saved.verdict or {}).get("changes", []):
        if one.get("n") == n:
            found: dict[str, Any] = one
            return found
    return {}


class _View:
    """A record while sets are laid over it."""

    def __init__(self, confirmed: Confirmed | None, first: tuple[SavedSet, dict[str, Any]] | None) -> None:
        self.confirmed = confirmed
        self.fields: dict[str, Any] = dict(confirmed.fields) if confirmed else {}
        self.removed = confirmed.removed if confirmed else False
        self.state = ACCEPTED
        self.asked: dict[str, Any] = {}
        self.reasons: dict[str, list[str]] = {}
        self.moved_on = False
        self.at = confirmed.at if confirmed else None
        self.by = confirmed.author if confirmed else None
        if confirmed is not None:
            self.type, self.customer, self.book = confirmed.type, confirmed.customer, confirmed.book
        else:
            assert first is not None
            saved, change = first
            self.type, self.customer, self.book = change["type"], change.get("customer"), saved.book

    def worsen(self, state: str) -> None:
        if _STRENGTH.index(state) > _STRENGTH.index(self.state):
            self.state = state

    def apply(self, saved: SavedSet, change: Mapping[str, Any]) -> None:
        """An unanswered change shows as if it counted."""
        op = change["op"]
        for name, value in change.get("set", {}).items():
            self._put(name, value)
        for name, amount in change.get("add", {}).items():
            self._put(name, _sum(self.fields.get(name), amount))
        for name in {*change.get("put", {}), *change.get("take", {})}:
            gone, new = change.get("take", {}).get(name, []), change.get("put", {}).get(name, [])
            kept = [element for element in self.fields.get(name) or [] if element not in gone]
            self._put(name, kept + [element for element in new if element not in kept])
        if op in ("remove", "restore"):
            self.removed = op == "remove"
        if self.confirmed is not None and change.get("base") not in (None, self.confirmed.ver):
            self.moved_on = True
        self.at, self.by = saved.made_ms, saved.wire["author"] if saved.wire else self.by
        self.worsen(SENT if saved.state == "waiting" else ON_PHONE)

    def hold_back(self, change: Mapping[str, Any], state: str, why: Iterable[Mapping[str, str]]) -> None:
        """A change that does not count: shown beside the record, or as the record where there is no other."""
        self.worsen(state)
        values = {**change.get("set", {}), **change.get("put", {})}
        self.asked.update({name: value for name, value in values.items() if self.fields.get(name) != value})
        for reason in why:
            self.reasons.setdefault(reason.get("field", ""), []).append(reason.get("code", ""))
        if self.confirmed is None and change["op"] == "create":
            for name, value in values.items():
                self._put(name, value)

    def _put(self, name: str, value: Any) -> None:
        if value is None:
            self.fields.pop(name, None)
        else:
            self.fields[name] = value

    def shown(self, record_id: str) -> Shown:
        confirmed = self.confirmed
        return Shown(
            id=record_id,
            type=self.type,
            customer=self.customer,
            book=self.book,
            fields=self.fields,
            removed=self.removed,
            rev=confirmed.rev if confirmed else 0,
            state=self.state,
            at=self.at,
            by=self.by,
            moment=derive(self.type, self.fields, self.at or 0).moment,
            ver=confirmed.ver if confirmed else None,
            asked=self.asked,
            reasons=self.reasons,
            moved_on=self.moved_on,
        )


def _sum(value: Any, amount: str) -> str:
    try:
        return plain_decimal(Decimal(value or "0") + Decimal(amount))
    except InvalidOperation:
        return str(value)
