"""The customer's file: what is shown, who maintains it, what becomes of an edit; and finding a customer."""

from __future__ import annotations

import pytest

from field_app import language
from field_app.presenters import places
from field_app.presenters.customer import CustomerPage
from field_app.presenters.customer_form import EditGroupPage, NewCustomerPage
from field_app.presenters.views import Fact, Head, Note, Row
from field_app.services import finding, reading, roster
from sync_protocol.records import record_type
from tests.presenters.hand import Hand
from tests.presenters.rounds import SHOPS, Round


@pytest.mark.parametrize("text", ["sun gro", "Grocery", "2501", "515-243-0001", "13 Main"])
def test_a_customer_is_found_by_name_code_telephone_and_address(hand: Hand, text: str) -> None:
    hand.restart(places.place(hand, "customers"))

    hand.page.search(text)

    assert [row.title for row in hand.rows() if isinstance(row, Row)] == ["Sun Grocery"]


def test_a_chinese_name_is_found_by_its_characters_and_by_pinyin(hand: Hand) -> None:
    hand.restart(places.place(hand, "customers"))
    for text in ("福星", "fuxing", "永辉", "yhyj"):
        hand.page.search(text)
        assert [row for row in hand.rows() if isinstance(row, Row)], text


def test_a_search_without_a_hit_says_what_can_be_tried(hand: Hand) -> None:
    hand.restart(places.place(hand, "customers"))

    hand.page.search("nobody")

    note, new = hand.rows()
    assert isinstance(note, Note) and "«nobody»" in note.words
    assert (new.key, new.detail) == ("new", "nobody")


def test_a_slip_of_the_finger_is_answered_with_whom_one_may_have_meant(hand: Hand) -> None:
    hand.restart(places.place(hand, "customers"))

    hand.page.search("hawkeey liquor")

    assert "Hawkeye Liquor" in [row.title for row in hand.rows() if isinstance(row, Row)]
    assert "Did you mean …" in [row.words for row in hand.rows() if isinstance(row, Head)]


def test_chinese_of_the_same_sound_finds_the_shop_that_was_meant(hand: Hand) -> None:
    hand.restart(places.place(hand, "customers"))

    hand.page.search("永晖烟酒行")

    assert "永辉烟酒行" in [row.title for row in hand.rows() if isinstance(row, Row)]


def test_a_new_customer_like_one_that_is_there_is_made_only_after_a_question(hand: Hand, the_round: Round) -> None:
    hand.open(NewCustomerPage(hand, "Sun Grocery"))
    before = len(roster.customers(hand.session.device))

    hand.page.put("address", "Elsewhere 3")
    warning = hand.page.warning()
    hand.page.act("save")
    asked_first = len(roster.customers(hand.session.device)) == before
    assert hand._confirm is not None
    hand._confirm()

    assert warning is not None and "Sun Grocery" in warning[1]
    assert asked_first
    assert len(roster.customers(hand.session.device)) == before + 1


def test_the_same_telephone_in_other_signs_is_noticed_and_a_stranger_is_not(hand: Hand) -> None:
    device = hand.session.device

    same = finding.alike(device, {"store_name": "Quite another name", "contact_phone": "(515) 243 0001"})
    other = finding.alike(device, {"store_name": "Zebra Crossing", "contact_phone": "020 1234567"})

    assert [(one.customer.fields["store_name"], one.field, one.certain) for one in same] == [
        ("Sun Grocery", "contact_phone", False)
    ]
    assert other == []


def test_every_group_of_the_declaration_is_in_the_file_with_its_completeness(hand: Hand, the_round: Round) -> None:
    hand.open(CustomerPage(hand, the_round.shops[SHOPS[0]]))
    hand.page.act("file")

    heads = {row.words: row.more for row in hand.rows() if isinstance(row, Head)}

    groups = record_type("customer").groups
    assert list(heads) == [labels["en"] for labels in groups.values()]
    assert heads["System"] == "computed"
    filled, all_ = (int(part) for part in heads["Personal"].split(" of "))
    assert (filled, all_) == (4, all_) and all_ > 10


def test_who_maintains_a_group_stands_above_it(hand: Hand, the_round: Round) -> None:
    hand.open(CustomerPage(hand, the_round.shops[SHOPS[0]]))
    hand.page.act("file")

    edits = {row.key: (row.title, row.detail) for row in hand.rows() if isinstance(row, Row)}

    assert edits["edit:personal"][0] == "Edit"
    assert edits["edit:personal"][1].startswith("maintained by you")
    assert edits["edit:management"] == ("Propose a change", "maintained by the licensing administrator: vacant now")
    assert edits["edit:supplement"][1].startswith("maintained by Chen, the department head")


