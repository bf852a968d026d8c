"""Lists of records of one type: searched, filtered, sorted, paged and added up, whatever the type declares.

Few queries, however long the list: one page of rows, and one for the count and the sums over all of it, up to COUNT_MOST; of what comes
in every day no more is looked through than `looking_back` says, and the list says how far; a word in files or in the catalogue is looked for once.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import clock, looking_back
from server.storage.database import among, is_sqlite
from server.storage.scopes import within
from server.storage.tables import place
from server.storage.typed import DATED, PHONE_MARKS, SEARCH, column_name, typed_table
from sync_protocol.fields import FieldSpec, Kind, Sensitivity
from sync_protocol.records import Nature, record_type

PAGE = 50
WORDS_MOST = 8
COUNT_MOST = 200_000
FRONT = 500
LATELY_MS = 60 * 86_400_000


@dataclass(frozen=True, slots=True)
class Query:
    """What a person asks for. `equal`: field -> value; since, until: ms, until excluded; sort: a field, "customer" or "author"."""

    words: str = ""
    equal: Mapping[str, str] = field(default_factory=dict)
    book: str = ""
    author: str = ""
    since: int | None = None
    until: int | None = None
    sort: str = ""
    descending: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a list."""

    id: str
    book: str
    customer: str | None
    author: str
    made_by: str
    at: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list. `sums`: field -> the sum over all rows that were found, not of this page alone. `looked_from`: ms, from
    when on was looked, where that is not all that was asked for."""

    query: Query
    rows: list[Row]
    total: int
    sums: Mapping[str, int]
    looked_from: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all were counted and added up; else there are more."""
        return self.total < COUNT_MOST

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))

    @property
    def first(self) -> int:
        """Number of the first row on this page, 0 on an empty one."""
        return (self.query.page - 1) * PAGE + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """Number of the last row on this page."""
        return (self.query.page - 1) * PAGE + len(self.rows)


def moment_field(type_name: str) -> str | None:
    """The field that says when a record of this type happened: its first instant that lists show; None: it has none."""
    instants = [name for name, spec in record_type(type_name).specs().items() if spec.kind is Kind.INSTANT]
    return next((name for name in instants if record_type(type_name).specs()[name].listed), None)


def moment_column(type_name: str) -> sa.ColumnElement[int]:
    """When a record happened, else when it was last changed."""
    table, moment = typed_table(type_name), moment_field(type_name)
    if moment and record_type(type_name).declared()[moment].required:
        return table.c[column_name(moment)]
    return sa.func.coalesce(table.c[column_name(moment)], table.c.at) if moment else table.c.at


def listed_specs(type_name: str) -> dict[str, FieldSpec]:
    """The columns of a list. What is private or secret is on no list."""
    specs = record_type(type_name).specs()
    return {name: spec for name, spec in specs.items() if spec.listed and spec.sensitivity is Sensitivity.OPEN}


def find(
    connection: Connection,
    type_name: str,
    scope: Collection[str],
    query: Query,
    also: Sequence[sa.ColumnElement[bool]] = (),
) -> Listing:
    """One page of the records of a type that lie in the scope and answer the query. Args: also: what must be true beside."""
    looked_from = _looked_from(connection, type_name, scope, query)
    where = [*_conditions(type_name, scope, query), *also]
    if looked_from is not None:
        where.append(moment_column(type_name) >= looked_from)
    if query.words and record_type(type_name).nature not in DATED:
        total, chosen = _by_words(connection, type_name, scope, query, where)
        if chosen or not total:
            return Listing(_within(query, total), rows(connection, type_name, scope, chosen), total, {})
    total, sums = _counted(connection, type_name, where)
    query = _within(query, total)
    chosen = _page(connection, type_name, query, where, total) if total else []
    found = rows(connection, type_name, scope, chosen)
    return Listing(query, found, total, sums, looked_from)


def _by_words(
    connection: Connection,
    type_name: str,
    scope: Collection[str],
    query: Query,
    where: Sequence[sa.ColumnElement[bool]],
) -> tuple[int, list[str]]:
    """How many there are, and the ids on the page, by one look at all, sorted afterwards: along the titles it might be far to the first.

    On a page behind the last one neither is known: then (1, []).
    """
    offset = max(0, query.page - 1) * PAGE
    if chosen := _at_the_front(connection, type_name, scope, query, where, offset):
        return _counted(connection, type_name, where)[0], chosen
    columns = (typed_table(type_name).c.id, sa.func.count().over())
    found = connection.execute(
        _ordered(type_name, query, by_index=False).where(*where).with_only_columns(*columns).limit(PAGE).offset(offset)
    ).all()
    return (found[0][1], [row[0] for row in found]) if found else (min(1, offset), [])


