"""SQLite's log is folded into the database by a thread of its own: else it is done, for all, by whoever commits when it is long."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from flask import Flask

from server.storage import database
from server.storage.database import db

LOOK_S = 0.1
logger = logging.getLogger("roundbook.storage")


class Folder:
    """Looks after the log of one app's database, from `start` to `stop`."""

    def __init__(self, app: Flask) -> None:
        self._app, self._ended = app, threading.Event()
        self._thread = threading.Thread(target=self._watch, name="folding", daemon=True)
        with app.app_context():
            self.log = Path(f"{db.engine.url.database}-wal")

    def start(self) -> Folder:
        """Begin. Connections that open from now on leave the log to the thread, up to a limit."""
        database.fold_seldom()
        self._thread.start()
        return self

    def stop(self) -> None:
        """End, when what is being folded is folded."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        folded = 0
        while not self._ended.wait(LOOK_S):
            try:
                found = self.log.stat()
            except OSError:  # nothing was written yet
                continue
            if found.st_size >= database.CHECKPOINT_PAGES * database.PAGE_BYTES and found.st_mtime_ns != folded:
                folded = found.st_mtime_ns
                self._fold()

    def _fold(self) -> None:
        try:
            with self._app.app_context():
                fold()
        except Exception as error:  # the commit that finds the log at its limit does it
            logger.warning("the log was not folded: %s", error)


def fold() -> None:
    """Take into the database what nobody reads any more, without waiting for anybody."""
    connection = db.engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
    finally:
        connection.close()


def start(app: Flask) -> Folder | None:
    """Look after the log of this app's database. Returns None on PostgreSQL, which does this by itself."""
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            return None
    return Folder(app).start()
