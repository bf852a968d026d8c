"""Sync without a network: what waits goes into a sealed file that somebody carries, and an answer comes back as one."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from field_app.language import gettext as _
from field_app.language import ngettext
from field_app.presenters.folders import Folders, home_folder
from field_app.presenters.page import Page, waiting_words
from field_app.presenters.shell import Shell
from field_app.presenters.trouble import problem_words, trouble
from field_app.presenters.views import Bar, Item, Row

OUT_SUFFIX, IN_SUFFIXES = ".age", frozenset({".age"})
MEDIA_TYPE = "application/age"
SETTING = "answers_folder"


def write_sealed(shell: Shell) -> None:
    """Make the file beside the window, then hand it to the share sheet, or to the folder that is chosen."""
    from field_app.services import envelopes

    device = shell.session.device
    day = shell.session.local(shell.session.clock_ms())
    name = f"roundbook-{device.identity.login}-{day:%Y%m%d-%H%M}{OUT_SUFFIX}"

    def task() -> tuple[Any, bytes]:
        with tempfile.TemporaryDirectory(dir=device.folder) as folder:  # sealed already: nothing of it can be read
            path = Path(folder) / name
            exported = envelopes.export(device, path)
            return exported, path.read_bytes()

    def done(found: tuple[Any, bytes]) -> None:
        exported, content = found
        inside = waiting_words(exported.sets, exported.photos) or _("nothing that waits, only the question for news")
        shell.tell(_("The sealed file holds: {what}.").format(what=inside))
        shell.share(name, content, MEDIA_TYPE)

    shell.work(task, done)


class TakeAnswerPage(Page):
    """Find the answer file in a folder and take it in."""

    shows_sync = False

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.folders = Folders(self.device, SETTING, home_folder("Downloads", "下载", "下載"), IN_SUFFIXES)

    def bar(self) -> Bar:
        """The title."""
        return Bar(_("Take an answer in"), subtitle=_("a file ending in .age"))

    def items(self) -> list[Item]:
        """The folder."""
        found = self.folders.items(_("No sealed file in this folder."))
        return [
            Row(one.key, one.title, one.detail, sign="email-seal-outline", sign_role="action", chevron=True)
            if isinstance(one, Row) and one.key.startswith("file:")
            else one
            for one in found
        ]

    def act(self, key: str) -> None:
        """A folder, or a file."""
        super().act(key)
        what, _colon, rest = key.partition(":")
        if not self.folders.act(key, self.shell.draw) and what == "file":
            take_answer(self.shell, self.folders.folder / rest)


def take_answer(shell: Shell, path: Path) -> None:
    """Take an answer file in beside the window, and say what came of it."""
    from field_app.services import envelopes

    device = shell.session.device

    def failed(error: Exception) -> None:
        if isinstance(error, envelopes.NotForThisDevice):
            shell.tell(_("This file is no answer to a file of this phone, or it was changed."))
        elif isinstance(error, envelopes.SyncIsRunning):
            shell.tell(_("A sync is running. Try again when it is over."))
        else:
            shell.tell(trouble(error))

    def done(taken: Any) -> None:
        if taken.problem:
            shell.tell(problem_words(taken.problem))
        elif not taken.applied:
            shell.tell(_("This answer is out of date: nothing was changed. The next sync brings the same."))
        else:
            answers = ngettext("{n} answer", "{n} answers", taken.verdicts).format(n=taken.verdicts)
            records = ngettext("{n} record", "{n} records", taken.records).format(n=taken.records)
            shell.tell(_("Taken in: {answers}, {records}.").format(answers=answers, records=records))
        shell.back()

    shell.work(lambda: envelopes.take_answer(device, path), done, failed, lane="sync")
