"""Opens the window. What Kivy must be told before it is first imported is told here and nowhere else."""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

from field_app import memory

log = logging.getLogger(__name__)
LOCKED = "ROUNDBOOK_FIELD_LOCKED"  # tells the next process that it comes from a lock, and how large the window was


def prepare(folder: Path, size: tuple[int, int]) -> None:
    """Tell Kivy where it may write, and to leave the command line and the log alone; then configure it."""
    memory.hold_little()
    settings = folder / "window"
    settings.mkdir(parents=True, exist_ok=True)
    os.environ["KIVY_HOME"] = str(settings)
    os.environ["KIVY_NO_ARGS"] = "1"
    os.environ.setdefault("KIVY_LOG_MODE", "PYTHON")
    configure(size)


def configure(size: tuple[int, int]) -> None:
    """Tell Kivy how large the window is, in pixels, and what it must not do by itself."""
    os.environ.setdefault("KIVY_CLIPBOARD", "sdl2")  # else it looks for programs that are rarely there
    from kivy.config import Config

    Config.set("graphics", "width", str(size[0]))
    Config.set("graphics", "height", str(size[1]))
    Config.set("graphics", "minimum_width", "360")
    Config.set("graphics", "minimum_height", "560")
    Config.set("graphics", "multisamples", "0")
    Config.remove_option("input", "%(name)s")  # looks for touch devices by a library that is not there
    Config.set("input", "mouse", "mouse,disable_multitouch")
    Config.set("kivy", "exit_on_escape", "0")
    Config.set("kivy", "window_icon", "")


def clock_ms() -> int:
    """The device's own clock."""
    return time.time_ns() // 1_000_000


def make_app(folder: Path, *, invitation: str = "", language: str | None = None, was_locked: bool = False) -> Any:
    """The app on the devices in a folder; call `prepare` first."""
    from field_app import language as languages
    from field_app.app import FieldApp
    from field_app.presenters.session import Session
    from field_app.sync.transport import HttpTransport

    session = Session(folder, clock_ms, HttpTransport)
    if language:
        session.prefer(language=language)
    languages.use(session.preferences.language or system_language())
    return FieldApp(session, invitation, was_locked=was_locked)


def system_language() -> str:
    """The language of this machine, if the app speaks it."""
    code = (os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "").split(".")[0]
    if code.startswith("zh"):
        return "zh_Hant" if code.endswith(("TW", "HK", "MO", "Hant")) else "zh_Hans"
    return "en"


def keep_alive(app: Any) -> None:
    """A fault in one tap must not take the app and what is being typed with it: say it, log it, go on."""
    from kivy.base import ExceptionHandler, ExceptionManager

    from field_app.presenters.trouble import trouble

    class Say(ExceptionHandler):  # type: ignore[misc]
        def handle_exception(self, error: Exception) -> Any:
            log.error("a tap failed", exc_info=error)
            app.tell(trouble(error))
            return ExceptionManager.PASS

    ExceptionManager.add_handler(Say())


def open_window(
    folder: Path, *, invitation: str, language: str | None, size: tuple[int, int], screenshots: Path | None
) -> None:
    """Run the app until its window is closed. A lock closes it too: then this process becomes a new one, locked."""
    before = take_note()
    if before is not None:  # what the command line asked for was done by the process before
        size, invitation, language = before, "", None
    prepare(folder, size)
    app = make_app(folder, invitation=invitation, language=language, was_locked=before is not None)
    keep_alive(app)
    if screenshots is not None:
        from field_app.screens.screenshots import watch

        watch(app, screenshots)
    locked: list[tuple[int, int]] = []
    if can_renew():

        def end() -> None:
            locked.append(_window_size())
            app.stop()

        app.session.renew = end
    app.run()
    if locked:
        renew(locked[0])


def can_renew() -> bool:
    """Whether this process can become a new one: a desktop that can put another program into the same process."""
    return os.name == "posix" and sys.platform not in ("android", "ios") and "ANDROID_ARGUMENT" not in os.environ


def renew(size: tuple[int, int]) -> None:
    """Become a new process of the same command line. Its memory is new, so the keys of the old one are gone from it.

    Bytes cannot be wiped in Python: copies of a key lie wherever the interpreter and the libraries put them. The operating system
    takes the whole memory back instead. What it wrote to swap, to a hibernation image or to a core dump before is not reached.
    """
    os.environ[LOCKED] = f"{size[0]}x{size[1]}"
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606


def take_note() -> tuple[int, int] | None:
    """The size of the window before, if this process comes from a lock; the note is forgotten."""
    found = re.fullmatch(r"([0-9]{3,5})x([0-9]{3,5})", os.environ.pop(LOCKED, ""))
    return (int(found[1]), int(found[2])) if found else None


def _window_size() -> tuple[int, int]:
    from kivy.core.window import Window

    wide, high = Window.system_size
    return int(wide), int(high)
