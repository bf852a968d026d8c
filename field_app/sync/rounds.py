"""A round: answers are staged page by page, and taken over together at its end (protocol §9.3-4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from field_app.store import erased
from field_app.store.books import BookStore
from field_app.store.database import DatabaseError
from field_app.store.lease import LEASE_WATCH, Watch, to_json
from field_app.store.outbox import ASK_AGAIN
from field_app.store.staging import SNAPSHOTS
from sync_protocol.chain import NO_VER, next_ver
from sync_protocol.shortening import shortened
from sync_protocol.signing import from_text

if TYPE_CHECKING:
    from field_app.device import Device

PRUNED_EVERY_MS = 24 * 3600 * 1000
_KEPT_TO_THE_END = ("scope", "scope_tag", "people", "check", "safe", "want", "schema")
_STORED_BY_THE_SERVER = ("applied", "merged", "proposed", "waiting", "refused")
_NEWS = ("records", "own", "left", "verdicts", "cursors", "snapshots", *_KEPT_TO_THE_END)


def stage_answer(device: Device, answer: Mapping[str, Any]) -> None:
    """Keep one answer durably, if there is anything in it. A book that is no longer in scope is hidden at once (R29)."""
    if not answer.get("more") and not any(name in answer for name in _NEWS) and device.staging.is_empty():
        return
    members = {name: answer[name] for name in _KEPT_TO_THE_END if name in answer}
    if not answer.get("more"):
        members["complete"] = True
    with device.database.transaction():
        device.settings.set("answered_at_ms", answer.get("time", 0))
        erased.note(device.settings, answer.get("left", ()))
        device.staging.take(
            records=answer.get("records", ()),
            own=answer.get("own", ()),
            left=answer.get("left", ()),
            verdicts=answer.get("verdicts", ()),
            cursors=answer.get("cursors", {}),
            members=members,
        )
        if "scope" in answer:
            device.settings.set("leaving", [book for book in device.books.held() if book not in answer["scope"]])


def forget_what_is_not_repeated(device: Device, named: Collection[str], answer: Mapping[str, Any]) -> None:
    """A verdict of an earlier page that the server no longer knows, though it was asked: between the two pages an older copy took over.

    No cursor of this device need ever contradict that copy, for it has not come so far; so the set is sent again (R36, R37).
    Args: named: the sets after which the request asked.
    """
    told = {verdict["id"] for verdict in answer.get("verdicts", ())}
    unsaid = [set_id for set_id in named if set_id not in told]
    if unsaid and not device.staging.is_empty():
        device.staging.forget_verdicts(unsaid, _STORED_BY_THE_SERVER)


def finish_round(device: Device) -> list[str]:
    """Take over what is staged: per book one transaction, the outbox last. Doing it twice comes to the same.

    Invariant: nobody sees a book without the verdicts of its effects, nor the other way round. Checked by:
    tests/device/test_rounds.py. Returns: books whose check sum differs from the server's; they are loaded anew (R30).
    """
    with device.lock:
        members, cursors = device.staging.members(), device.staging.cursors()
        scope = members.get("scope", device.scope)
        for book in scope:
            device.books.add(book)
        loaded = device.books.cursors()
        drifted = []
        for book in device.books.held():
            if book not in scope:
                continue
            try:
                snapshot = members.get(SNAPSHOTS, {}).get(book)
                if snapshot is not None:
                    _swap_in(device, book, snapshot, cursors[book])
                else:
                    _take_over_book(device, device.books.store(book), cursors.get(book), anew=book not in loaded)
                    device.books.drop_beside(book)
                expected = members.get("check", {}).get(book)
                if expected is not None and expected != device.books.store(book).check():
                    drifted.append(book)
            except DatabaseError:
                device.books.reset(book)
                drifted.append(book)
        _settle(device, members, {book: c for book, c in cursors.items() if book in scope}, scope, drifted)
        purge_left_books(device)
        return drifted


def _take_over_book(device: Device, store: BookStore, cursor: str | None, *, anew: bool) -> None:
    if cursor is None:
        return
    with store.database.transaction():
        for page in device.staging.pages(store.book):
            records = [*page.records, *_made_again(device, page.own)]
            store.take_over(records=records, gone=page.left, cursor=None, anew=anew)
            anew = False
        store.take_over(records=(), gone=(), cursor=cursor, anew=anew)


def _made_again(device: Device, own: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The records that this device made, as the server has them: it has their values itself. Raises: DatabaseError, if not."""
    bodies = device.outbox.bodies([told["set"] for told in own])
    found = []
    for told in own:
        change = next((c for c in bodies.get(told["set"], {}).get("changes", ()) if c["n"] == told["n"]), None)
        values = {name: value for name, value in (change or {}).get("set", {}).items() if value is not None}
        if change is None or told["ver"] != next_ver(NO_VER, 1, told["book"], False, values):
            raise DatabaseError("the server names a record by a set that this device cannot make it of")
        found.append({
            "id": change["record"], "type": change["type"], "customer": change.get("customer"), "book": told["book"], "rev": 1,
            "ver": told["ver"], "pos": told["pos"], "removed": False, "fields": shortened(change["type"], values),
            "by": device.identity.user_id, "at": told["at"],
        })  # fmt: skip
    return found


