"""`sync_once`: everything that is to be said between a device and its server now (protocol §3, §9-12).

Push and pull until the server says that nothing is missing, take the round over, then send the photos. Whatever breaks
on the way is gone on with next time: answers are staged durably, sets keep their ids, uploads their offsets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from field_app.sync.flight import Flight
from field_app.sync.renewal import renew
from field_app.sync.requests import Request, load_behind, next_request, note_failure, note_success, request_behind
from field_app.sync.rounds import finish_round, forget_what_is_not_repeated, purge_left_books, stage_answer
from field_app.sync.signed import Answer, ServerProblem, Signer, Unsigned, exchange
from field_app.sync.snapshots import load_snapshot
from field_app.sync.transport import NoNetwork, Transport
from field_app.sync.uploads import send_photos

if TYPE_CHECKING:
    from field_app.device import Device

PATH = "/sync/1"
REQUESTS_LIMIT = 5000
EPOCHS_LIMIT = 3
CLOCK_NOTICED_MS = 1000
Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class SyncReport:
    """What one sync came to.

    Args: rounds: rounds taken over. requests: sync requests made. sent: sets that got a verdict now; applied, merged,
        proposed, waiting, refused: of these. received, left: records that came and went. bytes_sent, bytes_received: of all
        bodies on the wire. reloaded: books whose check sum differed. error: None, "no-network", "already-running", "locked", or a problem's name.
    """

    rounds: int = 0
    requests: int = 0
    sent: int = 0
    applied: int = 0
    merged: int = 0
    proposed: int = 0
    waiting: int = 0
    refused: int = 0
    received: int = 0
    left: int = 0
    photos_sent: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    reloaded: list[str] = field(default_factory=list)
    purged: list[str] = field(default_factory=list)
    error: str | None = None
    retry_after_s: int | None = None


def sync_once(device: Device, transport: Transport, progress: Progress | None = None) -> SyncReport:
    """Sync until nothing is missing on either side, or until something breaks; what broke is in the report.

    Args: progress: called with ("sets", answered, of all), ("records", received, 0), ("photos", bytes sent, of all).
    """
    if not device.syncing.acquire(blocking=False):
        return SyncReport(error="already-running")
    try:
        return _Sync(device, transport, progress or (lambda kind, done, total: None)).run()
    except Exception:
        if device.is_closed:  # the app was locked meanwhile: what was staged is there, the next sync goes on
            return SyncReport(error="locked")
        raise
    finally:
        device.syncing.release()


class _Sync:
    """One sync on its way."""

    def __init__(self, device: Device, transport: Transport, progress: Progress) -> None:
        self.device, self.transport, self.progress = device, transport, progress
        self.report = SyncReport()
        self.epochs = 0
        self.renewed = False
        self.heard_ms: int | None = None
        self.ahead: Flight | None = None
        self.to_answer = device.outbox.waiting_since()[0]

    def run(self) -> SyncReport:
        stopped = self.device.settings.get("stopped")
        if stopped:
            self.report.error = stopped
            return self.report
        try:
            if self.rounds():
                self.photos()
        except NoNetwork as error:
            self.fail("no-network", str(error))
        except ServerProblem as problem:
            self.fail(problem.name, problem.detail, problem.retry_after_s)
        if self.report.error is None:
            self.note(offline=False, last_error=None, last_sync_at=self.device.clock_ms())
        return self.report

    def fail(self, name: str, detail: str, retry_after_s: int | None = None) -> None:
        self.report.error, self.report.retry_after_s = name, retry_after_s
        if not self.device.is_closed:
            self.note(offline=name == "no-network", last_error={"name": name, "detail": detail})

    def note(self, **settings: Any) -> None:
        with self.device.database.transaction():
            for name, value in settings.items():
                self.device.settings.set(name, value)
            self.device.note_time(self.heard_ms)

    def rounds(self) -> bool:
        """Push and pull to the end. Returns whether photos may follow."""
        try:
            return self._rounds()
        finally:
            if self.ahead is not None:
                self.ahead.forget()

    def _rounds(self) -> bool:
        while self.report.requests < REQUESTS_LIMIT:
            flight, self.ahead = self.ahead or self.depart(next_request(self.device)), None
            request = flight.request
            load = load_behind(self.device, request) if flight.is_away() else None
            try:
                answer = self.noted(flight.land()).json()
            except Unsigned as error:
                if error.status == 413 or error.status >= 500:
                    note_failure(self.device, request, may_park=False)
                raise
            except ServerProblem as problem:
                if self.go_on_after(problem, request):
                    continue
                return False
            note_success(self.device, request, answer.get("verdicts", ()))
            _name_verdicts(answer, request)
            if len(answer.get("verdicts", ())) == len(request.sets) > 0 and (
                behind := request_behind(self.device, answer, load)
            ):
                self.ahead = self.depart(behind)
            progressed = self.take(answer, request)
            if answer.get("more"):
                if not any(answer.get(news) for news in ("verdicts", "records", "own", "left", "cursors", "snapshots")):
                    raise ServerProblem({"type": "no-progress", "detail": "More was promised and nothing came."}, 500)
                continue
            drifted = self.finish(answer)
            if self.device.is_wiped:
                return False
            if self.ahead is not None and not self.ahead.fits(self.device.books.cursors()):
                self.ahead.forget()
                self.ahead = None
            if any(book not in self.report.reloaded for book in drifted):
                self.report.reloaded += drifted
                continue
            if self.ahead is None and not (progressed and self.device.outbox.to_send(1, 0)):
                return True
        return True

    def take(self, answer: Mapping[str, Any], request: Request) -> bool:
        """Stage one answer. Returns whether it brought the outbox any further."""
        forget_what_is_not_repeated(self.device, request.named, answer)
        stage_answer(self.device, answer)
        for book, announced in sorted(answer.get("snapshots", {}).items()):
            self.report.received += load_snapshot(self.device, self.ask, book, announced)
        self.count_verdicts(answer, request)
        self.report.received += len(answer.get("records", ()))
        self.report.left += len(answer.get("left", ()))
        self.progress("records", self.report.received, 0)
        mine = {saved.id for saved in request.sets}
        return any(v["id"] in mine and v["state"] != "failed" for v in answer.get("verdicts", ()))

    def count_verdicts(self, answer: Mapping[str, Any], request: Request) -> None:
        mine = {saved.id for saved in request.sets}
        for verdict in answer.get("verdicts", ()):
            if verdict["id"] in mine and verdict["state"] in ("applied", "merged", "proposed", "waiting", "refused"):
                self.report.sent += 1
                setattr(self.report, verdict["state"], getattr(self.report, verdict["state"]) + 1)
        if self.to_answer:
            self.progress("sets", min(self.report.sent, self.to_answer), self.to_answer)

    def finish(self, answer: Mapping[str, Any]) -> list[str]:
        """Take the round over; wipe where the server says so."""
        drifted = finish_round(self.device)
        self.report.rounds += 1
        if answer.get("device") == "lost":
            self.device.wipe()
            raise ServerProblem({"type": "device-lost", "detail": "This device was reported lost."}, 403)
        if answer.get("device") == "retired":
            self.note(retired=True)
            self.wipe_when_done()
        return drifted

    def wipe_when_done(self) -> None:
        """A retired device goes when it has handed over all, and a verified backup holds it (decision 10)."""
        device = self.device
        if not device.outbox.unsettled_ids() and not device.photos.unsent_count() and not device.journal.count():
            device.wipe()
            self.report.error = "device-retired"

    def photos(self) -> None:
        """The bytes, after the records; then books that only waited for them can go."""
        sent, _bytes = send_photos(self.device, self.ask, lambda done, total: self.progress("photos", done, total))
        self.report.photos_sent = sent
        self.report.purged = purge_left_books(self.device)

    def go_on_after(self, problem: ServerProblem, request: Request) -> bool:
        """What a signed refusal of the whole request asks for. Returns whether to ask again. Raises: ServerProblem."""
        device = self.device
        if problem.name == "epoch-changed" and problem.members.get("epoch") and self.epochs < EPOCHS_LIMIT:
            self.epochs += 1
            device.follow_epoch(problem.members["epoch"], problem.members.get("forks") or {})
            return True
        if problem.name == "device-unknown" and not self.renewed:
            self.renewed = True
            try:
                renew(device, self.transport)
                return True
            except ServerProblem as refusal:
                if refusal.name == "device-lost":
                    problem = refusal
        if problem.name == "device-lost":
            device.wipe()
        elif problem.name == "device-forked":
            device.settings.set("stopped", problem.name)
        elif problem.name not in ("busy", "behind") and (problem.status == 413 or problem.status >= 500):
            note_failure(device, request, may_park=True)
        raise problem

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
        sent_ms: int | None = None,
        compress: bool = False,
        file_sha256: str | None = None,
    ) -> Answer:
        """One signed exchange. Without `sent_ms` the clock is corrected by the server's last answer (decision 14)."""
        device = self.device
        if sent_ms is None:
            sent_ms = device.clock_ms() + device.settings.get("server_offset_ms", 0)
        answer = exchange(
            self.transport, self.signer(), method, path, body, sent_ms=sent_ms, headers=headers, compress=compress,
            file_sha256=file_sha256,
        )  # fmt: skip
        return self.noted(answer)

    def depart(self, request: Request) -> Flight:
        """Send a request of the round on its way. What it needs of the device is read here, nothing of it on the way."""
        self.report.requests += 1
        carried = partial(
            exchange, self.transport, self.signer(), "POST", PATH, request.body, sent_ms=request.sent_ms, compress=True,
            gzipped=request.gzipped, sha256=request.sha256,
        )  # fmt: skip
        return Flight(request, carried, beside=getattr(self.transport, "beside", False))

    def signer(self) -> Signer:
        identity = self.device.identity
        return Signer(identity.device_id, identity.sign_key, lambda _: identity.server_sign_key)

    def noted(self, answer: Answer) -> Answer:
        """The same answer, its bytes counted, and the server's clock compared with ours."""
        device = self.device
        self.report.bytes_sent += answer.bytes_up
        self.report.bytes_received += answer.bytes_down
        self.heard_ms = answer.sent_ms
        offset_ms = answer.sent_ms - device.clock_ms()
        if abs(offset_ms - device.settings.get("server_offset_ms", 0)) > CLOCK_NOTICED_MS:
            device.settings.set("server_offset_ms", offset_ms)
        return answer


def _name_verdicts(answer: Mapping[str, Any], request: Request) -> None:
    """A set that the server could not read has a verdict by its number only."""
    ids = {saved.seq: saved.id for saved in request.sets}
    for verdict in answer.get("verdicts", ()):
        if not verdict.get("id"):
            verdict["id"] = ids.get(verdict.get("seq"), "")
