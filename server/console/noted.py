"""Every view of a customer's file goes into the read log: by itself, from the address of the page that was shown.

Lists are no views of a file: who may read a book may list it. What leaves the house as a file is noted where it is made.
"""

from __future__ import annotations

import sqlalchemy as sa
from flask import Response, current_app, g, request

from server.console.access import ACT
from server.services.reading import read_log
from server.storage.database import reading
from server.storage.tables import place

NAMED_BY = ("record_id", "case_id", "customer_id")


def seen(*records: str | None) -> None:
    """Say of which customers, beside the one in its address, this page shows something: their ids, or of records below them."""
    g.seen = [*g.get("seen", ()), *(record for record in records if record)]


def note_view(response: Response) -> Response:
    """After a page of the console was made: if it shows something of a customer, note who saw it."""
    named = [value for name, value in (request.view_args or {}).items() if name in NAMED_BY][:1] + g.get("seen", [])
    if not named or request.method != "GET" or response.status_code != 200 or g.get("user") is None:
        return response
    endpoint = request.endpoint or ""
    if hasattr(current_app.view_functions.get(endpoint), ACT):
        with reading() as connection:
            found = set(connection.scalars(sa.select(place.c.customer).where(place.c.record.in_(set(named)))))
        for customer in sorted(filter(None, found)):
            read_log.note(g.user.id, customer, endpoint)
    return response
