"""Logs for machines: a JSON object a line on stderr, or plain lines. Never a name, number or text of a person.

What is logged are ids, counts, kinds and durations. As a last net, whatever still looks like a telephone number, an e-mail
address or a token in a message is blotted out before it is written.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from typing import Any

from pythonjsonlogger.json import JsonFormatter

PLAIN, JSON = "plain", "json"
BLOT = "•••"
_PAIR = re.compile(r"\b([a-z][a-z_]*)=(\S+)")
_ADDRESS = re.compile(r"[^\s@=]+@[^\s@]+\.[^\s@]+")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NUMBER = re.compile(r"(?<![\w.-])\+?\(?[0-9][0-9 ().-]{6,}[0-9](?![\w.])")
_SECRET = re.compile(r"/messages/1/(\w+)/(\w+)/[0-9a-f]+")


def blotted(text: str) -> str:
    """A message without what might be personal; ids, durations and short numbers stay."""
    ids = _ID.findall(text)
    text = _ID.sub("\0", text)
    text = _SECRET.sub(rf"/messages/1/\1/\2/{BLOT}", text)
    text = _NUMBER.sub(BLOT, _ADDRESS.sub(BLOT, text))
    for one in ids:
        text = text.replace("\0", one, 1)
    return text


class Blotting(logging.Filter):
    """Blots messages and the texts of exceptions."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; let it pass."""
        record.msg, record.args = blotted(record.getMessage()), None
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = blotted(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True


class AsJson(JsonFormatter):
    """One object a line: time, level, logger, message, and each `name=value` of the message as a member of its own."""

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Fill the object."""
        super().add_fields(log_data, record, message_dict)
        for name, value in _PAIR.findall(record.getMessage()):
            log_data.setdefault(name, value)


def to_stderr(kind: str | None = None) -> None:
    """Write the log to stderr. Args: kind: plain or json; ROUNDBOOK_LOG says it, if None."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Blotting())
    if (kind or os.environ.get("ROUNDBOOK_LOG") or PLAIN).lower() == JSON:
        names = {"asctime": "time", "levelname": "level", "name": "logger"}
        handler.setFormatter(AsJson("%(asctime)s %(levelname)s %(name)s %(message)s", rename_fields=names))
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
