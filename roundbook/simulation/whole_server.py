"""The real server: the Flask app behind its test client, on SQLite or PostgreSQL, with the simulation's clock and chance."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from field_app.sync.transport import Response
from roundbook.simulation.crashes import SERVER
from roundbook.simulation.office import SYSTEM, BookRow, LogRow, RecordRow, SetRow, Snapshot, TenureRow
from roundbook.simulation.postgres import Postgres
from roundbook.simulation.releases import Releases
from server.app import create_app
from server.config import Config
from server.services import (
    books,
    clock,
    enrolment,
    envelopes,
    hand_overs,
    leaving,
    moves,
    parts,
    pull,
    push,
    push_claim,
    restoring,
    round_trip,
    sealed_sets,
    snapshots,
    users,
)
from server.services.prepare import prepare
from server.storage import stamps, tables
from server.storage.database import db, reading
from server.storage.typed import column_name, typed_table
from sync_protocol import age, envelope
from sync_protocol.identity import RANDOM_BYTES, new_id
from sync_protocol.problems import Problem

PASSWORD = "a password for no one"
KEYS = ("database", "sign", "seal", "cursor", "objects", "session")


class WholeServer:
    """Head office as it is. Args: home: its folder. database: None: SQLite in that folder."""

    def __init__(
        self,
        home: Path,
        clock_ms: Callable[[], int],
        randomness: Callable[[int], bytes],
        page_items: int,
        database: str | None,
        releases: Releases,
    ) -> None:
        self.home, self.database = home, database
        self.clock_ms, self.randomness = clock_ms, randomness
        self._before: list[tuple[Any, str, Any]] = []
        self.postgres = None if database is None else Postgres(database)
        releases.bind(push_claim, round_trip, snapshots, judge=round_trip)
        self._set(clock, "now_ms", clock_ms)
        self._set(clock, "new_id", lambda: new_id(clock_ms(), randomness(RANDOM_BYTES)))
        self._set(pull, "PAGE_ITEMS", page_items)
        self._set(users, "hash_password", _no_hash)
        self.poison: set[str] = set()
        judge = push.decide_set

        def decide_set(*args: Any, **named: Any) -> Any:
            if named["set_id"] in self.poison:
                raise RuntimeError("a poisoned set")
            return judge(*args, **named)

        self._set(push, "decide_set", decide_set)
        logging.getLogger("roundbook").setLevel(logging.CRITICAL)  # what the simulation breaks on purpose
        self._write_keys()
        if self.postgres is not None:
            self.postgres.empty()
        self.app = self._open()
        with self.app.app_context():
            prepare()

    def _set(self, module: Any, name: str, value: Any) -> None:
        if hasattr(module, name):
            self._before.append((module, name, getattr(module, name)))
            setattr(module, name, value)

    def _write_keys(self) -> None:
        folder = self.home / "keys"
        folder.mkdir(parents=True)
        for name in KEYS:
            (folder / f"{name}.key").write_text(self.randomness(32).hex() + "\n")

    def _open(self) -> Any:
        environment = {"ROUNDBOOK_HOME": str(self.home), "ROUNDBOOK_URL": "http://127.0.0.1:1"}
        if self.database is not None:
            environment["DATABASE_URL"] = self.database
        app = create_app(Config.from_environment(environment))
        with app.app_context():
            dialect = db.engine.dialect
            commit = dialect.do_commit

            def do_commit(connection: Any) -> None:
                SERVER.reach(after=False)
                commit(connection)
                SERVER.reach(after=True)

            dialect.do_commit = do_commit  # type: ignore[assignment, method-assign]
        return app

    @contextmanager
    def _inside(self) -> Iterator[None]:
        with self.app.app_context():
            yield

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """One request through the app."""
        answer = self.app.test_client().open(path, method=method, headers=dict(headers), data=body)
        found = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, found, answer.get_data())

    def opened(self, sealed: str) -> Any:
        """What is in a sealed set; None, if it is not for this server."""
        with self._inside():
            return sealed_sets.opened(sealed)

    def add_user(self, login: str, *roles: str) -> str:
        """A person, and his desk."""
        with self._inside():
            user = users.create_user(login, login.title(), roles, PASSWORD, "en")
            books.desk(user)
        return user

    def add_book(self, name: str) -> str:
        """A round's book."""
        with self._inside():
            return books.create_book(name)

    def reference_book(self) -> str:
        """The company's catalogue."""
        with self._inside():
            return books.reference_book()

    def desk_of(self, user: str) -> str:
        """A person's desk."""
        with self._inside():
            return books.desk(user)

    def assign(self, book: str, seat: str, user: str | None) -> None:
        """A hand-over."""
        with self._inside():
            books.assign_seat(book, seat, user, SYSTEM)

    def stand_in(self, book: str, seat: str, user: str, until_ms: int) -> bool:
        """A hand-over that falls back."""
        with self._inside():
            try:
                hand_overs.hand_over(book, seat, user, SYSTEM, until_ms)
            except books.BookError:
                return False
        return True

    def move(self, customer: str, to_book: str) -> bool:
        """A move of a customer."""
        with self._inside():
            try:
                return bool(moves.move_customers([customer], to_book, SYSTEM))
            except books.BookError:
                return False
        return True

    def term(self, book: str, seat: str) -> int:
        """The current term of a seat."""
        table = tables.seat
        with self._inside(), reading() as connection:
            return int(
                connection.scalar(sa.select(table.c.term).where(table.c.book_id == book, table.c.seat == seat)) or 0
            )

    def invite(self, user: str) -> str:
        """The text of an invitation."""
        with self._inside():
            return enrolment.invite(user, SYSTEM).text

    def write(
        self, author: str, book: str, action: str, changed: Sequence[Mapping[str, Any]], *, system: bool
    ) -> Mapping[str, Any]:
        """Write as a person at head office."""
        with self._inside():
            return push.office_push(author, book, action, changed, system=system)

    def revoke(self, device: str, state: str) -> None:
        """Retire a device, or report it lost."""
        with self._inside():
            enrolment.revoke(device, state, SYSTEM)

    def dismiss(self, user: str) -> None:
        """Disable a person."""
        with self._inside():
            leaving.dismiss(user, SYSTEM)

    def upgrade(self) -> None:
        """What a start of the next release does: tables of what it declares."""
        with self._inside():
            prepare()

    def back_up(self) -> object:
        """A copy of the database: of its file, or beside it on PostgreSQL."""
        if self.postgres is not None:
            with self._inside():
                db.engine.dispose()
            return self.postgres.copy()
        with self._inside():
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()
        copied = self.home / "backup.db"
        shutil.copyfile(self.home / "roundbook.db", copied)
        return copied

    def restore(self, backup: object) -> None:
        """Put the copy back, and do what a restore and the start after it do before anybody is served (R35)."""
        self.fail_over(backup)
        with self._inside():
            restoring.after_restore("simulated loss")

    def give_pages_of(self, items: int) -> int:
        """Returns: how many items a page had."""
        before, pull.PAGE_ITEMS = pull.PAGE_ITEMS, items
        return before

    def receive(self, raw: bytes) -> tuple[list[bytes], bytes, bool]:
        """A file that was carried by hand comes in; one of which nothing can be read has no answer."""
        with self._inside():
            try:
                found = envelopes.receive([raw])
            except (age.NotAnAgeFile, envelope.NotAnEnvelope, Problem):
                return [], b"", False
            answer = b"".join(envelopes.answer_file(found)) if found.answer else b""
        return [body for head, body in found.answer if head["part"] == "answer"], answer, bool(found.states)

    def fail_over(self, backup: object) -> None:
        """An older copy takes over, and does not know that it is one (R36)."""
        with self._inside():
            db.engine.dispose()
            if self.postgres is not None:
                self.postgres.put_back(str(backup))
            else:
                for path in self.home.glob("roundbook.db-*"):
                    path.unlink()
                shutil.copyfile(str(backup), self.home / "roundbook.db")
            prepare()  # the copy may be of the release before

    def checks(self) -> dict[str, tuple[int, str]]:
        """Book -> (n, sum)."""
        book = tables.book
        with self._inside(), reading() as connection:
            rows = connection.execute(sa.select(book.c.id, book.c.check_n, book.c.check_sum))
            return {row.id: (row.check_n, row.check_sum) for row in rows}

    def open_proposals(self, limit: int) -> list[RecordRow]:
        """The oldest proposals that wait."""
        proposal = typed_table("proposal")
        waiting = sa.select(proposal.c.id).where(proposal.c.state == "open").order_by(proposal.c.id).limit(limit)
        return self._records(tables.record.c.id.in_(waiting))

    def some_records(self, type_name: str, limit: int) -> list[RecordRow]:
        """Records of a type, in order of id."""
        record = tables.record
        chosen = sa.select(record.c.id).where(record.c.type == type_name, record.c.removed.is_(False))
        return self._records(record.c.id.in_(chosen.order_by(record.c.id).limit(limit)))

    def record(self, record_id: str) -> RecordRow | None:
        """One record."""
        found = self._records(tables.record.c.id == record_id)
        return found[0] if found else None

    def _records(self, *where: Any) -> list[RecordRow]:
        with self._inside(), reading() as connection:
            rows = connection.execute(sa.select(tables.record).where(*where).order_by(tables.record.c.id)).mappings()
            return [_record(row) for row in rows]

    def snapshot(self) -> Snapshot:
        """Everything at one instant."""
        found = Snapshot()
        with self._inside(), reading() as connection:

            def rows(table: sa.Table, *order: Any) -> Iterator[Any]:
                return iter(connection.execute(sa.select(table).order_by(*order)).mappings())

            for row in rows(tables.book):
                found.books[row["id"]] = BookRow(
                    row["id"], row["kind"], row["owner"], row["pos"], row["head"], row["check_n"], row["check_sum"]
                )
            for row in rows(tables.record):
                found.records[row["book_id"], row["id"]] = _record(row)
                found.stamps[row["id"]] = stamps.unpacked(row["stamps"])
            found.misread = _misread(connection, found.records.values())
            found.left = {(row["book_id"], row["record"]): row["why"] for row in rows(tables.left_book)}
            for row in rows(tables.seat):
                found.seats[row["book_id"], row["seat"]] = (row["user_id"], row["term"])
            for row in rows(tables.tenure, tables.tenure.c.from_pos):
                found.tenures.append(
                    TenureRow(row["book_id"], row["seat"], row["term"], row["user_id"], row["from_pos"], row["to_pos"])
                )
            for row in rows(tables.change_set, tables.change_set.c.id):
                verdict = json.loads(row["verdict"]) if row["verdict"] else None
                found.sets[row["id"]] = SetRow(
                    row["id"], row["device_id"], row["seq"], row["author"], row["digest"], row["state"], verdict
                )
            bodies = {(row["book_id"], row["pos"]): row["body"] for row in rows(tables.log_body)}
            found.log = {book: [] for book in found.books}
            for row in rows(tables.log, tables.log.c.book_id, tables.log.c.pos):
                named = (
                    row["pos"],
                    row["set_id"],
                    row["n"],
                    row["record"],
                    row["rev"],
                    row["ver"],
                    row["kind"],
                    row["author"],
                )
                body = bodies.get((row["book_id"], row["pos"]), "")
                found.log[row["book_id"]].append(LogRow(*named, row["digest"], row["hash"], body, row["at"]))
            for row in rows(tables.blob):
                found.photos_wanted += row["state"] == "wanted"
                found.photos_stored += row["state"] == "stored"
                found.photos_damaged += row["state"] == "stored" and not _is_whole(row)
        return found

    def close(self) -> None:
        """Let go of the database, and give clock and chance back."""
        with self._inside():
            db.engine.dispose()
        if self.postgres is not None:
            self.postgres.forget_copies()
        for module, name, value in reversed(self._before):
            setattr(module, name, value)


