"""Deliberate breaks of what is decided, told and proved: after them all data are whole, and what happened is not what should have."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from itertools import count
from typing import Any

from roundbook.simulation.breaks import a_break, everywhere


@a_break("pure", "a fact of a former term is proposed instead of applied (§6)")
def propose_late_facts() -> None:
    from sync_protocol import rights

    rights._FACT_CREATED[rights.Mode.LATE] = rights.Treatment.PROPOSE


@a_break("pure", "who holds the seat under a newer term is taken for anybody (§6)")
def forget_who_came_back() -> None:
    from sync_protocol import rights

    original, other = rights.mode_of, rights.Mode.OTHER

    def mode_of(*args: Any, **named: Any) -> Any:
        found = original(*args, **named)
        return other if found is rights.Mode.AGAIN else found

    everywhere(original, mode_of)


@a_break("pure", "a verdict does not say that the work was late (§6)")
def hide_what_is_late() -> None:
    from sync_protocol import judge

    original = judge._Judge._treatment
    judge._Judge._treatment = lambda self: (original(self)[0], False)  # type: ignore[method-assign]


@a_break("pure", "every proposal is for the account manager (decision 1)")
def ask_the_wrong_seat() -> None:
    from sync_protocol.effects import Effects

    original = Effects.propose

    def propose(self: Any, change: Any, *, decider: str, reason: str) -> None:
        original(self, change, decider="maintainer", reason=reason)

    Effects.propose = propose  # type: ignore[method-assign]


@a_break("pure", "anybody may accept and decline (R16)")
def let_anybody_decide() -> None:
    from sync_protocol import proposals

    everywhere(proposals.may_decide, lambda *args: True)


@a_break("pure", "what the device's clock is off by is not taken off (R22)")
def leave_the_skew() -> None:
    from sync_protocol import clock

    original = clock.corrected
    everywhere(original, lambda made, **named: original(made, **{**named, "skew_ms": 0}))


@a_break("whole", "what a stolen device sends is thrown away instead of put aside (§10)")
def throw_away_what_the_stolen_send() -> None:
    from server.services import waiting

    everywhere(waiting.quarantine, lambda *args: None)


@a_break("pure", "`put` assigns the whole set of elements (R14)")
def assign_what_is_put() -> None:
    from sync_protocol import merge

    original = merge.merge

    def merged(stored: Any, edit: Any, **named: Any) -> Any:
        found = original(stored, edit, **named)
        found.values.update({name: list(elements) for name, elements in edit.put.items()})
        return found

    everywhere(original, merged)


@a_break("pure", "an edit that had not seen the removal comes back (R15)")
def return_what_had_not_seen_the_removal() -> None:
    from sync_protocol import judge, verdicts

    original = judge._Judge._edit

    def edit(self: Any, *, asking: bool) -> Any:
        return verdicts.refused("record", "removed") if self.stored.removed else original(self, asking=asking)

    judge._Judge._edit = edit  # type: ignore[method-assign]


def _merged_otherwise(change: Callable[[Any, Any, dict[str, Any]], Any]) -> None:
    from sync_protocol import merge

    original = merge.merge
    everywhere(original, lambda stored, edit, **named: change(original, (stored, edit), named))


@a_break("pure", "of two edits that had not seen each other the earlier one counts (R13)")
def let_the_earlier_win() -> None:
    far = 10**15

    def changed(original: Any, given: Any, named: dict[str, Any]) -> Any:
        stored, edit = given
        stamps = {name: stamp._replace(time=far - stamp.time) for name, stamp in stored.stamps.items()}
        mirrored = dataclasses.replace(edit, time=far - edit.time)
        return original(dataclasses.replace(stored, stamps=stamps), mirrored, **named)

    _merged_otherwise(changed)


@a_break("pure", "money, licence and contract are settled like anything else (R13)")
def never_ask() -> None:
    from sync_protocol.fields import Rule

    def changed(original: Any, given: Any, named: dict[str, Any]) -> Any:
        rule_of = named["rule_of"]
        plain = {**named, "rule_of": lambda name: Rule.LATEST if rule_of(name) is Rule.ASK else rule_of(name)}
        return original(*given, **plain)

    _merged_otherwise(changed)


@a_break("pure", "what waits for a decision does not say what its author saw (R16)")
def forget_what_was_seen() -> None:
    from sync_protocol import judge

    original = judge._Judge._partial
    judge._Judge._partial = lambda self, values: {**original(self, values), "was": {}}  # type: ignore[method-assign]


@a_break("whole", "receipts are signed over another state (decision 18)")
def sign_another_state() -> None:
    from server.services import push_verdict

    original = push_verdict.signed
    everywhere(original, lambda epoch, name, digest, state, at: original(epoch, name, digest, "received", at))


@a_break("whole", "a photo counts as stored before its bytes are there (R44)")
def store_photos_without_bytes() -> None:
    from server.services import parts, uploads

    original, calls = uploads._complete, count(1)

    def complete(connection: Any, row: Any) -> bool:
        done = original(connection, row)
        if next(calls) % 5 == 0:
            parts.objects().delete(f"photos/{row['book_id']}/{row['sha256']}")
        return done

    everywhere(original, complete)


@a_break("whole", "a device is told the term before (R5)")
def tell_the_term_before() -> None:
    from server.services import books

    original = books.scope_of

    def scope_of(connection: Any, user_id: str) -> Any:
        found = original(connection, user_id)
        for entry in found.values():
            seats: Any = entry.get("seats", {})
            entry["seats"] = {name: {**told, "term": max(1, told["term"] - 1)} for name, told in seats.items()}
        return found

    everywhere(original, scope_of)


@a_break("whole", "who lost the book is told nothing on his desk (§2)")
def tell_nobody() -> None:
    from server.services import push_notice
    from sync_protocol.verdicts import Decision

    everywhere(push_notice.notices, lambda *args, **named: Decision())


@a_break("whole", "a page goes on one position too far (§7)")
def skip_at_the_edge_of_a_page() -> None:
    from server.services import pull

    original = pull._items

    def items(*args: Any) -> tuple[int, bool]:
        last, whole = original(*args)
        return (last, whole) if whole else (last + 1, whole)

    everywhere(original, items)


@a_break("pure", "after a restore a device keeps what it had staged, and offers nothing (R38)")
def stay_in_the_old_life() -> None:
    from field_app.device import Device

    def follow_epoch(self: Any, epoch: str, forks: Any) -> None:
        self.settings.set("epoch", epoch)

    Device.follow_epoch = follow_epoch  # type: ignore[method-assign]


@a_break("pure", "a later change of the same device does not stand against an earlier one (R12)")
def let_the_older_overwrite_the_newer() -> None:
    from sync_protocol import merge

    original = merge.is_seen

    def is_seen(stamp: Any, *, device: str, seq: int, base_rev: int | None) -> bool:
        mine = stamp is not None and stamp.device == device
        return mine or original(stamp, device=device, seq=seq, base_rev=base_rev)

    everywhere(original, is_seen)


@a_break("whole", "the stays of customers are forgotten (§6, R18)")
def forget_where_customers_lived() -> None:
    from server.services import push_world

    original = push_world.load_world_of
    everywhere(original, lambda *args: dataclasses.replace(original(*args), residences={}))
