"""The outbox: change sets from the moment they are saved until they are answered, and their way through the states.

    ready ─┬─ settled (applied, merged, proposed: from now on the journal)
           ├─ waiting (received; needs a set that has not come) ── settled, refused
           ├─ parked (five sendings of it alone failed; tried again after a day)
           └─ refused (returned to its author; stays until replaced or discarded)

A set is never changed after it was saved. Its number is given in the transaction that saves it. What notes that its author read
something is not his to discard or to replace: it stays until it is accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from field_app.store.database import Database, Row
from field_app.store.settings import Settings
from sync_protocol import changes as wire
from sync_protocol import json_text
from sync_protocol.canonical import canonical
from sync_protocol.clock import tick
from sync_protocol.identity import RANDOM_BYTES, new_id

UNSETTLED = ("ready", "waiting", "parked")
NOTES_OF_READING = ("reading",)  # types of record that no author gives up: a test compares them with the declarations
ASK_AGAIN = "ask_again"  # setting: ids of returned sets that a server with another history is asked about
IN_TWO_PARTS = 400  # sets: of fewer, another request would cost more than it saves
LARGER_PART = 0.65
_PIECE = 500
_SCHEMA = """
CREATE TABLE IF NOT EXISTS change_set(
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, book TEXT NOT NULL, action TEXT NOT NULL, made_ms INTEGER NOT NULL,
    state TEXT NOT NULL, bytes INTEGER NOT NULL, body BLOB, sealed BLOB, attempts INTEGER NOT NULL DEFAULT 0, tried_at INTEGER,
    outcome TEXT, late INTEGER, verdict TEXT, reached TEXT, answered_at INTEGER);
