"""Photos: choosing one for a step of the visit, and looking at one that is kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from field_app.language import gettext as _
from field_app.language import label
from field_app.presenters import words
from field_app.presenters.page import Page
from field_app.presenters.pixels import Pixels, pixels
from field_app.presenters.shell import Shell
from field_app.presenters.summary import field_text, when
from field_app.presenters.trouble import trouble
from field_app.presenters.views import Bar, Big, Head, Item, Note, Row
from sync_protocol.records import record_type

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".heic"}
PREVIEW_PX = 1000
THUMB_PX = 360


class TakePhotoPage(Page):
    """A picture for a visit: from the camera on a phone, from a file on a desktop; then its step and a word about it."""

    def __init__(self, shell: Shell, visit: str) -> None:
        super().__init__(shell)
        self.visit = visit
        self.step = "display"
        self.caption = ""
        self.image: bytes = b""
        self.preview: Pixels | None = None
        self.is_busy = False
        self.failed = ""
        kept = self.device.settings.get("pictures_folder")
        self.folder = Path(str(kept)) if kept and Path(str(kept)).is_dir() else pictures_folder()

    def bar(self) -> Bar:
        """The title."""
        return Bar(_("Photo"), subtitle=_("saved encrypted; not in the gallery"))

    def steps(self) -> list[tuple[str, str]]:
        """The steps a photo can belong to."""
        choices = record_type("photo").specs()["step"].choices
        return [(code, label(text)) for code, text in choices.items() if code not in ("signature",)]

    def big(self) -> Big | None:
        """Keep the photo, once there is one."""
        if self.is_busy:
            return Big("keep", _("Saving …"), enabled=False)
        return Big("keep", _("Keep this photo")) if self.preview else None

    def items(self) -> list[Item]:
        """The folder that is open: its folders and pictures."""
        found: list[Item] = [Head(str(self.folder))]
        try:
            entries = sorted(self.folder.iterdir(), key=lambda path: (not path.is_dir(), path.name.casefold()))
        except OSError as error:
            return [*found, Note(trouble(error), "folder-alert-outline")]
        if self.folder.parent != self.folder:
            found.append(Row("up", _("Folder above"), sign="arrow-up", chevron=True))
        pictures = [path for path in entries if path.suffix.lower() in SUFFIXES and path.is_file()]
        folders = [path for path in entries if path.is_dir() and not path.name.startswith(".")]
        found += [Row("folder:" + path.name, path.name, sign="folder-outline", chevron=True) for path in folders]
        found += [
            Row("file:" + path.name, path.name, words.size(path.stat().st_size), sign="image-outline")
            for path in pictures
        ]
        if not pictures and not folders:
            found.append(Note(_("No pictures in this folder."), "image-outline"))
        return found

    def act(self, key: str) -> None:
        """A folder, a file, a step; `again` another picture; `keep`."""
        what, _colon, rest = key.partition(":")
        if key == "back" and self.preview and not self.is_busy:
            key, what = "again", "again"
        if key == "back":
            self.shell.back()
        elif what == "up":
            self._enter(self.folder.parent)
        elif what == "folder":
            self._enter(self.folder / rest)
        elif what == "file":
            self.take_file(self.folder / rest)
        elif what == "step":
            self.step = rest
        elif what == "again":
            self.image, self.preview = b"", None
            self.shell.draw()
        elif what == "keep" and self.image and not self.is_busy:
            self._keep()

    def _enter(self, folder: Path) -> None:
        self.folder, self.scrolled = folder, 0.0
        self.device.settings.set("pictures_folder", str(folder))
        self.shell.draw()

    def typed_path(self, text: str) -> None:
        """A path was typed or pasted: a folder is opened, a file taken."""
        path = Path(text.strip().strip("'\"")).expanduser()
        if path.is_dir():
            self._enter(path)
        elif path.is_file():
            self.take_file(path)
        elif text.strip():
            self.shell.tell(_("There is no such file: {path}").format(path=text.strip()))

    def take_file(self, path: Path) -> None:
        """Read a picture from a file."""
        self.take(path.read_bytes)

    def take(self, read: Callable[[], bytes]) -> None:
        """Take the bytes of a picture and show it; read and decoded in the worker."""

        def task() -> tuple[bytes, Pixels]:
            image = read()
            return image, pixels(image, PREVIEW_PX)

        def then(found: tuple[bytes, Pixels]) -> None:
            self.image, self.preview = found
            self.failed = ""
            self.shell.draw()

        def failed(error: Exception) -> None:
            self.shell.tell(
                trouble(error) if isinstance(error, OSError) and error.errno else _("This is not a picture.")
            )

        self.shell.work(task, then, failed)

    def _keep(self) -> None:
        from field_app.services import photos

        image, step, caption = self.image, self.step, self.caption.strip()
        self.is_busy = True
        self.shell.draw()

        def then(_photo: str) -> None:
            self.is_busy = False
            self.shell.tell(_("Photo saved on this phone."))
            self.shell.back()

        def failed(error: Exception) -> None:
            self.is_busy = False
            self.shell.tell(trouble(error))
            self.shell.draw()

        self.shell.work(lambda: photos.attach(self.device, self.visit, image, step, caption), then, failed)


class PhotoPage(Page):
    """One photo that is kept: decrypted in memory, never written in clear."""

    def __init__(self, shell: Shell, photo: str) -> None:
        super().__init__(shell)
        self.id = photo
        self.preview: Pixels | None = None
        self.failed = ""

    def entered(self) -> None:
        """Read the description; the bytes come from the worker."""
        from field_app.services import photos, reading

        self.photo = reading.shown(self.device, self.id)
        if self.preview is None and not self.failed:
            self.shell.work(lambda: pixels(photos.read(self.device, self.id), PREVIEW_PX), self._read, self._not_read)

    def _read(self, found: Pixels) -> None:
        self.preview = found
        self.shell.draw()

    def _not_read(self, error: Exception) -> None:
        self.failed = _("This photo is not on this phone.") if type(error).__name__ == "NotHere" else trouble(error)
        self.shell.draw()

    def bar(self) -> Bar:
        """The step, and when it was taken."""
        step = field_text("photo", "step", self.photo.fields, self.session) or _("Photo")
        return Bar(step, subtitle=self.session.moment(when(self.photo)))

    @property
    def caption(self) -> str:
        """The word about it."""
        return str(self.photo.fields.get("caption") or "")


def pictures_folder() -> Path:
    """Where pictures lie on this machine: the folder of that name, else the home folder."""
    for folder in (os.environ.get("XDG_PICTURES_DIR", ""), "~/Pictures", "~/图片", "~"):
        path = Path(folder).expanduser()
        if folder and path.is_dir():
            return path
    return Path("/")
