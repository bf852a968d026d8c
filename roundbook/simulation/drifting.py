"""A phone's copy of a book that is not what it should be: it says so, repairs itself, and loses nothing that it has to send (R30)."""

from __future__ import annotations

import random

from roundbook.simulation.phone import Phone
from sync_protocol.chain import CHECK_MODULUS, check_item, check_text

STALE = "1-000000000000"


def drift(phone: Phone, rng: random.Random, *, has_files: bool) -> bool:
    """One record of one book is missing, or stands there as no history knows it; or a bit of the book's file is another.

    Returns: whether there was a book for it.
    """
    shown = [book for book in phone.device.shown_books() if phone.device.books.store(book).versions()]
    if not shown:
        return False
    book = rng.choice(shown)
    kind = rng.choice(("missing", "stale", "bit") if has_files else ("missing", "stale"))
    phone.drifted.add(book)
    if kind == "bit":
        _flip_a_bit(phone, book, rng)
        return True
    store = phone.device.books.store(book)
    versions = store.versions()
    record = rng.choice(sorted(versions))
    if kind == "missing":
        store.take_over(records=(), gone=[record], cursor=None, anew=False)
    else:
        total = int(store.check()["sum"], 16) - check_item(record, versions[record]) + check_item(record, STALE)
        with store.database.transaction():
            store.database.run("UPDATE record SET ver = ? WHERE id = ?", (STALE, record))
            store.database.run("UPDATE about SET value = ? WHERE name = 'sum'", (str(total % CHECK_MODULUS),))
        assert store.check()["sum"] == check_text(total), "the book's sum is kept in another form"
    return True


def _flip_a_bit(phone: Phone, book: str, rng: random.Random) -> None:
    """On the disk, while the app is closed: the cipher notices it when the book is opened, and the book is loaded anew."""
    path = phone.device.books.store(book).database.path
    phone.device.close()
    raw = bytearray(path.read_bytes())
    at = rng.randrange(len(raw))
    raw[at] ^= 1 << rng.randrange(8)
    path.write_bytes(raw)
    phone.open(phone.device.folder)
