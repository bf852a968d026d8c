"""The office's decision on a record of the round (decision 5): by it the state of an order or a complaint is known."""

from __future__ import annotations

from sync_protocol.fields import Labels, Seat, choice, instant, note, reference, user
from sync_protocol.records.base import Nature, RecordSchema, register

OUTCOMES = {
    "accept": ("Accepted", "通过", "通過"),
    "return": ("Returned", "退回", "退回"),
    "take_up": ("Taken up", "受理中", "受理中"),
    "close": ("Closed", "办结", "結案"),
}
OFFICE = Seat.SUPERVISOR


@register
class Review(RecordSchema):
    """One decision. A record may have several; the last one counts. Who may make it is decided by role."""

    name = "review"
    labels = Labels("Review", "审核", "審核")
    plural = Labels("Reviews", "审核", "審核")
    nature = Nature.OFFICE
    title = "outcome"

    of = reference(("Record", "审核对象", "審核對象"), "", seat=OFFICE, row=140, required=True)
    outcome = choice(("Outcome", "审核结果", "審核結果"), OUTCOMES, seat=OFFICE, row=140, required=True, listed=True)
    comment = note(("Comment", "审核意见", "審核意見"), seat=OFFICE, row=140, listed=True)
    reviewed_at = instant(("Reviewed at", "审核时间", "審核時間"), seat=OFFICE, row=140, listed=True)
    by = user(("Reviewed by", "审核人", "審核人"), seat=OFFICE, row=140, listed=True)
