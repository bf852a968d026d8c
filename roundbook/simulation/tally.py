"""Record types of the simulation alone: a counter that is added to, because no record of this release has a `sum` field,
and what a second release of the software declares beside the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sync_protocol.fields import Labels, Rule, decimal, text
from sync_protocol.records.base import Nature, RecordSchema, knows, register, unregister

SURVEY = "survey"


class Tally(RecordSchema):
    """What several people count together at a customer's."""

    name = "tally"
    labels = Labels("Tally", "计数", "計數")
    plural = Labels("Tallies", "计数", "計數")
    nature = Nature.FACT
    title = "what"

    what = text(("What", "内容", "內容"), row=61, required=True)
    total = decimal(("Total", "合计", "合計"), row=61, rule=Rule.SUM)


class TallyWithRemark(Tally):
    """The same in the second release: with a field more."""

    remark = text(("Remark", "备注", "備註"), row=61, search=True)


class Survey(RecordSchema):
    """What a customer answers: a record type of the second release."""

    name = SURVEY
    labels = Labels("Survey", "调查", "調查")
    plural = Labels("Surveys", "调查", "調查")
    nature = Nature.FACT
    title = "question"

    question = text(("Question", "问题", "問題"), row=61, required=True, search=True)
    answer = text(("Answer", "回答", "回答"), row=61)


TALLY, TALLY_OF_THE_SECOND = Tally, TallyWithRemark


@contextmanager
def tallies() -> Iterator[None]:
    """While the block runs, the types are declared as the first release knows them; afterwards none of them is."""
    known = knows(Tally.name)
    register(Tally)
    try:
        yield
    finally:
        unregister(SURVEY)
        if known:
            register(Tally)
        else:
            unregister(Tally.name)
