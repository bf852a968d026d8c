"""Every page at every size, light and dark, in three languages: nothing cut, nothing on another, all large enough to touch."""

from __future__ import annotations

import json

import pytest
from kivy.core.window import Window

from field_app.app import FieldApp
from field_app.presenters import places
from field_app.presenters.conflict import ConflictPage
from field_app.presenters.correct import CorrectOrderPage, CorrectPage
from field_app.presenters.customer import CustomerPage
from field_app.presenters.customer_form import EditGroupPage, NewCustomerPage
from field_app.presenters.customers import CustomersPage
from field_app.presenters.enrol import EnrolPage
from field_app.presenters.field import FieldPage
from field_app.presenters.granted import GrantedFilePage, GrantedPage
from field_app.presenters.knowledge import CasePage, KnowledgePage
from field_app.presenters.message import MessagePage
from field_app.presenters.order import OrderPage
from field_app.presenters.order_details import OrderDetailsPage
from field_app.presenters.page import Page
from field_app.presenters.paper import PaperVisitPage
from field_app.presenters.photo import PhotoPage, TakePhotoPage
from field_app.presenters.place import PlacePage
from field_app.presenters.proposals import ProposalPage, ProposalsPage
from field_app.presenters.record import RecordPage
from field_app.presenters.record_form import ComplaintPage, ContactPage
from field_app.presenters.reports import ReportLinePage, ReportsPage, WeekPage
from field_app.presenters.safety import LeavePage
from field_app.presenters.save_as import SaveAsPage
from field_app.presenters.sealed import TakeAnswerPage
from field_app.presenters.sign import SignPage
from field_app.presenters.skip import SkipVisitPage
from field_app.presenters.slip import SlipPage
from field_app.presenters.stock import PricesPage, StockPage
from field_app.presenters.sync import SyncPage
from field_app.presenters.visit import VisitPage
from field_app.services import contacts, orders, photos, reading, visits
from field_app.theme.theme import theme
from sync_protocol.records import record_type
from tests.device.builders import jpeg
from tests.presenters.rounds import SHOPS, Round
from tests.window.conftest import Start
from tests.window.hands import Hands

SIZES = [
    ("en", (390, 844), "light", "normal"),
    ("en", (360, 640), "dark", "largest"),
    ("en", (1024, 768), "light", "large"),
    ("zh_Hans", (360, 640), "light", "normal"),
    ("zh_Hans", (1024, 768), "dark", "largest"),
    ("zh_Hant", (360, 640), "dark", "largest"),
]


def pages(hands: Hands, the_round: Round) -> list[Page]:
    """One of every page, on a visit with a photo and a count."""
    device, shop = hands.app.session.device, the_round.shops[SHOPS[0]]
    visit = visits.check_in(device, shop)
    photo = photos.attach(device, visit, jpeg(3), "display", "the shelf at the door")
    visits.count_stock(device, visit, the_round.products["Black Velvet"], "7")
    order = reading.below(device, shop, "order")[0].id
    app = hands.app
    found: list[Page] = [places.place(app, key) for key, _sign, _word in places.places()]
    for part in ("history", "file", "orders", "photos"):
        page = CustomerPage(app, shop)
        page.part = part
        found.append(page)
    found += [EditGroupPage(app, shop, group) for group in record_type("customer").groups if group != "system"]
    found += [VisitPage(app, visit), StockPage(app, visit), OrderPage(app, shop), TakePhotoPage(app, visit)]
    found += [PricesPage(app, visit), PlacePage(app, visit), KnowledgePage(app, shop), CasePage(app, shop)]
    found += [*what_is_given_away(app, order, shop, the_round)]
    found += [PhotoPage(app, photo), RecordPage(app, order), RecordPage(app, visit), ContactPage(app, shop)]
    found += [
        MessagePage(app, shop),
        ComplaintPage(app, shop),
        NewCustomerPage(app),
        SkipVisitPage(app, shop),
        SyncPage(app),
        EnrolPage(app),
    ]
    found += what_is_decided(hands, shop)
    found += what_is_granted(hands)
    found += what_is_reported(hands, the_round)
    return [*found, PaperVisitPage(app, shop), *what_came_back(hands, the_round)]


