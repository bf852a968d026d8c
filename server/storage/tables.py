"""The tables that do not depend on the record types. Ids are text, instants are ms since 1970 UTC.

A book's tables begin their primary key with `book_id`, so that a distributed PostgreSQL can place them by book.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server.storage.database import db

Id = sa.Text
Instant = sa.BigInteger


def table(name: str, *items: sa.schema.SchemaItem) -> sa.Table:
    """A table of the database."""
    return sa.Table(name, db.metadata, *items)


def column(
    name: str, kind: type[sa.types.TypeEngine[Any]], *, null: bool = False, key: bool = False, default: object = None
) -> sa.Column[Any]:
    """A column that must have a value, unless it says otherwise."""
    return sa.Column(
        name, kind, nullable=null, primary_key=key, server_default=None if default is None else str(default)
    )


epoch = table(
    "epoch",
    column("id", Id, key=True),
    column("parent", Id, null=True),
    column("forks", sa.Text, default="{}"),
    column("reason", sa.Text),
    column("began_at", Instant),
    column("number", sa.Integer),
)
setting = table("setting", column("name", sa.Text, key=True), column("value", sa.Text))

user_account = table(
    "user_account",
    column("id", Id, key=True),
    column("login", sa.Text),
    column("name", sa.Text),
    column("roles", sa.Text, default="[]"),
    column("password_hash", sa.Text, null=True),
    column("language", sa.Text, default="en"),
    column("state", sa.Text, default="active"),
    column("phone", sa.Text, null=True),
    column("created_at", Instant),
    sa.UniqueConstraint("login"),
)
device = table(
    "device",
    column("id", Id, key=True),
    column("user_id", Id),
    column("kind", sa.Text, default="device"),
    column("name", sa.Text, default=""),
    column("platform", sa.Text, default=""),
    column("app", sa.Text, default=""),
    column("schema", sa.Integer, default=1),
    column("sign_key", sa.Text, null=True),
    column("seal_key", sa.Text, null=True),
    column("state", sa.Text, default="active"),
    column("last_seq", sa.BigInteger, default=0),
    column("enrolled_at", Instant),
    column("seen_at", Instant, null=True),
    column("held_sets", sa.Integer, default=0),
    column("held_photos", sa.Integer, default=0),
    column("held_since", Instant, null=True),
    column("skew_ms", sa.BigInteger, default=0),
    sa.Index("device_user", "user_id"),
)
invitation = table(
    "invitation",
    column("code_hash", sa.Text, key=True),
    column("user_id", Id),
    column("issued_by", Id),
    column("issued_at", Instant),
    column("expires_at", Instant),
    column("used_at", Instant, null=True),
    column("device_id", Id, null=True),
)
console_session = table(
    "console_session",
    column("id_hash", sa.Text, key=True),
    column("user_id", Id, null=True),
    column("data", sa.Text, default="{}"),
    column("started_at", Instant),
    column("seen_at", Instant),
    column("proved_at", Instant, null=True),
    column("address", sa.Text, default=""),
    column("agent", sa.Text, default=""),
    sa.Index("console_session_user", "user_id"),
)

book = table(
    "book",
    column("id", Id, key=True),
    column("kind", sa.Text),
    column("name", sa.Text),
    column("owner", Id, null=True),
    column("pos", sa.BigInteger, default=0),
    column("head", sa.Text, default="0" * 64),
    column("check_n", sa.BigInteger, default=0),
    column("check_sum", sa.Text, default="0" * 24),
    column("floor", sa.BigInteger, default=0),
    column("left_pos", sa.BigInteger, default=0),
    sa.Index("book_owner", "kind", "owner"),
)
seat = table(
    "seat",
    column("book_id", Id, key=True),
    column("seat", sa.Text, key=True),
    column("user_id", Id, null=True),
    column("term", sa.BigInteger, default=0),
    column("until", Instant, null=True),
    column("back_to", Id, null=True),
    column("since_at", Instant),
    sa.Index("seat_user", "user_id"),
    sa.Index("seat_back_to", "back_to"),
)
tenure = table(
    "tenure",
    column("book_id", Id, key=True),
    column("seat", sa.Text, key=True),
    column("term", sa.BigInteger, key=True),
    column("user_id", Id, null=True),
    column("from_pos", sa.BigInteger),
    column("to_pos", sa.BigInteger, null=True),
    column("began_at", Instant),
    column("by", Id),
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
read_grant = table(
    "read_grant",
    column("book_id", Id, key=True),
    column("user_id", Id, key=True),
    column("from_at", Instant),
    column("until", Instant, null=True),
    column("by", Id),
    sa.Index("read_grant_user", "user_id"),
)
residence = table(
    "residence",
    column("book_id", Id, key=True),
    column("customer", Id, key=True),
    column("from_pos", sa.BigInteger, key=True),
    column("to_pos", sa.BigInteger, null=True),
    sa.Index("residence_customer", "customer"),
)

record = table(
    "record",
    column("book_id", Id, key=True),
    column("id", Id, key=True),
    column("type", sa.Text),
    column("customer", Id, null=True),
    column("rev", sa.BigInteger),
    column("ver", sa.Text),
    column("pos", sa.BigInteger),
    column("removed", sa.Boolean),
    column("fields", sa.Text),
    column("stamps", sa.Text),
    column("made_by", Id),
    column("author", Id),
    column("at", Instant),
    sa.Index("record_pos", "book_id", "pos"),
    sa.Index("record_id", "id"),
    sa.Index("record_at", "book_id", "at"),
)
place = table("place", column("record", Id, key=True), column("book_id", Id), column("customer", Id, null=True))
left_book = table(
    "left_book",
    column("book_id", Id, key=True),
    column("record", Id, key=True),
    column("pos", sa.BigInteger),
    column("why", sa.Text),
    sa.Index("left_book_pos", "book_id", "pos"),
)
log = table(
    "log",
    column("book_id", Id, key=True),
    column("pos", sa.BigInteger, key=True),
    column("set_id", Id),
    column("n", sa.Integer),
    column("record", Id),
    column("rev", sa.BigInteger),
    column("ver", sa.Text),
    column("kind", sa.Text),
    column("author", Id),
    column("at", Instant),
    column("digest", sa.Text),
    column("hash", sa.Text),
    sa.Index("log_record", "record", "rev"),
)
log_body = table(
    "log_body", column("book_id", Id, key=True), column("pos", sa.BigInteger, key=True), column("body", sa.Text)
)
change_set = table(
    "change_set",
    column("id", Id, key=True),
    column("device_id", Id),
    column("seq", sa.BigInteger),
    column("author", Id),
    column("book_id", Id, null=True),
    column("action", sa.Text, default=""),
    column("digest", sa.Text),
    column("state", sa.Text),
    column("verdict", sa.Text, null=True),
    column("body", sa.Text, null=True),
    column("received_at", Instant),
    column("faults", sa.Integer, default=0),
    column("skew_ms", sa.BigInteger, default=0),
    sa.UniqueConstraint("device_id", "seq"),
    sa.Index("change_set_state", "state", "device_id"),
)

blob = table(
    "blob",
    column("book_id", Id, key=True),
    column("sha256", sa.Text, key=True),
    column("size_bytes", sa.BigInteger),
    column("media_type", sa.Text),
    column("state", sa.Text),
    column("object_key", sa.Text, null=True),
    column("thumbnail_key", sa.Text, null=True),
    column("device_id", Id),
    column("stored_at", Instant, null=True),
    sa.Index("blob_state", "book_id", "state"),
    sa.Index("blob_device", "device_id", "state"),
)
upload = table(
    "upload",
    column("id", Id, key=True),
    column("device_id", Id),
    column("book_id", Id),
    column("set_id", Id),
    column("sha256", sa.Text),
    column("media_type", sa.Text),
    column("length_bytes", sa.BigInteger),
    column("offset_bytes", sa.BigInteger, default=0),
    column("state", sa.Text, default="open"),
    column("failures", sa.Integer, default=0),
    column("created_at", Instant),
    sa.Index("upload_device", "device_id", "sha256"),
)
job = table(
    "job",
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    column("name", sa.Text),
    column("argument", sa.Text, default=""),
    column("due_at", Instant),
    column("lease_until", Instant, null=True),
    column("fence", sa.BigInteger, default=0),
    column("attempts", sa.Integer, default=0),
    column("state", sa.Text, default="due"),
    column("error", sa.Text, null=True),
    column("unique_key", sa.Text, null=True),
    column("created_at", Instant),
    column("done_at", Instant, null=True),
    sa.UniqueConstraint("unique_key"),
    sa.Index("job_due", "state", "due_at"),
)
read_log = table(
    "read_log",
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    column("user_id", Id),
    column("customer", Id),
    column("what", sa.Text),
    column("at", Instant),
    column("via", sa.Text, default=""),
    column("hash", sa.Text, default=""),
    column("device_id", Id, null=True),
    column("read_at", Instant, null=True),
    column("mark", sa.Text, default=""),
    sa.Index("read_log_customer", "customer", "id"),
    sa.Index("read_log_user", "user_id", "id"),
)
