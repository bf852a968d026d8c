"""Write the recorded messages into docs/protocol.md: `python tools/quote_vectors.py`, after `tools/record_vectors.py`.

A comment `<!-- vector: file.json member.member -->` stands before each block; `request` and `answer` alone mean the body.
"""

from __future__ import annotations

import json
import pathlib
import re
from collections.abc import Callable
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "protocol.md"
FOLDER = ROOT / "tests" / "wire" / "vectors"
BLOCK = re.compile(r"(<!-- vector: (\S+)( \S+)? -->\n```(json|text)\n)(.*?)(```\n)", re.DOTALL)
WIDTH = 120


def quoted(page: str, read: Callable[[str], Any]) -> str:
    """The page with its blocks filled. Args: read: name of a file of vectors -> its content."""
    return BLOCK.sub(
        lambda found: found[1] + _block(read(found[2]), (found[3] or "").strip(), found[4]) + found[6], page
    )


def member(content: Any, path: str) -> Any:
    """What a path names in a file of vectors."""
    if path in ("request", "answer"):
        return json.loads(content[path]["body"])
    for name in path.split(".") if path else ():
        content = content[name]
    return content


def _block(content: Any, path: str, kind: str) -> str:
    found = member(content, path)
    if kind == "json":
        return laid_out(found) + "\n"
    if isinstance(found, str):
        return found + "\n"
    plain = [example for example in found if example["canonical"].isprintable()]
    return "\n".join(f"{e['json']}\n    {e['canonical']}\n    {e['sha256']}" for e in plain) + "\n"


def laid_out(value: Any, depth: int = 0) -> str:
    """JSON for readers: what fits in a line stands in one line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + depth + 2 <= WIDTH or not isinstance(value, dict | list) or not value:
        return line
    if isinstance(value, dict):
        head = [f"{json.dumps(name, ensure_ascii=False)}: " for name in value]
        parts = [laid_out(inner, depth + 1) for inner in value.values()]
    else:
        head, parts = [""] * len(value), [laid_out(inner, depth + 1) for inner in value]
    inside = (",\n" + " " * (depth + 1)).join(name + part for name, part in zip(head, parts, strict=True))
    return ("{" if isinstance(value, dict) else "[") + inside + ("}" if isinstance(value, dict) else "]")


def read_vector(name: str) -> Any:
    """A file of vectors, as it is stored."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


if __name__ == "__main__":
    PAGE.write_text(quoted(PAGE.read_text(encoding="utf-8"), read_vector), encoding="utf-8")
