"""Years of data for a head office, loaded by bulk copy: the rows that pages read, as the product itself would have written them.

Books of 200 customers, each with a maintainer, a supervisor for ten books; visits, photos, stock counts, orders, contacts and
reviews over three years, those of the last two weeks sent by devices and not reviewed yet, and a few hundred proposals.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from server.services import books, clock, users
from server.storage import typed
from server.storage.database import db, is_sqlite, writing
from server.storage.tables import change_set, device, log, place, record
from server.storage.typed import line_table, typed_table
from sync_protocol.acts import ROLES
from sync_protocol.identity import new_id

DAY_MS = 86_400_000
SPAN_DAYS, FRESH_DAYS = 3 * 365, 14
CUSTOMERS_IN_BOOK, BOOKS_OF_SUPERVISOR = 200, 10
AT_ONCE = 20_000
SHARES = {"visit": 0.30, "photo": 0.20, "stock_count": 0.15, "order": 0.17, "contact_record": 0.13, "review": 0.05}
FRESH_SHARE = 0.006
OPEN_PROPOSALS = 300
HAND_OVERS = 2  # entries that a new book has in its log already
PASSWORD = "a good password"
_HASH, _LEAF = "0" * 64, "0" * 24
_STREETS = ("Oak", "Elm", "Main", "Second", "Maple", "River", "Hill", "Park")
_SHOPS = ("Lucky Star", "Sun", "Corner", "Harbour", "Maple", "Union", "福星", "永辉", "红旗")
_KINDS = ("Mart", "Grocery", "Liquor", "Store", "便利店", "超市")
_SET_COLUMNS = ("id", "device_id", "seq", "author", "book_id", "action", "digest", "state", "received_at", "faults")


@dataclass
class Office:
    """What was loaded. `ids`: one id of each kind that pages are opened with."""

    customers: int = 0
    records: int = 0
    ids: dict[str, str] = field(default_factory=dict)


@dataclass
class _Book:
    id: str
    maintainer: str
    device: str
    pos: int = 0
    seq: int = 0
    customers: list[str] = field(default_factory=list)


class _Copy:
    """Rows on their way into their tables, in large pieces."""

    def __init__(self) -> None:
        self.rows: dict[str, list[tuple[Any, ...]]] = {}
        self.columns: dict[str, tuple[str, ...]] = {}

    def add(self, table: sa.Table, columns: tuple[str, ...], row: tuple[Any, ...]) -> None:
        """Put a row to the others of its table. The columns of a table are always the same."""
        self.columns[table.name] = columns
        some = self.rows.setdefault(table.name, [])
        some.append(row)
        if len(some) >= AT_ONCE:
            self.flush(table.name)

    def flush(self, name: str) -> None:
        """Write what has gathered for a table."""
        rows, columns = self.rows.pop(name, []), self.columns[name]
        if not rows:
            return
        with writing() as connection:
            raw: Any = connection.connection.driver_connection
            named = ", ".join(f'"{column}"' for column in columns)
            if is_sqlite(connection):
                marks = ", ".join("?" * len(columns))
                raw.executemany(f'INSERT INTO "{name}" ({named}) VALUES ({marks})', rows)
            else:
                with raw.cursor().copy(f'COPY "{name}" ({named}) FROM STDIN') as copy:
                    for row in rows:
                        copy.write_row(row)

    def finish(self) -> None:
        """Write all that is left, and let the database look at what it holds now."""
        for name in list(self.rows):
            self.flush(name)
        with db.engine.connect() as connection:
            if not is_sqlite(connection):
                connection = connection.execution_options(isolation_level="AUTOCOMMIT")
                connection.exec_driver_sql("VACUUM ANALYZE")
        if db.engine.dialect.name == "sqlite":
            with writing() as connection:
                connection.exec_driver_sql("ANALYZE")


class _Loader:
    def __init__(self, customers: int, records: int, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.customers, self.records = customers, records
        self.now = clock.now_ms()
        self.began = self.now - SPAN_DAYS * DAY_MS
        self.copy = _Copy()
        self.office = Office(customers, records)
        self.last_visits: list[tuple[str, str, str]] = []
        self.columns: dict[str, tuple[str, ...]] = {}

    def new_id(self, at: int) -> str:
        return new_id(at, self.random.randbytes(10))

    def load(self) -> Office:
        rounds = self._people()
        for n in range(self.customers):
            self._customer(rounds[n % len(rounds)], n)
        kinds = [kind for kind, share in SHARES.items() for _ in range(round(share * 1000))]
        left = self.records - self.customers
        for n in range(left):
            at = self.began + (self.now - self.began - FRESH_DAYS * DAY_MS) * n // left
            fresh = self.random.random() < FRESH_SHARE
            if fresh:
                at = self.now - self.random.randrange(FRESH_DAYS * DAY_MS)
            self._fact(self.random.choice(rounds), self.random.choice(kinds), at, fresh=fresh)
        for _ in range(OPEN_PROPOSALS):
            self._proposal(self.random.choice(rounds))
        self.copy.finish()
        self._positions(rounds)
        return self.office

    def _people(self) -> list[_Book]:
        rounds = []
        users.create_user("bench-admin", "Ada", tuple(ROLES), PASSWORD, "en")
        supervisor = ""
        for n in range(max(1, self.customers // CUSTOMERS_IN_BOOK)):
            if n % BOOKS_OF_SUPERVISOR == 0:
                login = f"bench-head-{n // BOOKS_OF_SUPERVISOR}"
                supervisor = users.create_user(login, f"Head {n // BOOKS_OF_SUPERVISOR}", ("supervisor",), None, "en")
            person = users.create_user(f"bench-{n}", f"Person {n}", ("account_manager",), None, "en")
            book_id = books.create_book(f"Round {n:03}")
            books.assign_seat(book_id, "maintainer", person, users.SYSTEM)
            books.assign_seat(book_id, "supervisor", supervisor, users.SYSTEM)
            rounds.append(_Book(book_id, person, self._device(person), pos=HAND_OVERS))
        self.office.ids |= {"book_id": rounds[0].id, "user_id": rounds[0].maintainer, "device_id": rounds[0].device}
        users.set_password(supervisor, PASSWORD)
        return rounds

    def _device(self, person: str) -> str:
        device_id = self.new_id(self.now)
        row = {"id": device_id, "user_id": person, "kind": "device", "name": "Phone", "enrolled_at": self.began}
        with writing() as connection:
            connection.execute(sa.insert(device), {**row, "seen_at": self.now - self.random.randrange(DAY_MS)})
        return device_id

    def _customer(self, book: _Book, n: int) -> None:
        pick = self.random
        number = pick.randrange(10**6)
        values = {
            "customer_code": f"C{n:06}",
            "store_name": f"{pick.choice(_SHOPS)} {pick.choice(_KINDS)} {number}",
            "address": f"{pick.randrange(1, 9999)} {pick.choice(_STREETS)} St",
            "city": f"Town {n % 99}",
            "contact_person": f"Person {number}",
            "contact_phone": f"+1 515 {pick.randrange(100, 999)}-{pick.randrange(1000, 9999)}",
            "licence_number": f"LE-{n:06}",
            "customer_status": "active",
            "business_type": "convenience",
            "grade": str(n % 7 + 1),
            "visit_cycle_days": (7, 14, 28)[n % 3],
            "latitude": f"{41 + pick.random():.5f}",
            "longitude": f"{-94 + pick.random():.5f}",
        }
        record_id = self._write(book, "customer", "", self.began, values, fresh=False)
        book.customers.append(record_id)
        self.office.ids.setdefault("customer", record_id)

    def _fact(self, book: _Book, kind: str, at: int, *, fresh: bool) -> None:
        pick = self.random
        customer = pick.choice(book.customers)
        visit = pick.choice(self.last_visits)[0] if self.last_visits else None
        if kind == "visit":
            values: dict[str, Any] = {
                "state": "done" if pick.random() < 0.95 else "skipped",
                "purpose": "planned" if pick.random() < 0.8 else "unplanned",
                "person": "Mrs Wang",
                "situation": "Shelf in order; asked for a poster and smaller bottles.",
                "checked_in_at": at,
                "checked_out_at": at + 20 * 60_000,
                "distance_m": pick.randrange(200),
            }
        elif kind == "order":
            total = pick.randrange(5_000, 300_000)
            lines = [{"product_name": f"Product {k}", "quantity": "12", "amount_minor": total // 3} for k in range(3)]
            values = {
                "order_number": f"R-{self.new_id(at)[-8:]}",
                "ordered_at": at,
                "total_minor": total,
                "lines": lines,
            }
            values["source"] = "device" if fresh else "import"
        elif kind == "photo":
            values = {"visit": visit, "step": "display", "sha256": _HASH, "size_bytes": 9, "taken_at": at}
        elif kind == "stock_count":
            values = {"visit": visit, "product_name": "Rye", "quantity": "4", "counted_at": at}
        elif kind == "contact_record":
            values = {"channel": "phone", "contacted_at": at, "content": "Asked when the poster comes."}
        else:
            of = pick.choice(self.last_visits) if self.last_visits else ("", book.id, customer)
            values = {"of": of[0], "outcome": "accept", "reviewed_at": at, "by": users.SYSTEM}
        record_id = self._write(book, kind, customer, at, values, fresh=fresh and kind != "review")
        self.office.ids.setdefault(kind, record_id)
        if kind == "visit" and not fresh:
            self.last_visits.append((record_id, book.id, customer))
            del self.last_visits[:-2000]

    def _proposal(self, book: _Book) -> None:
        customer = self.random.choice(book.customers)
        at = self.now - self.random.randrange(30 * DAY_MS)
        change = {"op": "edit", "type": "customer", "record": customer, "customer": customer, "set": {"city": "Ames"}}
        values = {"of": customer, "of_type": "customer", "change": json.dumps(change), "decider": "supervisor"}
        values |= {"proposer": book.maintainer, "state": "open", "reason": "static"}
        self.office.ids.setdefault("case_id", self._write(book, "proposal", customer, at, values, fresh=True))

    def _write(self, book: _Book, kind: str, customer: str, at: int, values: dict[str, Any], *, fresh: bool) -> str:
        record_id = self.new_id(at)
        customer = customer or record_id
        book.pos += 1
        made_by = book.maintainer if fresh else users.SYSTEM
        text = json.dumps(values, ensure_ascii=False)
        stored = (
            book.id,
            record_id,
            kind,
            customer,
            1,
            f"1-{_LEAF}",
            book.pos,
            False,
            text,
            "{}",
            made_by,
            made_by,
            at,
        )
        names = ("book_id", "id", "type", "customer", "rev", "ver", "pos", "removed", "fields", "stamps", "made_by")
        self.copy.add(record, (*names, "author", "at"), stored)
        self.copy.add(place, ("record", "book_id", "customer"), (record_id, book.id, customer))
        self._typed(book, kind, customer, at, values, record_id, made_by)
        set_id = self._set(book, at, made_by) if fresh else self.office_set(at)
        entry = (book.id, book.pos, set_id, 1, record_id, 1, f"1-{_LEAF}", "create", made_by, at, _HASH, _HASH)
        columns = ("book_id", "pos", "set_id", "n", "record", "rev", "ver", "kind", "author", "at", "digest", "hash")
        self.copy.add(log, columns, entry)
        return record_id

    def _typed(
        self, book: _Book, kind: str, customer: str, at: int, values: dict[str, Any], record_id: str, made_by: str
    ) -> None:
        table = typed_table(kind)
        columns = self.columns.get(kind)
        if columns is None:
            columns = self.columns[kind] = tuple(values)
        own = tuple(typed.column_name(name) for name in columns)
        cells = tuple(json.dumps(v) if isinstance(v, list) else v for v in (values.get(name) for name in columns))
        fixed = ("book_id", "id", "customer", "rev", "pos", "removed", "author", "made_by", "at")
        row = (book.id, record_id, customer, 1, book.pos, False, made_by, made_by, at)
        self.copy.add(table, (*fixed, *own), (*row, *cells))
        for n, line in enumerate(values.get("lines", ()), 1):
            lines = line_table(kind, "lines")
            names = ("book_id", "record", "n", "customer", *line)
            self.copy.add(lines, names, (book.id, record_id, n, customer, *line.values()))

    def _set(self, book: _Book, at: int, author: str) -> str:
        set_id, book.seq = self.new_id(at), book.seq + 1
        row = (set_id, book.device, book.seq, author, book.id, "check out", _HASH, "applied", at, 0)
        self.copy.add(change_set, _SET_COLUMNS, row)
        return set_id

    def office_set(self, at: int) -> str:
        """The id of a set of an import: its row is left out, as pages ask for those of devices."""
        return self.new_id(at)

    def _positions(self, rounds: Sequence[_Book]) -> None:
        from server.storage.tables import book as book_table

        with writing() as connection:
            for each in rounds:
                connection.execute(sa.update(book_table).where(book_table.c.id == each.id).values(pos=each.pos))


def load(customers: int, records: int) -> Office:
    """Fill an empty office. Inside an application context."""
    return _Loader(customers, records).load()


def kinds() -> Iterable[str]:
    """The record types that are loaded."""
    return ("customer", *SHARES, "proposal")
