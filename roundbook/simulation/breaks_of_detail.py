"""Deliberate breaks of what only a second look shows: all data agree with each other, and say another time, person or place than the true one."""

from __future__ import annotations

import dataclasses
from typing import Any

from roundbook.simulation.breaks import a_break, everywhere

HOUR_MS = 3_600_000


@a_break("pure", "a stamp has the time of its change, whatever its author had seen (R22)")
def stamp_without_what_was_seen() -> None:
    from sync_protocol import judge

    judge._Judge._seen_times = lambda self: []  # type: ignore[method-assign]


@a_break("whole", "a stand-in's end is carried out hours late (R17)")
def let_the_stand_in_linger() -> None:
    from server.services import clock, hand_overs

    original = hand_overs.settle_due

    def settle_due(connection: Any, locked: Any) -> bool:
        now_ms = clock.now_ms
        clock.now_ms = lambda: now_ms() - 6 * HOUR_MS
        try:
            return original(connection, locked)
        finally:
            clock.now_ms = now_ms

    everywhere(original, settle_due)


@a_break("whole", "a stand-in stays a day longer than was asked for (R17)")
def let_the_stand_in_stay_a_day_longer() -> None:
    from server.services import hand_overs

    original = hand_overs._hand_over

    def hand_over(connection: Any, book: str, seat: str, to: str | None, by: str, until: int | None) -> int:
        return original(connection, book, seat, to, by, until + 24 * HOUR_MS if until else until)

    everywhere(original, hand_over)


@a_break("pure", "the author is not told that his time was corrected (R22)")
def hide_the_correction() -> None:
    from sync_protocol import clock

    original = clock.corrected
    everywhere(original, lambda *args, **named: (original(*args, **named)[0], False))


@a_break("pure", "the time of a set goes back with the device's clock (R22)")
def let_the_clock_of_work_go_back() -> None:
    from sync_protocol import clock

    everywhere(clock.tick, lambda last, now_ms: f"{now_ms}-0")


@a_break("pure", "a set is what its best change is (§5)")
def count_the_best_change() -> None:
    from sync_protocol import decide
    from sync_protocol.verdicts import STATES

    original = decide.decide_set

    def decide_set(*args: Any, **named: Any) -> Any:
        state, decisions = original(*args, **named)
        if state in ("merged", "proposed"):
            state = STATES[min(STATES.index(one.state) for one in decisions)]
        return state, decisions

    everywhere(original, decide_set)


@a_break("pure", "a conflict names the one for the other (R13)")
def swap_who_lost() -> None:
    from sync_protocol.effects import Effects

    original = Effects.conflict

    def conflict(self: Any, overlap: Any, rule: str) -> None:
        original(self, dataclasses.replace(overlap, kept_by=overlap.lost_by, lost_by=overlap.kept_by), rule)

    Effects.conflict = conflict  # type: ignore[method-assign]


@a_break("pure", "what was accepted counts as made by who accepted it (R16)")
def take_the_decider_for_the_maker() -> None:
    from sync_protocol.effects import Effects

    original = Effects.write
    Effects.write = lambda self, *args, **named: original(self, *args, **{**named, "made_by": None})  # type: ignore[method-assign]


@a_break("pure", "what refers to a record that has not come is carried out (R10)")
def let_it_hang_in_the_air() -> None:
    from sync_protocol import decide

    original = decide._missing

    def missing(name: str, world: Any, field: str, code: str) -> Any:
        return None if field == "set" else original(name, world, field, code)

    everywhere(original, missing)


@a_break("pure", "secrets travel whole (decision 4)")
def tell_secrets() -> None:
    from sync_protocol import shortening

    everywhere(shortening.shortened, lambda type_name, fields: dict(fields))


@a_break("pure", "on a phone an edited record is found by the words that it had before (R50)")
def find_by_old_words() -> None:
    from field_app.store import books, derived

    original, first = derived.derive, dict[str, Any]()

    def derive(type_name: str, values: Any, at_ms: int) -> Any:
        found = original(type_name, values, at_ms)
        if type_name != "customer":
            return found
        return dataclasses.replace(found, words=first.setdefault(found.title, found).words)

    books.derive = derive  # type: ignore[attr-defined]


@a_break("whole", "head office's lists do not follow an edit (decision 23)")
def forget_the_lists() -> None:
    from server.storage import typed

    original = typed.write

    def write(connection: Any, name: str, rows: Any, records: Any, *, created: Any = ()) -> None:
        new = set(created)
        if kept := [row for row in rows if row["id"] in new]:
            original(connection, name, kept, records, created=created)

    typed.write = write  # type: ignore[assignment]


@a_break("whole", "a move leaves records behind (R18)")
def leave_records_behind() -> None:
    from server.services import moving_records

    original = moving_records._load
    everywhere(original, lambda *args: [one for one in original(*args) if one.type != "contact_record"])


@a_break("whole", "what became of a proposal is told to who decided it (R16)")
def tell_the_decider() -> None:
    from server.services import push_notice

    original = push_notice._add

    def add(connection: Any, found: Any, locked: Any, author: Any, user: str, *args: Any, **named: Any) -> None:
        original(connection, found, locked, author, author.user, *args, **named)

    everywhere(original, add)


@a_break("whole", "a verdict names the position before the last one (§5)")
def tell_the_position_before() -> None:
    from server.services.push_write import Pen

    original = Pen.enter

    def enter(*args: Any, **named: Any) -> Any:
        return {book: max(1, pos - 1) for book, pos in original(*args, **named).items()}

    Pen.enter = enter  # type: ignore[method-assign]


@a_break("pure", "what the author saw there does not speak for him (R12)")
def forget_what_he_saw() -> None:
    from sync_protocol import merge

    original = merge.merge
    everywhere(original, lambda stored, edit, **named: original(stored, dataclasses.replace(edit, was={}), **named))


@a_break("pure", "what somebody says when he declines is dropped (R16)")
def decline_without_a_word() -> None:
    from sync_protocol import proposals

    original = proposals.settle

    def settle(change: Any, world: Any, **named: Any) -> Any:
        return original({name: value for name, value in change.items() if name != "set"}, world, **named)

    everywhere(original, settle)


@a_break("pure", "what hangs on something that was declined waits for ever (R10)")
def wait_for_what_was_declined() -> None:
    from sync_protocol import decide

    original = decide._missing

    def missing(name: str, world: Any, field: str, code: str) -> Any:
        return original(name, dataclasses.replace(world, declined=frozenset()), field, code)

    everywhere(original, missing)


@a_break("pure", "a person does not see what he has just saved (decision 18)")
def hide_own_work() -> None:
    from field_app.store.outbox import Outbox

    Outbox.touching = lambda self, records: {}  # type: ignore[method-assign]
