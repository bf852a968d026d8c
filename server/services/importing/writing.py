"""Carries an import plan out, by the same push as everybody else's work: set by set, and again without effect."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.services import books, computed, users
from server.services.importing.known import Known, Wanted
from server.services.importing.loading import ACTION
from server.services.importing.messages import ImportProblem
from server.services.importing.plan import ImportPlan
from server.services.push import office_push
from sync_protocol.canonical import canonical
from sync_protocol.changes import CHANGES_LIMIT, SET_BYTES_LIMIT
from sync_protocol.fields import Rule
from sync_protocol.records import record_type

UNASSIGNED = "unassigned"
_BYTES_IN_SET = SET_BYTES_LIMIT * 3 // 4  # the rest is for what a set has around its changes
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Written:
    """What an import wrote. Args: new, changed: record type -> how many. sets: change sets pushed. books: book id -> changes."""

    new: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    books: Counter[str] = field(default_factory=Counter)
    sets: int = 0


def write_plan(
    plan: ImportPlan, known: Known, *, author: str = users.SYSTEM, progress: Progress | None = None
) -> Written:
    """Write what a plan says. Args: known: what the plan was made with. progress: called with changes done and in all.

    What was written stays when a later set fails; the same file writes the rest when it is imported again.
    Raises: ImportProblem `questions.open`, `write.refused`.
    """
    if plan.questions:
        raise ImportProblem("questions.open", count=len(plan.questions))
    written = Written()
    queues = _queues(plan, known)
    total, done = sum(len(queue) for queue in queues.values()), 0
    for book, queue in queues.items():
        for some in _sets(queue):
            _push(author, book, some)
            written.sets += 1
            for wanted, _ in some:
                (written.new if wanted.is_new else written.changed)[wanted.type] += 1
            done += len(some)
            written.books[book] += len(some)
            if progress is not None:
                progress(done, total)
    if written.sets:
        computed.recompute(sorted(written.books.keys() - {books.reference_book()}))
    return written


_Change = tuple[Wanted, dict[str, Any]]


def _queues(plan: ImportPlan, known: Known) -> dict[str, list[_Change]]:
    """Book id -> changes in the order of writing: products, then in each book its customers before their orders."""
    queues: dict[str, list[_Change]] = defaultdict(list)
    made = dict(known.books)
    home: dict[str, str] = {held.id: held.book for held in known.records.values() if held.type == "customer"}
    for wanted in plan.records:
        if wanted.type == "product":
            book = wanted.held.book if wanted.held else books.reference_book()
        elif wanted.type == "customer":
            book = wanted.held.book if wanted.held else _book(wanted.book or UNASSIGNED, made)
            home[wanted.id] = book
        else:
            book = home[str(wanted.customer)]
        if not wanted.is_same:
            queues[book].append((wanted, change_of(wanted)))
    return queues


def _book(name: str, made: dict[str, str]) -> str:
    if name not in made:
        made[name] = books.find_book(name) or books.create_book(name)
    return made[name]


def change_of(wanted: Wanted) -> dict[str, Any]:
    """The change that makes a record what the file wants it to be, in wire form."""
    change: dict[str, Any] = {
        "op": "create" if wanted.is_new else "edit",
        "type": wanted.type,
        "record": wanted.id,
        "customer": wanted.customer,
        "seat": "maintainer",
        "term": 0,
    }
    if wanted.held is None:
        return {**change, "set": wanted.changes}
    specs = record_type(wanted.type).specs()
    sets = {name: value for name, value in wanted.changes.items() if specs[name].rule is not Rule.ELEMENTS}
    elements = wanted.changes.keys() - sets.keys()
    before = wanted.held.fields
    return change | {
        "base": wanted.held.ver,
        "set": sets,
        "was": {name: before[name] for name in sets if name in before},
        "put": {name: [word for word in wanted.changes[name] if word not in before.get(name, ())] for name in elements},
        "take": {
            name: [word for word in before.get(name, ()) if word not in wanted.changes[name]] for name in elements
        },
    }


def _sets(queue: Sequence[_Change]) -> Iterable[list[_Change]]:
    """Cut a book's changes into sets that the push takes."""
    some: list[_Change] = []
    weight = 0
    for wanted, change in queue:
        size = len(canonical(change)) + 20
        if some and (len(some) == CHANGES_LIMIT or weight + size > _BYTES_IN_SET):
            yield some
            some, weight = [], 0
        some.append((wanted, change))
        weight += size
    if some:
        yield some


def _push(author: str, book: str, some: Sequence[_Change]) -> None:
    verdict: Mapping[str, Any] = office_push(author, book, ACTION, [change for _, change in some], system=True)
    if verdict["state"] in ("applied", "merged"):
        return
    reasons = []
    for told in verdict["changes"]:
        for why in told.get("why", ()):
            place = f"{some[told['n'] - 1][0].type} {some[told['n'] - 1][0].id}: " if told["n"] else ""
            reasons.append(f"{place}{why['field']} {why['code']}")
    raise ImportProblem("write.refused", reasons=reasons[:5] or [verdict["state"]])
