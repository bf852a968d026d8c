"""The catalogue as head office reads it: the list, and one product."""

from __future__ import annotations

from server.services import listing, records
from server.services.listing import Listing, Query
from server.services.records import RecordPage
from server.storage.database import reading


def find(query: Query) -> Listing:
    """One page of products; the catalogue is everybody's."""
    with reading() as connection:
        return listing.find(connection, "product", (), query)


def page(product: str, reader: str, *, keeps_it: bool) -> RecordPage | None:
    """One product. Args: keeps_it: the reader keeps the catalogue, costs included."""
    with reading() as connection:
        return records.page_of(connection, "product", (), product, reader, close=keeps_it)
