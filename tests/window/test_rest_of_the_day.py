"""What a day has besides visit and order, by touches alone, without a network: skipped, from paper, promised, settled, handed over."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from kivy.core.window import Window

from field_app.presenters.conflict import ConflictPage
from field_app.presenters.correct import CorrectPage
from field_app.presenters.customer import CustomerPage
from field_app.presenters.knowledge import CasePage
from field_app.presenters.record import RecordPage
from field_app.presenters.safety import LeavePage
from field_app.presenters.sync import SyncPage
from field_app.services import complaints, conflicts, contacts, customers, reading, safety
from server.services import envelopes as office_envelopes
from tests.presenters.rounds import SHOPS, Round, now_ms
from tests.window.conftest import Start
from tests.window.hands import Hands

SMALL = (360, 640)
BOTH = pytest.mark.parametrize("speaks", ["en", "zh_Hans"])


def customer(hands: Hands, shop: str) -> None:
    """Go to a customer by the list."""
    hands.app.restart(CustomerPage(hands.app, shop))
    hands.frames()


@BOTH
def test_a_visit_is_skipped_with_its_reason(start: Start, the_round: Round, speaks: str) -> None:
    hands, shop = start(speaks=speaks, size=SMALL), the_round.shops[SHOPS[1]]
    customer(hands, shop)
    hands.tap("more")
    hands.tap("skip")
    hands.tap("save")
    assert hands.page.form.view("skip_kind").reason in hands.words()
    hands.tap("skip_kind:closed")
    hands.write("skip_reason", "关门 closed")
    assert hands.faults() == []
    hands.tap("save")
    hands.wait(lambda: isinstance(hands.page, CustomerPage), "the customer")

    (visit,) = reading.below(hands.app.session.device, shop, "visit")
    assert (visit.fields["state"], visit.fields["skip_reason"]) == ("skipped", "关门 closed")


@BOTH
def test_a_visit_of_yesterday_is_entered_from_paper(start: Start, the_round: Round, speaks: str) -> None:
    hands, shop = start(speaks=speaks, size=SMALL), the_round.shops[SHOPS[2]]
    day = hands.app.session.today() - timedelta(days=1)
    customer(hands, shop)
    hands.tap("more")
    hands.tap("paper")
    for field, text in {"day": day.isoformat(), "from": "0930", "until": "10:05", "need_found": "A cooler"}.items():
        hands.write(field, text)
    assert hands.faults() == []
    hands.tap("save")
    hands.wait(lambda: isinstance(hands.page, CustomerPage), "the customer")

    (visit,) = reading.below(hands.app.session.device, shop, "visit")
    begun = hands.app.session.local(visit.fields["checked_in_at"])
    assert (begun.date(), f"{begun:%H:%M}", visit.fields["need_found"]) == (day, "09:30", "A cooler")
    assert visit.fields["entered_from_paper"] is True


@BOTH
def test_a_complaint_becomes_a_case_by_its_sign(start: Start, the_round: Round, speaks: str) -> None:
    hands, shop = start(speaks=speaks, size=SMALL), the_round.shops[SHOPS[1]]
    device = hands.app.session.device
    said = {"description": "Corks dry", "subject": "Dry corks", "complaint_class": "product"}
    hands.app.open(RecordPage(hands.app, complaints.record(device, shop, said)))
    hands.frames()
    hands.tap("case")
    assert isinstance(hands.page, CasePage)
    hands.write("answer", "Store the bottles lying 平放")
    assert hands.faults() == []
    hands.tap("save")

    (case,) = reading.below(device, shop, "knowledge_case")
    assert (case.fields["question"], case.fields["answer"]) == ("Dry corks", "Store the bottles lying 平放")


@BOTH
def test_what_came_back_is_corrected_from_today_and_sent_again(start: Start, the_round: Round, speaks: str) -> None:
    hands, shop = start(speaks=speaks, size=SMALL), the_round.shops[SHOPS[0]]
    device = hands.app.session.device
    contact = contacts.record(device, shop, {"content": "asked for two cases", "channel": "phone"})
    (saved,) = device.outbox.touching([contact])[contact]
    why = [{"field": "content", "code": "text.too-long"}]
    device.outbox.settle([{"id": saved.id, "state": "refused", "changes": [{"n": 1, "why": why}]}], now_ms())

    hands.tap("customers")
    hands.tap("today")
    hands.tap(f"record:{contact}")
    hands.tap("correct")
    assert isinstance(hands.page, CorrectPage) and hands.faults() == []
    hands.write("content", "two cases")
    hands.tap("save")
    hands.wait(lambda: isinstance(hands.page, RecordPage), "the record")

    assert [one.wire["changes"][0]["set"]["content"] for one in device.outbox.in_state("ready") if one.wire] == ["two cases"]  # fmt: skip


@BOTH
def test_a_conflict_is_settled_with_base_mine_and_theirs_in_view(start: Start, the_round: Round, speaks: str) -> None:
    hands, shop = start(speaks=speaks, size=SMALL), the_round.shops[SHOPS[0]]
    device = hands.app.session.device
    fields = {
        "field": "remarks", "kept": json.dumps("theirs"), "lost": json.dumps("mine"), "was": json.dumps("before"), "rule": "latest",
        "lost_by": device.identity.user_id, "of": shop, "of_type": "customer",
    }  # fmt: skip
    clash = "018f0000-0000-7000-8000-0000000c0001"
    wire = {
        "id": clash, "type": "conflict", "customer": shop, "rev": 1, "ver": "1-0123456789ab", "pos": 99, "removed": False,
        "fields": fields, "by": None, "at": now_ms(),
    }  # fmt: skip
    store = device.books.store(reading.shown(device, shop).book)
    store.take_over(records=[wire], gone=(), cursor=store.cursor, anew=False)

    hands.tap("customers")
    hands.tap("today")
    hands.tap(f"conflict:{clash}")
    assert isinstance(hands.page, ConflictPage) and hands.faults() == []
    assert {"before", "mine"} <= set(hands.words().split("\n"))
    hands.tap("mine")

    assert reading.shown(device, shop).fields["remarks"] == "mine" and conflicts.open_clashes(device) == []


def test_a_sealed_file_is_written_to_a_folder_and_its_answer_taken_in(
    start: Start, the_round: Round, tmp_path: Path
) -> None:
    hands = start(size=SMALL, online=True)
    device = hands.app.session.device
    hands.app.session.line.is_cut = True  # type: ignore[attr-defined]
    customers.edit(device, the_round.shops[SHOPS[1]], {"remarks": "Carried by hand"})
    hands.app.open(SyncPage(hands.app))
    hands.frames()
    scroll_to(hands, "write")
    hands.tap("write")
    hands.wait(lambda: type(hands.page).__name__ == "SaveAsPage", "where to put it")
    hands.page.folders.enter(tmp_path)
    hands.app.draw()
    hands.tap("save")
    hands.wait(lambda: list(tmp_path.glob("*.age")), "the file")
    (sealed,) = tmp_path.glob("*.age")
    assert b"Carried" not in sealed.read_bytes()
    with the_round.office.app.app_context():
        answer = b"".join(office_envelopes.answer_file(office_envelopes.receive([sealed.read_bytes()])))
    sealed.unlink()
    (tmp_path / "answer.age").write_bytes(answer)

    hands.app.restart(SyncPage(hands.app))
    hands.frames()
    scroll_to(hands, "take")
    hands.tap("take")
    hands.page.folders.enter(tmp_path)
    hands.app.draw()
    hands.tap("file:answer.age")
    hands.wait(lambda: safety.unsent(device).records == 0, "the answer to be taken in")


def test_a_phone_with_work_on_it_cannot_be_left_by_touch(start: Start, the_round: Round) -> None:
    hands = start(size=SMALL)
    device = hands.app.session.device
    customers.edit(device, the_round.shops[SHOPS[2]], {"remarks": "Not sent yet"})
    hands.app.open(LeavePage(hands.app))
    hands.frames()
    assert hands.touchable("leave").disabled
    hands.tap("leave")
    assert not hands.app._sheets and device.folder.exists() and hands.faults() == []


def scroll_to(hands: Hands, key: str) -> None:
    """Move the list until a row is in view."""
    for place in range(0, 2000, 120):
        hands.app.screen.list.place = place
        hands.frames(3)
        if any(getattr(part, "key", "") == key and hands.visible(part) for part in hands.widgets()):
            part = hands.touchable(key)
            if part.to_window(*part.center)[1] > Window.height * 0.2:
                return
    raise AssertionError(f"{key!r} does not come into view")
