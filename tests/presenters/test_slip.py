"""An order to share: the same words as picture and as PDF, and where the file goes on a desktop."""

from __future__ import annotations

import io
import math
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from field_app import language
from field_app.papers.pdf import pdf_of
from field_app.papers.picture import picture_of, wrapped
from field_app.papers.slip import Slip, SlipLine
from field_app.presenters.record import RecordPage
from field_app.presenters.save_as import SaveAsPage
from field_app.presenters.slip import SlipPage, slip_of
from field_app.services import orders, reading
from field_app.services.signatures import Signature
from tests.presenters.hand import Hand
from tests.presenters.rounds import SHOPS, Round

WAVE = [(0.1 + n / 100, 0.5 + 0.2 * math.sin(n / 4)) for n in range(60)]
LONG = SlipLine(
    "A name that is far too long for one line of a telephone's picture, and goes on 白酒礼盒装", "12 × 8.00", "96.00"
)


@pytest.fixture
def order(hand: Hand, the_round: Round) -> str:
    """A signed order of two lines."""
    lines = [{"product": the_round.products[name], "quantity": "12"} for name in ("Black Velvet", "红星二锅头")]
    signature = Signature([WAVE], 0.5, "Mrs Wang")
    return orders.place(hand.session.device, the_round.shops[SHOPS[0]], lines, note="ring twice", signature=signature)


def test_a_slip_says_who_ordered_what_for_how_much_and_who_signed(hand: Hand, order: str, the_round: Round) -> None:
    device = hand.session.device
    shop = reading.shown(device, the_round.shops[SHOPS[0]]).fields

    slip = slip_of(reading.shown(device, order), shop, hand.session)

    assert (slip.company, slip.customer) == ("Hawkeye Beverages", SHOPS[0])
    assert slip.lines == [
        SlipLine("Black Velvet", "12 × 10.49", "125.88"),
        SlipLine("红星二锅头", "12 × 4.99", "59.88"),
    ]
    assert slip.total == ("2 lines", "185.76 USD")
    assert ("Note", "ring twice") in slip.facts and slip.signed == "Signed: Mrs Wang"
    assert Image.open(io.BytesIO(slip.signature)).width > 900
    assert "confirms" in slip.remark, "nobody may take it for a confirmed order"


def test_an_order_is_shared_as_picture_and_as_pdf_from_its_page(hand: Hand, order: str) -> None:
    hand.open(RecordPage(hand, order))
    assert [key for key, _sign, _word in hand.page.bar().actions] == ["share"]
    hand.page.act("share")
    assert isinstance(hand.page, SlipPage) and hand.page.preview

    hand.page.act("picture")
    hand.page.act("pdf")

    (name, picture, kind), (pdf_name, pdf, pdf_kind) = hand.shared
    assert (kind, pdf_kind) == ("image/png", "application/pdf")
    assert name.endswith(f"{SHOPS[0]}.png") and pdf_name.endswith(".pdf")
    assert Image.open(io.BytesIO(picture)).width == 1080 and pdf.startswith(b"%PDF-")


def test_only_what_the_order_desk_confirmed_is_shared_without_the_remark(online: Hand, the_round: Round) -> None:
    device, shop = online.session.device, the_round.shops[SHOPS[3]]
    lines = [{"product": the_round.products["Black Velvet"], "quantity": "12"}]
    order = orders.place(device, shop, lines)
    online.session.sync.start()
    assert reading.shown(device, order).state == "accepted", "head office has it, and that is all"
    assert slip_of(reading.shown(device, order), {}, online.session).remark

    the_round.review(order, shop, "accept", "")
    online.session.sync.start()

    assert slip_of(reading.shown(device, order), {}, online.session).remark == ""


def a_slip(number: int, **more: object) -> Slip:
    """A slip of that many lines."""
    lines = [LONG] * number
    return Slip(
        "Order", "Hawkeye Beverages", "福星便利店", [("Taken", "22 Nov 2026")], lines, ("lines", "96.00"), **more
    )  # type: ignore[arg-type]


def test_a_picture_grows_with_its_lines_and_nothing_reaches_over_its_edge() -> None:
    one, ten = (Image.open(io.BytesIO(picture_of(a_slip(number)))) for number in (1, 10))

    assert ten.height > one.height + 9 * 100
    for image in (one, ten):
        margin = image.convert("L").crop((image.width - 60, 0, image.width, image.height))
        assert margin.getextrema() == (255, 255)


def test_a_pdf_of_many_lines_has_several_pages_and_its_text_can_be_selected() -> None:
    made = pdf_of(a_slip(60), datetime(2026, 11, 22, tzinfo=UTC))

    assert made.count(b"/Type /Page\n") >= 3
    assert b"/ToUnicode" in made and b"/FontFile" in made
    assert made == pdf_of(a_slip(60), datetime(2026, 11, 22, tzinfo=UTC))


def test_lines_end_between_words_and_inside_chinese() -> None:
    assert wrapped("one two three", 10, 70, lambda text: 10.0 * len(text)) == ["one two", "three"]
    assert wrapped("福星便利店在路口", 10, 40, lambda text: 10.0 * len(text)) == ["福星便利", "店在路口"]
    assert wrapped("", 10, 40, len) == [""]


def test_a_slip_speaks_the_language_of_the_app(hand: Hand, order: str) -> None:
    language.use("zh_Hans")
    device = hand.session.device
    found = reading.shown(device, order)

    slip = slip_of(found, reading.shown(device, str(found.customer)).fields, hand.session)

    assert slip.heading == "订单" and "总部" in slip.remark and slip.signed == "已签名：Mrs Wang"


def test_a_file_is_put_where_one_says_and_another_of_its_name_is_not_lost_unasked(hand: Hand, tmp_path: Path) -> None:
    hand.session.device.settings.set("shared_folder", str(tmp_path))
    (tmp_path / "here").mkdir()
    page = SaveAsPage(hand, "Order: 1/2.pdf", b"content")
    assert page.file_name() == "Order 12.pdf"
    hand.open(page)
    page.act("folder:here")
    page.act("save")
    assert (tmp_path / "here" / "Order 12.pdf").read_bytes() == b"content"

    hand.open(again := SaveAsPage(hand, "Order 12.pdf", b"other"))
    again.act("save")
    assert (tmp_path / "here" / "Order 12.pdf").read_bytes() == b"content"
    assert hand._confirm is not None
    hand._confirm()
    assert (tmp_path / "here" / "Order 12.pdf").read_bytes() == b"other"
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == ["Order 12.pdf"]


def test_a_full_disk_is_said_and_leaves_nothing_behind(hand: Hand, tmp_path: Path) -> None:
    hand.session.device.settings.set("shared_folder", str(tmp_path))
    page = SaveAsPage(hand, "x" * 300 + ".pdf", b"content")
    hand.open(page)

    page.act("save")

    assert "could not be read or written" in hand.told[-1] and hand.page is page
    assert list(tmp_path.glob("*.pdf")) == []
