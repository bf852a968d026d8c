"""Change sets: the changes of one user action, on one book, applied together or not at all. Wire form as in docs/protocol.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sync_protocol import canonical, clock
from sync_protocol.chain import rev_of
from sync_protocol.identity import is_id
from sync_protocol.records.base import check_values, knows, record_type
from sync_protocol.version import SCHEMA_NOW

CHANGES_LIMIT = 200
SET_BYTES_LIMIT = 256 * 1024
OPS = ("create", "edit", "remove", "restore", "accept", "decline")

Reason = dict[str, str]  # {"field": …, "code": …}

_SET_MEMBERS = {"id", "author", "book", "schema", "made", "action", "replaces", "changes"}
_CHANGE_MEMBERS = {"n", "op", "type", "record", "customer", "base", "seat", "term", "set", "was", "add", "put", "take"}


def new_set(
    *,
    id: str,
    author: str,
    book: str,
    made: str,
    action: str,
    changes: Sequence[Mapping[str, Any]],
    replaces: str | None = None,
) -> dict[str, Any]:
    """A set in wire form; the changes are numbered from 1, and members without content are left out."""
    numbered = [
        {"n": n, **{k: v for k, v in change.items() if v not in (None, {}) or k == "customer"}}
        for n, change in enumerate(changes, 1)
    ]
    found: dict[str, Any] = {
        "id": id,
        "author": author,
        "book": book,
        "schema": SCHEMA_NOW,
        "made": made,
        "action": action,
        "changes": numbered,
    }
    if replaces is not None:
        found["replaces"] = replaces
    return found


def digest(wire: Mapping[str, Any]) -> str:
    """The digest of a set: SHA-256 of its canonical form. Device and seq are not part of a set. Raises: NotCanonical."""
    return canonical.digest(wire)


def check_set(wire: Any) -> list[Reason]:
    """What is wrong with the set as a whole, before its changes are looked at. Empty: it can be judged."""
    if not isinstance(wire, dict):
        return [_reason("set", "set.type")]
    reasons = [_reason(name, "member.unknown") for name in sorted(map(str, wire.keys() - _SET_MEMBERS))]
    for name in ("id", "author", "book"):
        if not is_id(wire.get(name)):
            reasons.append(_reason(name, "id.format"))
    if wire.get("replaces") is not None and not is_id(wire["replaces"]):
        reasons.append(_reason("replaces", "id.format"))
    if not isinstance(wire.get("action"), str) or len(wire["action"]) > 60:
        reasons.append(_reason("action", "text.type"))
    if not _whole(wire.get("schema")):
        reasons.append(_reason("schema", "integer.type"))
    try:
        clock.parse(wire["made"])
    except (KeyError, TypeError, ValueError, AttributeError):
        reasons.append(_reason("made", "made.format"))
    changes = wire.get("changes")
    if not isinstance(changes, list) or not 1 <= len(changes) <= CHANGES_LIMIT:
        reasons.append(_reason("changes", "changes.count"))
    return reasons


def check_change(change: Any, n: int) -> list[Reason]:
    """What is wrong with one change: its members, its type, and each value by the declaration of its field."""
    if not isinstance(change, dict):
        return [_reason("", "change.type")]
    reasons = [_reason(name, "member.unknown") for name in sorted(map(str, change.keys() - _CHANGE_MEMBERS))]
    if change.get("n") != n:
        reasons.append(_reason("n", "change.number"))
    op = change.get("op")
    if op not in OPS:
        return [*reasons, _reason("op", "op.unknown")]
    if not isinstance(change.get("type"), str) or not knows(change["type"]):
        return [*reasons, _reason("type", "type.unknown")]
    if not is_id(change.get("record")):
        reasons.append(_reason("record", "id.format"))
    if change.get("customer") is not None and not is_id(change["customer"]):
        reasons.append(_reason("customer", "id.format"))
    if not isinstance(change.get("seat"), str) or not _whole(change.get("term")):
        reasons.append(_reason("seat", "seat.missing"))
    if change.get("base") is not None:
        try:
            rev_of(change["base"])
        except (ValueError, TypeError, AttributeError):
            reasons.append(_reason("base", "ver.format"))
    for member in ("set", "was", "add", "put", "take"):
        if not isinstance(change.get(member, {}), dict):
            return [*reasons, _reason(member, "object.type")]
    return reasons + _check_fields(change, op)


def _check_fields(change: Mapping[str, Any], op: str) -> list[Reason]:
    reasons: list[Reason] = []
    specs = record_type(change["type"]).specs()
    values = change.get("set", {})
    if op in ("create", "edit", "restore"):
        for field, codes in check_values(change["type"], values, creating=op == "create").items():
            reasons += [_reason(field, code) for code in codes]
    elif values and op == "remove":
        reasons.append(_reason("set", "remove.sets-nothing"))
    for member, rule in (("add", "sum"), ("put", "elements"), ("take", "elements")):
        for name, value in change.get(member, {}).items():
            if name not in specs:
                reasons.append(_reason(name, "field.unknown"))
            elif specs[name].rule.value != rule:
                reasons.append(_reason(name, f"field.not-{rule}"))
            elif rule == "sum":
                reasons += [_reason(name, "decimal.format")] if not isinstance(value, str) else []
            else:
                reasons += [
                    _reason(name, c)
                    for codes in check_values(change["type"], {name: value}, creating=False).values()
                    for c in codes
                ]
    if op != "create":
        for name in values:
            if name in specs and specs[name].rule.value in ("elements", "sum"):
                reasons.append(_reason(name, "field.whole-value"))
    return reasons


def names_of(wire: Mapping[str, Any]) -> set[str]:
    """All records that the changes of a checked set name: the records, their customers, and what their fields refer to."""
    found: set[str] = set()
    for change in wire["changes"]:
        found.add(change["record"])
        if change.get("customer"):
            found.add(change["customer"])
        found.update(parents_of(change))
    return found


def parents_of(change: Mapping[str, Any]) -> list[str]:
    """Ids below which a change puts its record: references to facts and commitments. Products do not count: a catalogue moves on."""
    values = change.get("set", {})
    found = []
    for name, spec in record_type(change["type"]).specs().items():
        if spec.target in ("visit", "order", "complaint", "photo") and isinstance(values.get(name), str):
            found.append(values[name])
    return found


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53


def _reason(field: str, code: str) -> Reason:
    return {"field": field, "code": code}
