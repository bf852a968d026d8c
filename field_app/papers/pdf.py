"""A slip as a PDF of one or more A5 pages: text that can be selected, in the font of the app."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING

from field_app.papers.font import font_file
from field_app.papers.slip import Slip

if TYPE_CHECKING:
    from fpdf import FPDF

EDGE_MM = 12
A5_MM = (148, 210)
INK, QUIET, RULE = (31, 41, 55), (91, 102, 115), (231, 226, 217)
SMALL, TEXT, TITLE, LARGE = 9, 11, 14, 18


def pdf_of(slip: Slip, made_at: datetime) -> bytes:
    """The slip as a PDF. Args: made_at: the date in the file, with its zone. Loads fpdf2, which takes half a second."""
    from fpdf import FPDF

    pdf = FPDF(unit="mm", format=A5_MM)
    pdf.set_title(f"{slip.heading} · {slip.customer}")
    pdf.set_creator("Roundbook")
    pdf.set_creation_date(made_at)
    pdf.set_margin(EDGE_MM)
    pdf.set_auto_page_break(True, EDGE_MM)
    pdf.add_font("slip", "", str(font_file()))
    pdf.add_page()
    _write(pdf, slip)
    return bytes(pdf.output())


def _write(pdf: FPDF, slip: Slip) -> None:
    _text(pdf, slip.company, SMALL, QUIET)
    _text(pdf, slip.heading, LARGE, INK)
    _text(pdf, slip.customer, TITLE, INK)
    for label, text in slip.facts:
        _pair(pdf, label, text, SMALL, QUIET)
    _rule(pdf)
    for line in slip.lines:
        _pair(pdf, line.name, line.amount, TEXT, INK)
        _text(pdf, line.detail, SMALL, QUIET)
        pdf.ln(1.5)
    _rule(pdf)
    _pair(pdf, *slip.total, TITLE, INK)
    if slip.signature:
        pdf.ln(4)
        pdf.image(io.BytesIO(slip.signature), w=64)
        _text(pdf, slip.signed, SMALL, QUIET)
    if slip.remark:
        pdf.ln(4)
        _text(pdf, slip.remark, SMALL, QUIET)


def _text(pdf: FPDF, words: str, size: float, ink: tuple[int, int, int], wide: float = 0) -> None:
    pdf.set_font("slip", size=size)
    pdf.set_text_color(*ink)
    pdf.multi_cell(wide, size * 0.52, words, align="L", new_x="LMARGIN", new_y="NEXT")


def _pair(pdf: FPDF, left: str, right: str, size: float, ink: tuple[int, int, int]) -> None:
    """A text at the left, wrapped before the one at the right edge of the same line."""
    pdf.set_font("slip", size=size)
    taken = pdf.get_string_width(right) + 3
    if pdf.will_page_break(size * 0.52):
        pdf.add_page()
    top = pdf.get_y()
    pdf.set_text_color(*ink)
    pdf.set_x(-EDGE_MM - taken)
    pdf.cell(taken, size * 0.52, right, align="R")
    pdf.set_xy(EDGE_MM, top)
    _text(pdf, left, size, ink, pdf.epw - taken)


def _rule(pdf: FPDF) -> None:
    pdf.ln(2)
    pdf.set_draw_color(*RULE)
    pdf.line(EDGE_MM, pdf.get_y(), pdf.w - EDGE_MM, pdf.get_y())
    pdf.ln(2.5)
