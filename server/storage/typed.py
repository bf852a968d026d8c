"""One typed table per record type, its columns derived from the declaration (decision 23): what pages and reports query.

Written in the transaction that writes the record; made anew from the records whenever a declaration changed, so that a new
field needs no migration by hand.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from server.storage import alike, many, stamps, tables
from sync_protocol import json_text
from sync_protocol.fields import Kind, spec_of
from sync_protocol.records import Nature, RecordSchema, record_type, record_types
from sync_protocol.state import Stored

_COLUMN_TYPES: dict[Kind, type[sa.types.TypeEngine[Any]]] = {
    Kind.MONEY: sa.BigInteger,
    Kind.COUNT: sa.BigInteger,
    Kind.INSTANT: sa.BigInteger,
    Kind.FLAG: sa.Boolean,
}
logger = logging.getLogger("roundbook.storage")
_made: dict[type[RecordSchema], tuple[sa.Table, dict[str, sa.Table]]] = {}
REBUILD_ROWS = 2000
_IN_JSON = (Kind.LINES, Kind.TAGS)
PHONE_MARKS = (" ", "-", "(", ")", ".", "/")
DATED = (Nature.FACT, Nature.COMMITMENT)
_OF_NO_CUSTOMER = (Nature.FILE, Nature.REFERENCE)  # a file is its own customer, what the whole company has is nobody's


def typed_table(name: str) -> sa.Table:
    """`t_<type>`: book_id, id, customer, rev, pos, removed, author, at, made_by and a column per field. Raises: KeyError."""
    return _tables(record_type(name))[0]


def line_table(name: str, field: str) -> sa.Table:
    """`t_<type>_<field>`: the elements of a field of kind lines: book_id, record, customer, n and a column per field of the element."""
    return _tables(record_type(name))[1][field]


def line_schema(name: str, field: str) -> type[RecordSchema]:
    """The declaration of the elements of a field of kind lines."""
    nested: type[RecordSchema] = record_type(name).declared()[field].inner.nested  # type: ignore[attr-defined]
    return nested


def _tables(declared: type[RecordSchema]) -> tuple[sa.Table, dict[str, sa.Table]]:
    if declared not in _made:
        metadata = sa.MetaData()
        main = sa.Table(
            f"t_{declared.name}",
            metadata,
            sa.Column("book_id", sa.Text, primary_key=True),
            sa.Column("id", sa.Text, primary_key=True),
            sa.Column("customer", sa.Text),
            sa.Column("rev", sa.BigInteger, nullable=False),
            sa.Column("pos", sa.BigInteger, nullable=False),
            sa.Column("removed", sa.Boolean, nullable=False),
            sa.Column("author", sa.Text, nullable=False),
            sa.Column("made_by", sa.Text, nullable=False),
            sa.Column("at", sa.BigInteger, nullable=False),
            *_search(declared),  # these before the hundred columns that would have to be passed over
            *alike.columns(declared),
            *_columns(
                declared, taken=("book_id", "id", "customer", "rev", "pos", "removed", "author", "made_by", "at")
            ),
            sa.Index(f"t_{declared.name}_id", "id"),
            *_indexes(declared),
            sqlite_with_rowid=False,
        )
        elements = {
            field: sa.Table(
                f"t_{declared.name}_{field}",
                metadata,
                sa.Column("book_id", sa.Text, primary_key=True),
                sa.Column("record", sa.Text, primary_key=True),
                sa.Column("n", sa.Integer, primary_key=True),
                sa.Column("customer", sa.Text),
                *_columns(line_schema(declared.name, field), taken=("book_id", "record", "n", "customer")),
                sa.Index(f"t_{declared.name}_{field}_record", "record"),
                sqlite_with_rowid=False,
            )
            for field, spec in declared.specs().items()
            if spec.kind is Kind.LINES
        }
        _made[declared] = (main, elements)
    return _made[declared]


def column_name(
    field: str, taken: Sequence[str] = ("id", "customer", "rev", "pos", "removed", "author", "made_by", "at")
) -> str:
    """The column of a field; a field called like a column that every record has gets an underscore behind it."""
    return f"{field}_" if field in taken else field


def _columns(declared: type[RecordSchema], taken: Sequence[str]) -> list[sa.Column[Any]]:
    return [
        sa.Column(column_name(name, taken), _COLUMN_TYPES.get(spec_of(made).kind, sa.Text), nullable=True)
        for name, made in declared.declared().items()
    ]


SEARCH = "search_"


def _search(declared: type[RecordSchema]) -> list[sa.Column[Any]]:
    """All that is searched of a record in one column, in lower case, of telephones the digits alone too; made by the database."""
    parts = []
    for name, spec in declared.specs().items():
        if spec.search:
            text = f"coalesce(\"{column_name(name)}\", '')"
            parts.append(text)
            if spec.kind is Kind.PHONE:
                for mark in PHONE_MARKS:
                    text = f"replace({text}, '{mark}', '')"
                parts.append(text)
    whole = " || '|' || ".join(parts)
    return [sa.Column(SEARCH, sa.Text, sa.Computed(f"lower({whole})", persisted=True))] if parts else []


def _indexes(declared: type[RecordSchema]) -> list[sa.Index]:
    """What lists and pages look by: the customer, the record that this one is about or hangs on, when it happened; of files also
    the title that they are listed by, who made them, their grade, and what they are compared by; of reviews what was returned."""
    found = [] if declared.nature in _OF_NO_CUSTOMER else [sa.Index(f"t_{declared.name}_customer", "customer")]
    found += [sa.Index(f"t_{declared.name}_{name}", name) for name in ("of", "visit") if name in declared.declared()]
    instants = (name for name, spec in declared.specs().items() if spec.kind is Kind.INSTANT and spec.listed)
    moment = next(instants, None) if declared.nature in DATED else None
    found += [sa.Index(f"t_{declared.name}_moment", "book_id", moment)] if moment else []
    if declared.nature is Nature.FILE:
        found.append(sa.Index(f"t_{declared.name}_title", sa.text(f'lower("{column_name(declared.title)}")'), "id"))
        found.append(sa.Index(f"t_{declared.name}_made_by", "made_by"))
        found += [_partial(f"t_{declared.name}_{n}", "removed IS FALSE", "book_id", n) for n in _graded(declared)]
        compared = [column.name for column in alike.columns(declared)]
        found += [_partial(f"t_{declared.name}_{n}", "removed IS FALSE", n, "book_id") for n in compared]
    if declared.name == "review":
        found.append(_partial("t_review_returned", "outcome = 'return'", "book_id"))
    return found


def _graded(declared: type[RecordSchema]) -> list[str]:
    return [name for name in declared.declared() if name == "grade"]


def _partial(name: str, where: str, *columns: str) -> sa.Index:
    """An index of those rows alone that a page counts. `where`: SQLite knows FALSE as 0 in what it compares to it."""
    condition = sa.text(where)
    return sa.Index(name, *columns, postgresql_where=condition, sqlite_where=sa.text(where.replace("FALSE", "0")))


def _search_by_parts(connection: Connection, main: sa.Table, *, is_file: bool) -> None:
    """On PostgreSQL: an index of the parts of words of files, where the server has what makes it; without it, searching is only
    slower. Not of what happened: every push would pay for it, and who looks for words there looks in the last weeks."""
    if connection.dialect.name != "postgresql" or SEARCH not in main.c or not is_file:
        return
    try:
        with connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
            index = f'CREATE INDEX "{main.name}_search" ON "{main.name}" USING gin ("{SEARCH}" gin_trgm_ops)'
            connection.execute(sa.text(index))
    except sa.exc.DBAPIError:
        logger.info("no pg_trgm: searching %s reads all of it", main.name)


def row_of(stored: Stored, *, pos: int, author: str, at: int) -> dict[str, Any]:
    """The row of a record in its typed table. Values of fields that this release does not declare stay in `record` alone."""
    row: dict[str, Any] = {
        "book_id": stored.book,
        "id": stored.id,
        "customer": stored.customer,
        "rev": stored.rev,
        "pos": pos,
        "removed": stored.removed,
        "author": author,
        "made_by": stored.made_by,
        "at": at,
    }
    value_of = stored.fields.get
    plain, lists = _columns_of(record_type(stored.type))
    for name, column in plain:
        row[column] = value_of(name)
    for name, column in lists:
        row[column] = _cell(value_of(name))
    return row


@cache
def _columns_of(declared: type[RecordSchema]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(field, column) of what is stored as it is, and of what is stored as JSON."""
    pairs = [(name, column_name(name), spec.kind in _IN_JSON) for name, spec in declared.specs().items()]
    return [pair[:2] for pair in pairs if not pair[2]], [pair[:2] for pair in pairs if pair[2]]


