"""docs/protocol.md and the glossary as tests read them: their tables, their examples, the recorded messages beside them."""

from __future__ import annotations

import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
FOLDER = pathlib.Path(__file__).parent / "vectors"
BLOCKS = re.findall(r"(?:<!-- (\w+): ([^>]+) -->\n)?^```json\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
ANSWERS = [
    json.loads(found["answer"]["body"])
    for found in (json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("sync-*.json")))
]


def rows(first: str) -> list[list[str]]:
    """The cells of the table whose first column is headed `first`."""
    found: list[list[str]] = []
    lines = iter(PAGE.splitlines())
    for line in lines:
        if line.strip().startswith(f"| {first} |"):
            next(lines)
            for row in lines:
                if not row.strip().startswith("|"):
                    return found
                found.append([cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip())[1:-1]])
    raise AssertionError(f"no table is headed {first!r}")


def names(first: str) -> list[str]:
    """The names in the first column, without their backticks."""
    return [cells[0].strip("`") for cells in rows(first)]


def source(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")
