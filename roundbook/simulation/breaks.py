"""Deliberate breaks of the product, one at a time, by name: the simulation has to find each of them (docs/simulation.md).

A break replaces one function while a child process runs. Nothing of it is in the product.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

PACKAGES = ("sync_protocol", "server", "field_app", "roundbook.simulation")


@dataclass(frozen=True, slots=True)
class Break:
    """One break. `stack`: where it is looked for."""

    name: str
    stack: str
    what: str
    apply: Callable[[], None]


BREAKS: dict[str, Break] = {}


def a_break(stack: str, what: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register a function that applies a break. Its name is the break's."""

    def register(apply: Callable[[], None]) -> Callable[[], None]:
        name = apply.__name__.replace("_", "-")
        BREAKS[name] = Break(name, stack, what, apply)
        return apply

    return register


def everywhere(original: Any, other: Any) -> None:
    """Put `other` wherever a loaded module of ours knows `original` under its name."""
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith(PACKAGES):
            for name, value in list(vars(module).items()):
                if value is original:
                    setattr(module, name, other)


# -- rights and merging


@a_break("pure", "the term and the seat are not checked: whoever writes is taken for the holder")
def drop_the_term_check() -> None:
    from sync_protocol import rights

    everywhere(rights.mode_of, lambda *args, **named: rights.Mode.HOLDER)


@a_break("pure", "every stamp counts as seen (R12)")
def skip_the_seen_rule() -> None:
    from sync_protocol import merge

    everywhere(merge.is_seen, lambda *args, **named: True)


@a_break("pure", "the value that loses a merge is not kept in a conflict record (P3)")
def lose_the_loser_of_a_merge() -> None:
    from sync_protocol.effects import Effects

    Effects.conflict = lambda self, overlap, rule: self.decision.worsen("merged")  # type: ignore[method-assign]


@a_break("pure", "what should be asked is written at once (R13)")
def write_what_should_be_asked() -> None:
    from sync_protocol import merge

    original = merge.merge

    def merged(*args: Any, **named: Any) -> Any:
        found = original(*args, **named)
        found.values.update(found.asked)
        found.asked.clear()
        return found

    everywhere(original, merged)


@a_break("pure", "a removal wins over an edit that it had not seen (R15)")
def removal_wins_over_unseen_edit() -> None:
    from sync_protocol import judge, state

    def remove(self: Any) -> Any:
        self.effects.write("remove", self.stored, {}, marks=(state.REMOVAL,), removed=True)
        return self.effects.decision

    judge._Judge._remove = remove  # type: ignore[method-assign]


@a_break("pure", "static fields of the customer file apply without a decision")
def static_fields_apply_at_once() -> None:
    from sync_protocol import judge

    judge._Judge._static_values = lambda self: {}  # type: ignore[method-assign]


@a_break("pure", "`add` sets the value instead of adding to it (R14)")
def set_instead_of_add() -> None:
    from sync_protocol import merge

    original = merge.merge

    def merged(stored: Any, edit: Any, **named: Any) -> Any:
        found = original(stored, edit, **named)
        found.values.update(edit.add)
        return found

    everywhere(original, merged)


@a_break("pure", "a proposal that was decided can be decided again (R16)")
def decide_twice() -> None:
    from sync_protocol import proposals

    original = proposals.settle

    def settle(change: Any, world: Any, **named: Any) -> Any:
        proposal = world.records[change["record"]]
        fields = {**proposal.fields, "state": "open"}
        world.records[change["record"]] = dataclasses.replace(proposal, fields=fields)
        return original(change, world, **named)

    everywhere(original, settle)


@a_break("pure", "half a set is applied: what was refused of it is left out (R6)")
def apply_half_a_set() -> None:
    from sync_protocol import decide

    original = decide.decide_set

    def decide_set(*args: Any, **named: Any) -> Any:
        state, decisions = original(*args, **named)
        good = [one for one in decisions if one.state in ("applied", "merged")]
        return ("applied", good) if good and len(good) < len(decisions) else (state, decisions)

    everywhere(original, decide_set)


