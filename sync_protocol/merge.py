"""Two edits of one record that may not have seen each other, settled field by field (R12-R14)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sync_protocol.fields import Rule
from sync_protocol.state import Stamp, Stored


@dataclass(slots=True)
class Overlap:
    """An edit that lost: the value kept, the value lost, and who had set each."""

    field: str
    kept: Any
    lost: Any
    kept_by: str
    lost_by: str


@dataclass(slots=True)
class Merged:
    """What a merge comes to.

    values: field -> value to be written. asked: field -> value that somebody has to decide about. overlaps: edits that lost.
    superseded: fields where a later change of the same device was already there.
    """

    values: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, Any] = field(default_factory=dict)
    overlaps: list[Overlap] = field(default_factory=list)
    superseded: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Edit:
    """One change as the merge sees it. `was`: field -> the value its author saw. `time`: corrected, ms."""

    device: str
    seq: int
    user: str
    time: int
    set: Mapping[str, Any]
    was: Mapping[str, Any]
    add: Mapping[str, str]
    put: Mapping[str, Sequence[Any]]
    take: Mapping[str, Sequence[Any]]


def is_seen(stamp: Stamp | None, *, device: str, seq: int, base_rev: int | None) -> bool:
    """R12. An earlier change of the same set counts as seen: it has the same device and seq.

    Args: base_rev: the rev of the base, None if this history does not know the base.
    """
    if stamp is None:
        return True
    if stamp.device == device and stamp.seq <= seq:
        return True
    return base_rev is not None and stamp.rev <= base_rev


def merge(
    stored: Stored, edit: Edit, *, base_rev: int | None, rule_of: Callable[[str], Rule], asking: bool = False
) -> Merged:
    """Settle an edit with what is stored.

    Invariant: no edit vanishes: each field of `edit.set` is in values, asked, overlaps or superseded, or equals what is stored.
    Checked by: test_merge.py::test_every_field_of_an_edit_is_written_asked_listed_or_already_so
    Args: base_rev: see `is_seen`. rule_of: field -> its merge rule. asking: whether a field that another user set, unseen, is
        settled by asking, whatever its rule (the author holds the seat again, or held it once).
    """
    result = Merged()
    for name, new in edit.set.items():
        stamp = stored.stamps.get(name)
        current = stored.fields.get(name)
        if is_seen(stamp, device=edit.device, seq=edit.seq, base_rev=base_rev):
            if current != new:
                result.values[name] = new
            continue
        assert stamp is not None
        if current == new:
            continue
        if name in edit.was and edit.was[name] == current:
            result.values[name] = new
        elif stamp.device == edit.device and stamp.seq > edit.seq:
            result.superseded.append(name)
        elif rule_of(name) is Rule.ASK or (asking and stamp.user != edit.user):
            result.asked[name] = new
        elif (edit.time, edit.device, edit.seq) > (stamp.time, stamp.device, stamp.seq):
            result.values[name] = new
            result.overlaps.append(Overlap(name, kept=new, lost=current, kept_by=edit.user, lost_by=stamp.user))
        else:
            result.overlaps.append(Overlap(name, kept=current, lost=new, kept_by=stamp.user, lost_by=edit.user))
    for name, amount in edit.add.items():
        result.values[name] = plain_decimal(Decimal(stored.fields.get(name) or "0") + Decimal(amount))
    for name in [*edit.put, *(name for name in edit.take if name not in edit.put)]:
        before, put, take = list(stored.fields.get(name) or []), edit.put.get(name, ()), edit.take.get(name, ())
        after = [element for element in before if element not in take or element in put]
        after += [element for element in dict.fromkeys(put) if element not in after]
        if after != before:
            result.values[name] = after
    return result


def plain_decimal(value: Decimal) -> str:
    """A decimal as it travels: no exponent, no trailing zeros, "0" for zero."""
    text = format(value.normalize(), "f")
    return "0" if text in ("-0", "") else text
