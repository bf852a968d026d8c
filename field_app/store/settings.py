"""Named values beside the outbox: identity, epoch, scope, clocks, and what the app remembers of a person's choices."""

from __future__ import annotations

from typing import Any

from field_app.store.database import Database
from sync_protocol import json_text

_SCHEMA = "CREATE TABLE IF NOT EXISTS setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"


class Settings:
    """Name -> JSON value, in the outbox's file, so that it changes in the outbox's transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.script(_SCHEMA)

    def get(self, name: str, default: Any = None) -> Any:
        """The value of this name, or the default."""
        found = self._database.value("SELECT value FROM setting WHERE name = ?", (name,))
        return default if found is None else json_text.loads(found)

    def set(self, name: str, value: Any) -> None:
        """Keep a value; None forgets it."""
        if value is None:
            self._database.run("DELETE FROM setting WHERE name = ?", (name,))
            return
        statement = "INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        self._database.run(statement, (name, json_text.dumps(value).decode()))