def what_is_decided(hands: Hands, shop: str) -> list[Page]:
    """A conflict, a proposal to this user, a field's history, the way without a network, and leaving the phone."""
    app, device = hands.app, hands.app.session.device
    me, store = device.identity.user_id, device.books.store(reading.shown(device, shop).book)
    asked = json.dumps({"op": "edit", "type": "customer", "record": shop, "set": {"contact_phone": "515-444-4444"}})
    for number, (type, fields) in enumerate((
        ("conflict", {"field": "remarks", "kept": '"theirs"', "lost": '"mine"', "was": '"before"', "lost_by": me, "rule": "latest"}),
        ("proposal", {"change": asked, "decider": "maintainer", "proposer": shop, "state": "open", "reason": "has moved"}),
        ("proposal", {"change": asked, "decider": "supervisor", "proposer": me, "state": "declined", "comment": "no " * 40}),
    )):  # fmt: skip
        wire = {
            "id": f"018f0000-0000-7000-8000-0000000d{number:04d}", "type": type, "customer": shop, "rev": 1, "ver": "1-0123456789ab",
            "pos": 99, "removed": False, "fields": {"of": shop, "of_type": "customer", **fields}, "by": me, "at": device.clock_ms(),
        }  # fmt: skip
        store.take_over(records=[wire], gone=(), cursor=store.cursor, anew=False)
    clash, proposal = ("018f0000-0000-7000-8000-0000000d0000", "018f0000-0000-7000-8000-0000000d0001")
    unknown = CustomersPage(app)
    unknown.text = "no such shop"
    found: list[Page] = [ConflictPage(app, clash), ProposalsPage(app), ProposalPage(app, proposal), unknown]
    return [*found, FieldPage(app, shop, "remarks"), TakeAnswerPage(app), LeavePage(app)]


def what_is_granted(hands: Hands) -> list[Page]:
    """A file of another book that may be read for a while: the list, the copy, and where there is none."""
    app, device = hands.app, hands.app.session.device
    desk = next(book for book, entry in device.scope.items() if entry["kind"] == "desk")
    copy = {"store_name": "Far Shop 远方店", "customer_code": "3001", "address": "9 Far Road, Springfield " * 3}
    fields = {
        "of": "018f0000-0000-7000-8000-0000000e0009",
        "customer_name": copy["store_name"],
        "file": json.dumps(copy),
        "until": device.clock_ms() + 86_400_000,
        "reason": "The owner opens a second shop in my round " * 2,
        "granted_by": "Ana Garcia",
    }
    wire = {
        "id": "018f0000-0000-7000-8000-0000000e0001", "type": "grant", "customer": None, "rev": 1, "ver": "1-0123456789ab",
        "pos": 99, "removed": False, "fields": fields, "by": device.identity.user_id, "at": device.clock_ms(),
    }  # fmt: skip
    store = device.books.store(desk)
    store.take_over(records=[wire], gone=(), cursor=store.cursor, anew=False)
    return [GrantedPage(app), GrantedFilePage(app, str(wire["id"])), GrantedFilePage(app, "ended")]


def what_is_reported(hands: Hands, the_round: Round) -> list[Page]:
    """The weekly sales reports: three weeks, of which one was returned and one signed; the week, and a customer of it."""
    app, device = hands.app, hands.app.session.device
    book = next(book for book, entry in device.scope.items() if entry["kind"] == "round")
    store, at = device.books.store(book), device.clock_ms()
    for number, (week_on, outcome) in enumerate(
        (("2026-11-09", ""), ("2026-11-02", "return"), ("2026-10-26", "accept"))
    ):
        for place, shop in enumerate(SHOPS[:4]):
            line, review = (f"018f0000-0000-7000-8000-00000{kind}0{number}{place:04d}" for kind in "ab")
            fields = {
                "week_on": week_on, "orders": place, "quantity": str(12 * place), "amount_minor": 1234500 * place, "before_minor": 9900,
                "visits": 1, **({"remark": "Two cases came back broken and were exchanged " * 2} if place == 1 else {}),
                **({"submitted_at": at - 2000} if outcome else {}),
            }  # fmt: skip
            said = {
                "of": line,
                "outcome": outcome,
                "comment": "Please say why the north was not visited " * 2,
                "reviewed_at": at - 1000,
            }
            same = {
                "customer": the_round.shops[shop],
                "rev": 1,
                "ver": "1-0123456789ab",
                "pos": 99,
                "removed": False,
                "at": at,
            }
            wires = [{"id": line, "type": "weekly_report", "fields": fields, "by": None, **same}]
            wires += [{"id": review, "type": "review", "fields": said, "by": None, **same}] if outcome else []
            store.take_over(records=wires, gone=(), cursor=store.cursor, anew=False)
    found: list[Page] = [ReportsPage(app)]
    found += [WeekPage(app, book, week_on) for week_on in ("2026-11-09", "2026-11-02", "2026-10-26")]
    return [*found, *(ReportLinePage(app, f"018f0000-0000-7000-8000-00000a0{number}0001") for number in (0, 1))]


def what_is_given_away(app: FieldApp, order: str, shop: str, the_round: Round) -> list[Page]:
    """A place to sign, a slip, and where its file goes."""
    begun = OrderPage(app, shop)
    begun.entered()
    begun.basket.put(the_round.products["Black Velvet"], 12)
    return [
        OrderDetailsPage(app, begun),
        SignPage(app, begun),
        SlipPage(app, order),
        SaveAsPage(app, "slip.png", b"picture"),
    ]


