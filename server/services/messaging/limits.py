"""What head office has set about sending: quiet hours, how much a person gets in a day, words that mean no more."""

from __future__ import annotations

import dataclasses
import json
import unicodedata
from datetime import time

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import parts
from server.storage.tables import setting
from sync_protocol.messaging.hours import QuietHours

SETTING = "messages/limits"
MOST_WORDS = 20


class LimitsError(ValueError):
    """What was given cannot be taken. The argument is the name of the field."""


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """The rules of sending. `quiet_from`, `quiet_until`: HH:MM on the company's clock; the same twice for none."""

    quiet_from: str = "21:00"
    quiet_until: str = "08:00"
    per_day: int = 3
    greetings_per_day: int = 1
    stop_words: tuple[str, ...] = ("STOP", "TD", "T", "退订", "退訂")

    @property
    def quiet(self) -> QuietHours:
        """The quiet hours where the company is."""
        return QuietHours(
            time.fromisoformat(self.quiet_from), time.fromisoformat(self.quiet_until), parts.config().time_zone
        )

    def is_stop(self, text: str) -> bool:
        """Whether a reply says no more than that there shall be no more: one of the words alone, in any case."""
        return _bare(text) in {_bare(word) for word in self.stop_words}


def _bare(text: str) -> str:
    """A word as it is compared: full-width letters are letters, case, blanks and punctuation around it do not count."""
    return unicodedata.normalize("NFKC", text).strip(" \t\r\n.!,。、'\"“”「」").casefold()


def load(connection: Connection) -> Limits:
    """The rules that are in force."""
    text = connection.scalar(sa.select(setting.c.value).where(setting.c.name == SETTING))
    if text is None:
        return Limits()
    found = json.loads(text)
    return Limits(**{**found, "stop_words": tuple(found["stop_words"])})


def save(connection: Connection, limits: Limits) -> None:
    """Put rules in force. Raises: LimitsError."""
    for name in ("quiet_from", "quiet_until"):
        try:
            time.fromisoformat(getattr(limits, name))
        except ValueError as error:
            raise LimitsError(name) from error
    for name, most in (("per_day", 50), ("greetings_per_day", 10)):
        if not 1 <= getattr(limits, name) <= most:
            raise LimitsError(name)
    if not 1 <= len(limits.stop_words) <= MOST_WORDS or not all(0 < len(w) <= 20 for w in limits.stop_words):
        raise LimitsError("stop_words")
    value = json.dumps(dataclasses.asdict(limits), ensure_ascii=False)
    connection.execute(sa.delete(setting).where(setting.c.name == SETTING))
    connection.execute(sa.insert(setting), {"name": SETTING, "value": value})
