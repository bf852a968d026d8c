"""Where a file is put on a desktop: a folder, a name, one button. On a phone the share sheet stands in its place."""

from __future__ import annotations

import os
from pathlib import Path

from field_app.language import gettext as _
from field_app.presenters import words
from field_app.presenters.folders import Folders, home_folder
from field_app.presenters.page import Page
from field_app.presenters.shell import Shell
from field_app.presenters.trouble import trouble
from field_app.presenters.views import Bar, Big, Item

SETTING = "shared_folder"


class SaveAsPage(Page):
    """A file that is ready, and the folder it goes to. Args: name: how it is called, with its suffix. content: all of it."""

    shows_sync = False

    def __init__(self, shell: Shell, name: str, content: bytes) -> None:
        super().__init__(shell)
        self.name, self.content = name, content
        self.folders = Folders(self.device, SETTING, home_folder("Downloads", "下载", "下載"))

    def bar(self) -> Bar:
        """What is saved."""
        return Bar(_("Save as"), subtitle=words.size(len(self.content)))

    def items(self) -> list[Item]:
        """The folder that is open."""
        return self.folders.items("")

    def big(self) -> Big:
        """Put it here."""
        return Big("save", _("Save here"), enabled=bool(self.file_name()))

    def file_name(self) -> str:
        """The name as a file may have it, "" if nothing is left of it."""
        return "".join(sign for sign in self.name.strip() if sign not in '/\\:*?"<>|' and ord(sign) >= 32).strip(" .")

    def act(self, key: str) -> None:
        """A folder, or `save`."""
        super().act(key)
        if self.folders.act(key, self._moved):
            return
        if key == "save" and self.file_name():
            self._save(self.folders.folder / self.file_name())

    def _moved(self) -> None:
        self.scrolled = 0.0
        self.shell.draw()

    def _save(self, path: Path) -> None:
        if path.name in _names(path.parent):
            detail = _("There is one of this name here: {name}").format(name=path.name)
            self.shell.confirm(_("Replace the file?"), detail, _("Replace"), lambda: self._write(path))
        else:
            self._write(path)

    def _write(self, path: Path) -> None:
        beside = path.with_name(path.name + ".part")
        try:
            beside.write_bytes(self.content)
            os.replace(beside, path)
        except OSError as error:
            self.shell.tell(trouble(error))
            return
        self.shell.tell(_("Saved: {path}").format(path=path))
        self.shell.back()


def _names(folder: Path) -> set[str]:
    """What is in a folder; nothing if it cannot be read: the writing will say why."""
    try:
        return {path.name for path in folder.iterdir()}
    except OSError:
        return set()
