"""Pages of a pull, on both engines: nothing missing, nothing twice, all of one instant (§7, R23-R25, P2)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from server.services import books, clock, cursors, pull
from server.storage import tables
from server.storage.database import reading, writing
from sync_protocol import chain
from tests.head_office import HeadOffice
from tests.specification.pocket import Desk, Pocket


@pytest.fixture(scope="module")
def full(office: HeadOffice) -> HeadOffice:
    """The north with 1,250 customers, some of them edited since, and a few products beside it."""
    made = [clock.new_id() for _ in range(1250)]
    for start in range(0, len(made), 200):
        office.write("north", *({"op": "create", "type": "customer", "record": r, "customer": r, "set": {"store_name": "Shop"}} for r in made[start : start + 200]))  # fmt: skip
    office.write("north", *({"op": "edit", "type": "customer", "record": r, "customer": r, "set": {"needs": "ice"}} for r in made[::97]))  # fmt: skip
    for number in range(3):
        office.product(f"P{number}", "Gin", 1299)
    return office


@pytest.fixture
def li(full: HeadOffice, desk: Desk) -> Pocket:
    return desk.pocket("li")


def agrees(records: dict[str, dict[str, object]], check: dict[str, dict[str, object]]) -> bool:
    """Whether what is held is what the server says that it has, book by book (R30)."""
    for book, wanted in check.items():
        mine = [record for record in records.values() if record["book"] == book]
        total = chain.check_text(sum(chain.check_item(str(r["id"]), str(r["ver"])) for r in mine))
        if wanted != {"n": len(mine), "sum": total}:
            return False
    return True


def test_a_round_of_pages_brings_every_record_once(li: Pocket) -> None:
    """P2, §16: pages of 1000."""
    pages, records = li.pull_all()

    sizes = [len(page.records) for page in pages]
    assert len(pages) >= 2 and max(sizes) == pull.PAGE_ITEMS and sum(sizes) == len(records)
    assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]
    assert agrees(records, pages[-1].check)


def test_every_book_is_checked_at_the_end_also_one_that_was_whole_on_an_earlier_page(li: Pocket) -> None:
    """§3 `check`: only when more is false, of all books."""
    pages, _ = li.pull_all()

    with reading() as connection:
        scope = books.scope_of(connection, li.user)
    assert all(page.check == {} for page in pages[:-1]) and set(pages[-1].check) == set(scope)


def test_records_come_in_the_order_of_book_and_position(li: Pocket) -> None:
    """§3."""
    for page in li.pull_all()[0]:
        order = [(record["book"], record["pos"]) for record in page.records]
        assert order == sorted(order)


def test_pages_that_are_cut_by_size_lose_nothing_either(li: Pocket, monkeypatch: pytest.MonkeyPatch) -> None:
    """§16: 1000 items or 2 MiB."""
    monkeypatch.setattr(pull, "PAGE_BYTES", 20_000)

    pages, records = li.pull_all()

    assert len(pages) > 10 and sum(len(page.records) for page in pages) == len(records)
    assert agrees(records, pages[-1].check)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_a_page_of_any_size_makes_progress(desk: Desk, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """§7: room is shared by all books, and no book waits for ever."""
    monkeypatch.setattr(pull, "PAGE_ITEMS", size)
    wang = desk.pocket("wang")
    for _ in range(4):
        desk.office.customer("south", "S")

    pages, records = wang.pull_all()

    assert sum(len(page.records) for page in pages) == len(records) and agrees(records, pages[-1].check)
    assert max(len(page.records) for page in pages) <= size


def test_what_changes_between_two_pages_comes_once_more_and_nothing_is_missing(li: Pocket, full: HeadOffice) -> None:
    """P2: a record that is edited moves behind the cursor that is still to come, or comes in the next round."""
    held: dict[str, str] = {}
    records, more, edits = {}, True, 0
    while more:
        with reading() as connection:
            page = pull.pull(connection, books.scope_of(connection, li.user), held, device=li.device)
        records |= {record["id"]: record for record in page.records}
        held |= page.cursors
        more = page.more
        if more and edits < 2:
            edits += 1
            first = next(record for record in page.records if record["type"] == "customer")
            full.write("north", {"op": "edit", "type": "customer", "record": first["id"], "customer": first["id"], "set": {"needs": f"n{edits}"}})  # fmt: skip
            full.customer("north", "Between")

    assert edits and agrees(records, page.check)


def test_who_has_everything_gets_nothing(li: Pocket) -> None:
    """Decision 16: absent means unchanged; R25: asking changes nothing."""
    pages, _ = li.pull_all()
    held = {book: cursor for page in pages for book, cursor in page.cursors.items()}

    for _ in range(2):
        with reading() as connection:
            page = pull.pull(connection, books.scope_of(connection, li.user), held, device=li.device)
        assert (page.records, page.left, page.cursors, page.check, page.more) == ([], [], {}, {}, False)


def test_a_cursor_that_nobody_issued_begins_from_nothing(li: Pocket, desk: Desk) -> None:
    """§7: c has no valid tag."""
    _, records = li.pull_all()
    north = desk.book("north")
    forged = f"5.{'0' * 16}.{'0' * 12}"

    for text in (forged, "", "0", "x", "٥.a.b", forged.replace("5", "9" * 30, 1), "5.é.é"):
        with reading() as connection:
            scope = {north: books.scope_of(connection, li.user)[north]}
            page = pull.pull(connection, scope, {north: text}, device=li.device)
        assert page.records[0]["pos"] == min(r["pos"] for r in records.values() if r["book"] == north)


@pytest.fixture
def lost(desk: Desk, request: pytest.FixtureRequest) -> Iterator[None]:
    """The north lost its end, or another was written over it; put right again behind the test."""
    book, log, north = tables.book, tables.log, desk.book("north")
    pos = desk.verify(north)
    last = sa.and_(log.c.book_id == north, log.c.pos == pos)
    with writing() as connection:
        head = connection.scalar(sa.select(log.c.hash).where(last))
        if request.param == "the end is gone":
            connection.execute(sa.update(book).where(book.c.id == north).values(pos=pos - 1))
        else:
            connection.execute(sa.update(log).where(last).values(hash="f" * 64))
            connection.execute(sa.update(book).where(book.c.id == north).values(head="f" * 64))
    yield
    with writing() as connection:
        connection.execute(sa.update(log).where(last).values(hash=head))
        connection.execute(sa.update(book).where(book.c.id == north).values(pos=pos, head=head))


@pytest.fixture
def cursor(li: Pocket, desk: Desk) -> str:
    """The one of a device that has all of the north."""
    held = {book: text for page in li.pull_all()[0] for book, text in page.cursors.items()}
    return held[desk.book("north")]


@pytest.mark.parametrize("lost", ["the end is gone", "another end was written"], indirect=True)
def test_a_cursor_of_ours_that_contradicts_the_log_tells_that_history_was_lost(
    li: Pocket, desk: Desk, cursor: str, lost: None
) -> None:
    """§7, R36, scenario 4."""
    with reading() as connection, pytest.raises(cursors.Contradicted):
        pull.pull(connection, books.scope_of(connection, li.user), {desk.book("north"): cursor}, device=li.device)


def test_a_cursor_is_good_for_its_book_only(desk: Desk, cursor: str) -> None:
    wang, south = desk.pocket("wang"), desk.book("south")
    desk.office.customer("south", "S")

    with reading() as connection:
        page = pull.pull(connection, books.scope_of(connection, wang.user), {south: cursor}, device=wang.device)

    assert {r["id"] for r in page.records if r["book"] == south} == {
        r["id"] for r in wang.pull_all()[1].values() if r["book"] == south
    }


def test_nobody_gets_a_book_in_which_he_has_no_seat(desk: Desk) -> None:
    """P5."""
    _, records = desk.pocket("wang").pull_all()

    assert desk.book("north") not in {record["book"] for record in records.values()}


def test_a_verdict_is_told_to_its_author_alone(desk: Desk, li: Pocket, full: HeadOffice) -> None:
    """§7: verdicts = change_set with these ids and this author."""
    wire = li.set(li.visit(full.customer("north", "Shop")))
    verdict = li.send(wire)

    with reading() as connection:
        mine = pull.verdicts(connection, [wire["id"]], li.user)
        theirs = pull.verdicts(connection, [wire["id"]], desk.pocket("wang").user)

    assert mine == {wire["id"]: verdict} and theirs == {}


def test_one_answer_is_of_one_instant(desk: Desk, li: Pocket, full: HeadOffice) -> None:
    """R23: what is committed while a page is read is not in it, in no part of it."""
    with reading() as connection:
        scope = books.scope_of(connection, li.user)
        before = pull.pull(connection, scope, {}, device=li.device).more
        new = full.customer("north", "Meanwhile")
        held: dict[str, str] = {}
        seen: set[str] = set()
        while True:
            page = pull.pull(connection, scope, held, device=li.device)
            seen |= {record["id"] for record in page.records}
            held |= page.cursors
            if not page.more:
                break

    assert before and new not in seen
    assert new in li.pull_all()[1]


def test_the_photos_that_a_device_owes_are_not_looked_for_among_all_photos(li: Pocket) -> None:
    """Every sync that ends a round asks for them."""
    with reading() as connection:
        assert pull._wanted(connection, li.device) == []
        if connection.dialect.name == "sqlite":
            query = str(pull._WANTED.compile(connection))
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", (None,) * query.count("?")).all()
            assert "USING INDEX blob_device (device_id=? AND state=?)" in str(plan), plan
