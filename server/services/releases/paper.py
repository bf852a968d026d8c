"""A customer's file as a PDF: numbered, and with the name of who took it out and the day across every page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fpdf import FPDF

_POISON = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_INK, _QUIET = 30, 110  # greys
_MARGIN_MM = 18


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings. Args: shares: how wide each column is, in relation to the others. words: columns of words, which
    stand on the left; all others are figures. bold_last: the last row is a sum.
    """

    heading: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    shares: Sequence[int]
    words: Sequence[int] = (0,)
    bold_last: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the paper, all of it ready to read.

    Args: register: what the register says of it, label and text. groups: heading, and label and text of each field.
        table: what comes after them. mark: what runs across every page. foot: before the page's number.
    """

    title: str
    register: Sequence[tuple[str, str]]
    groups: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    mark: str
    foot: str
    table: Table | None = None


def draw(sheet: Sheet) -> bytes:
    """The PDF, A4."""
    from fpdf import FPDF  # 0.4 s: only who prints pays it

    class Paper(FPDF):
        def header(self) -> None:
            self.set_font("sans", size=30)
            self.set_text_color(_INK)
            with self.local_context(fill_opacity=0.09):
                for y in (90, 170, 250):
                    with self.rotation(32, x=self.w / 2, y=y):
                        width = self.get_string_width(sheet.mark)
                        self.text((self.w - width) / 2, y, sheet.mark)

        def footer(self) -> None:
            self.set_y(-14)
            self.set_font("sans", size=8)
            self.set_text_color(_QUIET)
            self.cell(text=f"{sheet.foot} · {self.page_no()}/{{nb}}", center=True)

    paper = Paper()
    font = files("pylopdf_fonts_zh_cn") / "NotoSansSC-Regular.otf"
    paper.add_font("sans", fname=str(font))
    paper.set_title(sheet.mark)
    paper.set_margin(_MARGIN_MM)
    paper.set_auto_page_break(auto=True, margin=22)
    paper.add_page()
    paper.set_font("sans", size=20)
    paper.set_text_color(_INK)
    paper.multi_cell(0, 9, _plain(sheet.title), new_x="LMARGIN", new_y="NEXT")
    paper.ln(2)
    _facts(paper, sheet.register)
    for heading, facts in sheet.groups:
        _heading(paper, heading)
        _facts(paper, facts)
    if sheet.table:
        _heading(paper, sheet.table.heading)
        _table(paper, sheet.table)
    return bytes(paper.output())


def _heading(paper: FPDF, text: str) -> None:
    paper.ln(3)
    paper.set_font("sans", size=13)
    paper.set_text_color(_INK)
    paper.multi_cell(0, 8, _plain(text), new_x="LMARGIN", new_y="NEXT", border="B")
    paper.ln(1)


def _table(paper: FPDF, table: Table) -> None:
    """Its headings stand on every page."""
    from fpdf.fonts import FontFace

    quiet, sum_line = FontFace(size_pt=9, color=_QUIET), FontFace(fill_color=238)
    paper.set_font("sans", size=10)
    paper.set_draw_color(200)
    with paper.table(
        borders_layout="HORIZONTAL_LINES",
        gutter_width=2,
        col_widths=tuple(table.shares),
        headings_style=quiet,
        line_height=6,
        text_align=tuple("LEFT" if n in table.words else "RIGHT" for n in range(len(table.headings))),
    ) as drawn:
        drawn.row([_plain(text) for text in table.headings])
        for n, row in enumerate(table.rows, 1):
            is_sum = table.bold_last and n == len(table.rows)
            drawn.row([_plain(text) for text in row], style=sum_line if is_sum else None)


def _facts(paper: FPDF, facts: Sequence[tuple[str, str]]) -> None:
    paper.set_font("sans", size=10)
    for label, text in facts:
        paper.set_text_color(_QUIET)
        if paper.will_page_break(6):
            paper.add_page()
            paper.set_font("sans", size=10)
            paper.set_text_color(_QUIET)
        paper.cell(56, 6, _plain(label)[:40])
        paper.set_text_color(_INK)
        paper.multi_cell(0, 6, _plain(text) or "–", new_x="LMARGIN", new_y="NEXT")


def _plain(text: str) -> str:
    return _POISON.sub(" ", text)
