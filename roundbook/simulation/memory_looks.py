"""What checkers and the scheduler see of the server in memory."""

from __future__ import annotations

from roundbook.simulation.memory_state import Kept, Tables
from roundbook.simulation.office import BookRow, LogRow, RecordRow, SetRow, Snapshot, TenureRow
from sync_protocol import chain


def checks(tables: Tables) -> dict[str, tuple[int, str]]:
    """Book -> (n, sum)."""
    return {i: (book.check_n, chain.check_text(book.check_sum)) for i, book in tables.books.items()}


def open_proposals(tables: Tables, limit: int) -> list[RecordRow]:
    """The oldest proposals that wait."""
    found = [k for ids in tables.proposals.values() for k in map(tables.records.__getitem__, ids)]
    waiting = [k for k in found if k.stored.fields["state"] == "open"]
    return [row_of(k) for k in sorted(waiting, key=lambda k: k.stored.id)[:limit]]


def some_records(tables: Tables, type_name: str, limit: int) -> list[RecordRow]:
    """Records of a type that are not removed, in order of id."""
    found = [k for k in tables.records.values() if k.stored.type == type_name and not k.stored.removed]
    return [row_of(k) for k in sorted(found, key=lambda k: k.stored.id)[:limit]]


def row_of(kept: Kept) -> RecordRow:
    """A record as checkers see it."""
    s = kept.stored
    return RecordRow(
        s.id, s.book, s.type, s.customer, s.rev, s.ver, kept.pos, s.removed, s.fields, kept.author, kept.at, s.made_by
    )


def snapshot(tables: Tables) -> Snapshot:
    """Everything at one instant."""
    return Snapshot(
        books={
            i: BookRow(i, b.kind, b.owner, b.pos, b.head, b.check_n, chain.check_text(b.check_sum))
            for i, b in tables.books.items()
        },
        records={(k.stored.book, i): row_of(k) for i, k in tables.records.items()},
        log={
            i: [
                LogRow(pos, e.set_id, e.n, e.record, e.rev, e.ver, e.kind, e.author, e.digest, e.hash, e.body, e.at)
                for pos, e in enumerate(b.log, 1)
            ]
            for i, b in tables.books.items()
        },
        sets={i: SetRow(i, s.device, s.seq, s.author, s.digest, s.state, s.verdict) for i, s in tables.sets.items()},
        tenures=[
            TenureRow(book, seat, term, t.user or None, t.from_pos, t.to_pos)
            for (book, seat, term), t in tables.tenures.items()
        ],
        seats={key: (seat.user, seat.term) for key, seat in tables.seats.items()},
        stamps={i: k.stored.stamps for i, k in tables.records.items()},
        left={(i, record): why for i, b in tables.books.items() for record, (_, why) in b.left.items()},
    )
