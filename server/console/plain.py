"""A value as plain text in the reader's language: for paper, and for cells of a workbook."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from flask_babel import gettext as _

from server.console import formats
from server.console.choices import choice_word
from server.console.company import company
from server.console.language import language
from server.console.page import name_of
from server.services.names import Names
from server.services.releases.sheets import Cell
from server.services.sensitive import Hidden
from sync_protocol.fields import FieldSpec, Kind


def text_of(spec: FieldSpec, value: Any, names: Names) -> str:
    """A value as it reads on paper; empty, if there is none."""
    if value in (None, "", []):
        return ""
    if isinstance(value, Hidden):
        return str(value)
    unit = f" {spec.unit[language()]}" if spec.unit else ""
    if spec.kind is Kind.MONEY:
        return formats.money(value)
    if spec.kind in (Kind.DECIMAL, Kind.COUNT):
        return formats.number(value) + unit
    if spec.kind is Kind.DAY:
        return formats.day(value)
    if spec.kind is Kind.INSTANT:
        return formats.instant(value)
    if spec.kind is Kind.CHOICE:
        return choice_word(spec, str(value))
    if spec.kind is Kind.FLAG:
        return str(_("Yes") if value else _("No"))
    if spec.kind is Kind.TAGS:
        return ", ".join(map(str, value))
    if spec.kind is Kind.LINES:
        return str(len(value))
    if spec.kind in (Kind.REFERENCE, Kind.USER):
        return name_of(names[value]) if value in names else ""
    return str(value)


def cell_of(spec: FieldSpec, value: Any, names: Names) -> Cell:
    """A value as a cell: numbers, amounts and days can be counted with."""
    if value in (None, "", []):
        return None
    if spec.kind is Kind.MONEY:
        return Decimal(value).scaleb(-get_currency_precision(company().currency))
    if spec.kind is Kind.COUNT:
        return int(value)
    if spec.kind is Kind.DECIMAL:
        return Decimal(value)
    if spec.kind is Kind.DAY:
        try:
            return date.fromisoformat(value)
        except ValueError:
            return str(value)
    if spec.kind is Kind.INSTANT:
        return formats.local(value).replace(tzinfo=None)
    return text_of(spec, value, names)
