"""May this author do this: the mode of a change, and what each mode means (protocol §6)."""

from __future__ import annotations

from enum import StrEnum

from sync_protocol.records.base import Nature
from sync_protocol.state import World


class Mode(StrEnum):
    """How an author stands to the seat that he names."""

    HOLDER = "holder"
    AGAIN = "again"
    LATE = "late"
    OTHER = "other"


class Treatment(StrEnum):
    """What becomes of a change."""

    APPLY = "apply"
    APPLY_LATE = "apply late"
    MERGE = "merge"
    MERGE_ASKING = "merge, what another user set unseen is asked"
    PROPOSE = "propose"
    REFUSE = "refuse"


def mode_of(
    world: World,
    *,
    author: str,
    set_book: str,
    record_book: str,
    customer: str | None,
    creating: bool,
    seat: str,
    term: int,
) -> Mode:
    """How the author stands to the seat `seat` under `term`.

    Args: set_book: the book that the set was made in. record_book: where the record lies now. creating: whether the change
        creates the customer itself, which then has no residence yet.
    """
    now = world.seats.get((record_book, seat))
    if now is not None and now.user == author:
        return Mode.HOLDER if set_book == record_book and term == now.term else Mode.AGAIN
    tenure = world.tenures.get((set_book, seat, term))
    if tenure is not None and tenure.user == author:
        if creating or customer is None:
            return Mode.LATE
        until = tenure.to_pos
        for stay in world.residences.get(customer, ()):
            begins_in_time = until is None or stay.from_pos <= until
            ends_in_time = stay.to_pos is None or stay.to_pos >= tenure.from_pos
            if stay.book == set_book and begins_in_time and ends_in_time:
                return Mode.LATE
    return Mode.OTHER


_FACT_CREATED = {
    Mode.HOLDER: Treatment.APPLY,
    Mode.AGAIN: Treatment.APPLY,
    Mode.LATE: Treatment.APPLY_LATE,
    Mode.OTHER: Treatment.PROPOSE,
}
_FILE = {
    Mode.HOLDER: Treatment.MERGE,
    Mode.AGAIN: Treatment.MERGE_ASKING,
    Mode.LATE: Treatment.PROPOSE,
    Mode.OTHER: Treatment.PROPOSE,
}
_COMMITMENT = {
    Mode.HOLDER: Treatment.MERGE,
    Mode.AGAIN: Treatment.MERGE,
    Mode.LATE: Treatment.PROPOSE,
    Mode.OTHER: Treatment.PROPOSE,
}


def treatment(nature: Nature, op: str, mode: Mode, *, made_it: bool) -> Treatment:
    """The table of protocol §6. Args: made_it: whether the author created the record that is edited or removed."""
    if nature is Nature.FACT:
        if op == "create":
            return _FACT_CREATED[mode]
        if mode is Mode.LATE:
            return Treatment.MERGE_ASKING if made_it else Treatment.PROPOSE
        return _FILE[mode]
    if nature is Nature.FILE:
        return _FILE[mode]
    if nature is Nature.COMMITMENT:
        return _COMMITMENT[mode]
    if nature is Nature.OWN and op == "create" and mode is Mode.HOLDER:
        return Treatment.APPLY
    return Treatment.REFUSE
