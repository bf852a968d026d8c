"""Head office decides, as the demonstration shows it: the day is reviewed, one visit comes back, the register is signed."""

from __future__ import annotations

from dataclasses import dataclass

from field_app.device import Device
from field_app.services import returned
from roundbook.demo import company
from server.services import books, clock, users
from server.services.reviewing import arrivals, deciding, register_checks
from server.storage.database import reading

COMMENT = "Which shelf was counted?"
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided. `back`: the visit that was returned; `signed`: visits on the signed list."""

    accepted: int
    back: str
    signed: int


def review() -> Decided:
    """The supervisor goes through what the worker's phone sent: all is accepted but one visit. Needs an app context."""
    head = users.by_login("chen")
    worker = users.by_login(company.MANAGERS[0])
    assert head is not None and worker is not None
    scope = books.readable_books(head)
    with reading() as connection:
        came = arrivals.load(connection, scope, clock.now_ms() - DAY_MS)
    mine = [each for each in came if each.author == worker.id]
    back = next(each for each in mine if each.type == "visit")
    rest = {each.id: each.pos for each in mine if each.id != back.id}
    accepted = deciding.decide(head, scope, rest, "accept")
    deciding.decide(head, scope, {back.id: back.pos}, "return", COMMENT)
    check = register_checks.sign(scope, back.book, head.id, clock.now_ms(), "Read through.")
    return Decided(len(accepted.reviews), back.id, check.visits if check else 0)


def problems(device: Device, decided: Decided) -> list[str]:
    """What of it did not reach the phone, in words; none if all did. After its next sync."""
    back = [one for one in returned.returned(device) if one.id == decided.back and one.comment == COMMENT]
    found = [] if back else ["the returned visit is not on the phone"]
    return found + ([] if decided.accepted and decided.signed else ["nothing was accepted, or no register was signed"])