def _cell(value: Any) -> Any:
    return json_text.dumps(value).decode() if isinstance(value, list | dict) else value


def write(
    connection: Connection,
    type_name: str,
    rows: Sequence[Mapping[str, Any]],
    records: Sequence[Stored],
    *,
    created: Collection[str] = (),
) -> None:
    """Put the rows of records of one type, new or changed, into the typed table and its tables of elements.

    Args: created: ids of those that are certain to be new: nothing of them is there to be replaced.
    """
    main, elements = _tables(record_type(type_name))
    _upsert(connection, main, rows)
    for field, table in elements.items():
        if ids := [stored.id for stored in records if stored.id not in created]:
            connection.execute(sa.delete(table).where(table.c.record.in_(ids)))
        specs = line_schema(type_name, field).specs()
        plain = [name for name, spec in specs.items() if spec.kind not in _IN_JSON]
        lists = [name for name, spec in specs.items() if spec.kind in _IN_JSON]
        lines = [
            {
                "book_id": stored.book,
                "record": stored.id,
                "customer": stored.customer,
                "n": n,
                **{name: line.get(name) for name in plain},
                **{name: _cell(line.get(name)) for name in lists},
            }
            for stored in records
            if not stored.removed
            for n, line in enumerate(stored.fields.get(field) or [], 1)
        ]
        if lines:
            many.insert(connection, table, lines)


