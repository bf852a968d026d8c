"""The texts in an archive by which a person restores it without Roundbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from server.services.backup import schema
from server.services.backup.rows import Told

_README = """Roundbook: an archive of {when} UTC
==========================================

It holds a whole company in plain text. Nothing of Roundbook is needed to read it: a database is made by

    sqlite3 company.db < restore.sqlite.sql            (SQLite 3.37 or later)
    createdb company && psql -d company -f restore.postgresql.sql

in this folder. Then

    sha256sum --check --quiet SHA256SUMS
    sqlite3 company.db < check.sql                     (or psql -d company -f check.sql)

say nothing if all is as it was. Sealed segments that are younger are files `changes.sql` of their own: run them in the order of their
numbers, in the same way. Photos lie in files of their own, each named by its SHA-256; the table `blob` says which book it belongs to.

tables/     one folder a table, rows as INSERT statements
t_*         one table a record type (t_customer, t_visit, t_order ...), a column a field: what people want to read
record      the same records with everything that the sync needs; log: who changed what when
control/    decisions that a restored backup must not undo, one JSON file each
contents.json   rows and SHA-256 of each table, position and chain hash of each book
drill-code.txt  tells the server that somebody opened this: Backups, «Record a drill», or `roundbook backup drill --record CODE`

Instants are milliseconds since 1970 UTC, money is in the currency's smallest unit, removed = TRUE is a record that was taken away.
"""
_SQLITE = """PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
BEGIN;
.read schema.sqlite.sql
{files}.read indexes.sqlite.sql
COMMIT;
"""
_POSTGRESQL = """\\set ON_ERROR_STOP on
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SET client_min_messages = warning;
BEGIN;
\\ir schema.postgresql.sql
{files}\\ir indexes.postgresql.sql
\\ir sequences.postgresql.sql
COMMIT;
"""


def readme(made_at: int) -> str:
    """What a person reads first. Args: made_at: ms."""
    return _README.format(when=datetime.fromtimestamp(made_at / 1000, UTC).strftime("%Y-%m-%d %H:%M"))


def restore_scripts(files: Sequence[str]) -> dict[str, str]:
    """The scripts that load everything. Args: files: with the rows, in order."""
    return {
        "restore.sqlite.sql": _SQLITE.format(files="".join(f".read {name}\n" for name in files)),
        "restore.postgresql.sql": _POSTGRESQL.format(files="".join(f"\\ir {name}\n" for name in files)),
        "sequences.postgresql.sql": "".join(schema.sequence_statements()),
    }


def check_script(tables: Mapping[str, Told]) -> str:
    """Shows each table that does not hold as many rows as it did; nothing, if all do."""
    each = [
        f"SELECT '{name}' AS name, {told.rows} AS expected, (SELECT count(*) FROM \"{name}\") AS found"  # noqa: S608
        for name, told in sorted(tables.items())
    ]
    union = "\n UNION ALL ".join(each)
    return f"SELECT name, expected, found FROM (\n       {union}\n) AS counted WHERE expected <> found;\n"  # noqa: S608
