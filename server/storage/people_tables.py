"""Tables of people at head office: how they prove who they are, where they stand, what they may read for a while, what left on paper."""

from __future__ import annotations

import sqlalchemy as sa

from server.storage.tables import Id, Instant, column, table

second_factor = table(
    "second_factor",
    column("user_id", Id, key=True),
    column("secret", sa.Text),  # sealed with the key `factor`
    column("confirmed_at", Instant, null=True),
    column("last_step", sa.BigInteger, default=0),
)
recovery_code = table(
    "recovery_code",
    column("code_hash", sa.Text, key=True),
    column("user_id", Id),
    column("used_at", Instant, null=True),
    sa.Index("recovery_code_user", "user_id"),
)
directory_identity = table(
    "directory_identity",
    column("issuer", sa.Text, key=True),
    column("subject", sa.Text, key=True),
    column("user_id", Id),
    column("linked_at", Instant),
    sa.Index("directory_identity_user", "user_id"),
)
unit = table(
    "unit",
    column("id", Id, key=True),
    column("parent", Id, null=True),
    column("kind", sa.Text),
    column("name", sa.Text),
)
membership = table(
    "membership",
    column("user_id", Id, key=True),
    column("unit_id", Id),
    column("position", sa.Text, default=""),
    column("level", sa.Text, default="operation"),
    column("leads", sa.Boolean),
    sa.Index("membership_unit", "unit_id"),
)
security_event = table(
    "security_event",
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    column("kind", sa.Text),
    column("user_id", Id, null=True),
    column("by", Id, null=True),
    column("detail", sa.Text, default=""),
    column("address", sa.Text, default=""),
    column("at", Instant),
    sa.Index("security_event_at", "at"),
)
lookup = table(
    "lookup",
    column("id", Id, key=True),
    column("customer", Id),
    column("book_id", Id),
    column("asked_by", Id),
    column("reason", sa.Text),
    column("asked_at", Instant),
    column("state", sa.Text, default="open"),
    column("groups", sa.Text, default="[]"),
    column("decided_by", Id, null=True),
    column("decided_at", Instant, null=True),
    column("comment", sa.Text, default=""),
    column("until", Instant, null=True),
    column("ended_at", Instant, null=True),
    sa.Index("lookup_asked_by", "asked_by", "state"),
    sa.Index("lookup_state", "state", "until"),
)
release = table(
    "release",
    column("id", Id, key=True),
    column("number", sa.Integer, null=True),
    column("kind", sa.Text),
    column("customer", Id, null=True),
    column("book_id", Id, null=True),
    column("title", sa.Text),
    column("query", sa.Text, default="{}"),
    column("reason", sa.Text),
    column("recipient", sa.Text, default=""),
    column("asked_by", Id),
    column("asked_at", Instant),
    column("state", sa.Text, default="open"),
    column("decided_by", Id, null=True),
    column("decided_at", Instant, null=True),
    column("comment", sa.Text, default=""),
    column("until", Instant, null=True),
    column("issued_at", Instant, null=True),
    column("copies", sa.Integer, default=0),
    column("return_by", sa.Text, null=True),
    column("returned_at", Instant, null=True),
    sa.UniqueConstraint("number"),
    sa.Index("release_state", "state"),
)
