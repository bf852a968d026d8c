"""Finding a customer outside one's books: a few masked hits, so that two people do not chase one customer, and nothing more.

Online only, limited by the hour, and every search is in the read log. A hit names no id: it carries a token for this reader alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from itsdangerous import BadSignature, URLSafeTimedSerializer

from server.services import clock, listing, parts
from server.services.reading import read_log
from server.storage.database import reading
from server.storage.tables import book
from server.storage.typed import typed_table

AN_HOUR = 20  # searches
HITS = 5
LEAST = 3  # characters; of Chinese ones two say as much
TOKEN_S = 3600
_HOUR_MS = 3_600_000
_CHINESE = re.compile(r"[㐀-鿿]")
MASK = "••"


@dataclass(frozen=True, slots=True)
class Hit:
    """A customer of another book, as far as a stranger may know him. `token`: to ask for a lookup with."""

    token: str
    name: str
    region: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave. `more`: there are more than are shown; `limited`: too many searches in this hour; `short`: too few letters."""

    hits: tuple[Hit, ...] = ()
    more: bool = False
    limited: bool = False
    short: bool = False


def find(user_id: str, scope: Collection[str], words: str) -> Found:
    """Look for customers outside the scope, and note that it was done."""
    words = words.strip()
    if len(words) + len(_CHINESE.findall(words)) // 2 < LEAST:
        return Found(short=bool(words))
    if read_log.searches_since(user_id, clock.now_ms() - _HOUR_MS) >= AN_HOUR:
        return Found(limited=True)
    table = typed_table("customer")
    rounds = sa.select(book.c.id).where(book.c.kind == "round")
    where: list[sa.ColumnElement[bool]] = [
        table.c.removed.is_(False),
        table.c.book_id.in_(rounds),
        table.c.book_id.not_in(scope),
    ]
    where += [listing.has_word("customer", word) for word in words.split()[: listing.WORDS_MOST]]
    query = sa.select(table.c.id, table.c.store_name, table.c.region).where(*where)
    with reading() as connection:
        rows = connection.execute(query.order_by(table.c.store_name, table.c.id).limit(HITS + 1)).all()
    read_log.note(user_id, "", read_log.SEARCH, words)
    hits = [Hit(_tokens().dumps([user_id, row.id]), masked(row.store_name or ""), row.region or "") for row in rows]
    return Found(tuple(hits[:HITS]), more=len(hits) > HITS)


def customer_of(token: str, user_id: str) -> str | None:
    """The customer that a token stands for; None, if it is not this user's, or too old."""
    try:
        owner, customer = _tokens().loads(token, max_age=TOKEN_S)
    except (BadSignature, ValueError, TypeError):
        return None
    return str(customer) if owner == user_id else None


def masked(name: str) -> str:
    """A name of which one recognises what one knows: the first letters of each word, the first and last of a Chinese one."""
    return " ".join(_masked_word(word) for word in name.split()[:6])


def _masked_word(word: str) -> str:
    if _CHINESE.search(word):
        return word[0] + MASK + (word[-1] if len(word) > 2 else "")
    return (word[:2] if len(word) > 3 else word[:1]) + MASK


def _tokens() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(parts.keyring().raw("session"), salt="roundbook masked hit")
