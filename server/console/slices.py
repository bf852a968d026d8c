"""A page of a list that is short enough to be read whole, and too long to be shown whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ROWS = 100


@dataclass(frozen=True, slots=True)
class Slice:
    """What the macro `paging` needs. `query`: itself, so that its page is found where lists have theirs."""

    rows: Sequence[Any]
    page: int
    total: int
    is_whole: bool = True

    @property
    def query(self) -> Slice:
        """Where the page number is."""
        return self

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // ROWS))

    @property
    def first(self) -> int:
        """Number of the first row on this page, 0 on an empty one."""
        return (self.page - 1) * ROWS + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """Number of the last row on this page."""
        return (self.page - 1) * ROWS + len(self.rows)


def page_of(rows: Sequence[Any], args: Mapping[str, str]) -> Slice:
    """The page that an address asks for."""
    text = args.get("page", "")
    wanted = int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 1
    page = min(max(1, wanted), max(1, -(-len(rows) // ROWS)))
    return Slice(rows[(page - 1) * ROWS : page * ROWS], page, len(rows))
