"""All customers of a person's books at hand: read once, then only what has changed is read again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from field_app.services import reading
from field_app.store.derived import derive
from field_app.store.overlay import ACCEPTED
from field_app.store.roster import Line, marks
from sync_protocol.reminders import History, Rule, history_of, rules_from
from sync_protocol.reminders.history import HISTORY_TYPES

if TYPE_CHECKING:
    from datetime import tzinfo

    from field_app.device import Device
    from field_app.store.overlay import Shown

_MEMORY = "roster"
_ALL = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Customer:
    """One customer with his history, the user's own unanswered work included. Args: state: of that work (decision 18)."""

    id: str
    book: str
    title: str
    words: str
    fields: Mapping[str, Any]
    history: History
    state: str = ACCEPTED


class ByTitle:
    """All customers sorted by title, with their titles and words beside them, for search. To be read only."""

    def __init__(self, customers: Iterable[Customer]) -> None:
        self.customers = sorted(customers, key=lambda one: (one.title, one.id))
        self.titles = [one.title for one in self.customers]
        self.words = [one.words for one in self.customers]


@dataclass
class _Memory:
    """What was read, and the marks of what it was read from."""

    seen: Any = None
    lines: dict[str, dict[str, Line]] = field(default_factory=dict)
    read_at: dict[str, tuple[Any, int]] = field(default_factory=dict)
    plain: dict[str, Customer] = field(default_factory=dict)
    worked_on: dict[str, tuple[Any, Customer | None]] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    by_title: ByTitle = field(default_factory=lambda: ByTitle([]))
    rules: tuple[Rule, ...] = ()


def customers(device: Device) -> Mapping[str, Customer]:
    """Id -> customer, of all books that may be shown. The same object as long as nothing changed."""
    return _memory(device).customers


def by_title(device: Device) -> ByTitle:
    """All customers, sorted by title."""
    return _memory(device).by_title


def rules(device: Device) -> tuple[Rule, ...]:
    """The rules of reminding that hold: those that come with the app, as head office changed them."""
    return _memory(device).rules


def prepare(device: Device) -> None:
    """Bring the rosters up to date beside the window, a little at a time, so that nobody waits for it later."""
    for book in device.shown_books():
        while not device.is_closed and device.books.store(book).roster.refresh_some():
            pass


def zone_of(device: Device) -> tzinfo:
    """The company's time zone."""
    try:
        return ZoneInfo(device.identity.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _memory(device: Device) -> _Memory:
    with device.lock:
        memory: _Memory = device.memory.setdefault(_MEMORY, _Memory())
        books = device.shown_books()
        for book in books:
            device.books.store(book).roster.refresh()
        seen = (device.database.writes, tuple((book, *_mark(device, book)) for book in books))
        if memory.seen != seen:
            _read(device, memory, books)
            memory.seen = seen
        return memory


def _mark(device: Device, book: str) -> tuple[Any, int]:
    """The file that holds a book now, and how often it was written to: a book that was loaded anew is another file."""
    database = device.books.store(book).database
    return database, database.writes


def _read(device: Device, memory: _Memory, books: list[str]) -> None:
    _read_books(device, memory, books)
    found = {customer: one for customer, one in memory.plain.items() if one.book in books}
    laid_over = _worked_on(device, memory)
    for customer, one in laid_over.items():
        if one is None or one.book not in books:
            found.pop(customer, None)
        else:
            found[customer] = one
    memory.customers = found
    memory.by_title = ByTitle(found.values())


def _read_books(device: Device, memory: _Memory, books: list[str]) -> None:
    """What the stores hold: only books that were written to since are read, only lines that differ are made anew."""
    zone = zone_of(device)
    for book in [held for held in memory.lines if held not in books]:
        for customer in memory.lines.pop(book):
            memory.plain.pop(customer, None)
            memory.worked_on.pop(customer, None)
        memory.read_at.pop(book)
    changed = False
    for book in books:
        store = device.books.store(book)
        mark = _mark(device, book)
        if memory.read_at.get(book) == mark:
            continue
        before = memory.lines.get(book, {})
        lines = {line.customer: line for line in store.roster.lines(before)}
        for gone in before.keys() - lines.keys():
            memory.plain.pop(gone, None)
            memory.worked_on.pop(gone, None)
        for customer, line in lines.items():
            if before.get(customer) is not line or customer not in memory.plain:
                history = history_of(line.happened, zone)
                memory.plain[customer] = Customer(customer, book, line.title, line.words, line.fields, history)
                memory.worked_on.pop(customer, None)
        memory.lines[book], memory.read_at[book], changed = lines, mark, True
    if changed or not memory.rules:
        memory.rules = rules_from(one.fields for one in reversed(reading.recent(device, "reminder_rule", 1000)))


def _worked_on(device: Device, memory: _Memory) -> dict[str, Customer | None]:
    """Customers on whom, or below whom, the outbox shows something."""
    now = marks(device.database)
    stale = [customer for customer, mark in now.items() if memory.worked_on.get(customer, (None, None))[0] != mark]
    for customer in [known for known in memory.worked_on if known not in now]:
        del memory.worked_on[customer]
    touched = {record: customer for customer in stale for record, *_ in now[customer]}
    laid = {record.id: record for record in reading.shown_all(device, touched)} if touched else {}
    for customer in stale:
        records = [laid[record] for record, owner in touched.items() if owner == customer and record in laid]
        memory.worked_on[customer] = (now[customer], _laid_over(device, memory.plain.get(customer), customer, records))
    return {customer: one for customer, (_, one) in memory.worked_on.items()}


def _laid_over(device: Device, plain: Customer | None, customer: str, records: list[Shown]) -> Customer | None:
    """A customer with the user's work on him and below him. None if he is not there any more."""
    file = next((record for record in records if record.id == customer), None)
    if file is None and plain is None:
        return None
    if file is not None and file.removed:
        return None
    events = [record for record in records if record.type in HISTORY_TYPES]
    history = plain.history if plain else History()
    if events:
        history = history_of(_happened(device, customer, events), zone_of(device))
    if file is None:
        assert plain is not None
        return Customer(customer, plain.book, plain.title, plain.words, plain.fields, history)
    derived = derive("customer", file.fields, file.at or 0)
    return Customer(customer, file.book, derived.title, derived.words, file.fields, history, file.state)


def _happened(device: Device, customer: str, events: list[Shown]) -> Iterable[tuple[str, str, Mapping[str, Any]]]:
    """The digest with what is new; all records, where something of before was worked on again."""
    memory: _Memory = device.memory[_MEMORY]
    if any(event.ver is not None for event in events):
        found = [one for type in HISTORY_TYPES for one in reading.below(device, customer, type, _ALL)]
        return [(one.id, one.type, one.fields) for one in found if not one.removed]
    line = next((lines[customer] for lines in memory.lines.values() if customer in lines), None)
    new = [(one.id, one.type, one.fields) for one in events if not one.removed]
    return [*(line.happened if line else ()), *new]
