"""The filters of a list as they stand in the address, so that a view can be sent to a colleague."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol, TypeVar

from server.console.formats import DAY_MS, local, start_of
from server.services import clock
from server.services.listing import Query, listed_specs
from server.services.records import Records
from sync_protocol.fields import FieldSpec, Kind

WORDS_MOST = 200
PAGE_MOST = 100_000
LATELY_DAYS = 60


class HasRecords(Protocol):
    """What a search of visits or orders found."""

    @property
    def records(self) -> Records:
        """The page of the list."""
        ...


Found = TypeVar("Found", bound=HasRecords)


def filters_of(type_name: str) -> dict[str, FieldSpec]:
    """The fields that a list can be filtered by: the listed ones with a choice."""
    return {name: spec for name, spec in listed_specs(type_name).items() if spec.kind is Kind.CHOICE}


def query_of(type_name: str, args: Mapping[str, str]) -> Query:
    """What an address asks for. What it says wrongly is left out: an old link still opens."""
    sort = args.get("sort", "")
    page = args.get("page", "")
    until = start_of(args.get("until", ""))
    return Query(
        words=plain(args.get("q", "")),
        equal={name: plain(args[name]) for name in filters_of(type_name) if args.get(name)},
        book=plain(args.get("book", "")),
        author=plain(args.get("person", "")),
        since=start_of(args.get("since", "")),
        until=until + DAY_MS if until is not None else None,
        sort=plain(sort.removeprefix("-")),
        descending=sort.startswith("-"),
        page=min(int(page), PAGE_MOST) if page.isascii() and page.isdecimal() and len(page) < 8 else 1,
    )


def plain(text: str) -> str:
    """What was typed, on one line, without what cannot be shown."""
    return "".join(c for c in text if c.isprintable() and not 0xD800 <= ord(c) <= 0xDFFF).strip()[:WORDS_MOST]


def lately(find: Callable[[Query], Found], query: Query) -> Found:
    """What is found of the last weeks, where a query says neither from when nor until when: of years of visits nobody wants all
    at once. What is not among them is looked for in all the years."""
    if query.since is not None or query.until is not None:
        return find(query)
    since = start_of(local(clock.now_ms() - LATELY_DAYS * DAY_MS).date().isoformat())
    found = find(replace(query, since=since))
    return find(query) if not found.records.listing.total else found