def _record(row: Mapping[Any, Any]) -> RecordRow:
    return RecordRow(
        row["id"], row["book_id"], row["type"], row["customer"], row["rev"], row["ver"], row["pos"], bool(row["removed"]),
        json.loads(row["fields"]), row["author"], row["at"], row["made_by"],
    )  # fmt: skip


def _misread(connection: Any, records: Collection[RecordRow]) -> list[str]:
    """The records whose rows in the typed tables say something else, or are not there; and rows of no record."""
    wrong: list[str] = []
    expected: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
    for one in records:
        values = {column_name(name): _plain(value) for name, value in one.fields.items()}
        values |= {
            "customer": one.customer,
            "rev": one.rev,
            "pos": one.pos,
            "removed": one.removed,
            "author": one.author,
        }
        expected.setdefault(one.type, {})[one.book, one.id] = values
    for name, those in expected.items():
        table = typed_table(name)
        rows = {(row["book_id"], row["id"]): row for row in connection.execute(sa.select(table)).mappings()}
        wrong += [f"{name} {record}" for _, record in rows.keys() ^ those.keys()]
        for key in rows.keys() & those.keys():
            mine = {column: _plain(rows[key][column]) for column in those[key] if column in rows[key]}
            if mine != {column: value for column, value in those[key].items() if column in mine}:
                wrong.append(f"{name} {key[1]}")
    return wrong


def _plain(value: Any) -> Any:
    """Lists are kept as JSON."""
    if isinstance(value, str) and value[:1] in "[{":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _is_whole(blob: Mapping[Any, Any]) -> bool:
    """Whether the bytes of a stored photo are there, and are its bytes."""
    objects, key = parts.objects(), blob["object_key"]
    return bool(objects.exists(key) and hashlib.sha256(objects.read(key)).hexdigest() == blob["sha256"])


def _no_hash(password: str) -> str:
    return "no password"
