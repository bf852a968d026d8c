"""What the eye needs: contrast of every colour role, and a glyph for every character that the app can say."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import as_file, files

import pytest
from PIL import ImageFont

from field_app.theme.colours import DARK, LIGHT, TEXT_ROLES, Palette, contrast
from sync_protocol.fields import LANGUAGES, Labels
from sync_protocol.problems import PROBLEMS
from sync_protocol.records import record_types
from tests.presenters.test_language import catalogue, said


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_role_is_readable_on_every_ground(palette: Palette) -> None:
    for role in TEXT_ROLES:
        for ground in (palette.paper, palette.card, palette.pressed()):
            assert contrast(palette.role(role), ground) >= 4.5, (role, ground)
    for role in ("action", "waiting", "wrong"):
        assert contrast(palette.role(role), palette.tint(role)) >= 4.5, role
    assert contrast(palette.quiet, palette.field) >= 4.5  # a badge
    assert contrast(palette.inverse, palette.action) >= 4.5
    assert contrast(palette.inverse, palette.wrong) >= 4.5
    assert contrast(palette.quiet, palette.line) >= 4.5  # a button that cannot be pressed now is still read
    assert contrast(palette.paper, palette.ink) >= 4.5  # a notice


def declared() -> Iterator[Labels]:
    """Every text of the declarations."""
    for schema in record_types().values():
        yield schema.labels
        yield schema.plural
        yield from schema.groups.values()
        for spec in schema.specs().values():
            yield spec.labels
            yield from spec.choices.values()
            if spec.unit:
                yield spec.unit
    for _status, title in PROBLEMS.values():
        yield title


def test_the_one_font_has_a_glyph_for_everything_the_app_says() -> None:
    texts = set(said())
    for code in ("zh_Hans", "zh_Hant"):
        texts |= {
            message.string if isinstance(message.string, str) else message.string[0] for message in catalogue(code)
        }
    texts |= {labels[code] for labels in declared() for code in LANGUAGES}
    signs = {sign for text in texts for sign in text if sign.isprintable() and not sign.isspace()}
    assert len(signs) > 800
    with as_file(files("pylopdf_fonts_zh_cn") / "NotoSansSC-Regular.otf") as path:
        font = ImageFont.truetype(str(path), 24)
    nothing = bytes(font.getmask("\U0010ffff"))

    assert [sign for sign in sorted(signs) if bytes(font.getmask(sign)) == nothing] == []


def test_figures_have_one_width_so_that_columns_line_up() -> None:
    with as_file(files("pylopdf_fonts_zh_cn") / "NotoSansSC-Regular.otf") as path:
        font = ImageFont.truetype(str(path), 32)
    assert len({font.getlength(figure) for figure in "0123456789"}) == 1
