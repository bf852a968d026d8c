"""Saves a picture of each page that is shown, for tests and documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.graphics.opengl import GL_RGBA, GL_UNSIGNED_BYTE, glReadPixels
from PIL import Image

SETTLED_S = 0.6


def watch(app: Any, folder: Path) -> None:
    """Save `<n>-<page>.png` whenever another page has been shown for a moment. After a lock the numbers go on."""
    folder.mkdir(parents=True, exist_ok=True)
    before = len(list(folder.glob("*.png"))) if app.was_locked else 0
    seen: list[Any] = []

    def look(_: float) -> None:
        page = app.pages[-1] if app.pages else None
        if page is not None and (not seen or seen[-1] is not page):
            seen.append(page)
            Clock.schedule_once(
                lambda _: save(folder / f"{before + len(seen):02d}-{type(page).__name__}.png"), SETTLED_S
            )

    Clock.schedule_interval(look, 0.1)


def save(path: Path) -> None:
    """Save what the window shows now. Kivy's own way loses the lines of a width that is no multiple of four."""
    Window.canvas.ask_update()
    Window.dispatch("on_draw")
    wide, high = Window.system_size
    pixels = glReadPixels(0, 0, wide, high, GL_RGBA, GL_UNSIGNED_BYTE)
    picture = Image.frombytes("RGBA", (wide, high), pixels).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    picture.convert("RGB").save(path, optimize=True)
