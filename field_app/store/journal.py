"""The journal: answered sets, kept until a verified backup contains them, so that a restored server can have them again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from field_app.store.database import Database
from sync_protocol import json_text
from sync_protocol.sealing import ABOUT_SETS, seal

KEPT_MS = 90 * 24 * 3600 * 1000
KEPT_BYTES = 50 * 1024 * 1024


class Journal:
    """The settled part of the outbox's table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self) -> int:
        """How many answered sets are kept."""
        found: int = self._database.value("SELECT count(*) FROM change_set WHERE state = 'settled'")
        return found

    def books(self) -> set[str]:
        """The books to which answered sets are kept."""
        return {row[0] for row in self._database.rows("SELECT DISTINCT book FROM change_set WHERE state = 'settled'")}

    def offer_again(self, forks: Mapping[str, int]) -> int:
        """The server lost history (R38): what lies beyond the fork of any book, or nobody said where, what was refused and what
        waits is ready again under its old id and seq. Part of the caller's transaction. Returns how many.
        """
        again = []
        for seq, state, reached in self._database.rows(
            "SELECT seq, state, reached FROM change_set"
            " WHERE state IN ('settled', 'refused', 'waiting') AND coalesce(body, sealed) IS NOT NULL"
        ):
            positions = json_text.loads(reached or "{}")  # of desks none is told: what was noted there may be lost
            beyond = not positions or any(pos > forks.get(book, 0) for book, pos in positions.items())
            if state != "settled" or beyond:
                again.append((seq,))
        self._database.run_many(
            "UPDATE change_set SET state = 'ready', outcome = NULL, verdict = NULL, attempts = 0 WHERE seq = ?", again
        )
        return len(again)

    def prune(self, safe: Mapping[str, int], now_ms: int) -> None:
        """Forget what a verified backup contains (R37), and beyond the caps the oldest. Open proposals stay until then."""
        total, gone = 0, []
        for seq, size, outcome, reached, answered_at in self._database.rows(
            "SELECT seq, bytes, outcome, reached, answered_at FROM change_set WHERE state = 'settled' ORDER BY seq DESC"
        ):
            total += size
            reached_pos = json_text.loads(reached or "{}")
            is_safe = bool(reached_pos) and all(safe.get(book, 0) >= pos for book, pos in reached_pos.items())
            too_old = total > KEPT_BYTES or answered_at < now_ms - KEPT_MS
            if too_old or (is_safe and outcome != "proposed"):
                gone.append((seq,))
        with self._database.transaction():
            self._database.run_many("DELETE FROM touched WHERE seq = ?", gone)
            self._database.run_many("DELETE FROM change_set WHERE seq = ?", gone)
            self._database.run(
                "DELETE FROM change_set WHERE state = 'discarded' AND (tried_at IS NULL OR tried_at < ?)",
                (now_ms - KEPT_MS,),
            )

    def seal_book(self, book: str, recipient: bytes, randomness: Callable[[int], bytes]) -> None:
        """A book left this device (R29): its sets can be sent again, and no longer be read here. Of refused ones only id,
        time and reasons stay. Part of the caller's transaction.
        """
        sealed = []
        for seq, body in self._database.rows(
            "SELECT seq, body FROM change_set WHERE book = ? AND state = 'settled' AND body IS NOT NULL", (book,)
        ):
            sealed.append((seal(recipient, bytes(body), about=ABOUT_SETS, randomness=randomness), seq))
        self._database.run_many("UPDATE change_set SET body = NULL, sealed = ? WHERE seq = ?", sealed)
        self._database.run(
            "DELETE FROM touched WHERE seq IN (SELECT seq FROM change_set WHERE book = ? AND state <> 'ready')", (book,)
        )
        self._database.run(
            "UPDATE change_set SET body = NULL WHERE book = ? AND state IN ('refused', 'discarded')", (book,)
        )
