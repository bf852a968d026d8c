"""A slip: what an order says on one sheet, as plain text in the language of who shares it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SlipLine:
    """A product of the slip, with its amounts already in words."""

    name: str
    detail: str
    amount: str


@dataclass(frozen=True, slots=True)
class Slip:
    """Args: heading: what it is. company: whose. customer: for whom. facts: (label, text). total: (label, sum). signature: a
    picture of it, b"" if nobody signed. signed: who did, in words. remark: what the reader must know, at the foot.
    """

    heading: str
    company: str
    customer: str
    facts: Sequence[tuple[str, str]]
    lines: Sequence[SlipLine]
    total: tuple[str, str]
    signature: bytes = b""
    signed: str = ""
    remark: str = ""