def test_before_typing_one_sees_what_will_be_a_proposal(hand: Hand, the_round: Round) -> None:
    hand.open(EditGroupPage(hand, the_round.shops[SHOPS[0]], "personal"))
    page = hand.page
    views = {view.name: view for _group, _label, found in page.sections() for view in found}
    assert page.remark(views["contact_phone"]) == ""
    assert page.remark(views["address"]) == "proposal: the department head decides"
    assert not page.big().enabled

    hand.open(EditGroupPage(hand, the_round.shops[SHOPS[0]], "management"))
    licence = hand.page.form.view("monopoly_certificate_number")
    assert hand.page.remark(licence) == "proposal: the licensing administrator decides"

    page.put("address", "1 New Street")
    assert page.big().words == "Propose 1 change"
    page.put("contact_phone", "515 555 0100")
    assert page.big().words == "Save, propose 1"


def test_an_edit_counts_at_once_and_a_static_field_becomes_a_proposal(online: Hand, the_round: Round) -> None:
    shop = the_round.shops[SHOPS[3]]
    online.open(CustomerPage(online, shop))
    online.open(EditGroupPage(online, shop, "personal"))
    online.page.put("contact_phone", "515 555 0199")
    online.page.put("address", "1 New Street")
    online.page.act("save")
    assert "decides about the proposal" in online.told[-1]

    online.session.sync.start()

    file = reading.shown(online.session.device, shop)
    assert file.fields["contact_phone"] == "515 555 0199"
    assert file.fields["address"] == "15 Main Street"
    assert file.asked["address"] == "1 New Street"
    online.restart(CustomerPage(online, shop))
    online.page.act("file")
    facts = {row.label: row.text for row in online.rows() if isinstance(row, Fact)}
    assert facts["Address"] == "15 Main Street\nasked for: 1 New Street"
    online.page.act("history")
    proposals = [row for row in online.rows() if isinstance(row, Row) and row.title == "Proposal · Open"]
    assert [row.detail for row in proposals] == ["Address: 1 New Street"]


def test_a_field_that_cannot_be_read_says_why_and_holds_the_saving(hand: Hand, the_round: Round) -> None:
    hand.open(EditGroupPage(hand, the_round.shops[SHOPS[0]], "personal"))

    reason = hand.page.put("contact_phone", "call me")
    hand.page.act("save")

    assert reason.startswith("A telephone number has")
    assert hand.page.focus == "contact_phone"


def test_an_edit_that_was_not_saved_is_there_again(hand: Hand, the_round: Round) -> None:
    shop = the_round.shops[SHOPS[0]]
    hand.open(EditGroupPage(hand, shop, "personal"))
    hand.page.put("second_phone", "515 555 0123")

    hand.open(EditGroupPage(hand, shop, "personal"))

    assert hand.page.form.values["second_phone"] == "515 555 0123"
    hand.page.act("save")
    hand.open(EditGroupPage(hand, shop, "personal"))
    assert hand.page.form.changed() == {}


def test_a_new_customer_begins_with_what_was_searched_for(hand: Hand) -> None:
    hand.restart(places.place(hand, "customers"))
    hand.page.search("Brand New Shop")
    hand.page.act("new")
    assert isinstance(hand.page, NewCustomerPage)
    assert hand.page.form.values["store_name"] == "Brand New Shop"
    hand.page.put("contact_phone", "515 555 0111")

    hand.page.act("save")

    assert isinstance(hand.page, CustomerPage)
    assert hand.page.name == "Brand New Shop"
    assert hand.page.file.state == "on_phone"


def test_a_new_customer_without_a_name_is_not_made(hand: Hand) -> None:
    hand.open(NewCustomerPage(hand))
    before = reading.counts(hand.session.device)["customer"]

    hand.page.act("save")

    assert hand.page.form.view("store_name").reason == "Please fill this in."
    assert reading.counts(hand.session.device)["customer"] == before


def test_the_history_is_by_day_with_the_newest_on_top(hand: Hand, the_round: Round) -> None:
    shop = the_round.shops[SHOPS[0]]
    hand.open(CustomerPage(hand, shop))
    hand.page.act("contact")
    hand.page.put("content", "Asked about the New Year delivery")
    hand.page.act("save")

    heads = [row.words for row in hand.rows() if isinstance(row, Head)]
    rows = [row for row in hand.rows() if isinstance(row, Row)]

    assert [head for head in heads if head != "Due here"][0] == "Today"
    assert rows[0].detail == "Asked about the New Year delivery"
    assert rows[0].mark is not None and rows[0].mark.word == "on phone"
    assert rows[-1].figure == "305.64"


def test_the_file_speaks_the_language_of_the_app(hand: Hand, the_round: Round) -> None:
    hand.open(CustomerPage(hand, the_round.shops[SHOPS[0]]))
    hand.page.act("file")
    for code, group, edit in (("zh_Hans", "经营信息", "编辑"), ("zh_Hant", "經營資訊", "編輯")):
        language.use(code)
        assert group in [row.words for row in hand.rows() if isinstance(row, Head)]
        assert edit in [row.title for row in hand.rows() if isinstance(row, Row)]


def test_the_number_of_a_customer_can_be_called(hand: Hand, the_round: Round) -> None:
    hand.open(CustomerPage(hand, the_round.shops[SHOPS[1]]))

    hand.page.act("call")

    assert hand.dialled == "515-243-0001"
