"""Records as devices get them, on a page or in a snapshot."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from sync_protocol import json_text
from sync_protocol.shortening import shortened


def record_wire(row: sa.RowMapping) -> dict[str, Any]:
    """A record as devices get it: sensitive values are shortened (decision 4), stamps stay here (decision 17)."""
    return {
        "id": row["id"],
        "type": row["type"],
        "customer": row["customer"],
        "book": row["book_id"],
        "rev": row["rev"],
        "ver": row["ver"],
        "pos": row["pos"],
        "removed": bool(row["removed"]),
        "fields": shortened(row["type"], json_text.loads(row["fields"])),
        "by": row["author"],
        "at": row["at"],
    }
