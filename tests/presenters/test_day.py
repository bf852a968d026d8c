"""A day on the round: today, a visit with its steps, an order, what waits and what came back."""

from __future__ import annotations

from pathlib import Path

from field_app.presenters import places
from field_app.presenters.customer import CustomerPage
from field_app.presenters.order import OrderPage
from field_app.presenters.photo import TakePhotoPage
from field_app.presenters.record import RecordPage
from field_app.presenters.stock import StockPage
from field_app.presenters.sync import SyncPage
from field_app.presenters.views import Head, Pictures, Row
from field_app.presenters.visit import VisitPage
from field_app.services import reading
from tests.device.builders import jpeg
from tests.presenters.hand import Hand
from tests.presenters.rounds import SHOPS, Round


def check_in(hand: Hand, shop: str) -> VisitPage:
    hand.open(CustomerPage(hand, shop))
    hand.page.act("check_in")
    assert isinstance(hand.page, VisitPage)
    return hand.page


def test_today_shows_the_planned_visits_and_starts_the_next_one(hand: Hand) -> None:
    planned = [row for row in hand.rows() if isinstance(row, Row) and row.sign == "circle-outline"]
    assert len(planned) == 3
    assert hand.page.big().words == "Start next visit"

    hand.page.act("next")

    assert isinstance(hand.page, CustomerPage)
    assert hand.page.customer == planned[0].key.removeprefix("customer:")


def test_an_open_visit_is_gone_on_with_from_today_and_from_its_customer(hand: Hand, the_round: Round) -> None:
    visit = check_in(hand, the_round.shops[SHOPS[0]])

    hand.restart(places.place(hand, "today"))
    assert hand.page.big().words == "Go on with the visit"
    hand.page.act("open")
    assert hand.page.id == visit.id

    hand.open(CustomerPage(hand, the_round.shops[SHOPS[0]]))
    assert hand.page.big().key == "visit"
    hand.open(CustomerPage(hand, the_round.shops[SHOPS[1]]))
    hand.page.act("check_in")
    assert hand.page.id == visit.id  # nobody is in two shops
    assert "still checked in" in hand.told[-1]


def test_a_visit_ends_only_with_the_need_found_and_the_service_given(hand: Hand, the_round: Round) -> None:
    page = check_in(hand, the_round.shops[SHOPS[0]])

    page.act("check_out")

    assert hand.page is page
    assert page.focus == "need_found"
    assert [name for name in page.form.specs if page.form.view(name).reason] == ["need_found", "service_given"]

    page.put("need_found", "A cooler")
    page.put("service_given", "Price tags renewed")
    page.act("check_out")
    assert isinstance(hand.page, CustomerPage)
    visit = reading.shown(hand.session.device, page.id)
    assert (visit.fields["state"], visit.fields["need_found"]) == ("done", "A cooler")
    assert visit.fields["person"] == "Mrs Wang"  # known from the file, nobody types it
    assert visit.state == "on_phone"


def test_a_visit_keeps_its_draft_after_each_field(hand: Hand, the_round: Round, tmp_path: Path) -> None:
    page = check_in(hand, the_round.shops[SHOPS[0]])
    page.put("need_found", "一台冰柜")
    page.set("intention", "high")

    hand.open(VisitPage(hand, page.id))  # as after a killed app: another page on what is stored

    assert hand.page.form.values["need_found"] == "一台冰柜"
    assert hand.page.form.values["intention"] == "high"
    assert "need_found" not in reading.shown(hand.session.device, page.id).fields  # nothing is sent half done


def test_photos_of_a_visit_are_kept_and_seen_again(hand: Hand, the_round: Round, tmp_path: Path) -> None:
    page = check_in(hand, the_round.shops[SHOPS[0]])
    (tmp_path / "shelf.jpg").write_bytes(jpeg(5))
    page.act("add")
    assert isinstance(hand.page, TakePhotoPage)

    hand.page.typed_path(str(tmp_path))
    assert any(isinstance(row, Row) and row.key == "file:shelf.jpg" for row in hand.rows())
    hand.page.act("file:shelf.jpg")
    hand.page.act("step:stock")
    hand.page.caption = "left shelf"
    hand.page.act("keep")

    assert hand.page is page
    page.entered()
    assert len(page.photos) == 1
    photo = reading.shown(hand.session.device, page.photos[0])
    assert (photo.fields["step"], photo.fields["caption"]) == ("stock", "left shelf")
    page.act(f"photo:{photo.id}")
    assert hand.page.preview is not None
    hand.back()
    hand.open(CustomerPage(hand, the_round.shops[SHOPS[0]]))
    hand.page.act("photos")
    assert [row for row in hand.rows() if isinstance(row, Pictures)] == [Pictures((photo.id,))]


def test_a_file_that_is_no_picture_is_said_to_be_none(hand: Hand, the_round: Round, tmp_path: Path) -> None:
    page = check_in(hand, the_round.shops[SHOPS[0]])
    (tmp_path / "not.jpg").write_text("hello")
    page.act("add")

    hand.page.typed_path(str(tmp_path / "not.jpg"))
    assert hand.told[-1] == "This is not a picture."
    hand.page.typed_path(str(tmp_path / "absent.jpg"))
    assert "no such file" in hand.told[-1]
    assert hand.page.big() is None


