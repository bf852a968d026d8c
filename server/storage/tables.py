"""The tables that do not depend on the record types. Ids are text, instants are ms since 1970 UTC.

A book's tables begin their primary key with `book_id`, so that a distributed PostgreSQL can place them by book.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server.storage.database import db

Id = sa.Text
Instant = sa.BigInteger


def _table(name: str, *items: sa.schema.SchemaItem) -> sa.Table:
    return sa.Table(name, db.metadata, *items)


def _column(
    name: str, kind: type[sa.types.TypeEngine[Any]], *, null: bool = False, key: bool = False, default: object = None
) -> sa.Column[Any]:
    return sa.Column(
        name, kind, nullable=null, primary_key=key, server_default=None if default is None else str(default)
    )


epoch = _table(
    "epoch",
    _column("id", Id, key=True),
    _column("parent", Id, null=True),
    _column("forks", sa.Text, default="{}"),
    _column("reason", sa.Text),
    _column("began_at", Instant),
    _column("number", sa.Integer),
)
setting = _table("setting", _column("name", sa.Text, key=True), _column("value", sa.Text))

user_account = _table(
    "user_account",
    _column("id", Id, key=True),
    _column("login", sa.Text),
    _column("name", sa.Text),
    _column("roles", sa.Text, default="[]"),
    _column("password_hash", sa.Text, null=True),
    _column("language", sa.Text, default="en"),
    _column("state", sa.Text, default="active"),
    _column("phone", sa.Text, null=True),
    _column("created_at", Instant),
    sa.UniqueConstraint("login"),
)
device = _table(
    "device",
    _column("id", Id, key=True),
    _column("user_id", Id),
    _column("kind", sa.Text, default="device"),
    _column("name", sa.Text, default=""),
    _column("platform", sa.Text, default=""),
    _column("app", sa.Text, default=""),
    _column("schema", sa.Integer, default=1),
    _column("sign_key", sa.Text, null=True),
    _column("seal_key", sa.Text, null=True),
    _column("state", sa.Text, default="active"),
    _column("last_seq", sa.BigInteger, default=0),
    _column("enrolled_at", Instant),
    _column("seen_at", Instant, null=True),
    _column("held_sets", sa.Integer, default=0),
    _column("held_photos", sa.Integer, default=0),
    _column("held_since", Instant, null=True),
    _column("skew_ms", sa.BigInteger, default=0),
    sa.Index("device_user", "user_id"),
)
invitation = _table(
    "invitation",
    _column("code_hash", sa.Text, key=True),
    _column("user_id", Id),
    _column("issued_by", Id),
    _column("issued_at", Instant),
    _column("expires_at", Instant),
    _column("used_at", Instant, null=True),
    _column("device_id", Id, null=True),
)
console_session = _table(
    "console_session",
    _column("id_hash", sa.Text, key=True),
    _column("user_id", Id, null=True),
    _column("data", sa.Text, default="{}"),
    _column("started_at", Instant),
    _column("seen_at", Instant),
    sa.Index("console_session_user", "user_id"),
)

book = _table(
    "book",
    _column("id", Id, key=True),
    _column("kind", sa.Text),
    _column("name", sa.Text),
    _column("owner", Id, null=True),
    _column("pos", sa.BigInteger, default=0),
    _column("head", sa.Text, default="0" * 64),
    _column("check_n", sa.BigInteger, default=0),
    _column("check_sum", sa.Text, default="0" * 24),
    _column("floor", sa.BigInteger, default=0),
    _column("left_pos", sa.BigInteger, default=0),
    sa.Index("book_owner", "kind", "owner"),
)
seat = _table(
    "seat",
    _column("book_id", Id, key=True),
    _column("seat", sa.Text, key=True),
    _column("user_id", Id, null=True),
    _column("term", sa.BigInteger, default=0),
    _column("until", Instant, null=True),
    _column("back_to", Id, null=True),
    _column("since_at", Instant),
    sa.Index("seat_user", "user_id"),
    sa.Index("seat_back_to", "back_to"),
)
tenure = _table(
    "tenure",
    _column("book_id", Id, key=True),
    _column("seat", sa.Text, key=True),
    _column("term", sa.BigInteger, key=True),
    _column("user_id", Id, null=True),
    _column("from_pos", sa.BigInteger),
    _column("to_pos", sa.BigInteger, null=True),
    _column("began_at", Instant),
    _column("by", Id),
    # one holder at any moment: whatever the code does, a second open term of a seat is not stored
    sa.Index(
        "tenure_open",
        "book_id",
        "seat",
        unique=True,
        sqlite_where=sa.text("to_pos IS NULL"),
        postgresql_where=sa.text("to_pos IS NULL"),
    ),
)
read_grant = _table(
    "read_grant",
    _column("book_id", Id, key=True),
    _column("user_id", Id, key=True),
    _column("from_at", Instant),
    _column("until", Instant, null=True),
    _column("by", Id),
    sa.Index("read_grant_user", "user_id"),
)
residence = _table(
    "residence",
    _column("book_id", Id, key=True),
    _column("customer", Id, key=True),
    _column("from_pos", sa.BigInteger, key=True),
    _column("to_pos", sa.BigInteger, null=True),
    sa.Index("residence_customer", "customer"),
)

record = _table(
    "record",
    _column("book_id", Id, key=True),
    _column("id", Id, key=True),
    _column("type", sa.Text),
    _column("customer", Id, null=True),
    _column("rev", sa.BigInteger),
    _column("ver", sa.Text),
    _column("pos", sa.BigInteger),
    _column("removed", sa.Boolean),
    _column("fields", sa.Text),
    _column("stamps", sa.Text),
    _column("made_by", Id),
    _column("author", Id),
    _column("at", Instant),
    sa.Index("record_pos", "book_id", "pos"),
    sa.Index("record_id", "id"),
)
place = _table("place", _column("record", Id, key=True), _column("book_id", Id), _column("customer", Id, null=True))
left_book = _table(
    "left_book",
    _column("book_id", Id, key=True),
    _column("record", Id, key=True),
    _column("pos", sa.BigInteger),
    _column("why", sa.Text),
    sa.Index("left_book_pos", "book_id", "pos"),
)
log = _table(
    "log",
    _column("book_id", Id, key=True),
    _column("pos", sa.BigInteger, key=True),
    _column("set_id", Id),
    _column("n", sa.Integer),
    _column("record", Id),
    _column("rev", sa.BigInteger),
    _column("ver", sa.Text),
    _column("kind", sa.Text),
    _column("author", Id),
    _column("at", Instant),
    _column("digest", sa.Text),
    _column("hash", sa.Text),
    sa.Index("log_record", "record", "rev"),
)
log_body = _table(
    "log_body", _column("book_id", Id, key=True), _column("pos", sa.BigInteger, key=True), _column("body", sa.Text)
)
change_set = _table(
    "change_set",
    _column("id", Id, key=True),
    _column("device_id", Id),
    _column("seq", sa.BigInteger),
    _column("author", Id),
    _column("book_id", Id, null=True),
    _column("action", sa.Text, default=""),
    _column("digest", sa.Text),
    _column("state", sa.Text),
    _column("verdict", sa.Text, null=True),
    _column("body", sa.Text, null=True),
    _column("received_at", Instant),
    _column("faults", sa.Integer, default=0),
    sa.UniqueConstraint("device_id", "seq"),
    sa.Index("change_set_state", "state", "device_id"),
)

blob = _table(
    "blob",
    _column("book_id", Id, key=True),
    _column("sha256", sa.Text, key=True),
    _column("size_bytes", sa.BigInteger),
    _column("media_type", sa.Text),
    _column("state", sa.Text),
    _column("object_key", sa.Text, null=True),
    _column("thumbnail_key", sa.Text, null=True),
    _column("device_id", Id),
    _column("stored_at", Instant, null=True),
    sa.Index("blob_state", "book_id", "state"),
)
upload = _table(
    "upload",
    _column("id", Id, key=True),
    _column("device_id", Id),
    _column("book_id", Id),
    _column("set_id", Id),
    _column("sha256", sa.Text),
    _column("media_type", sa.Text),
    _column("length_bytes", sa.BigInteger),
    _column("offset_bytes", sa.BigInteger, default=0),
    _column("state", sa.Text, default="open"),
    _column("failures", sa.Integer, default=0),
    _column("created_at", Instant),
    sa.Index("upload_device", "device_id", "sha256"),
)
job = _table(
    "job",
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    _column("name", sa.Text),
    _column("argument", sa.Text, default=""),
    _column("due_at", Instant),
    _column("lease_until", Instant, null=True),
    _column("fence", sa.BigInteger, default=0),
    _column("attempts", sa.Integer, default=0),
    _column("state", sa.Text, default="due"),
    _column("error", sa.Text, null=True),
    _column("unique_key", sa.Text, null=True),
    _column("created_at", Instant),
    _column("done_at", Instant, null=True),
    sa.UniqueConstraint("unique_key"),
    sa.Index("job_due", "state", "due_at"),
)
read_log = _table(
    "read_log",
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    _column("user_id", Id),
    _column("customer", Id),
    _column("what", sa.Text),
    _column("at", Instant),
)
