"""The colours of the console are told apart by everybody who reads it, in light and in dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import server

STATIC = Path(server.__file__).parent / "static"
TEXT_ON = {
    "ink": ("paper", "card", "hover", "waiting-soft", "wrong-soft", "done-soft", "action-soft"),
    "quiet": ("paper", "card", "hover"),
    "action": ("paper", "card", "hover", "action-soft"),
    "on-action": ("action",),
    "waiting": ("paper", "card", "hover", "waiting-soft"),
    "wrong": ("paper", "card", "hover", "wrong-soft"),
    "done": ("paper", "card", "hover", "done-soft"),
}


def roles(scheme: str) -> dict[str, str]:
    css = (STATIC / "console.css").read_text()
    light, dark = re.findall(r":root \{(.*?)\}", css, re.S)[:2]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light if scheme == "light" else dark))


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_it_is_written_on(scheme):
    colours = roles(scheme)

    for role, grounds in TEXT_ON.items():
        for ground in grounds:
            assert contrast(colours[role], colours[ground]) >= 4.5, (scheme, role, ground)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_edges_of_what_can_be_filled_in_are_seen(scheme):
    colours = roles(scheme)

    for ground in ("card", "paper"):
        assert contrast(colours["edge"], colours[ground]) >= 3, (scheme, ground)


def test_every_sign_that_a_page_uses_is_drawn():
    drawn = set(re.findall(r'id="([\w-]+)"', (STATIC / "signs.svg").read_text()))
    templates = "".join(path.read_text() for path in (STATIC.parent / "templates").rglob("*.html"))

    used = set(re.findall(r'(?:sign|state)\("([\w-]+)"', templates))
    assert used and used <= drawn


def test_nothing_static_comes_from_elsewhere():
    for path in STATIC.iterdir():
        assert not re.search(r"(?<!xmlns=\")https?://", path.read_text()), path.name
