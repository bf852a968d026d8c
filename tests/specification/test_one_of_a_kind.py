"""There is one reference book, and one desk per user, whoever asks first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from server.services import books
from server.storage.database import reading
from server.storage.tables import book
from tests.head_office import HeadOffice


def test_many_who_ask_at_once_for_a_desk_get_the_same_one(office: HeadOffice) -> None:
    user = office.user("newcomer")

    def ask(_: int) -> str:
        with office.app.app_context():
            return books.desk(user)

    with office.app.app_context(), reading() as connection:
        assert connection.scalar(sa.select(book.c.id).where(book.c.kind == "desk", book.c.owner == user)) is None
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(ask, range(16)))

    assert len(found) == 1
