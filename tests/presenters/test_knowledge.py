"""The knowledge base in the field: found while one types, taken into what is written, and a case proposed for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from field_app import language
from field_app.presenters import places
from field_app.presenters.customer import CustomerPage
from field_app.presenters.knowledge import CasePage, EntryPage, KnowledgePage
from field_app.presenters.record import RecordPage
from field_app.presenters.record_form import ComplaintPage, ContactPage
from field_app.services import complaints, knowledge, reading
from server.services import books, clock
from tests.presenters.hand import Hand
from tests.presenters.rounds import SHOPS, Round, a_round

ENTRIES: tuple[dict[str, Any], ...] = (
    {
        "question": "How do I tell a genuine bottle?",
        "answer": "Look at the seal.",
        "topic": "quality",
        "kind": "answer",
    },
    {
        "question": "货源不足怎么解释？",
        "answer": "说明限量和下次到货日期。",
        "topic": "supply",
        "keywords": "断货 限量",
    },
    {"question": "Old rule of 2019", "answer": "Not any more.", "withdrawn": True},
    {"question": "Rule of last spring", "answer": "It ended.", "valid_until_on": "2020-03-31"},
)


@pytest.fixture(scope="module")
def the_round(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Round]:
    """A head office whose reference book holds some entries, and a device that has them."""
    with a_round(tmp_path_factory.mktemp("knowledge")) as made:
        made.office.user("keeper", "catalogue_editor")
        with made.office.app.app_context():
            book = books.reference_book()
        for values in ENTRIES:
            made.office.write(
                book,
                {"op": "create", "type": "knowledge", "record": clock.new_id(), "customer": None, "set": values},
            )
        yield made


@pytest.fixture
def hand(the_round: Round, tmp_path: Path) -> Iterator[Hand]:
    """A device that synced after the entries were written."""
    language.use("en")
    session = the_round.own_session(tmp_path / "field")
    found = Hand(session)
    found.restart(places.place(found, "more"))
    yield found
    session.lock()


def questions(page: KnowledgePage) -> list[str]:
    """The questions that are shown."""
    return [item.title for item in page.items() if getattr(item, "key", "").startswith("entry:")]


def test_what_counts_is_listed_by_topic_and_found_by_words_of_the_answer_pinyin_and_keywords(hand: Hand) -> None:
    hand.page.act("knowledge")
    page = hand.page
    assert isinstance(page, KnowledgePage)
    assert sorted(questions(page)) == ["How do I tell a genuine bottle?", "货源不足怎么解释？"]
    assert "Quality and authenticity" in hand.words()

    for text, found in (("seal", 0), ("hybz", 1), ("断货", 1), ("huoyuan", 1), ("genuine seal", 0)):
        page.search(text)
        assert questions(page) == [ENTRIES[found]["question"]], text
    page.search("no such thing")
    assert questions(page) == [] and "add it as a case" in hand.words()


def test_an_answer_is_read_and_copied(hand: Hand) -> None:
    hand.open(KnowledgePage(hand, text="seal"))
    hand.page.act(next(item.key for item in hand.page.items() if getattr(item, "key", "")))
    assert isinstance(hand.page, EntryPage) and "Look at the seal." in hand.words()

    hand.page.act("copy")

    assert hand.copied == "Look at the seal."


def test_an_answer_is_taken_into_the_contact_that_is_being_written(hand: Hand, the_round: Round) -> None:
    hand.open(ContactPage(hand, the_round.shops[SHOPS[0]]))
    form = hand.page
    form.put("content", "genuine")
    form.act("knowledge")
    assert isinstance(hand.page, KnowledgePage) and hand.page.text == "genuine"
    hand.page.act(next(item.key for item in hand.page.items() if getattr(item, "key", "")))

    hand.page.act("use")

    assert hand.page is form
    assert form.form.values["content"] == "genuine\n\nHow do I tell a genuine bottle?\nLook at the seal."


def test_what_was_typed_but_is_in_no_entry_shows_all_of_them(hand: Hand, the_round: Round) -> None:
    hand.open(ComplaintPage(hand, the_round.shops[SHOPS[0]]))
    hand.page.put("subject", "the lorry came at night")
    hand.page.act("knowledge")

    assert len(questions(hand.page)) == 2


def test_a_complaint_becomes_a_case_that_is_proposed_and_returned_or_accepted(hand: Hand, the_round: Round) -> None:
    device, shop = hand.session.device, the_round.shops[SHOPS[1]]
    complaint = complaints.record(
        device, shop, {"description": "Corks dry", "subject": "Dry corks", "complaint_class": "product"}
    )
    hand.open(RecordPage(hand, complaint))
    hand.page.act("case")
    case = hand.page
    assert isinstance(case, CasePage)
    assert (case.form.values["question"], case.form.values["topic"]) == ("Dry corks", "quality")
    case.act("save")
    assert case.focus == "answer", "a case without what helped is none"
    case.put("answer", "Store the bottles lying")
    case.act("save")

    hand.session.sync.start()
    (record,) = reading.below(device, shop, "knowledge_case")
    assert (record.state, record.fields["complaint"]) == ("accepted", complaint)
    (received,) = the_round.received("knowledge_case", shop)
    assert received["answer"] == "Store the bottles lying"
    the_round.review(record.id, shop, "return", "Known already: see «corks»")
    hand.session.sync.start()
    hand.open(KnowledgePage(hand))
    assert "Proposed by me" in hand.words() and "returned" in hand.words()
    hand.page.act(f"record:{record.id}")
    assert "Known already" in hand.words()


def test_a_case_from_no_customers_page_asks_where_it_was(hand: Hand, the_round: Round) -> None:
    hand.open(KnowledgePage(hand, text="a new question"))
    hand.page.act("add")
    assert "belongs to a customer" in hand.told[-1]

    shop = the_round.shops[SHOPS[2]]
    hand.open(CustomerPage(hand, shop))
    hand.page.act("check_in")
    hand.open(KnowledgePage(hand, text="a new question"))
    hand.page.act("add")
    hand.answer(shop)

    assert isinstance(hand.page, CasePage) and hand.page.form.values["question"] == "a new question"


def test_an_entry_counts_until_its_last_day() -> None:
    assert knowledge.is_valid({"valid_until_on": "2026-11-22"}, "2026-11-22")
    assert not knowledge.is_valid({"valid_until_on": "2026-11-21"}, "2026-11-22")
    assert not knowledge.is_valid({"withdrawn": True}, "2026-11-22")
