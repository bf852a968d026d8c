"""Tables of what people decide at the console beside change sets: signed register checks, what became of put-aside work."""

from __future__ import annotations

import sqlalchemy as sa

from server.storage.tables import Id, Instant, column, table

register_check = table(
    "register_check",
    column("book_id", Id, key=True),
    column("id", Id, key=True),
    column("from_at", Instant),
    column("until_at", Instant),
    column("visits", sa.Integer),
    column("digest", sa.Text),
    column("records", sa.Text),
    column("comment", sa.Text, default=""),
    column("by", Id),
    column("signed_at", Instant),
    sa.UniqueConstraint("book_id", "from_at"),
)
quarantine_decision = table(
    "quarantine_decision",
    column("set_id", Id, key=True),
    column("outcome", sa.Text),
    column("reason", sa.Text, default=""),
    column("new_set", Id, null=True),
    column("by", Id),
    column("at", Instant),
)