def _swap_in(device: Device, book: str, snapshot: str, cursor: str) -> None:
    """The store that was loaded beside the old one takes its place, with what came after it (R28).

    Interrupted, it is done again: then the new store may be in its place already. Raises: DatabaseError, if it is not whole.
    """
    beside = device.books.beside(book)
    if beside is not None and beside.snapshot == snapshot:
        _take_over_book(device, beside, cursor, anew=False)
        device.books.swap(book)
    elif device.books.store(book).snapshot == snapshot:
        _take_over_book(device, device.books.store(book), cursor, anew=False)
    else:
        raise DatabaseError("the store that was loaded from a snapshot is not there")


def _settle(
    device: Device, members: Mapping[str, Any], cursors: Mapping[str, str], scope: Mapping[str, Any], drifted: list[str]
) -> None:
    now_ms = device.clock_ms()
    server_ms = now_ms + device.settings.get("server_offset_ms", 0)  # no wrong clock makes the journal look old (R37)
    held = set(device.books.held())
    with device.database.transaction():
        for book, cursor in cursors.items():
            if book in held:
                device.books.set_cursor(book, cursor)
        for book in drifted:
            device.books.drop_cursor(book)  # loaded anew, and a witness of how far the server had come
        verdicts = device.staging.verdicts().values()
        device.outbox.settle(verdicts, server_ms)
        if asked := device.settings.get(ASK_AGAIN):
            answered = device.outbox.unheard.union(verdict["id"] for verdict in verdicts)
            device.settings.set(ASK_AGAIN, [set_id for set_id in asked if set_id not in answered])
        erased.forget(device.database, device.settings, device.photos, verdicts)
        device.settings.set("scope", dict(scope))
        device.settings.set("leaving", [book for book in held if book not in scope])
        for name in ("scope_tag", "people", "safe"):
            if name in members:
                device.settings.set(name, members[name])
        device.photos.wanted(members.get("want", []))
        device.settings.set("round_ended_at", now_ms)
        device.settings.set(LEASE_WATCH, to_json(Watch(now_ms, 0, server_ms)))
        device.staging.clear()
    if "safe" in members or server_ms - device.settings.get("pruned_at", 0) > PRUNED_EVERY_MS:
        safe = device.settings.get("safe", {})
        device.journal.prune(safe, server_ms)
        concerned = {*device.books.held(), *device.journal.books()}
        device.books.forget_witnessed(lambda book, pos: safe.get(book, 0) >= pos or book not in concerned)
        device.settings.set("pruned_at", server_ms)


def purge_left_books(device: Device) -> list[str]:
    """Delete the books that left, as soon as nothing of them is unanswered or unsent (R29). Returns which."""
    purged = []
    scope = device.scope
    for book in device.settings.get("leaving", []):
        if book in scope or device.outbox.has_unanswered(book) or device.photos.unsent_count(book):
            continue
        with device.database.transaction():
            recipient = from_text(device.identity.server_seal_key, size=32)
            device.journal.seal_book(book, recipient, device.randomness)
            device.photos.forget_book(book)
            device.books.remove(book)
            device.settings.set("leaving", [left for left in device.settings.get("leaving", []) if left != book])
        purged.append(book)
    return purged
