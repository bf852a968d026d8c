"""The code lists of the company, as its catalogue editors keep them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.storage.typed import typed_table
from sync_protocol.code_lists import CodeLists
from sync_protocol.fields import FieldSpec, Labels
from sync_protocol.records import record_types
from sync_protocol.records.code_list import LISTS

_MEMBERS = ("code_list", "code", "words", "words_zh_hans", "words_zh_hant", "place", "withdrawn")


@dataclass(frozen=True, slots=True)
class Line:
    """One choice. `entry`: the record by which the company changed or added it, None if it stands as it came."""

    code: str
    labels: Labels
    entry: str | None
    is_offered: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """One list. `fields`: (record type, field) that choose from it."""

    key: str
    labels: Labels
    fields: list[tuple[str, str]]
    lines: list[Line]


def load(connection: Connection) -> CodeLists:
    """All lists. One query."""
    return CodeLists(map(dict, _rows(connection)))


def _rows(connection: Connection) -> list[Mapping[Any, Any]]:
    table = typed_table("code_entry")
    query = sa.select(table.c.id, *(table.c[name] for name in _MEMBERS)).where(table.c.removed.is_(False))
    return list(connection.execute(query.order_by(table.c.at, table.c.id)).mappings())


def sheets(connection: Connection) -> list[Sheet]:
    """Every list with its choices: those that are offered in their order, then those that are not any more."""
    rows = _rows(connection)
    lists = CodeLists(map(dict, rows))
    entries = {(row["code_list"], row["code"]): row["id"] for row in rows}
    return [
        Sheet(key, Labels(*words), [name for name, _ in used], _lines(lists, entries, key, used[0][1]))
        for key, words in LISTS.items()
        if (used := _used_by(key))
    ]


def _used_by(key: str) -> list[tuple[tuple[str, str], FieldSpec]]:
    return [
        ((name, field), spec)
        for name, declared in record_types().items()
        for field, spec in declared.specs().items()
        if spec.code_list == key
    ]


def _lines(lists: CodeLists, entries: Mapping[tuple[str, str], str], key: str, spec: FieldSpec) -> list[Line]:
    offered = [code for code, _ in lists.offered(spec)]
    known = [*spec.choices, *(code for of, code in entries if of == key)]
    rest = [code for code in dict.fromkeys(known) if code not in offered]
    found = []
    for code in (*offered, *rest):
        labels = lists.labels(spec, code)
        assert labels is not None, code
        found.append(Line(code, labels, entries.get((key, code)), code in offered, code not in spec.choices))
    return found


def wrong(connection: Connection, before: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, list[str]]:
    """What forbids an entry: its list and code are for ever, and each code has one. Args: before: the entry's fields, if there is one."""
    if before:
        return {name: ["code.fixed"] for name in ("code_list", "code") if name in values}
    table = typed_table("code_entry")
    same = (
        table.c.code_list == values.get("code_list"),
        table.c.code == values.get("code"),
        table.c.removed.is_(False),
    )
    taken = connection.scalar(sa.select(sa.func.count()).select_from(table).where(*same))
    return {"code": ["code.taken"]} if taken else {}
