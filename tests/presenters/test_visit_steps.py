"""The steps of a visit: shelf and price tags, photos that are sealed before they are described, steps left out, the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from field_app.device import Device
from field_app.presenters.customer import CustomerPage
from field_app.presenters.photo import PhotoPage, TakePhotoPage
from field_app.presenters.place import PlacePage
from field_app.presenters.stock import PricesPage, StockPage
from field_app.presenters.visit import VisitPage
from field_app.services import photos, reading, visits
from sync_protocol.evidence import first_broken
from tests.device.builders import PASSPHRASE, jpeg
from tests.presenters.hand import Hand
from tests.presenters.rounds import SHOPS, Round, now_ms


@pytest.fixture
def visit(hand: Hand, the_round: Round) -> VisitPage:
    """A visit in progress."""
    hand.open(CustomerPage(hand, the_round.shops[SHOPS[0]]))
    hand.page.act("check_in")
    assert isinstance(hand.page, VisitPage)
    return hand.page


def step(page: VisitPage, key: str) -> tuple[str, str]:
    """(sign, detail) of a step."""
    page.entered()
    return next((row.sign, row.detail) for row in page.steps() if row.key == key)


def test_a_price_tag_is_read_beside_our_price_and_stands_with_the_count_of_its_product(
    hand: Hand, visit: VisitPage, the_round: Round
) -> None:
    velvet = the_round.products["Black Velvet"]
    visit.act("stock")
    hand.page.act(f"count:{velvet}")
    hand.answer("7")
    hand.back()
    visit.act("prices")
    assert isinstance(hand.page, PricesPage) and "our price 10.49" in hand.words()

    hand.page.act(f"count:{velvet}")
    hand.answer("12.99")

    (noted,) = reading.referring(hand.session.device, visit.id, "stock_count")
    assert (noted.fields["quantity"], noted.fields["price_seen_minor"]) == ("7", 1299)
    assert step(visit, "prices") == ("check-circle", "1 price tag read")
    visit.put("need_found", "n")
    visit.put("service_given", "s")
    visit.act("check_out")
    assert reading.shown(hand.session.device, visit.id).fields["prices_checked"] is True


def test_a_product_counted_twice_is_corrected_not_doubled(hand: Hand, visit: VisitPage, the_round: Round) -> None:
    velvet = the_round.products["Black Velvet"]
    hand.open(StockPage(hand, visit.id))
    for number in ("7", "9"):
        hand.page.act(f"count:{velvet}")
        hand.answer(number)

    (noted,) = reading.referring(hand.session.device, visit.id, "stock_count")
    assert noted.fields["quantity"] == "9"


def test_a_step_is_left_out_with_its_reason_and_done_after_all(hand: Hand, visit: VisitPage, the_round: Round) -> None:
    visit.act("stock")
    hand.page.act("leave_out")
    hand.answer("No time, next visit")
    assert hand.page is visit
    assert step(visit, "stock") == ("minus-circle-outline", "left out: No time, next visit")
    visit.act("prices")
    hand.page.act("leave_out")
    hand.answer("Nothing to see or count")
    kept = reading.shown(hand.session.device, visit.id).fields["steps_skipped"]
    assert kept == "Stock count: No time, next visit\nPrice tags: Nothing to see or count"

    visit.act("stock")
    hand.page.act(f"count:{the_round.products['Black Velvet']}")
    hand.answer("3")

    assert step(visit, "stock")[0] == "check-circle"
    assert [key for key, _sign, _word in hand.page.bar().actions] == []


def take(hand: Hand, tmp_path: Path, seed: int, side: int = 1800) -> TakePhotoPage:
    """Choose a picture from a file."""
    file = tmp_path / f"{seed}.jpg"
    file.write_bytes(jpeg(seed, side=side))
    page = hand.page
    assert isinstance(page, TakePhotoPage)
    page.typed_path(str(file))
    return page


def test_a_picture_is_sealed_before_it_is_described_and_offered_again_after_a_kill(
    hand: Hand, visit: VisitPage, tmp_path: Path
) -> None:
    device = hand.session.device
    visit.act("display")
    page = take(hand, tmp_path, 4)
    page.describe("left sh")
    page.act("step:stock")
    (file,) = (device.folder / "photos").rglob("*/*")
    assert b"JFIF" not in file.read_bytes() and not reading.referring(device, visit.id, "photo")

    folder = device.folder
    hand.session.lock()  # as a killed process: nothing was said to it
    hand.session.hold(Device.unlock(folder, PASSPHRASE, clock_ms=now_ms))
    hand.open(VisitPage(hand, visit.id))
    hand.page.act("add")

    again = hand.page
    assert again.preview is not None and (again.step, again.caption) == ("stock", "left sh")
    again.act("keep")
    (photo,) = reading.referring(hand.session.device, visit.id, "photo")
    assert (photo.fields["step"], photo.fields["caption"]) == ("stock", "left sh")
    assert max(photo.fields["width_px"], photo.fields["height_px"]) == 1600
    assert photos.held(hand.session.device, visit.id) is None
    assert photos.read(hand.session.device, photo.id).startswith(b"\xff\xd8")


def test_a_picture_that_was_given_up_leaves_no_file_and_no_draft(hand: Hand, visit: VisitPage, tmp_path: Path) -> None:
    device = hand.session.device
    visit.act("add")
    page = take(hand, tmp_path, 4)
    page.describe("blurred")

    page.act("again")

    assert page.preview is None and page.caption == ""
    assert not [path for path in (device.folder / "photos").rglob("*/*") if path.is_file()]
    assert TakePhotoPage(hand, visit.id).caption == ""


def test_another_picture_in_place_of_one_that_waits_leaves_no_file_of_it(
    hand: Hand, visit: VisitPage, tmp_path: Path
) -> None:
    device = hand.session.device
    visit.act("add")
    take(hand, tmp_path, 4)
    take(hand, tmp_path, 5).act("keep")

    assert len([path for path in (device.folder / "photos").rglob("*/*") if path.is_file()]) == 1


def test_twenty_photos_follow_each_other_and_their_chain_shows_what_was_changed(
    hand: Hand, visit: VisitPage, tmp_path: Path
) -> None:
    hand.session.located(42.0347, -93.62, 8.4)
    visit.act("add")
    page = hand.page
    for seed in range(20):
        take(hand, tmp_path, seed, 300).act("next")
    assert page.kept == 20 and hand.page is page and page.preview is None

    found = sorted(reading.referring(hand.session.device, visit.id, "photo"), key=lambda one: one.id)
    fields = [one.fields for one in found]
    assert len(fields) == 20 and first_broken(fields) is None
    assert (fields[0]["latitude"], fields[0]["longitude"], fields[0]["accuracy_m"]) == ("42.0347", "-93.62", 8)
    hand.open(PhotoPage(hand, found[19].id))
    assert hand.page.caption == "42.0347, -93.62 ± 8 m · evidence chain whole"
    assert first_broken([*fields[:7], *fields[8:]]) == 7
    fields[3] = {**fields[3], "taken_at": fields[3]["taken_at"] - 86_400_000}
    assert first_broken(fields) == 3


def test_a_check_in_takes_the_place_the_receiver_found_and_never_waits_for_one(hand: Hand, the_round: Round) -> None:
    shop = the_round.shops[SHOPS[1]]
    assert hand.session.whereabouts() is None
    hand.open(CustomerPage(hand, shop))
    hand.page.act("check_in")
    page = hand.page
    assert step(page, "place") == ("map-marker-outline", "not known; you can type it")

    hand.session.located(42.0347, -93.62, 8.4)
    page.located()

    fields = reading.shown(hand.session.device, page.id).fields
    assert (fields["latitude"], fields["longitude"], fields["accuracy_m"]) == ("42.0347", "-93.62", 8)
    assert step(page, "place")[0] == "map-marker-check-outline"


def test_an_old_position_counts_for_nothing(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    hand.session.located(42.0, -93.0)
    assert hand.session.whereabouts() is not None

    later = now_ms() + 11 * 60_000
    monkeypatch.setattr(hand.session, "clock_ms", lambda: later)

    assert hand.session.whereabouts() is None


def test_a_place_is_typed_where_there_is_no_receiver(hand: Hand, visit: VisitPage) -> None:
    visit.act("place")
    page = hand.page
    assert isinstance(page, PlacePage)
    page.act("save")
    assert page.focus == "latitude"
    page.put("latitude", "north")
    page.put("longitude", "-93.62")
    page.act("save")
    assert hand.page is page and page.form.view("latitude").reason
    page.put("latitude", "42.0347")

    page.act("save")

    assert hand.page is visit
    assert reading.shown(hand.session.device, visit.id).fields["latitude"] == "42.0347"


def test_a_visit_knows_its_distance_to_the_outlet(hand: Hand, the_round: Round) -> None:
    device, shop = hand.session.device, the_round.shops[SHOPS[2]]
    visit = visits.check_in(device, shop)
    visits.note_place(device, visit, {"latitude": "42.0347", "longitude": "-93.62"})
    assert "distance_m" not in reading.shown(device, visit).fields, "where the shop is nobody knows"
