"""The code lists of the company in the field: what the office offers is what the app offers, after a sync."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from field_app import language
from field_app.presenters import places
from field_app.presenters.customer import CustomerPage
from field_app.presenters.skip import SkipVisitPage
from field_app.services import reading
from server.services import books, clock
from tests.presenters.hand import Hand
from tests.presenters.rounds import SHOPS, Round, a_round

ENTRIES = (
    {"code": "festival", "words": "Temple festival", "words_zh_hant": "廟會", "place": 1},
    {"code": "road", "words": "Road", "withdrawn": True},
    {"code": "closed", "words": "Shutters down"},
)


@pytest.fixture(scope="module")
def the_round(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Round]:
    """A head office that keeps a list of its own, and a device that has it."""
    with a_round(tmp_path_factory.mktemp("lists")) as made:
        made.office.user("keeper", "catalogue_editor")
        with made.office.app.app_context():
            book = books.reference_book()
        for values in ENTRIES:
            change = {"op": "create", "type": "code_entry", "record": clock.new_id(), "customer": None}
            made.office.write(book, {**change, "set": {"code_list": "skip_reasons", **values}})
        yield made


@pytest.fixture
def hand(the_round: Round, tmp_path: Path) -> Iterator[Hand]:
    """A device that synced after the entries were written."""
    language.use("en")
    session = the_round.own_session(tmp_path / "field")
    found = Hand(session)
    found.restart(places.place(found, "today"))
    yield found
    session.lock()
    language.use("en")


def test_a_skipped_visit_is_given_a_reason_from_the_companys_list(hand: Hand, the_round: Round) -> None:
    shop = the_round.shops[SHOPS[1]]
    hand.open(SkipVisitPage(hand, shop))
    choices = dict(hand.page.form.view("skip_kind").choices)
    assert list(choices)[0] == "festival" and "road" not in choices and choices["closed"] == "Shutters down"

    hand.page.set("skip_kind", "festival")
    hand.page.act("save")

    visit = reading.below(hand.session.device, shop, "visit")[0]
    assert (visit.fields["state"], visit.fields["skip_kind"]) == ("skipped", "festival")
    hand.open(CustomerPage(hand, shop))
    hand.page.act("tab:visits")
    assert any("Temple festival" in str(getattr(row, "detail", "")) for row in hand.rows())
    language.use("zh_Hant")
    assert any("廟會" in str(getattr(row, "detail", "")) for row in hand.rows())
