"""`roundbook field`: the field app in a window of a phone's size."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

from sync_protocol.fields import LANGUAGES

DEFAULT_HOME = "~/.local/share/roundbook-field"


def _size(_context: click.Context, _parameter: click.Parameter, text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([0-9]{3,4})x([0-9]{3,4})", text)
    if not found:
        raise click.BadParameter("width and height like 390x844")
    return int(found[1]), int(found[2])


@click.command()
@click.option("--home", type=click.Path(path_type=Path), help="Folder of the device's data [ROUNDBOOK_FIELD_HOME].")
@click.option("--invitation", default="", help="Invitation of head office, to set up this device with.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Language of the app; else the one chosen in it.")
@click.option("--size", default="390x844", show_default=True, callback=_size, help="Size of the window, in pixels.")
@click.option(
    "--screenshot-folder", type=click.Path(path_type=Path), help="Save a picture of each page here (for tests)."
)
def field(
    home: Path | None, invitation: str, language: str | None, size: tuple[int, int], screenshot_folder: Path | None
) -> None:
    """Open the field app.

    Everything it keeps is encrypted below one folder: --home, or ROUNDBOOK_FIELD_HOME, or ~/.local/share/roundbook-field.
    """
    folder = (home or Path(os.environ.get("ROUNDBOOK_FIELD_HOME") or DEFAULT_HOME)).expanduser()
    from field_app.window import open_window

    open_window(folder, invitation=invitation, language=language, size=size, screenshots=screenshot_folder)


command = field
