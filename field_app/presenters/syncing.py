"""The sync of a session: at most one runs, beside the window; anybody may look how far it is."""

from __future__ import annotations

from random import SystemRandom
from typing import TYPE_CHECKING

from field_app.language import gettext as _
from field_app.language import ngettext
from field_app.presenters import words
from field_app.presenters.trouble import problem_words, trouble
from field_app.sync.schedule import Schedule
from field_app.sync.transport import HttpTransport

if TYPE_CHECKING:
    from field_app.presenters.shell import Shell
    from field_app.sync.client import SyncReport

SETTLED_MS = 5_000  # a person who saves several things in a row is sent once


class Sync:
    """Runs a sync in a lane of its own, so that nobody waits for it."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.is_running = False
        self.share = 0.0
        self.words = ""
        self.failed = ""
        self.done_words = ""
        self.next_at = 0
        self.schedule = Schedule(SystemRandom().random)

    def start(self) -> None:
        """Sync now; nothing if one runs already."""
        session = self.shell.session
        if self.is_running or session.is_locked:
            return
        self.is_running, self.failed, self.done_words = True, "", ""
        self.share, self.words = 0.0, _("Asking head office …")
        device, transport = session.device, session.transport()

        def task() -> SyncReport:
            from field_app.services import roster
            from field_app.sync.client import sync_once

            try:
                report = sync_once(device, transport, progress=self._progress)
                if report.reloaded and not device.is_closed:
                    device.settings.set("drifted_at", device.clock_ms())
                if not device.is_closed:
                    roster.prepare(device)
                return report
            finally:
                if isinstance(transport, HttpTransport):
                    transport.close()

        self.shell.work(task, self._done, self._failed, lane="sync")
        self.shell.draw()

    def start_if_due(self) -> None:
        """Sync if it is time: soon after something was saved, else now and then; later and later while it fails."""
        from field_app.services import status

        session = self.shell.session
        if session.is_locked or self.is_running:
            return
        now = session.clock_ms()
        if not self.failed and self.next_at > now:
            since = status.sync_status(session.device).waiting_since
            if since is not None and now - since >= SETTLED_MS:
                self.next_at = now
        if now >= self.next_at:
            self.start()

    def _progress(self, kind: str, done: int, total: int) -> None:
        """Called in the lane of the sync: only remembers."""
        self.share = min(1.0, done / total) if total else self.share
        self.words = step_words(kind, done, total)

    def _done(self, report: SyncReport) -> None:
        from field_app.presenters.places import locked_page

        self.is_running = False
        if self.shell.session.is_wiped:
            self.shell.session.lock()
            self.shell.restart(locked_page(self.shell))
            self.shell.tell(problem_words("device-lost"))
            return
        if report.error:
            self.failed = problem_words(report.error)
            self._wait(self.schedule.failed(report.retry_after_s))
        else:
            self._wait(self.schedule.succeeded())
            photos = report.photos_sent
            sent = ngettext("{n} photo sent", "{n} photos sent", photos).format(n=photos) if photos else ""
            size = words.size(report.bytes_sent + report.bytes_received)
            self.done_words = " · ".join(
                part for part in (_("Everything is in step with head office."), sent, size) if part
            )
        self._finish()

    def _failed(self, error: Exception) -> None:
        self.is_running = False
        self.failed = trouble(error)
        self._wait(self.schedule.failed())
        self._finish()

    def _wait(self, seconds: float) -> None:
        self.next_at = self.shell.session.clock_ms() + int(seconds * 1000)

    def _finish(self) -> None:
        self.share = 0.0
        if not self.shell.session.is_locked:
            self.shell.reload()


def step_words(kind: str, done: int, total: int) -> str:
    """What the sync is doing: sets, records, or photos by their bytes."""
    if kind == "photos":
        return _("Sending photos · {done} of {total}").format(done=words.size(done), total=words.size(total))
    if kind == "records":
        return _("Fetching records · {n}").format(n=f"{done:,}")
    return _("Sending records · {done} of {total}").format(done=done, total=total)
