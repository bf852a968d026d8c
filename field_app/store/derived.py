"""What a book store keeps beside a record, derived from its declaration: title, moment, words, links."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from field_app.store.search import words_for
from sync_protocol.fields import Kind
from sync_protocol.records import RecordSchema, knows, record_type, record_types


@dataclass(frozen=True, slots=True)
class Derived:
    """Args: title: what the record is sorted by. moment: when it happened, ms. words: in which it is searched.
    links: (field, id) of what it refers to.
    """

    title: str
    moment: int
    words: str
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    searched: tuple[tuple[str, Kind], ...]
    moments: tuple[tuple[str, Kind], ...]
    references: tuple[str, ...]


def derive(type_name: str, values: Mapping[str, Any], at_ms: int) -> Derived:
    """What follows from the values of a record. Args: at_ms: when it was last changed, its moment if it has no other."""
    if not knows(type_name):
        return Derived("", at_ms, "", ())
    declared = record_type(type_name)
    plan = _plan(declared)
    words = [
        word
        for name, kind in plan.searched
        if isinstance(values.get(name), str) and values[name]
        for word in words_for(values[name], kind)
    ]
    links = tuple((name, values[name]) for name in plan.references if isinstance(values.get(name), str))
    title = str(values.get(declared.title) or "").casefold()
    return Derived(title, _moment(plan, values, at_ms), "\n".join(words), links)


@cache
def _plan(declared: type[RecordSchema]) -> _Plan:
    specs = declared.specs()
    return _Plan(
        tuple((name, spec.kind) for name, spec in specs.items() if spec.search),
        tuple((name, s.kind) for name, s in specs.items() if s.listed and s.kind in (Kind.INSTANT, Kind.DAY)),
        tuple(name for name, spec in specs.items() if spec.kind is Kind.REFERENCE),
    )


def _moment(plan: _Plan, values: Mapping[str, Any], at_ms: int) -> int:
    """The first listed instant or day that has a value, else when the record was last changed."""
    for name, kind in plan.moments:
        value = values.get(name)
        if kind is Kind.INSTANT and isinstance(value, int):
            return value
        if kind is Kind.DAY and isinstance(value, str):
            try:
                return int(datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp() * 1000)
            except ValueError:
                continue
    return at_ms


def declaration_mark() -> str:
    """Changes when other fields are searched, dated or refer than before: derived columns are then made anew."""
    return _mark_of(tuple(sorted(record_types().items())))


@cache
def _mark_of(types: tuple[tuple[str, type[RecordSchema]], ...]) -> str:
    """Every book that is opened asks."""
    parts = [
        f"{name}.{declared.title}.{field}.{spec.kind}.{spec.search}.{spec.listed}"
        for name, declared in types
        for field, spec in declared.specs().items()
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
