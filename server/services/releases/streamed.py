"""A workbook whose sheets go straight into its archive: nothing of what leaves the house lies in the folder for temporary files.

openpyxl itself writes each sheet there first, as plain text, and packs it at the end.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile


class StreamedBook:
    """Sheets one after the other, then `finish`. The memory that it takes is that of the packed file.

    A sheet is laid out (`layout`: widths, what stays in view) before its first row, as everywhere in openpyxl.
    """

    def __init__(self) -> None:
        from openpyxl import Workbook  # 0.3 s: only who writes a workbook pays it

        self._book = Workbook(write_only=True)
        self._out = io.BytesIO()
        self._archive = ZipFile(self._out, "w", ZIP_DEFLATED)

    @contextmanager
    def sheet(self, name: str, layout: Callable[[Any], None] = lambda _page: None) -> Iterator[Any]:
        """A sheet to append rows to, for the time of the block."""
        from openpyxl.worksheet._writer import WorksheetWriter

        page: Any = self._book.create_sheet(name)
        page._id = len(self._book.worksheets)
        layout(page)
        with self._archive.open(page.path[1:], "w", force_zip64=True) as stream:
            page._writer = WorksheetWriter(page, out=stream)
            page._writer.write_top()
            yield page
            page.close()

    def finish(self) -> bytes:
        """The file."""
        from openpyxl.writer.excel import ExcelWriter

        class Writer(ExcelWriter):
            """Writes what stands around the sheets; they are in the archive already."""

            def write_worksheet(self, ws: Any) -> None:
                """Note the sheet as one of the file's."""
                ws._drawing = None
                ws._rels = ws._writer._rels
                self.manifest.append(ws)

        Writer(self._book, self._archive).save()
        return self._out.getvalue()