@a_break("pure", "the device's clock is believed (R22)")
def trust_the_device_clock() -> None:
    from sync_protocol import clock

    everywhere(clock.corrected, lambda made, **named: (clock.parse(made)[0], False))


@a_break("pure", "a version does not depend on the one before, so bases of another history pass (§2)")
def version_without_its_past() -> None:
    from sync_protocol import chain

    original = chain.next_ver
    everywhere(original, lambda previous, *rest: original("", *rest))


# -- the device


@a_break("pure", "a refused set is dropped from the outbox")
def drop_an_outbox_entry_on_refusal() -> None:
    from field_app.store.outbox import Outbox

    original = Outbox.settle

    def settle(self: Any, verdicts: Any, now_ms: int) -> None:
        told = list(verdicts)
        original(self, told, now_ms)
        for verdict in told:
            if verdict["state"] == "refused":
                self.database.run("DELETE FROM change_set WHERE id = ?", (verdict["id"],))

    Outbox.settle = settle  # type: ignore[method-assign]


@a_break("pure", "books that left are not purged (R29)")
def forget_the_purge() -> None:
    from field_app.sync import rounds

    everywhere(rounds.purge_left_books, lambda device: [])


@a_break("pure", "cursors move before the records are staged")
def move_the_cursor_before_staging() -> None:
    from field_app.sync import rounds

    original = rounds.stage_answer

    def stage(device: Any, answer: Any) -> None:
        for book, cursor in answer.get("cursors", {}).items():
            device.books.set_cursor(book, cursor)
        original(device, answer)

    everywhere(original, stage)


@a_break("pure", "a removed record is stored as if it were there")
def resurrect_the_removed() -> None:
    from field_app.store.books import BookStore

    original = BookStore.take_over

    def take_over(self: Any, *, records: Any, **named: Any) -> None:
        original(self, records=({**record, "removed": False} for record in records), **named)

    BookStore.take_over = take_over  # type: ignore[method-assign]


@a_break("pure", "a check sum that differs is not looked at (R30)")
def trust_the_own_copy() -> None:
    from field_app.sync import rounds

    original = rounds.stage_answer
    everywhere(original, lambda device, answer: original(device, {k: v for k, v in answer.items() if k != "check"}))


@a_break("pure", "departures are not carried out: a customer who moved stays on the phone")
def ignore_departures() -> None:
    from field_app.sync import rounds

    original = rounds.stage_answer
    everywhere(original, lambda device, answer: original(device, {**answer, "left": ()}))


@a_break("pure", "after a restore the journal is not offered again (R38)")
def keep_the_journal_after_a_restore() -> None:
    from field_app.store.journal import Journal

    Journal.offer_again = lambda self, forks: 0  # type: ignore[method-assign]


@a_break("pure", "the journal ages by the device's clock (R37)")
def age_the_journal_by_the_device_clock() -> None:
    from field_app.store.journal import Journal

    original = Journal.prune
    year_ms = 365 * 24 * 3600 * 1000
    Journal.prune = lambda self, safe, now_ms: original(self, safe, now_ms + year_ms)  # type: ignore[method-assign]


@a_break("pure", "answers without the server's signature are taken (R3)")
def take_unsigned_answers() -> None:
    from field_app.sync import signed

    everywhere(signed._verified, lambda response, plain, *rest: int(response.headers.get("roundbook-sent", 0)))


@a_break("pure", "a number is given before the set is saved, outside its transaction")
def give_numbers_twice() -> None:
    from field_app.store.outbox import Outbox

    Outbox.last_seq = property(lambda self: max(0, self._settings.get("last_seq", 0) - 1))  # type: ignore[assignment, method-assign]


@a_break("pure", "a scope that was staged is not named in the next request")
def forget_the_staged_scope() -> None:
    from field_app.sync import requests

    original = requests.next_request

    def next_request(device: Any) -> Any:
        import json

        found = original(device)
        body = {**json.loads(found.body), "scope_tag": device.settings.get("scope_tag")}
        return dataclasses.replace(found, body=json.dumps(body).encode())

    everywhere(original, next_request)


