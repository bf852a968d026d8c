"""A record type of the simulation alone: a counter that is added to, because no record of this release has a `sum` field."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sync_protocol.fields import Labels, Rule, decimal, text
from sync_protocol.records.base import Nature, RecordSchema, knows, register, unregister


class Tally(RecordSchema):
    """What several people count together at a customer's."""

    name = "tally"
    labels = Labels("Tally", "计数", "計數")
    plural = Labels("Tallies", "计数", "計數")
    nature = Nature.FACT
    title = "what"

    what = text(("What", "内容", "內容"), row=61, required=True)
    total = decimal(("Total", "合计", "合計"), row=61, rule=Rule.SUM)


@contextmanager
def tallies() -> Iterator[None]:
    """While the block runs, the type is declared."""
    known = knows(Tally.name)
    register(Tally)
    try:
        yield
    finally:
        if not known:
            unregister(Tally.name)
