"""Exactly one holder of a seat at any moment is a constraint of both databases, whatever code writes (P4)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.storage.database import reading, writing
from tests.seats.round import Round

TERM = (
    'INSERT INTO tenure (book_id, seat, term, user_id, from_pos, to_pos, began_at, "by")'
    " VALUES (:book, 'maintainer', :term, :user, 1, :to, 1, :user)"
)


def run(round_: Round, statement: str, **values: object) -> None:
    with round_.office.app.app_context(), writing() as connection:
        connection.execute(sa.text(statement), {"book": round_.north, "user": round_.user("zhou"), **values})


def test_p4_a_second_holder_of_a_seat_cannot_be_stored_by_any_statement(round_: Round) -> None:
    for statement, values in (
        (TERM, {"term": 2, "to": None}),  # a second open term
        (TERM, {"term": 1, "to": 5}),  # the same term again
        ("INSERT INTO seat (book_id, seat, user_id, term, since_at) VALUES (:book, 'maintainer', :user, 9, 1)", {}),
    ):
        with pytest.raises(IntegrityError):
            run(round_, statement, **values)
    round_.hand_over(round_.north, "wang")
    with pytest.raises(IntegrityError):  # a term that ended is opened again beside the one that lasts
        run(round_, "UPDATE tenure SET to_pos = NULL WHERE book_id = :book AND seat = 'maintainer' AND term = 1")

    with round_.office.app.app_context(), reading() as connection:
        query = "SELECT user_id FROM tenure WHERE book_id = :book AND seat = 'maintainer' AND to_pos IS NULL"
        assert connection.scalars(sa.text(query), {"book": round_.north}).all() == [round_.user("wang")]
