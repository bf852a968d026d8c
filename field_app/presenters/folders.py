"""Looking through the folders of a desktop: what is there, and the way up and down. Where one was is remembered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from field_app.language import gettext as _
from field_app.presenters import words
from field_app.presenters.trouble import trouble
from field_app.presenters.views import Head, Item, Note, Row

if TYPE_CHECKING:
    from field_app.device import Device


class Folders:
    """A folder that is open.

    Args: setting: under which it is remembered. first: where to begin. suffixes: the files that are shown, none if empty.
    """

    def __init__(self, device: Device, setting: str, first: Path, suffixes: frozenset[str] = frozenset()) -> None:
        self.device, self.setting, self.suffixes = device, setting, suffixes
        kept = device.settings.get(setting)
        self.folder = Path(str(kept)) if kept and Path(str(kept)).is_dir() else first

    def items(self, empty: str) -> list[Item]:
        """The folder: its folders, then its files. Args: empty: what is said if there is nothing."""
        found: list[Item] = [Head(str(self.folder))]
        try:
            entries = sorted(self.folder.iterdir(), key=lambda path: (not path.is_dir(), path.name.casefold()))
        except OSError as error:
            return [*found, Note(trouble(error), "folder-alert-outline")]
        if self.folder.parent != self.folder:
            found.append(Row("up", _("Folder above"), sign="arrow-up", chevron=True))
        folders = [path for path in entries if path.is_dir() and not path.name.startswith(".")]
        files = [path for path in entries if path.suffix.lower() in self.suffixes and path.is_file()]
        found += [Row("folder:" + path.name, path.name, sign="folder-outline", chevron=True) for path in folders]
        found += [
            Row("file:" + path.name, path.name, words.size(path.stat().st_size), sign="image-outline") for path in files
        ]
        return found if folders or files or not empty else [*found, Note(empty, "folder-outline")]

    def enter(self, folder: Path) -> None:
        """Open another folder."""
        self.folder = folder
        self.device.settings.set(self.setting, str(folder))

    def act(self, key: str, changed: Callable[[], None]) -> bool:
        """`up` or `folder:<name>`. Returns: whether it was one of them."""
        what, _colon, rest = key.partition(":")
        if what not in ("up", "folder"):
            return False
        self.enter(self.folder.parent if what == "up" else self.folder / rest)
        changed()
        return True


def home_folder(*names: str) -> Path:
    """The first of these folders below the home folder that is there, else the home folder, else the root."""
    for folder in (*(f"~/{name}" for name in names), "~"):
        path = Path(folder).expanduser()
        if path.is_dir():
            return path
    return Path("/")
