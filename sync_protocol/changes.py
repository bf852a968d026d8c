"""Change sets: the changes of one user action, on one book, applied together or not at all. Wire form as in docs/protocol.md."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sync_protocol import canonical, clock
from sync_protocol.chain import rev_of
from sync_protocol.fields import FieldSpec, Rule, Seat
from sync_protocol.identity import is_id
from sync_protocol.records.base import Nature, RecordSchema, check_values, knows, record_type
from sync_protocol.version import SCHEMA_NOW

CHANGES_LIMIT = 200
SET_BYTES_LIMIT = 256 * 1024
OPS = ("create", "edit", "remove", "restore", "accept", "decline")
DECISIONS = ("accept", "decline")
PARENTS = ("visit", "order", "complaint", "photo")

Reason = dict[str, str]  # {"field": …, "code": …}

_SEATS = {seat.value for seat in Seat}
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?")
_SET_MEMBERS = {"id", "author", "book", "schema", "made", "action", "replaces", "changes"}
_CHANGE_MEMBERS = {"n", "op", "type", "record", "customer", "base", "seat", "term", "set", "was", "add", "put", "take"}

_CREATION_MEMBERS = {"n", "op", "type", "record", "customer", "seat", "term", "set"}


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


def certainly_creates(change: Any, n: int) -> bool:
    """Whether a quick look is enough to say that this is a creation with which nothing is wrong, and that it has a canonical form."""
    if type(change) is not dict or change.keys() != _CREATION_MEMBERS or change["op"] != "create":
        return False
    term, customer = change["term"], change["customer"]
    return (
        type(change["n"]) is int
        and change["n"] == n
        and type(term) is int
        and abs(term) < 2**53
        and type(change["type"]) is str
        and knows(change["type"])
        and type(change["seat"]) is str
        and change["seat"] in _SEATS
        and is_id(change["record"])
        and (customer is None or is_id(customer))
        and record_type(change["type"]).certainly_takes(change["set"], creating=True)
    )


def check_change(change: Any, n: int, schema: int | None = None) -> list[Reason]:
    """What is wrong with one change: its members, its type, and each value by the declaration of its field.

    Args: schema: the record schema that its author's app knew (R49); None: the present one.
    """
    if not isinstance(change, dict):
        return [_reason("", "change.type")]
    reasons = [_reason(name, "member.unknown") for name in sorted(map(str, change.keys() - _CHANGE_MEMBERS))]
    if not _whole(change.get("n")) or change["n"] != n:
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
    elif change["seat"] not in _SEATS:
        reasons.append(_reason("seat", "seat.unknown"))
    if op in DECISIONS and change["type"] != "proposal":
        reasons.append(_reason("type", "type.not-proposal"))
    if change.get("base") is not None:
        try:
            rev_of(change["base"])
        except (ValueError, TypeError, AttributeError):
            reasons.append(_reason("base", "ver.format"))
    for member in ("set", "was", "add", "put", "take"):
        if not isinstance(change.get(member, {}), dict):
            return [*reasons, _reason(member, "object.type")]
    return reasons + _check_fields(change, op, SCHEMA_NOW if schema is None else schema)


def _came_later(spec: FieldSpec | None, schema: int) -> bool:
    """Whether this field became required after the schema of the author's app (R49)."""
    return spec is not None and spec.required_since > schema


def _check_fields(change: Mapping[str, Any], op: str, schema: int) -> list[Reason]:
    reasons: list[Reason] = []
    specs = record_type(change["type"]).specs()
    values = change.get("set", {})
    if op != "remove":
        for field, codes in check_values(change["type"], values, creating=op == "create").items():
            if not (op == "create" and values.get(field) is None and _came_later(specs.get(field), schema)):
                reasons += [_reason(field, code) for code in codes]
    elif values:
        reasons.append(_reason("set", "remove.sets-nothing"))
    if op in DECISIONS:
        reasons += [_reason(name, "field.system") for name in values if name != "comment" and name in specs]
    for member, rule in (("add", Rule.SUM), ("put", Rule.ELEMENTS), ("take", Rule.ELEMENTS)):
        for name, value in change.get(member, {}).items():
            if name not in specs:
                reasons.append(_reason(name, "field.unknown"))
            elif op not in ("create", "edit", "restore"):
                reasons.append(_reason(member, "member.unknown"))
            elif specs[name].rule is not rule:
                reasons.append(_reason(name, f"field.not-{rule.value}"))
            elif rule is Rule.SUM:
                fits = isinstance(value, str) and _DECIMAL.fullmatch(value)
                reasons += [] if fits else [_reason(name, "decimal.format")]
            else:
                wrong = (
                    check_values(change["type"], {name: value}, creating=False)
                    if value is not None
                    else {name: ["required"]}
                )
                reasons += [_reason(name, code) for codes in wrong.values() for code in codes]
    if op != "create":
        whole = [name for name in values if name in specs and specs[name].rule in (Rule.ELEMENTS, Rule.SUM)]
        reasons += [_reason(name, "field.whole-value") for name in whole]
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
    """Ids below which a change puts its record: references to facts and commitments, and what a review is about.

    Products do not count: a catalogue moves on.
    """
    values = change.get("set", {})
    return [values[name] for name in _parent_fields(record_type(change["type"])) if isinstance(values.get(name), str)]


@cache
def _parent_fields(declared: type[RecordSchema]) -> tuple[str, ...]:
    of = ("of",) if declared.nature is Nature.OFFICE else ()
    return tuple(name for name, spec in declared.specs().items() if spec.target in PARENTS or name in of)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53


def _reason(field: str, code: str) -> Reason:
    """Member names come from outside: what is no plain text is escaped, and nothing is repeated at length."""
    return {"field": field.encode("ascii", "backslashreplace").decode()[:100], "code": code}