DROP INDEX IF EXISTS change_set_state;
CREATE INDEX IF NOT EXISTS change_set_by_state ON change_set(state, seq, id, made_ms);
CREATE TABLE IF NOT EXISTS touched(
    record TEXT NOT NULL, seq INTEGER NOT NULL, n INTEGER NOT NULL, type TEXT NOT NULL, customer TEXT, op TEXT NOT NULL,
    PRIMARY KEY (record, seq, n)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS touched_seq ON touched(seq)
"""
_COLUMNS = "seq, id, book, action, made_ms, state, bytes, body, sealed, outcome, late, verdict, answered_at"


@dataclass(frozen=True, slots=True)
class SavedSet:
    """One set as the device keeps it: open, or sealed once its book has left. Args: verdict: the answer, if any."""

    seq: int
    id: str
    book: str
    action: str
    made_ms: int
    state: str
    size: int
    wire: dict[str, Any] | None
    sealed: bytes | None
    outcome: str | None
    late: bool
    verdict: dict[str, Any] | None
    answered_at: int | None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A set on its way to the server, as the bytes that were saved. Args: size: of its open form. sealed: where it is not open."""

    seq: int
    id: str
    size: int
    body: bytes | None
    sealed: bytes | None


class Outbox:
    """The sets of one device."""

    def __init__(self, database: Database, settings: Settings, randomness: Callable[[int], bytes]) -> None:
        self.database = database
        self._settings = settings
        self._randomness = randomness
        # sets of which no server can have heard: saved since the start, or asked after, and not sent since
        self.unheard: set[str] = set()
        database.script(_SCHEMA)

    @property
    def last_seq(self) -> int:
        """The highest seq ever given on this device."""
        found: int = self._settings.get("last_seq", 0)
        return found

    def append(
        self,
        *,
        author: str,
        book: str,
        action: str,
        changes: Sequence[Mapping[str, Any]],
        now_ms: int,
        replaces: str | None = None,
        also: Callable[[str, int], None] | None = None,
    ) -> str:
        """Save one set durably and give it its number. Returns its id, when it is on the disk.

        Invariant: seq has no gaps and no doubles, whatever is killed when. Checked by: tests/crash/test_kill.py
        Args: also: what must be saved in the same transaction, called with the set's id and seq.
        Raises: ValueError if the set exceeds the limits of protocol §16.
        """
        with self.database.transaction():
            seq = self.last_seq + 1
            made = tick(self._settings.get("made"), now_ms)
            made_ms = int(made.partition("-")[0])
            body = wire.new_set(
                id=new_id(made_ms, self._randomness(RANDOM_BYTES)),
                author=author,
                book=book,
                made=made,
                action=action,
                changes=changes,
                replaces=replaces,
            )
            self.unheard.add(body["id"])  # before it can be seen, and sent, by a sync that runs beside
            raw = canonical(body)
            if len(changes) > wire.CHANGES_LIMIT or len(raw) > wire.SET_BYTES_LIMIT:
                raise ValueError("the set is larger than a set may be")
            self.database.run(
                "INSERT INTO change_set(seq, id, book, action, made_ms, state, bytes, body) VALUES (?,?,?,?,?,'ready',?,?)",
                (seq, body["id"], book, action, made_ms, len(raw), raw),
            )
            self._touch(seq, body)
            self._settings.set("last_seq", seq)
            self._settings.set("made", made)
            if replaces is not None:
                self.discard(replaces)
            if also is not None:
                also(body["id"], seq)
        set_id: str = body["id"]
        return set_id

    def _touch(self, seq: int, body: Mapping[str, Any]) -> None:
        rows = [(c["record"], seq, c["n"], c["type"], c.get("customer"), c["op"]) for c in body["changes"]]
        self.database.run_many("INSERT INTO touched(record, seq, n, type, customer, op) VALUES (?,?,?,?,?,?)", rows)

    def discard(self, set_id: str) -> None:
        """A person gives up a refused or parked set, or replaced it. The server keeps what it received of it.

        A set that notes what he read stays as it is.
        """
        marks = ",".join("?" * len(NOTES_OF_READING))
        where = "id = ? AND state IN ('refused', 'parked', 'waiting')"
        kept = f"SELECT seq FROM touched WHERE type IN ({marks})"  # noqa: S608
        statement = f"UPDATE change_set SET state = 'discarded' WHERE {where} AND seq NOT IN ({kept})"  # noqa: S608
        self.database.run(statement, (set_id, *NOTES_OF_READING))

    def to_send(
        self, most_sets: int, most_bytes: int, skip: Iterable[str] = (), read: Mapping[int, Outgoing] | None = None
    ) -> list[Outgoing]:
        """The head of the outbox: the lowest ready sets that fit. The first one is sent whatever its size.

        The last ones, if many, go in two parts: the larger is taken over while the server judges the smaller.
        Args: read: seq -> what was read before, of sets that were neither sealed nor erased since.
        """
        skipped = set(skip)
        ready = self.database.rows("SELECT seq, id FROM change_set WHERE state = 'ready' ORDER BY seq")
        head = [seq for seq, set_id in ready if set_id not in skipped]
        if IN_TWO_PARTS <= len(head) <= most_sets:
            most_sets = int(len(head) * LARGER_PART)
        found: list[Outgoing] = []
        total = 0
        for saved in self._outgoing(head, max(1, min(most_sets, _PIECE)), read or {}):
            total += saved.size
            if len(found) == most_sets or (found and total > most_bytes):
                break
            found.append(saved)
        return found

    def _outgoing(self, head: Sequence[int], step: int, read: Mapping[int, Outgoing]) -> Iterator[Outgoing]:
        """The sets of these numbers, as far as they are asked for, so many at a time."""
        for start in range(0, len(head), step):
            part = head[start : start + step]
            wanted = [seq for seq in part if seq not in read]
            marks = ",".join("?" * len(wanted))
            statement = (
                f"SELECT seq, id, bytes, body, sealed FROM change_set WHERE seq IN ({marks})"  # noqa: S608
                " AND coalesce(body, sealed) IS NOT NULL"
            )
            rows = {row[0]: Outgoing(*row) for row in self.database.rows(statement, wanted)} if wanted else {}
            yield from (saved for seq in part if (saved := read.get(seq) or rows.get(seq)) is not None)

    def unsettled_ids(self) -> list[str]:
        """Ids of all sets without a final verdict, in the order of saving."""
        marks = ",".join("?" * len(UNSETTLED))
        statement = f"SELECT id FROM change_set WHERE state IN ({marks}) ORDER BY seq"  # noqa: S608
        return [row[0] for row in self.database.rows(statement, UNSETTLED)]

    def returned_empty(self) -> list[str]:
        """Ids of returned sets of which nothing else is left, because their book has gone (R29)."""
        statement = "SELECT id FROM change_set WHERE state = 'refused' AND body IS NULL AND sealed IS NULL ORDER BY seq"
        return [row[0] for row in self.database.rows(statement)]

    def ready_ids(self) -> set[str]:
        """Ids of all sets that are to be sent."""
        return {row[0] for row in self.database.rows("SELECT id FROM change_set WHERE state = 'ready'")}

    def bodies(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Id -> the set itself, of those that lie here open."""
        found: dict[str, dict[str, Any]] = {}
        wanted = list(ids)
        for start in range(0, len(wanted), _PIECE):
            part = wanted[start : start + _PIECE]
            marks = ",".join("?" * len(part))
            statement = f"SELECT id, body FROM change_set WHERE id IN ({marks}) AND body IS NOT NULL"  # noqa: S608
            found |= {row[0]: json_text.loads(row[1]) for row in self.database.rows(statement, part)}
        return found

    def find(self, set_id: str) -> SavedSet | None:
        """The set of this id."""
        row = self.database.row(f"SELECT {_COLUMNS} FROM change_set WHERE id = ?", (set_id,))  # noqa: S608
        return None if row is None else _saved(row)

    def in_state(self, *states: str) -> list[SavedSet]:
        """All sets in these states, in the order of saving."""
        marks = ",".join("?" * len(states))
        statement = f"SELECT {_COLUMNS} FROM change_set WHERE state IN ({marks}) ORDER BY seq"  # noqa: S608
        return [_saved(row) for row in self.database.rows(statement, states)]

    def touching(self, records: Iterable[str]) -> dict[str, list[SavedSet]]:
        """Record -> the sets that show on it: unsettled, returned, or proposed and kept, in the order of saving."""
        wanted = list(records)
        found: dict[str, list[SavedSet]] = {}
        sets: dict[int, SavedSet] = {}
        for start in range(0, len(wanted), _PIECE):
            part = wanted[start : start + _PIECE]
            statement = _SHOWN_OF_RECORDS.format(marks=",".join("?" * len(part)))
            for record, *row in self.database.rows(statement, part):
                if row[0] not in sets:
                    sets[row[0]] = _saved(tuple(row))
                found.setdefault(record, []).append(sets[row[0]])
        return found

    def touched(
        self, type_name: str | None = None, customer: str | None = None, ops: Sequence[str] = ()
    ) -> list[tuple[str, str, str | None]]:
        """(record, type, customer) of everything on which a set of this device shows; of one type, customer, kind of change."""
        where, parameters = [], []
        for column, value in (("type", type_name), ("customer", customer)):
            if value is not None:
                where.append(f" AND t.{column} = ?")
                parameters.append(value)
        if ops:
            where.append(f" AND t.op IN ({','.join('?' * len(ops))})")
            parameters.extend(ops)
        return [(row[0], row[1], row[2]) for row in self.database.rows(_SHOWN + "".join(where), parameters)]

    def waiting_since(self) -> tuple[int, int | None]:
        """How many sets are not yet received by the server, and when the oldest of them was made (ms)."""
        row = self.database.row("SELECT count(*), min(made_ms) FROM change_set WHERE state IN ('ready', 'parked')")
        assert row is not None
        return row[0], row[1]

    def unsent_records(self) -> int:
        """How many records a person has worked on since, photos left out: they are counted by their bytes."""
        found: int = self.database.value(
            "SELECT count(DISTINCT t.record) FROM change_set c JOIN touched t ON t.seq = c.seq"
            " WHERE c.state IN ('ready', 'parked') AND t.type <> 'photo'"
        )
        return found

    def has_unanswered(self, book: str) -> bool:
        """Whether sets of this book still have to be sent or wait for others."""
        marks = ",".join("?" * len(UNSETTLED))
        statement = f"SELECT count(*) FROM change_set WHERE book = ? AND state IN ({marks})"  # noqa: S608
        return bool(self.database.value(statement, (book, *UNSETTLED)))

    def note_failure(self, ids: Sequence[str], now_ms: int, park_after: int) -> None:
        """Sending exactly these sets failed. A set that failed alone `park_after` times is parked (R32)."""
        with self.database.transaction():
            rows = [(now_ms, set_id) for set_id in ids]
            if len(ids) == 1:
                self.database.run_many("UPDATE change_set SET attempts = attempts + 1, tried_at = ? WHERE id = ?", rows)
                self.database.run(
                    "UPDATE change_set SET state = 'parked' WHERE id = ? AND attempts >= ? AND state = 'ready'",
                    (ids[0], park_after),
                )

    def unpark(self, tried_before_ms: int) -> int:
        """Parked sets that were last tried before this instant are ready again. Returns how many."""
        return self.database.run(
            "UPDATE change_set SET state = 'ready', attempts = attempts - 1 WHERE state = 'parked' AND tried_at < ?",
            (tried_before_ms,),
        )

    def number_anew(self) -> None:
        """Another device takes this one's place (R40): all that is kept is ready again, numbered from 1 in the order of
        saving, under its old ids. Part of the caller's transaction.
        """
        rows = self.database.rows("SELECT seq FROM change_set ORDER BY (body IS NULL AND sealed IS NULL), seq")
        numbers = [(-new, row[0]) for new, row in enumerate(rows, 1)]
        for table in ("change_set", "touched"):
            self.database.run_many(f"UPDATE {table} SET seq = ? WHERE seq = ?", numbers)  # noqa: S608
            self.database.run(f"UPDATE {table} SET seq = -seq")  # noqa: S608
        self.database.run(
            "UPDATE change_set SET state = 'ready', outcome = NULL, verdict = NULL, attempts = 0"
            " WHERE state IN ('waiting', 'parked', 'refused', 'settled') AND coalesce(body, sealed) IS NOT NULL"
        )
        self._settings.set("last_seq", len(rows))

    def settle(self, verdicts: Iterable[Mapping[str, Any]], now_ms: int) -> None:
        """Take over verdicts: final ones move the set to the journal or back to its author, `waiting` keeps it here.

        A returned set gets another one only if nothing but its id is left: then a restored server had a copy (R38).
        """
        now = {
            "applied": "settled",
            "merged": "settled",
            "proposed": "settled",
            "waiting": "waiting",
            "refused": "refused",
        }
        self.database.run_many(
            "UPDATE change_set SET state = ?, outcome = ?, late = ?, verdict = ?, reached = ?, answered_at = ?"
            " WHERE id = ? AND (state IN ('ready', 'waiting', 'parked')"
            " OR state = 'refused' AND body IS NULL AND sealed IS NULL)",
            [
                (
                    now[verdict["state"]],
                    verdict["state"],
                    int(bool(verdict.get("late"))),
                    json_text.dumps(verdict).decode(),
                    json_text.dumps(verdict.get("at") or {}).decode(),
                    now_ms,
                    verdict["id"],
                )
                for verdict in verdicts
                if verdict["state"] in now
            ],
        )


_SHOWN_WHERE = (
    "(c.state IN ('ready', 'waiting', 'parked', 'refused') OR (c.state = 'settled' AND c.outcome = 'proposed'))"
)
_SHOWN = f"""
SELECT DISTINCT t.record, t.type, t.customer FROM change_set c JOIN touched t ON t.seq = c.seq
WHERE c.body IS NOT NULL AND {_SHOWN_WHERE}
"""  # noqa: S608
_SHOWN_OF_RECORDS = f"""
SELECT DISTINCT t.record, {", ".join("c." + name for name in _COLUMNS.split(", "))}
FROM touched t JOIN change_set c ON c.seq = t.seq
WHERE t.record IN ({{marks}}) AND c.body IS NOT NULL AND {_SHOWN_WHERE} ORDER BY c.seq
"""  # noqa: S608


def _saved(row: Row) -> SavedSet:
    seq, set_id, book, action, made_ms, state, size, body, sealed, outcome, late, verdict, answered_at = row
    return SavedSet(
        seq,
        set_id,
        book,
        action,
        made_ms,
        state,
        size,
        None if body is None else json_text.loads(body),
        sealed,
        outcome,
        bool(late),
        None if verdict is None else json_text.loads(verdict),
        answered_at,
    )
