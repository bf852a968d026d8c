"""A file as it lies there -> sheets of rows. What it means is decided later."""

from __future__ import annotations

from server.services.importing.cells import Sheet, Source, is_blank
from server.services.importing.messages import ImportProblem
from server.services.importing.text_files import decode, read_rows
from server.services.importing.workbooks import read_workbook

FILE_LIMIT_MB = 64
_OTHER = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"{\\rtf", "RTF"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf", "7z"),
    (b"SQLite format 3", "SQLite"),
)


def read_file(data: bytes, name: str, *, encoding: str = "", delimiter: str = "") -> Source:
    """Read a workbook or a delimited text. What it is, its first bytes say, not its name.

    Args: encoding, delimiter: of a text file, where a person says so; else they are found out.
    Raises: ImportProblem.
    """
    if len(data) > FILE_LIMIT_MB * 2**20:
        raise ImportProblem("file.too-large", megabytes=len(data) // 2**20, limit=FILE_LIMIT_MB)
    if not data.strip():
        raise ImportProblem("file.empty")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise ImportProblem("file.xls")
    if data.startswith(b"PK"):
        sheets, hidden, uncalculated = read_workbook(data)
        source = Source(name, "xlsx", sheets, hidden=hidden, uncalculated=uncalculated)
    else:
        _refuse_other(data)
        text, encoding = decode(data, encoding)
        rows, delimiter = read_rows(text, delimiter)
        source = Source(name, "csv", [Sheet(name, rows)], encoding=encoding, delimiter=delimiter)
    if not any(not is_blank(cell) for sheet in source.sheets for row in sheet.rows[:50] for cell in row.cells):
        raise ImportProblem("file.empty")
    return source


def _refuse_other(data: bytes) -> None:
    for start, kind in _OTHER:
        if data.startswith(start):
            raise ImportProblem("file.other", kind=kind)
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml", b"<meta")):
        raise ImportProblem("file.other", kind="HTML/XML")
    if head.startswith((b"{", b"[{")):
        raise ImportProblem("file.other", kind="JSON")
