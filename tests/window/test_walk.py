"""The walk of a day through the real window by real touches: unlock, find, open, visit with a photo, order, sync."""

from __future__ import annotations

from pathlib import Path

import pytest

from field_app.presenters.customer import CustomerPage
from field_app.presenters.today import TodayPage
from field_app.presenters.visit import VisitPage
from field_app.services import reading
from tests.device.builders import PASSPHRASE, jpeg
from tests.presenters.rounds import SHOPS, Round
from tests.window.conftest import Start

WORDS = {
    "en": {
        "unlock": "Unlock",
        "wrong": "This passphrase does not open the device.",
        "today": "Today",
        "check_in": "Check in here",
        "need": "Need found",
        "copied": "Last order copied.",
        "state": "on phone",
        "sent": "All sent",
    },
    "zh_Hans": {
        "unlock": "解锁",
        "wrong": "口令不正确，无法打开本机。",
        "today": "今天",
        "check_in": "在此签到",
        "need": "发现的需求",
        "copied": "已复制上次订单。",
        "state": "待发送",
        "sent": "已全部发送",
    },
}


@pytest.mark.parametrize("speaks", ["en", "zh_Hans"])
def test_the_right_passphrase_opens_today(start: Start, speaks: str) -> None:
    hands = start(speaks=speaks, unlocked=False)
    assert WORDS[speaks]["unlock"] in hands.words() and "Hawkeye Beverages" in hands.words()
    assert hands.faults() == []

    hands.write("passphrase", "not this one")
    hands.tap("unlock")
    hands.wait(lambda: WORDS[speaks]["wrong"] in hands.words(), "the refusal")
    hands.write("passphrase", PASSPHRASE)
    hands.tap("unlock")

    hands.wait(lambda: isinstance(hands.page, TodayPage), "today")
    assert WORDS[speaks]["today"] in hands.words()
    assert SHOPS[1] in hands.words()
    assert hands.faults() == []


@pytest.mark.parametrize("speaks", ["en", "zh_Hans"])
def test_a_customer_is_found_while_typing_and_opened(start: Start, the_round: Round, speaks: str) -> None:
    hands = start(speaks=speaks)
    hands.tap("customers")
    assert all(shop in hands.words() for shop in SHOPS)

    hands.write("search", "福星")

    hands.wait(lambda: SHOPS[1] not in hands.words(), "the search")
    assert SHOPS[0] in hands.words()
    assert hands.faults() == []
    hands.tap(the_round.shops[SHOPS[0]])
    assert isinstance(hands.page, CustomerPage)
    assert WORDS[speaks]["check_in"] in hands.words() and "305.64" in hands.words()
    hands.tap("back")
    assert hands.field("search").text == "福星" and SHOPS[1] not in hands.words()


@pytest.mark.parametrize("speaks", ["en", "zh_Hans"])
def test_a_visit_with_a_photo_goes_from_check_in_to_check_out(
    start: Start, the_round: Round, tmp_path: Path, speaks: str
) -> None:
    hands = start(speaks=speaks)
    hands.tap("customers")
    hands.tap(the_round.shops[SHOPS[1]])
    hands.tap("check_in")
    assert isinstance(hands.page, VisitPage) and WORDS[speaks]["need"] in hands.words()
    visit = hands.page.id
    assert hands.faults() == []

    (tmp_path / "shelf.jpg").write_bytes(jpeg(7, side=1800))
    hands.tap("add")
    hands.write("path", str(tmp_path / "shelf.jpg"))
    from kivy.core.window import Window

    Window.dispatch("on_key_down", 13, 0, None, [])
    hands.wait(lambda: hands.page.preview, "the picture")
    assert hands.faults() == []
    hands.tap("step:stock")
    hands.tap("keep")
    hands.wait(lambda: isinstance(hands.page, VisitPage), "the photo to be saved")
    (photo,) = hands.page.photos
    hands.wait(lambda: hands.touchable(photo).texture is not None, "the thumb")

    hands.tap("check_out")
    assert hands.page.id == visit and hands.page.form.view("need_found").reason in hands.words()
    hands.write("need_found", "一台冰柜")
    hands.write("service_given", "Price tags renewed")
    hands.tap("check_out")

    hands.wait(lambda: isinstance(hands.page, CustomerPage), "the end of the visit")
    found = reading.shown(hands.app.session.device, visit)
    assert (found.fields["state"], found.fields["need_found"]) == ("done", "一台冰柜")
    assert reading.shown(hands.app.session.device, photo).fields["step"] == "stock"
    assert WORDS[speaks]["state"] in hands.words()
    assert hands.faults() == []


@pytest.mark.parametrize("speaks", ["en", "zh_Hans"])
def test_an_order_is_copied_changed_and_saved(start: Start, the_round: Round, speaks: str) -> None:
    hands = start(speaks=speaks)
    hands.tap("customers")
    hands.tap(the_round.shops[SHOPS[0]])
    hands.tap("order")
    velvet, star = the_round.products["Black Velvet"], the_round.products["红星二锅头"]

    hands.tap("copy")
    hands.wait(lambda: WORDS[speaks]["copied"] in hands.words(), "the notice")
    assert "305.64" in hands.words()
    hands.tap(f"+{velvet}")
    hands.tap(f"={velvet}")
    for figure in ("2", "0", "done"):
        hands.tap(figure)
    hands.write("search", "红星")
    hands.wait(lambda: "Black Velvet" not in hands.words(), "the search")
    hands.tap(f"+{star}")
    hands.tap("clear")
    hands.wait(lambda: "394.55" in hands.words(), "the total")
    assert hands.faults() == []
    hands.tap("save")

    hands.wait(lambda: isinstance(hands.page, CustomerPage), "the order to be saved")
    order = reading.recent(hands.app.session.device, "order", 1)[0]
    assert [line["quantity"] for line in order.fields["lines"]] == ["20", "24", "1"]
    assert order.fields["total_minor"] == 39_455
    assert "394.55" in hands.words() and WORDS[speaks]["state"] in hands.words()


@pytest.mark.parametrize("speaks", ["en", "zh_Hans"])
def test_what_waits_is_sent_when_one_says_sync_now(start: Start, the_round: Round, speaks: str) -> None:
    hands = start(speaks=speaks, online=True)
    session = hands.app.session
    session.line.is_cut = True
    hands.tap("customers")
    hands.tap(the_round.shops[SHOPS[2]])
    hands.tap("order")
    hands.tap(f"+{the_round.products['Black Velvet']}")
    hands.tap("save")
    hands.tap("sync_line")
    assert hands.faults() == []

    hands.tap("sync")
    hands.wait(lambda: not session.sync.is_running and session.sync.failed, "the failed sync")
    assert session.sync.failed in hands.words()
    session.line.is_cut = False
    hands.tap("sync")
    hands.wait(lambda: not session.sync.is_running and session.sync.done_words, "the sync")

    hands.tap("back")
    assert WORDS[speaks]["sent"] in hands.page.sync_line().words
    assert hands.app.screen.sync_bar.words == hands.page.sync_line().words
    assert reading.recent(session.device, "order", 1)[0].state in ("sent", "accepted")
