"""What a person looks at: the confirmed records of his books with his own unanswered work laid over them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from field_app.store.books import BookStore, Confirmed
from field_app.store.derived import derive
from field_app.store.overlay import ACCEPTED, ON_PHONE, RETURNED, SENT, TO_DECIDE, Shown
from field_app.store.overlay import shown as lay_over
from field_app.store.search import terms
from sync_protocol.records import record_type

if TYPE_CHECKING:
    from field_app.device import Device

Place = tuple[str, str]
_EARTH_RADIUS_M = 6_371_000


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer in a list. Args: distance_m: from where the device is, if that is known. last_visit_at: ms."""

    id: str
    name: str
    code: str
    address: str
    phone: str
    grade: str
    distance_m: int | None
    last_visit_at: int | None
    state: str


def shown(device: Device, record_id: str) -> Shown:
    """One record as a person sees it. Raises: KeyError, if it is in none of his books and nothing of his made it."""
    with device.lock:
        found = _laid_over(device, [record_id], _confirmed(device, [record_id]))
        if not found or found[0].book not in device.shown_books():
            raise KeyError(record_id)
        return found[0]


def shown_all(device: Device, records: Iterable[str]) -> list[Shown]:
    """Those of these records that the user may see."""
    wanted = list(records)
    with device.lock:
        books = device.shown_books()
        return [record for record in _laid_over(device, wanted, _confirmed(device, wanted)) if record.book in books]


def below(device: Device, customer_id: str, type: str | None = None, limit: int = 200) -> list[Shown]:
    """What belongs to a customer, newest first; of one type, or of all."""
    touched = device.outbox.touched(type, customer_id)

    def fits(record: Shown) -> bool:
        return record.id != customer_id

    return _listed(device, lambda store: store.below(customer_id, type, limit), touched, fits, limit)


def recent(device: Device, type: str, limit: int = 200, since_ms: int = -(2**62)) -> list[Shown]:
    """Records of one type in all books, newest first."""
    touched = device.outbox.touched(type)

    def fits(record: Shown) -> bool:
        return record.moment >= since_ms

    return _listed(device, lambda store: store.recent(type, limit, since_ms), touched, fits, limit)


def referring(device: Device, record_id: str, type: str) -> list[Shown]:
    """Records of one type that refer to a record (the photos of a visit), newest first."""
    touched = device.outbox.touched(type)

    def fits(record: Shown) -> bool:
        return any(target == record_id for _, target in derive(type, record.fields, 0).links)

    return _listed(device, lambda store: [r for r in store.referring(record_id) if r.type == type], touched, fits)


def find(device: Device, type: str, text: str = "", limit: int = 50) -> list[Shown]:
    """Records of one type in which all words of `text` are found, by title; titles that begin with it first."""
    wanted, beginning = terms(text), text.strip().casefold()
    touched, titled = device.outbox.touched(type), record_type(type).title

    def fits(record: Shown) -> bool:
        words = derive(type, record.fields, 0).words
        return all(term in words for term in wanted)

    def order(record: Shown) -> tuple[bool, str, str]:
        title = str(record.fields.get(titled) or "").casefold()
        return not title.startswith(beginning), title, record.id

    return sorted(_listed(device, lambda store: store.search(type, text, limit), touched, fits), key=order)[:limit]


def find_customers(device: Device, text: str = "", limit: int = 50, near: Place | None = None) -> list[CustomerRow]:
    """Customers by name, code, telephone, licence, contact or address; also by pinyin and its initials.

    Args: near: (latitude, longitude) as decimal strings: rows then carry their distance.
    """
    with device.lock:
        customers = find(device, "customer", text, limit)
        last = last_moments(device, "visit", [customer.id for customer in customers])
        return [customer_row(customer, last.get(customer.id), near) for customer in customers]


def customer_row(customer: Shown, last_visit_at: int | None, near: Place | None = None) -> CustomerRow:
    """A customer as a row of a list."""
    fields = customer.fields

    def text(name: str) -> str:
        return str(fields.get(name) or "")

    return CustomerRow(
        id=customer.id,
        name=text("store_name"),
        code=text("customer_code"),
        address=", ".join(part for part in (text("address"), text("city")) if part),
        phone=text("contact_phone"),
        grade=text("grade"),
        distance_m=distance_m(near, (text("latitude"), text("longitude"))),
        last_visit_at=last_visit_at,
        state=customer.state,
    )


def products(device: Device, text: str = "", limit: int = 50) -> list[Shown]:
    """Products that are offered, by name, code or brand."""
    found = find(device, "product", text, limit)
    return [product for product in found if product.fields.get("offered") is not False]


def counts(device: Device, book: str | None = None) -> dict[str, int]:
    """Type -> how many records the device shows: in one book, or in all of its books."""
    with device.lock:
        books = [held for held in device.shown_books() if book in (None, held)]
        found: dict[str, int] = {}
        for held in books:
            for name, number in device.books.store(held).counts().items():
                found[name] = found.get(name, 0) + number
        touched = {row[0] for row in device.outbox.touched(ops=("create", "remove", "restore"))}
        confirmed = _confirmed(device, touched)
        for record in _laid_over(device, touched, confirmed):
            if record.book in books:
                stored = confirmed.get(record.id)
                was_there = stored is not None and not stored.removed
                is_there = not record.removed and (stored is not None or record.state in (ON_PHONE, SENT))
                found[record.type] = found.get(record.type, 0) + int(is_there) - int(was_there)
        return {name: number for name, number in sorted(found.items()) if number}