def _upsert(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    many.run(connection, upsert(connection.dialect.name, table, tuple(rows[0])), rows)


@cache
def upsert(dialect: str, table: sa.Table, columns: tuple[str, ...], *, only: tuple[str, ...] = ()) -> sa.Insert:
    """INSERT … ON CONFLICT DO UPDATE by the table's primary key, made once.

    Args: columns: that the rows have. only: the columns to update; all, if empty.
    """
    insert = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    insert = insert.values({name: sa.bindparam(name) for name in columns})
    names = only or tuple(c.name for c in table.columns if not c.primary_key and c.computed is None)
    keys = [column.name for column in table.primary_key.columns]
    found: sa.Insert = insert.on_conflict_do_update(
        index_elements=keys, set_={name: insert.excluded[name] for name in names}
    )
    return found


def ensure(connection: Connection) -> list[str]:
    """Make the typed tables of all record types as declared; those whose declaration changed are made anew.

    Returns: the names of the record types whose table was made.
    """
    made = []
    for name, declared in record_types().items():
        wanted = _fingerprint(declared)
        key = f"typed:{name}"
        found = connection.scalar(sa.select(tables.setting.c.value).where(tables.setting.c.name == key))
        if found != wanted:
            rebuild(connection, name)
            connection.execute(sa.delete(tables.setting).where(tables.setting.c.name == key))
            connection.execute(sa.insert(tables.setting), {"name": key, "value": wanted})
            made.append(name)
    return made


def _fingerprint(declared: type[RecordSchema]) -> str:
    main, elements = _tables(declared)
    shape = [
        [table.name, [[c.name, str(c.type)] for c in table.columns], sorted(str(index.name) for index in table.indexes)]
        for table in (main, *elements.values())
    ]
    return hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:16]


def rebuild(connection: Connection, type_name: str) -> int:
    """Drop the typed table of a record type and fill it from the records. Returns: how many records it holds now."""
    main, elements = _tables(record_type(type_name))
    for table in (main, *elements.values()):
        connection.execute(sa.text(f'DROP TABLE IF EXISTS "{table.name}"'))
        connection.execute(sa.schema.CreateTable(table))
        for index in table.indexes:
            connection.execute(sa.schema.CreateIndex(index))
    _search_by_parts(connection, main, is_file=record_type(type_name).nature is Nature.FILE)
    count = 0
    query = sa.select(tables.record).where(tables.record.c.type == type_name)
    for page in _pages(connection.execute(query)):
        stored = [stored_of(row) for row in page]
        rows = [
            row_of(s, pos=row["pos"], author=row["author"], at=row["at"]) for s, row in zip(stored, page, strict=True)
        ]
        write(connection, type_name, rows, stored)
        count += len(rows)
    return count


def _pages(result: sa.CursorResult[Any]) -> Iterable[Sequence[sa.RowMapping]]:
    rows = result.mappings().all()
    for start in range(0, len(rows), REBUILD_ROWS):
        yield rows[start : start + REBUILD_ROWS]


def stored_of(row: sa.RowMapping) -> Stored:
    """A row of `record` as rights and merging see it."""
    return Stored(
        id=row["id"],
        type=row["type"],
        customer=row["customer"],
        book=row["book_id"],
        rev=row["rev"],
        ver=row["ver"],
        removed=bool(row["removed"]),
        fields=json_text.loads(row["fields"]),
        stamps=stamps.unpacked(row["stamps"]),
        made_by=row["made_by"],
    )