def test_stock_is_counted_product_by_product(hand: Hand, the_round: Round) -> None:
    page = check_in(hand, the_round.shops[SHOPS[0]])
    page.act("stock")
    assert isinstance(hand.page, StockPage)
    product = the_round.products["Black Velvet"]

    hand.page.act(f"count:{product}")
    hand.answer("12.5")

    counted = reading.below(hand.session.device, page.customer, "stock_count")
    assert [(one.fields["product"], one.fields["quantity"]) for one in counted] == [(product, "12.5")]
    hand.page.act(f"count:{product}")
    hand.answer("12.5.6")
    assert "type a number" in hand.told[-1]
    hand.back()
    assert page.steps()[0].sign == "check-circle"


def test_the_last_order_is_copied_changed_by_tapping_and_saved(hand: Hand, the_round: Round) -> None:
    hand.open(OrderPage(hand, the_round.shops[SHOPS[0]]))
    velvet, star = the_round.products["Black Velvet"], the_round.products["红星二锅头"]

    hand.page.act("copy")
    assert hand.page.totals() == ("2 lines", "305.64")
    hand.page.act(f"+{velvet}")
    hand.page.search("红星")
    hand.page.act(f"+{star}")
    hand.page.act(f"={star}")
    hand.answer("6")
    hand.page.act(f"-{star}")
    assert hand.page.totals() == ("3 lines", "341.08")
    page = hand.page
    page.act("save")

    order = reading.recent(hand.session.device, "order", 1)[0]
    assert order.fields["total_minor"] == page.total_minor() == 34_108
    assert [(line["product_name"], line["quantity"]) for line in order.fields["lines"]] == [
        ("Black Velvet", "13"),
        ("Hawkeye Vodka", "24"),
        ("红星二锅头", "5"),
    ]


def test_a_copied_order_can_be_undone_and_a_draft_survives(hand: Hand, the_round: Round) -> None:
    shop, velvet = the_round.shops[SHOPS[0]], the_round.products["Black Velvet"]
    hand.open(OrderPage(hand, shop))
    hand.page.act(f"+{velvet}")
    assert OrderPage(hand, shop).quantities == {}

    hand.open(OrderPage(hand, shop))
    assert hand.page.quantities == {velvet: 12}  # as many as this shop usually takes
    hand.page.put(velvet, 0)
    hand.page.act("copy")
    assert hand.undo is not None
    hand.undo()
    assert hand.page.quantities == {}
    assert not hand.page.big().enabled


def test_what_is_saved_waits_until_a_sync_sends_it(online: Hand, the_round: Round) -> None:
    line = online.session.line  # type: ignore[attr-defined]
    line.is_cut = True
    online.open(OrderPage(online, the_round.shops[SHOPS[1]]))
    online.page.act(f"+{the_round.products['Black Velvet']}")
    online.page.act("save")
    online.restart(places.place(online, "orders"))
    assert "1 record waiting" in online.page.sync_line().words

    online.session.sync.start()
    assert online.page.sync_line().words.startswith("Offline · 1 record waiting")
    assert "No connection" in online.session.sync.failed

    line.is_cut = False
    online.session.sync.start()
    assert online.session.sync.failed == ""
    assert online.page.sync_line().words.startswith("All sent ")
    order = reading.recent(online.session.device, "order", 1)[0]
    assert order.state in ("sent", "accepted")


def test_what_head_office_returned_is_shown_with_its_comment(online: Hand, the_round: Round) -> None:
    shop = the_round.shops[SHOPS[2]]
    online.open(CustomerPage(online, shop))
    online.page.act("complaint")
    online.page.set("complaint_class", "delivery")
    online.page.put("description", "Two bottles broken")
    online.page.put("subject", "Broken bottles")
    online.page.act("save")
    complaint = reading.recent(online.session.device, "complaint", 1)[0]
    online.session.sync.start()
    the_round.review(complaint.id, shop, "return", "Which delivery note?")
    online.session.sync.start()

    online.restart(places.place(online, "today"))

    assert "Which delivery note?" in online.words()
    assert online.page.sync_line().words.startswith("1 returned")
    online.page.act(f"record:{complaint.id}")
    assert isinstance(online.page, RecordPage)
    assert online.page.state().word == "returned"
    assert "Which delivery note?" in online.words()
    online.open(SyncPage(online))
    assert Head("Returned by head office") in online.rows()


def test_a_visit_is_skipped_only_with_a_reason(hand: Hand, the_round: Round) -> None:
    shop = the_round.shops[SHOPS[1]]
    hand.open(CustomerPage(hand, shop))
    hand.page.act("more")
    hand.answer("skip")

    hand.page.act("save")
    assert hand.page.form.view("skip_kind").reason == "Please fill this in."
    hand.page.set("skip_kind", "closed")
    hand.page.put("skip_reason", "Closed today")
    hand.page.act("save")

    visit = reading.below(hand.session.device, shop, "visit")[0]
    assert (visit.fields["state"], visit.fields["skip_reason"]) == ("skipped", "Closed today")
    hand.restart(places.place(hand, "today"))
    assert any(isinstance(row, Row) and row.detail == "skipped" for row in hand.rows())
