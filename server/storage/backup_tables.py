"""Tables of the backups: who holds keys, which runs there were, which photos are archived, what changed since the last segment."""

from __future__ import annotations

import sqlalchemy as sa

from server.storage.tables import Id, Instant, column, table

key_holder = table(
    "key_holder",
    column("id", Id, key=True),
    column("name", sa.Text),
    column("recipient", sa.Text),  # age1…
    column("added_by", Id),
    column("added_at", Instant),
    column("challenge_hash", sa.Text, null=True),
    column("challenge_at", Instant, null=True),
    column("proved_at", Instant, null=True),
    column("removed_at", Instant, null=True),
    sa.Index("key_holder_recipient", "recipient"),
)
backup_run = table(
    "backup_run",
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    column("kind", sa.Text),  # archive | drill
    column("state", sa.Text),  # running | verified | failed
    column("started_at", Instant),
    column("ended_at", Instant, null=True),
    column("number", sa.BigInteger, null=True),
    column("size_bytes", sa.BigInteger, null=True),
    column("photos", sa.BigInteger, null=True),
    column("drill_hash", sa.Text, null=True),
    column("detail", sa.Text, default="{}"),
    column("error", sa.Text, null=True),
    sa.Index("backup_run_kind", "kind", "state", "ended_at"),
)
backup_pack = table(
    "backup_pack",
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    column("recipients", sa.Text),  # a hash over them: a photo counts as archived only for those who hold keys now
    column("made_at", Instant),
)
backup_photo = table(
    "backup_photo",
    column("sha256", sa.Text, key=True),
    column("pack", sa.BigInteger),
)
backup_dirty = table(
    "backup_dirty",
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=True),
    column("name", sa.Text),
    column("key", sa.Text),
)
