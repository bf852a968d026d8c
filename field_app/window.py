"""Opens the window. What Kivy must be told before it is first imported is told here and nowhere else."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)


def prepare(folder: Path, size: tuple[int, int]) -> None:
    """Tell Kivy where it may write, and to leave the command line and the log alone; then configure it."""
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


def make_app(folder: Path, *, invitation: str = "", language: str | None = None) -> Any:
    """The app on the devices in a folder; call `prepare` first."""
    from field_app import language as languages
    from field_app.app import FieldApp
    from field_app.presenters.session import Session
    from field_app.sync.transport import HttpTransport

    session = Session(folder, clock_ms, HttpTransport)
    if language:
        session.prefer(language=language)
    languages.use(session.preferences.language or system_language())
    return FieldApp(session, invitation)


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
    """Run the app until its window is closed."""
    prepare(folder, size)
    app = make_app(folder, invitation=invitation, language=language)
    keep_alive(app)
    if screenshots is not None:
        from field_app.screens.screenshots import watch

        watch(app, screenshots)
    app.run()
