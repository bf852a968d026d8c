"""What a device asks: the head of its outbox, its cursors, and how much it still holds (protocol §3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from field_app.store.outbox import ASK_AGAIN, Outgoing
from field_app.sync.begun import Begun
from sync_protocol import json_text
from sync_protocol.messages import CURSORS_LIMIT, PENDING_LIMIT, SETS_LIMIT
from sync_protocol.signing import to_text
from sync_protocol.version import APP_RELEASE, PROTOCOL_VERSION, SCHEMA_NOW

if TYPE_CHECKING:
    from field_app.device import Device

SETS_BYTES = 6 * 1024 * 1024
FAILURES_BEFORE_HALVING = 3
SENDINGS_BEFORE_PARKED = 5
PARKED_MS = 24 * 3600 * 1000
_ORDINARY = frozenset(
    {
        "v",
        "epoch",
        "time",
        "reply_to",
        "verdicts",
        "records",
        "own",
        "left",
        "safe",
        "from",
        "cursors",
        "check",
        "want",
        "more",
    }
)


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Args: body: its bytes. sets: what of the outbox is in it. sent_ms: the device's clock. named: other sets,
    that it asks after. cursors: book -> up to where it says that the device has it. gzipped, sha256: of the body, where they are at hand."""

    body: bytes
    sets: list[Outgoing]
    sent_ms: int
    named: tuple[str, ...] = ()
    cursors: Mapping[str, str] = field(default_factory=dict)
    gzipped: bytes | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """Sets that were made ready for the request behind one that is on its way.

    Args: begun: its body, up to the end of the sets. skipped: sets that are in others. unsettled: what that request may have to
    name. writes: of the database, when it was read: as long as nothing is written, what was read stays true.
    """

    sets: list[Outgoing]
    begun: Begun
    skipped: set[str]
    unsettled: list[str]
    writes: int


def next_request(device: Device, *, skip: Collection[str] = (), snapshots: bool = True) -> Request:
    """The next request of a round: staged cursors go before those taken over, staged verdicts need no second sending.

    Args: skip: sets that are sent by another request. snapshots: whether large books may come as files, and what this device made by its name.
    """
    return _request(device, skip=skip, snapshots=snapshots, told={})


def load_behind(device: Device, request: Request) -> Load | None:
    """What most likely goes with the request behind this one, read and compressed while this one is on its way; None, if nothing is left."""
    if not request.sets:
        return None
    with device.lock:
        writes = device.database.writes
        skip = {saved.id for saved in request.sets}.union(device.staging.answered())
        sets = device.outbox.to_send(_sets_limit(device), SETS_BYTES, skip=skip)
        unsettled = _unsettled(device) if sets else []
    if not sets:
        return None
    return Load(sets, Begun(_beginning(sets)), skip, unsettled, writes)


def _unsettled(device: Device) -> list[str]:
    """Ids of the sets without a final verdict that the server may have heard of."""
    open_ids = chain(device.outbox.unsettled_ids(), device.settings.get(ASK_AGAIN, ()))
    return [set_id for set_id in open_ids if set_id not in device.outbox.unheard]


def request_behind(device: Device, answer: Mapping[str, Any], load: Load | None = None) -> Request | None:
    """The request that follows an answer which is yet to be taken over: as if it had been, with what is left of the outbox.

    Args: load: what was made ready for it. Returns None, if nothing is left, or if the answer brings more than verdicts and records,
    so that what comes next depends on it.
    """
    if (
        answer.get("more")
        or not _ORDINARY.issuperset(answer)
        or any(v["state"] == "failed" for v in answer["verdicts"])
    ):
        return None
    request = _request(device, skip=(), snapshots=True, told=answer, load=load)
    return request if request.sets else None