def what_came_back(hands: Hands, the_round: Round) -> list[Page]:
    """Pages about a refused record and a refused order."""
    app, shop = hands.app, the_round.shops[SHOPS[0]]
    device, velvet = app.session.device, the_round.products["Black Velvet"]
    contact = contacts.record(device, shop, {"content": "asked for two cases", "channel": "phone"})
    order = orders.place(device, shop, [{"product": velvet, "quantity": "12"}])
    for record, field, code in ((contact, "content", "text.too-long"), (order, "", "quota.quarantine")):
        (saved,) = device.outbox.touching([record])[record]
        why = [{"field": field, "code": code}]
        device.outbox.settle(
            [{"id": saved.id, "state": "refused", "changes": [{"n": 1, "why": why}]}], app.session.clock_ms()
        )
    found: list[Page] = [places.place(app, "today"), SyncPage(app), RecordPage(app, contact)]
    return [*found, CorrectPage(app, contact), CorrectOrderPage(app, order, shop)]


@pytest.mark.parametrize(("speaks", "size", "look", "text_size"), SIZES)
def test_every_page_is_in_its_place(
    start: Start, the_round: Round, speaks: str, size: tuple[int, int], look: str, text_size: str
) -> None:
    hands = start(speaks=speaks, size=size, look=look, text_size=text_size)
    wrong: dict[str, list[str]] = {}

    for page in pages(hands, the_round):
        hands.app.restart(page)
        hands.wait(lambda: hands.app.worker.is_idle, "the photos")
        name = f"{type(page).__name__} {getattr(page, 'part', getattr(page, 'group', ''))}"
        found = hands.faults()
        scroll = getattr(hands.app.screen, "scroll", None)
        for place in (0.5, 0.0) if scroll is not None else ():
            scroll.scroll_y = place
            hands.frames()
            found += hands.faults()
        if found:
            wrong[name] = sorted(set(found))

    assert wrong == {}


def test_the_language_changes_in_the_app_without_a_restart(start: Start) -> None:
    hands = start()
    hands.tap("more")
    hands.tap("language")
    assert hands.faults() == []
    hands.tap("zh_Hant")

    assert "文字大小" in hands.words() and "Text size" not in hands.words()
    hands.tap("today")
    assert "今天" in hands.words()
    assert hands.app.session.preferences.language == "zh_Hant"


def test_dark_and_large_text_are_chosen_in_the_app(start: Start) -> None:
    hands = start()
    hands.tap("more")
    light, text = tuple(theme.paper), theme.text
    hands.tap("look")
    hands.tap("dark")
    hands.tap("size")
    hands.tap("largest")

    assert tuple(theme.paper) != light and theme.text > text
    assert tuple(Window.clearcolor) == tuple(theme.paper)
    assert hands.faults() == []


def test_the_tabs_stand_at_the_side_of_a_tablet_and_at_the_foot_of_a_phone(start: Start) -> None:
    hands = start(size=(1024, 768))
    assert hands.touchable("orders").center_x < 100
    hands.tap("orders")
    assert type(hands.page).__name__ == "OrdersPage"

    Window.size = (390, 844)
    hands.wait(lambda: hands.app.frame.box.orientation == "vertical", "the frame")
    assert hands.touchable("orders").center_y < 100
    assert hands.faults() == []


def test_the_back_key_closes_a_sheet_then_the_page_then_goes_to_today(start: Start, the_round: Round) -> None:
    hands = start()
    hands.tap("customers")
    hands.tap(the_round.shops[SHOPS[0]])
    hands.tap("more")
    assert hands.app._sheets

    hands.press(27)
    assert not hands.app._sheets and isinstance(hands.page, CustomerPage)
    hands.press(27)
    assert type(hands.page).__name__ == "CustomersPage"
    hands.press(27)
    assert type(hands.page).__name__ == "TodayPage"


def test_the_app_locks_itself_when_nobody_touches_it(start: Start) -> None:
    hands = start()
    hands.tap("customers")
    assert hands.app._idle.timeout == 300

    hands.app._lock()
    hands.frames()

    assert hands.app.session.is_locked
    assert SHOPS[0] not in hands.words() and "Locked" in hands.words()


def test_half_composed_chinese_is_not_searched_for(start: Start) -> None:
    hands = start()
    hands.tap("customers")
    field = hands.field("search")
    field.focus = True
    field._ime_composition = "fu"
    field.text = "fu"
    hands.frames(10)
    field._paused(0)
    assert hands.page.text == ""

    field._ime_composition = ""
    field.text = "福星"
    hands.wait(lambda: hands.page.text == "福星", "the search")


def test_what_went_out_of_ones_books_is_said_and_nothing_breaks(start: Start, the_round: Round) -> None:
    hands = start()
    hands.app.open(CustomerPage(hands.app, "01a202c1-0000-7000-8000-000000000000"))
    hands.wait(lambda: "no longer on this phone" in hands.words(), "the notice")

    assert type(hands.page).__name__ == "TodayPage"
    assert hands.faults() == []
