"""The database of a simulated server on PostgreSQL: emptied, copied beside itself, and put back from a copy."""

from __future__ import annotations

import psycopg
from psycopg import sql


class Postgres:
    """A database that is the simulation's alone. Args: url: postgresql://…; its user may create databases."""

    def __init__(self, url: str) -> None:
        self.url = url
        with psycopg.connect(url) as connection:
            self.name = connection.info.dbname

    @property
    def _copied(self) -> str:
        return f"{self.name}_copied"

    def empty(self) -> None:
        """Nothing is left of what was in it."""
        with psycopg.connect(self.url) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")

    def copy(self) -> str:
        """Copy it as it is; nobody may be connected. Returns: the name of the copy."""
        self._make(self._copied, of=self.name)
        return self._copied

    def put_back(self, copied: str) -> None:
        """Make it what the copy is; nobody may be connected."""
        self._make(self.name, of=copied)

    def forget_copies(self) -> None:
        """Drop the copy, if there is one."""
        self._elsewhere(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self._copied)))

    def _make(self, name: str, *, of: str) -> None:
        self._elsewhere(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._elsewhere(statement.format(sql.Identifier(name), sql.Identifier(of)))

    def _elsewhere(self, statement: sql.Composed) -> None:
        """Run one statement from another database: none can be dropped or copied from inside."""
        with psycopg.connect(self.url, dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)