def _request(
    device: Device, *, skip: Collection[str], snapshots: bool, told: Mapping[str, Any], load: Load | None = None
) -> Request:
    """Args: told: an answer that is taken for staged. load: what was made ready; it counts if it is what is to be sent."""
    with device.lock:
        heard = {verdict["id"] for verdict in told.get("verdicts", ())}
        cursors = {**device.books.cursors(), **device.staging.cursors(), **told.get("cursors", {})}
        now_ms = device.clock_ms()
        as_read = load is not None and load.writes == device.database.writes
        as_read = not device.outbox.unpark(now_ms - PARKED_MS) and as_read
        skipped = {*skip, *device.staging.answered(), *heard}
        if load is not None and as_read and load.skipped == skipped:
            sets, unsettled = load.sets, load.unsettled
        else:
            read = {saved.seq: saved for saved in load.sets} if load is not None else {}
            sets = device.outbox.to_send(_sets_limit(device), SETS_BYTES, skip=skipped, read=read)
            unsettled = _unsettled(device)
        sending = {saved.id for saved in sets}
        device.outbox.unheard -= sending
        known = sending | heard
        unnamed = (set_id for set_id in unsettled if set_id not in known and set_id not in device.outbox.unheard)
        named = tuple(islice(unnamed, PENDING_LIMIT))
        waiting_sets, since = device.outbox.waiting_since()
        oldest_photo = device.photos.oldest_unsent()
        body = {
            "v": PROTOCOL_VERSION,
            "app": APP_RELEASE,
            "schema": SCHEMA_NOW,
            "device": device.identity.device_id,
            "user": device.identity.user_id,
            "epoch": device.settings.get("epoch"),
            "sent": now_ms,
            "last_seq": device.outbox.last_seq,
            "cursors": cursors,
            "pending": named,
            "holds": {
                "sets": waiting_sets - len(heard),
                "photos": device.photos.unsent_count(),
                "since": min((at for at in (since, oldest_photo) if at is not None), default=None),
            },
            "snapshots": snapshots,
            "own": snapshots,
            "scope_tag": device.staging.members().get("scope_tag", device.settings.get("scope_tag")),
        }
        if witnessed := device.books.witnessed():
            body["witnessed"] = dict(islice(witnessed.items(), CURSORS_LIMIT))
    rest = b",%s" % json_text.dumps(body)[1:]
    if load is None or sets != load.sets:
        return Request(_beginning(sets) + rest, sets, now_ms, named, cursors)
    whole, gzipped, sha256 = load.begun.ended(rest)
    return Request(whole, sets, now_ms, named, cursors, gzipped, sha256)


def _beginning(sets: Iterable[Outgoing]) -> bytes:
    """The sets as they were saved: nothing is read, and nothing can change. They come first, as they are known first."""
    return b'{"sets":[%s]' % b",".join(map(_numbered, sets))


def _numbered(saved: Outgoing) -> bytes:
    if saved.body is not None:
        return b'{"seq":%d,"set":%s}' % (saved.seq, saved.body)
    assert saved.sealed is not None
    return b'{"seq":%d,"sealed":"%s"}' % (saved.seq, to_text(saved.sealed).encode())


def _sets_limit(device: Device) -> int:
    found: int = device.settings.get("sets_limit", SETS_LIMIT)
    return max(1, min(found, SETS_LIMIT))


def note_success(device: Device, request: Request, verdicts: Iterable[Mapping[str, Any]]) -> None:
    """A request went through: the next may be larger again, and need not ask after sets that the server has never heard of.

    A set that was named, has no verdict and was not sent since is not there; most of a full outbox is like that.
    """
    if request.named:
        answered = {verdict.get("id") for verdict in verdicts}
        asked = device.outbox.ready_ids().union(device.settings.get(ASK_AGAIN, ()))
        device.outbox.unheard |= asked.intersection(request.named) - answered
    limit = _sets_limit(device)
    if device.settings.get("failures_in_a_row"):
        device.settings.set("failures_in_a_row", None)
    if limit < SETS_LIMIT:
        device.settings.set("sets_limit", min(SETS_LIMIT, limit * 2))


def note_failure(device: Device, request: Request, *, may_park: bool) -> None:
    """A request failed with 5xx or 413 (R32): after three times it is halved; a set that fails alone is counted."""
    with device.database.transaction():
        failures = device.settings.get("failures_in_a_row", 0) + 1
        if len(request.sets) > 1 and failures >= FAILURES_BEFORE_HALVING:
            device.settings.set("sets_limit", len(request.sets) // 2)
            failures = 0
        device.settings.set("failures_in_a_row", failures)
        if may_park:
            ids = [saved.id for saved in request.sets]
            device.outbox.note_failure(ids, request.sent_ms, SENDINGS_BEFORE_PARKED)