def _at_the_front(
    connection: Connection,
    type_name: str,
    scope: Collection[str],
    query: Query,
    where: Sequence[sa.ColumnElement[bool]],
    offset: int,
) -> list[str]:
    """On PostgreSQL: the ids on the page of a word so common that the first FRONT by their titles fill it; else none. Sorting all that
    it finds costs twice as much; SQLite sorts cheaper than it would look here in vain."""
    if query.sort or query.book or offset + PAGE > FRONT or is_sqlite(connection):
        return []
    table = typed_table(type_name)
    first = _ordered(type_name, query).where(*in_scope(type_name, scope)).limit(FRONT).with_only_columns(table.c.id)
    narrow = _ordered(type_name, query, by_index=False).where(table.c.id.in_(first), *where)
    found = list(connection.scalars(narrow.limit(offset + PAGE).with_only_columns(table.c.id)))
    return found[offset:] if len(found) == offset + PAGE else []


def _counted(
    connection: Connection, type_name: str, where: Sequence[sa.ColumnElement[bool]]
) -> tuple[int, dict[str, int]]:
    """How many there are, and their sums."""
    table = typed_table(type_name)
    sums = [name for name, spec in listed_specs(type_name).items() if spec.kind is Kind.MONEY and _adds_up(type_name)]
    counted = [table.c.id, *(table.c[column_name(name)] for name in sums)]
    some = sa.select(*counted).where(*where).limit(COUNT_MOST).subquery()
    columns = [sa.func.count(), *(sa.func.coalesce(sa.func.sum(some.c[column_name(name)]), 0) for name in sums)]
    total, *added = connection.execute(sa.select(*columns).select_from(some)).one()
    return total, dict(zip(sums, map(int, added), strict=True))


def _page(
    connection: Connection, type_name: str, query: Query, where: Sequence[sa.ColumnElement[bool]], total: int
) -> list[str]:
    """The ids on one page: sorted narrow, and only then read whole."""
    table, offset = typed_table(type_name), (query.page - 1) * PAGE
    if total < COUNT_MOST and offset > total // 2:  # from the end it is nearer
        left = total - offset
        ordered = _ordered(type_name, query, backwards=True).where(*where)
        wanted = ordered.limit(min(PAGE, left)).offset(max(0, left - PAGE))
        return list(connection.scalars(wanted.with_only_columns(table.c.id)))[::-1]
    narrow = _ordered(type_name, query).where(*where).limit(PAGE).offset(offset).with_only_columns(table.c.id)
    if total > PAGE and _goes_back(type_name, query):  # a full page of the last days is the page of all years
        late = narrow.where(moment_column(type_name) >= clock.now_ms() - LATELY_MS)
        chosen = list(connection.scalars(late))
        if len(chosen) == PAGE:
            return chosen
    return list(connection.scalars(narrow))


def rows(connection: Connection, type_name: str, scope: Collection[str], chosen: Sequence[str]) -> list[Row]:
    """These records, whole and in this order, as far as they are there for the reader.

    Where each lies is asked first: a table is kept by book, and looking for many ids in many books costs their product.
    """
    table = typed_table(type_name)
    lie = connection.execute(
        sa.select(place.c.book_id, place.c.record).where(among(connection, place.c.record, chosen))
    )
    here = sa.tuple_(table.c.book_id, table.c.id).in_([(row.book_id, row.record) for row in lie])
    query = sa.select(table).where(here, table.c.removed.is_(False))
    found = (row for row in connection.execute(query).mappings() if _everybodys(type_name) or row["book_id"] in scope)
    there = {row["id"]: row_of(type_name, row) for row in found}
    return [there[record_id] for record_id in chosen if record_id in there]


def row_of(type_name: str, row: sa.RowMapping) -> Row:
    """A row of a typed table; what it keeps as JSON text is opened."""
    values = {name: _opened(spec, row[column_name(name)]) for name, spec in record_type(type_name).specs().items()}
    return Row(row["id"], row["book_id"], row["customer"], row["author"], row["made_by"], row["at"], values)


def _opened(spec: FieldSpec, value: Any) -> Any:
    return json.loads(value) if spec.kind in (Kind.TAGS, Kind.LINES) and isinstance(value, str) else value


def in_scope(type_name: str, scope: Collection[str]) -> list[sa.ColumnElement[bool]]:
    """Not removed, and within reach: the catalogue is everybody's, all else lies in a book."""
    table = typed_table(type_name)
    alive = table.c.removed.is_(False)
    return [alive] if _everybodys(type_name) else [alive, within(table.c.book_id, scope)]


def _everybodys(type_name: str) -> bool:
    return record_type(type_name).nature is Nature.REFERENCE


def _goes_back(type_name: str, query: Query) -> bool:
    """Whether years are asked for, the newest first."""
    years = query.since is None or query.since < clock.now_ms() - LATELY_MS
    return years and not query.sort and record_type(type_name).nature in DATED


def _adds_up(type_name: str) -> bool:
    return record_type(type_name).nature is Nature.COMMITMENT


