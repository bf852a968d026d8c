"""Tables of what head office does beside change sets: requests for erasures; up to where verified backups reach."""

from __future__ import annotations

import sqlalchemy as sa

from server.storage.tables import Id, Instant, column, table

erasure = table(
    "erasure",
    column("id", Id, key=True),
    column("customer", Id),
    column("reason", sa.Text),
    column("asked_by", Id),
    column("asked_at", Instant),
    column("expires_at", Instant),
    column("state", sa.Text),
    column("decided_by", Id, null=True),
    column("decided_at", Instant, null=True),
    sa.Index("erasure_customer", "customer"),
)
safe = table(
    "safe",
    column("book_id", Id, key=True),
    column("pos", sa.BigInteger),
    column("verified_at", Instant),
)
