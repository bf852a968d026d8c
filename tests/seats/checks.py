"""What must hold of every book at every time, computed from the tables without the code that wrote them."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import Counter, defaultdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.storage import tables
from server.storage.database import reading
from server.storage.typed import typed_table
from sync_protocol.records import record_types


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def faults_of() -> list[str]:
    """Everything that is wrong, in words; empty if nothing is."""
    with reading() as connection:
        return [*_logs(connection), *_sums(connection), *_places(connection), *_seats(connection), *_stays(connection)]


def _rows(connection: Connection, table: sa.Table) -> list[sa.RowMapping]:
    return list(connection.execute(sa.select(table)).mappings())


def _logs(connection: Connection) -> list[str]:
    """Positions without gaps, digests of what is stored, a chain up to the head (R2)."""
    found = []
    bodies = {(row["book_id"], row["pos"]): row["body"] for row in _rows(connection, tables.log_body)}
    entries, erased = defaultdict(list), _erased(connection)
    for row in _rows(connection, tables.log):
        entries[row["book_id"]].append(row)
    for book in _rows(connection, tables.book):
        head, rows = "0" * 64, sorted(entries[book["id"]], key=lambda row: row["pos"])
        if [row["pos"] for row in rows] != list(range(1, book["pos"] + 1)):
            found.append(f"{book['name']}: positions {[row['pos'] for row in rows]}, head at {book['pos']}")
        for row in rows:
            body = bodies.get((row["book_id"], row["pos"]))
            if body is None and row["record"] in erased:
                head = hashlib.sha256(canonical([head, row["pos"], row["digest"]])).hexdigest()
                if head != row["hash"]:
                    found.append(f"{book['name']}: erased entry {row['pos']} is not what the chain says")
                continue
            digest = hashlib.sha256(body.encode()).hexdigest()
            head = hashlib.sha256(canonical([head, row["pos"], digest])).hexdigest()
            told = json.loads(body)
            if digest != row["digest"] or head != row["hash"] or canonical(told) != body.encode():
                found.append(f"{book['name']}: entry {row['pos']} is not what the chain says")
            if [told[n] for n in ("book", "pos", "kind", "record", "rev", "ver")] != [
                row[n] for n in ("book_id", "pos", "kind", "record", "rev", "ver")
            ]:
                found.append(f"{book['name']}: entry {row['pos']} differs from its row")
        if head != book["head"]:
            found.append(f"{book['name']}: the head is not the end of the chain")
    return found


def _erased(connection: Connection) -> set[str]:
    """Whatever was erased, in whatever book: its content is gone, the chain is not (R20)."""
    return {row["record"] for row in _rows(connection, tables.left_book) if row["why"] == "erased"}


def _sums(connection: Connection) -> list[str]:
    """Count and check sum, computed anew (R30)."""
    totals: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in _rows(connection, tables.record):
        n, total = totals[row["book_id"]]
        item = int.from_bytes(hashlib.sha256(canonical([row["id"], row["ver"]])).digest()[:12], "big")
        totals[row["book_id"]] = n + 1, (total + item) % 2**96
    return [
        f"{book['name']}: check sum"
        for book in _rows(connection, tables.book)
        if (book["check_n"], book["check_sum"]) != (totals[book["id"]][0], f"{totals[book['id']][1]:024x}")
    ]


def _places(connection: Connection) -> list[str]:
    """Every record lies in exactly one book, and record, place, typed row and departures say the same."""
    found = []
    records = _rows(connection, tables.record)
    where = {row["id"]: row for row in records}
    if len(where) != len(records):
        found.append(f"in two books: {[i for i, n in Counter(row['id'] for row in records).items() if n > 1]}")
    places = {row["record"]: row["book_id"] for row in _rows(connection, tables.place)}
    if places != {record: row["book_id"] for record, row in where.items()}:
        found.append("places differ from records")
    typed = {}
    for name in record_types():
        for row in _rows(connection, typed_table(name)):
            typed[row["id"]] = (name, row["book_id"], row["rev"], row["pos"], row["customer"])
    if typed != {i: (r["type"], r["book_id"], r["rev"], r["pos"], r["customer"]) for i, r in where.items()}:
        found.append("typed rows differ from records")
    heads = {book["id"]: book for book in _rows(connection, tables.book)}
    for row in _rows(connection, tables.left_book):
        if row["why"] == "erased":
            if row["record"] in where:
                found.append(f"{row['record']} was erased and is there")
        elif where[row["record"]]["book_id"] == row["book_id"]:
            found.append(f"{row['record']} left a book where it lies")
        if row["pos"] > heads[row["book_id"]]["left_pos"]:
            found.append(f"{row['record']} left behind the last departure")
    for row in records:
        if heads[row["book_id"]]["kind"] == "archive" and row["id"] != row["customer"]:
            continue  # old facts lie in an archive, wherever the customer is
        if row["customer"] in where and where[row["customer"]]["book_id"] != row["book_id"]:
            found.append(f"{row['type']} {row['id']} is not with its customer")
    return found


def _seats(connection: Connection) -> list[str]:
    """At most one holder of a seat at any position, and the seat is held by whom its last term says (P4)."""
    found = []
    terms = defaultdict(list)
    for row in _rows(connection, tables.tenure):
        terms[row["book_id"], row["seat"]].append(row)
    for row in _rows(connection, tables.seat):
        spans = sorted(terms[row["book_id"], row["seat"]], key=lambda span: span["term"])
        for before, after in itertools.pairwise(spans):
            if before["to_pos"] is None or before["to_pos"] < before["from_pos"]:
                found.append(f"{row['seat']}: term {before['term']} does not end")
            elif before["to_pos"] != after["from_pos"] - 1 or after["term"] != before["term"] + 1:
                found.append(f"{row['seat']}: term {after['term']} does not follow term {before['term']}")
        last = (spans[-1]["user_id"], spans[-1]["term"], spans[-1]["to_pos"]) if spans else (None, 0, None)
        if (row["user_id"], row["term"], None) != last:
            found.append(f"{row['seat']}: seat and last term differ")
    return found


def _stays(connection: Connection) -> list[str]:
    """A customer lives in one book at a time: the one where it lies."""
    found, customer = [], typed_table("customer")
    stays = defaultdict(list)
    for row in _rows(connection, tables.residence):
        stays[row["customer"]].append(row)
    told = {(row["book_id"], row["pos"]): (row["kind"], row["record"]) for row in _rows(connection, tables.log)}
    for stay in itertools.chain(*stays.values()):
        comes, goes = told[stay["book_id"], stay["from_pos"]], (stay["to_pos"] or 0) + 1
        if comes not in (("create", stay["customer"]), ("in", stay["customer"])):
            found.append(f"{stay['customer']} comes with the entry {comes}")
        ends = [("out", stay["customer"]), ("merge", stay["customer"]), ("erase", stay["customer"])]
        if stay["to_pos"] is not None and told[stay["book_id"], goes] not in ends:
            found.append(f"{stay['customer']} goes with the entry {told[stay['book_id'], goes]}")
    for row in connection.execute(sa.select(customer.c.id, customer.c.customer, customer.c.book_id)):
        lasting = [stay["book_id"] for stay in stays[row.id] if stay["to_pos"] is None]
        if lasting != ([row.book_id] if row.customer == row.id else []):  # who was merged lives nowhere
            found.append(f"{row.id} lies in {row.book_id} and lives in {lasting}")
        for book in {stay["book_id"] for stay in stays[row.id]}:
            spans = sorted((stay for stay in stays[row.id] if stay["book_id"] == book), key=lambda s: s["from_pos"])
            for before, after in itertools.pairwise(spans):
                if before["to_pos"] is None or not before["from_pos"] <= before["to_pos"] < after["from_pos"]:
                    found.append(f"{row.id}: two stays in {book} overlap")
    return found