def _within(query: Query, total: int) -> Query:
    last = max(1, -(-total // PAGE))
    page = min(max(1, query.page), last)
    return query if page == query.page else replace(query, page=page)


def _looked_from(connection: Connection, type_name: str, scope: Collection[str], query: Query) -> int | None:
    if record_type(type_name).nature not in DATED:
        return None
    table, moment = typed_table(type_name), moment_column(type_name)
    where = [within(table.c.book_id, scope)]
    where += [table.c.book_id == query.book] if query.book else []
    where += [moment < query.until] if query.until is not None else []
    end = query.until if query.until is not None else clock.now_ms()
    return looking_back.begin(connection, moment, where, query.since, end)


def _conditions(type_name: str, scope: Collection[str], query: Query) -> list[sa.ColumnElement[bool]]:
    table = typed_table(type_name)
    where = in_scope(type_name, scope)
    where += [table.c[column_name(name)] == value for name, value in query.equal.items()]
    where += [has_word(type_name, word) for word in query.words.split()[:WORDS_MOST]]
    if query.book:
        where.append(table.c.book_id == query.book)
    if query.author:
        where.append(table.c.made_by == query.author)
    if query.since is not None:
        where.append(moment_column(type_name) >= query.since)
    if query.until is not None:
        where.append(moment_column(type_name) < query.until)
    return where


def has_word(type_name: str, word: str) -> sa.ColumnElement[bool]:
    """A word is found in any field that is searched, or in those of the customer that the record belongs to."""
    table = typed_table(type_name)
    found = [_matches(table, word)] if SEARCH in table.c else []
    if record_type(type_name).nature not in (Nature.FILE, Nature.REFERENCE):
        customer = typed_table("customer")
        found.append(table.c.customer.in_(sa.select(customer.c.id).where(_matches(customer, word))))
    return sa.or_(*found)


def _matches(table: sa.Table, word: str) -> sa.ColumnElement[bool]:
    """Whether a word is a part of what is searched; a telephone number however it is written."""
    digits = "".join(c for c in word if c.isdigit())
    is_phone = len(digits) >= 3 and all(c.isdigit() or c in PHONE_MARKS or c == "+" for c in word)
    return table.c[SEARCH].contains(digits if is_phone else word.lower(), autoescape=True)


def _ordered(type_name: str, query: Query, *, backwards: bool = False, by_index: bool = True) -> sa.Select[Any]:
    """Args: by_index: whether the database may walk along the titles; it takes that for cheap, however rare what is wanted."""
    table = typed_table(type_name)
    listed = listed_specs(type_name)
    select = sa.select(table)
    by: sa.ColumnElement[Any]
    down, is_there = query.descending, False
    if query.sort == "customer" and table.name != "t_customer":
        customer = typed_table("customer")
        here = sa.and_(
            customer.c.book_id == table.c.book_id, customer.c.id == table.c.customer
        )  # a book is kept together
        by = sa.func.lower(customer.c[record_type("customer").title])
        if (
            record_type(type_name).nature in DATED
        ):  # so few are looked through that each is looked up: a join reads all customers
            by = sa.select(by).where(here).scalar_subquery()
        else:
            select = select.outerjoin(customer, here)
    elif query.sort in listed:
        by = _sortable(table.c[column_name(query.sort)], listed[query.sort])
    elif record_type(type_name).nature in (Nature.FILE, Nature.REFERENCE):
        title = record_type(type_name).title
        by, is_there = sa.func.lower(table.c[column_name(title)]), record_type(type_name).declared()[title].required
        by = by if by_index else by.concat("")
    else:
        by, down, is_there = moment_column(type_name), query.descending if query.sort else True, True
    way = by.desc() if down is not backwards else by.asc()
    if not is_there:
        way = sa.nulls_first(way) if backwards else sa.nulls_last(way)
    return select.order_by(way, table.c.id.desc() if backwards else table.c.id)


def _sortable(column: sa.ColumnElement[Any], spec: FieldSpec) -> sa.ColumnElement[Any]:
    if spec.kind is Kind.DECIMAL:
        return sa.cast(column, sa.Numeric)
    return sa.func.lower(column) if spec.kind in (Kind.TEXT, Kind.NOTE) else column


def ids(connection: Connection, type_name: str, scope: Collection[str], query: Query, most: int) -> list[str]:
    """The ids of what a query finds, at most `most`, in the order of its list."""
    where = _conditions(type_name, scope, query)
    wanted = _ordered(type_name, query).where(*where).limit(most).with_only_columns(typed_table(type_name).c.id)
    return list(connection.scalars(wanted))


def known_ids(connection: Connection, type_name: str, scope: Collection[str], wanted: Collection[str]) -> set[str]:
    """Those of these ids that are there for this reader."""
    table = typed_table(type_name)
    query = sa.select(table.c.id).where(table.c.id.in_(list(wanted)), *in_scope(type_name, scope))
    return set(connection.scalars(query))