def last_moments(device: Device, type: str, customers: Iterable[str]) -> dict[str, int]:
    """Customer -> when his newest record of this type happened (ms), unanswered ones included."""
    wanted = set(customers)
    found: dict[str, int] = {}
    for book in device.shown_books():
        for customer, moment in device.books.store(book).latest_moments(type, list(wanted)).items():
            found[customer] = max(found.get(customer, moment), moment)
    touched = {record for record, _, owner in device.outbox.touched(type) if owner in wanted}
    for record in _laid_over(device, touched, _confirmed(device, touched)):
        if not record.removed and record.customer is not None:
            found[record.customer] = max(found.get(record.customer, record.moment), record.moment)
    return found


def distance_m(one: Place | None, other: Place | None) -> int | None:
    """Metres between two places on the globe; None if one of them is not known."""
    if one is None or other is None:
        return None
    try:
        (lat1, lon1), (lat2, lon2) = (
            tuple(math.radians(float(degrees)) for degrees in place) for place in (one, other)
        )
    except ValueError:
        return None
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return round(2 * _EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half))))


def _listed(
    device: Device,
    confirmed_in: Callable[[BookStore], list[Confirmed]],
    touched: Iterable[tuple[str, str, str | None]],
    fits: Callable[[Shown], bool],
    limit: int | None = None,
) -> list[Shown]:
    """What the stores hold and what the outbox adds, as one list, newest first.

    Args: confirmed_in: the records of one store. touched: what of the outbox may belong here. fits: judges those of it.
    """
    with device.lock:
        books = device.shown_books()
        confirmed = {record.id: record for book in books for record in confirmed_in(device.books.store(book))}
        worked_on = {record_id for record_id, _, _ in touched}
        found = [_plain(record) for record in confirmed.values() if record.id not in worked_on]
        missing = worked_on - confirmed.keys()
        confirmed.update(_confirmed(device, missing))
        for laid in _laid_over(device, worked_on, confirmed):
            if laid.book in books and not laid.removed and fits(laid):
                found.append(laid)
        found.sort(key=lambda record: (record.moment, record.id), reverse=True)
        return _judged(device, found[:limit])


def _confirmed(device: Device, records: Iterable[str]) -> dict[str, Confirmed]:
    wanted = list(records)
    books = device.shown_books() if wanted else []
    return {record.id: record for book in books for record in device.books.store(book).records(wanted)}


def _laid_over(device: Device, records: Iterable[str], confirmed: Mapping[str, Confirmed]) -> list[Shown]:
    """These records with the user's work laid over them; those of which there is nothing left out."""
    wanted = list(records)
    sets = device.outbox.touching(wanted)
    found = []
    for record_id in wanted:
        layers = sets.get(record_id, [])
        proposed = any(saved.state == "settled" for saved in layers)
        decided = _decided(device, record_id) if proposed else ()
        laid = lay_over(record_id, confirmed.get(record_id), layers, decided)
        if laid is not None:
            found.append(laid)
    return _judged(device, found)


def _decided(device: Device, record_id: str) -> list[str]:
    """Ids of the proposals about a record that are no longer open."""
    return [
        proposal.id
        for book in device.shown_books()
        for proposal in device.books.store(book).referring(record_id)
        if proposal.type == "proposal" and proposal.fields.get("state") != "open"
    ]


def _plain(record: Confirmed) -> Shown:
    return Shown(
        id=record.id,
        type=record.type,
        customer=record.customer,
        book=record.book,
        fields=record.fields,
        removed=record.removed,
        rev=record.rev,
        state=ACCEPTED,
        at=record.at,
        by=record.author,
        moment=record.moment,
        ver=record.ver,
    )


def _judged(device: Device, records: list[Shown]) -> list[Shown]:
    """What the office said about accepted records: the last review returned it, or an application of ours is open.

    A review does not count against a record that its author has worked on since.
    """
    asked = {record.id: record for record in records if record.state == ACCEPTED}
    if not asked:
        return records
    me = device.identity.user_id
    said: dict[str, tuple[int, str, dict[str, list[str]]]] = {}
    for book in device.shown_books():
        for target, type_name, fields, moment in device.books.store(book).said_about(list(asked)):
            worked_on_since = asked[target].by == me and (asked[target].at or 0) > moment
            why: dict[str, list[str]] = {}
            if type_name == "review":
                returned = fields.get("outcome") == "return" and not worked_on_since
                state = RETURNED if returned else ACCEPTED
                why = {"": [str(fields.get("comment") or "")]} if returned else {}
            elif fields.get("state") == "open" and fields.get("proposer") == me:
                state = TO_DECIDE
            else:
                continue
            if target not in said or moment >= said[target][0]:
                said[target] = (moment, state, why)
    return [
        replace(record, state=said[record.id][1], reasons=said[record.id][2]) if record.id in said else record
        for record in records
    ]
