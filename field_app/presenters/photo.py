"""Photos: choosing one for a step of the visit, and looking at one that is kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from field_app.language import gettext as _
from field_app.language import label, ngettext
from field_app.presenters import drafts
from field_app.presenters.folders import Folders
from field_app.presenters.page import Page
from field_app.presenters.pixels import Pixels, pixels
from field_app.presenters.shell import Shell
from field_app.presenters.summary import field_text, when
from field_app.presenters.trouble import trouble
from field_app.presenters.views import Bar, Big, Item
from field_app.services.photos import Sealed
from sync_protocol.evidence import first_broken
from sync_protocol.records import record_type

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
PREVIEW_PX = 1000
THUMB_PX = 360


class TakePhotoPage(Page):
    """A picture for a visit: from the camera on a phone, from a file on a desktop; then its step and a word about it.

    It is made small and put on the disk encrypted before it is shown: a killed app offers it again, and no clear copy is kept.
    """

    def __init__(self, shell: Shell, visit: str, step: str = "") -> None:
        super().__init__(shell)
        self.visit = visit
        self.sealed: Sealed | None = None
        self.preview: Pixels | None = None
        self.is_busy = False
        self.kept = 0
        draft = drafts.kept(self.device, self.draft_key)
        self.step = step or str(draft.get("step") or "display")
        self.caption = str(draft.get("caption") or "")
        self.folders = Folders(self.device, "pictures_folder", pictures_folder(), SUFFIXES)

    @property
    def draft_key(self) -> str:
        """One draft per visit: what is said about the picture that waits."""
        return f"photo:{self.visit}"

    @property
    def folder(self) -> Path:
        """The folder that is open."""
        return self.folders.folder

    def entered(self) -> None:
        """A picture that waits since the app was killed is offered again."""
        from field_app.services import photos

        waiting = photos.held(self.device, self.visit)
        if self.sealed is None and waiting is not None and not self.is_busy:
            self._work(lambda: self._seen(waiting))

    def bar(self) -> Bar:
        """The title; what was kept so far."""
        kept = ngettext("{n} photo kept", "{n} photos kept", self.kept).format(n=self.kept) if self.kept else ""
        return Bar(_("Photo"), subtitle=kept or _("saved encrypted; not in the gallery"))

    def steps(self) -> list[tuple[str, str]]:
        """The steps a photo can belong to."""
        choices = record_type("photo").specs()["step"].choices
        return [(code, label(text)) for code, text in choices.items() if code not in ("signature",)]

    def big(self) -> Big | None:
        """Keep the photo, once there is one."""
        if self.is_busy:
            return Big("keep", _("Saving …"), enabled=False)
        return Big("keep", _("Keep this photo")) if self.preview else None

    def second(self) -> Big | None:
        """Keep it and take the next one."""
        return Big("next", _("Next"), enabled=not self.is_busy) if self.preview else None

    def items(self) -> list[Item]:
        """The folder that is open: its folders and pictures."""
        return self.folders.items(_("No pictures in this folder."))

    def describe(self, caption: str) -> None:
        """A word about it was typed; it is kept like every draft."""
        self.caption = caption
        self._keep_draft()

    def _keep_draft(self) -> None:
        drafts.keep(self.device, self.draft_key, {"step": self.step, "caption": self.caption} if self.sealed else {})

    def act(self, key: str) -> None:
        """A folder, a file, a step; `again` another picture; `keep`; `next` keeps it and takes another."""
        what, _colon, rest = key.partition(":")
        if key == "back" and self.preview and not self.is_busy:
            what = "again"
        if self.folders.act(key, self._moved):
            return
        if what == "back":
            self.shell.back()
        elif what == "file":
            self.take_file(self.folder / rest)
        elif what == "step":
            self.step = rest
            self._keep_draft()
        elif what == "again":
            self._again()
        elif what in ("keep", "next") and self.sealed and not self.is_busy:
            self._keep(self.sealed, stay=what == "next")

    def _moved(self) -> None:
        self.scrolled = 0.0
        self.shell.draw()

    def _again(self) -> None:
        """Give this picture up."""
        from field_app.services import photos

        photos.let_go(self.device, self.visit)
        self._forget()
        self.shell.draw()

    def _forget(self) -> None:
        self.sealed, self.preview, self.caption = None, None, ""
        self._keep_draft()

    def typed_path(self, text: str) -> None:
        """A path was typed or pasted: a folder is opened, a file taken."""
        path = Path(text.strip().strip("'\"")).expanduser()
        if path.is_dir():
            self.folders.enter(path)
            self._moved()
        elif path.is_file():
            self.take_file(path)
        elif text.strip():
            self.shell.tell(_("There is no such file: {path}").format(path=text.strip()))

    def take_file(self, path: Path) -> None:
        """Read a picture from a file."""
        self.take(path.read_bytes)

    def take(self, read: Callable[[], bytes]) -> None:
        """Take the bytes of a picture: shrunk, sealed and then shown, all in the worker."""
        from field_app.services import photos

        device, visit, place = self.device, self.visit, self.session.whereabouts()
        self._work(lambda: self._seen(photos.hold(device, visit, read(), place)))

    def _seen(self, sealed: Sealed) -> tuple[Sealed, Pixels]:
        """A sealed picture as it is on the disk. Runs in the worker."""
        from field_app.services import photos

        return sealed, pixels(photos.read_sealed(self.device, sealed), PREVIEW_PX)

    def _work(self, task: Callable[[], tuple[Sealed, Pixels]]) -> None:
        def then(found: tuple[Sealed, Pixels]) -> None:
            self.sealed, self.preview = found
            self._keep_draft()
            self.shell.draw()

        self.shell.work(task, then, lambda error: self.shell.tell(trouble(error)))

    def _keep(self, sealed: Sealed, *, stay: bool) -> None:
        from field_app.services import photos

        step, caption = self.step, self.caption.strip()
        self.is_busy = True
        self.shell.draw()

        def then(_photo: str) -> None:
            self.is_busy = False
            self.kept += 1
            self._forget()
            self.shell.tell(_("Photo saved on this phone."))
            if stay:
                self.shell.draw()
            else:
                self.shell.back()

        def failed(error: Exception) -> None:
            self.is_busy = False
            self.shell.tell(trouble(error))
            self.shell.draw()

        self.shell.work(lambda: photos.keep(self.device, self.visit, sealed, step, caption), then, failed)


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
        """The word about it, where it was taken, and whether it is still tied to its visit."""
        fields = self.photo.fields
        place = ", ".join(str(fields[name]) for name in ("latitude", "longitude") if fields.get(name))
        if place and fields.get("accuracy_m") is not None:
            place += f" ± {fields['accuracy_m']} m"
        beneath = " · ".join(part for part in (place, self.chain_words()) if part)
        return "\n".join(part for part in (str(fields.get("caption") or ""), beneath) if part)

    def chain_words(self) -> str:
        """Whether the chain of the visit's photos is whole up to this one."""
        from field_app.services import reading

        visit = str(self.photo.fields.get("visit") or "")
        if not visit or not self.photo.fields.get("chain"):
            return ""
        photos = sorted(reading.referring(self.device, visit, "photo"), key=lambda one: one.id)
        broken = first_broken([one.fields for one in photos])
        at = next(at for at, one in enumerate(photos) if one.id == self.id)
        return _("evidence chain whole") if broken is None or at < broken else _("evidence chain broken")


def pictures_folder() -> Path:
    """Where pictures lie on this machine: the folder of that name, else the home folder."""
    for folder in (os.environ.get("XDG_PICTURES_DIR", ""), "~/Pictures", "~/图片", "~"):
        path = Path(folder).expanduser()
        if folder and path.is_dir():
            return path
    return Path("/")