@a_break("pure", "sets that were sealed when their book left cannot be opened again (R29, R38)")
def lose_what_was_sealed() -> None:
    from sync_protocol import sealing

    def unseal(*args: Any, **named: Any) -> bytes:
        raise sealing.NotForUs("another key")

    everywhere(sealing.unseal, unseal)


# -- the server


@a_break("whole", "a verdict is answered before its transaction is committed, and now and then the commit fails")
def answer_the_verdict_before_the_commit() -> None:
    from server.services import push, push_together

    one, several, calls = push._push_once, push_together._Together.judge, count(1)

    def once(connection: Any, *args: Any, **named: Any) -> Any:
        inner = connection.begin_nested()
        verdict = one(connection, *args, **named)
        if next(calls) % 40 == 0:
            inner.rollback()
        return verdict

    def together(self: Any, group: Any) -> Any:
        inner = self.connection.begin_nested()
        verdicts = several(self, group)
        if verdicts and next(calls) % 40 == 0:
            inner.rollback()
        return verdicts

    everywhere(one, once)
    push_together._Together.judge = together  # type: ignore[method-assign]


@a_break("whole", "a record takes a position that is used already")
def reuse_a_position() -> None:
    from server.services import push_write

    original, calls = push_write._write_records, count(1)

    def write_records(connection: Any, locked: Any, latest: Any, **named: Any) -> None:
        if next(calls) % 5 == 0:
            latest = [(record, max(1, pos - 1)) for record, pos in latest]
        original(connection, locked, latest, **named)

    everywhere(original, write_records)


@a_break("whole", "the check sum of a book is not kept up (R30)")
def check_sum_not_updated() -> None:
    from server.services import push_write

    original, calls = push_write._BookState.replace, count(1)

    def replace(self: Any, record: str, before: str | None, after: str) -> None:
        if before is None or next(calls) % 5:
            original(self, record, before, after)

    push_write._BookState.replace = replace  # type: ignore[method-assign]


@a_break("whole", "a repeated id is answered whatever its digest")
def ignore_the_digest_on_repeat() -> None:
    from server.services import push_claim

    quick = push_claim.digest_in_order
    everywhere(push_claim.digest_of, lambda wire: "0" * 64)
    everywhere(quick, lambda *args: None if quick(*args) is None else "0" * 64)


@a_break("whole", "waiting sets are never judged again")
def never_look_at_what_waits() -> None:
    from server.services import waiting

    everywhere(waiting.retry_waiting, lambda sender, named=(): None)


@a_break("whole", "a pull gives one book more than the scope has")
def give_a_book_too_many() -> None:
    import sqlalchemy as sa

    from server.services import books
    from server.storage.tables import book

    original = books.scope_of

    def scope_of(connection: Any, user_id: str) -> Any:
        found = original(connection, user_id)
        other = sa.select(book.c.id).where(book.c.kind == "round", book.c.id.not_in(list(found))).order_by(book.c.id)
        for book_id in connection.scalars(other.limit(1)):
            found[book_id] = {"access": "read", "kind": "round", "seats": {}, "lease": 10**10}
        return found

    everywhere(original, scope_of)


@a_break("whole", "what the device of a dismissed user sends is carried out")
def obey_the_dismissed() -> None:
    from server.services import devices_sync

    original = devices_sync.authenticate
    everywhere(original, lambda *args: dataclasses.replace(original(*args), user_active=True))


@a_break("whole", "a lost device goes on as if nothing had been reported")
def serve_the_lost() -> None:
    from server.services import devices_sync

    original = devices_sync.authenticate
    everywhere(original, lambda *args: dataclasses.replace(original(*args), state="active"))


from roundbook.simulation import (  # noqa: E402  # they register their own, and need what is above
    breaks_of_detail,  # noqa: F401
    breaks_of_history,  # noqa: F401
    breaks_of_judgement,  # noqa: F401
)
