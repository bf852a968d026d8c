"""The page about sync: conflicts side by side, what was decided, sealed files, what is at risk; and leaving a phone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from field_app.presenters import places
from field_app.presenters.conflict import ConflictPage
from field_app.presenters.customer import CustomerPage
from field_app.presenters.field import FieldPage
from field_app.presenters.proposals import ProposalPage
from field_app.presenters.safety import LeavePage
from field_app.presenters.sealed import TakeAnswerPage
from field_app.presenters.sync import SyncPage
from field_app.presenters.views import Fact, Row
from field_app.services import conflicts, customers, reading, safety
from server.services import envelopes as office_envelopes
from tests.presenters.hand import Hand
from tests.presenters.rounds import SHOPS, Round, now_ms

CHEN = "018f0000-0000-7000-8000-00000000000c"
MINE, THEIRS, BASE = "515-111-1111", "515-222-2222", "515-243-0000"


def put(hand: Hand, type: str, customer: str, number: int, **fields: Any) -> str:
    """A record as head office gives it, in the copy of the device."""
    record, device = f"018f0000-0000-7000-8000-0000000c{number:04d}", hand.session.device
    wire = {
        "id": record, "type": type, "customer": customer, "rev": 1, "ver": "1-0123456789ab", "pos": 99, "removed": False,
        "fields": {"of": customer, "of_type": "customer", **fields}, "by": CHEN, "at": now_ms(),
    }  # fmt: skip
    store = device.books.store(reading.shown(device, customer).book)
    store.take_over(records=[wire], gone=(), cursor=store.cursor, anew=False)
    return record


@pytest.fixture
def clash(hand: Hand, the_round: Round) -> str:
    """A telephone number that Li and Chen changed without having seen each other; Chen's counts."""
    shop, me = the_round.shops[SHOPS[0]], hand.session.device.identity.user_id
    return put(
        hand, "conflict", shop, 1, field="contact_phone", kept=json.dumps(THEIRS), lost=json.dumps(MINE), was=json.dumps(BASE),
        kept_by=CHEN, lost_by=me, rule="latest",
    )  # fmt: skip


def texts(hand: Hand) -> list[str]:
    return [row.text for row in hand.rows() if isinstance(row, Fact)]


def test_a_conflict_stands_on_today_and_shows_base_mine_and_theirs(hand: Hand, clash: str) -> None:
    hand.restart(places.place(hand, "today"))
    assert "conflict:" + clash in [row.key for row in hand.rows() if isinstance(row, Row)]

    hand.page.act("conflict:" + clash)

    assert texts(hand)[:3] == [BASE, MINE, THEIRS]


def test_letting_mine_count_is_an_edit_and_settles_the_conflict(hand: Hand, clash: str, the_round: Round) -> None:
    hand.open(SyncPage(hand))
    hand.open(ConflictPage(hand, clash))

    hand.page.act("mine")

    device = hand.session.device
    assert reading.shown(device, the_round.shops[SHOPS[0]]).fields["contact_phone"] == MINE
    assert conflicts.open_clashes(device) == []
    assert isinstance(hand.page, SyncPage)


def test_leaving_theirs_changes_nothing_and_asks_no_more(hand: Hand, clash: str, the_round: Round) -> None:
    before = reading.shown(hand.session.device, the_round.shops[SHOPS[0]]).fields
    hand.open(SyncPage(hand))
    hand.open(ConflictPage(hand, clash))

    hand.page.act("leave")

    assert conflicts.open_clashes(hand.session.device) == []
    assert reading.shown(hand.session.device, the_round.shops[SHOPS[0]]).fields == before


def test_the_history_of_a_field_has_own_work_and_what_lost(hand: Hand, clash: str, the_round: Round) -> None:
    shop = the_round.shops[SHOPS[0]]
    customers.edit(hand.session.device, shop, {"contact_phone": "515-333-3333"})

    hand.open(FieldPage(hand, shop, "contact_phone"))

    rows = [(row.title, row.mark.word if row.mark else "") for row in hand.rows() if isinstance(row, Row)]
    assert ("515-333-3333", "on phone") in rows
    assert {MINE, THEIRS} <= {title for title, _ in rows}


def test_what_head_office_decided_stands_there_with_its_whole_comment(hand: Hand, the_round: Round) -> None:
    shop, me = the_round.shops[SHOPS[1]], hand.session.device.identity.user_id
    change = json.dumps({"op": "edit", "type": "customer", "record": shop, "set": {"address": "9 Elm"}})
    comment = "The licence still names the old address: send a photo of the new one."
    put(hand, "proposal", shop, 2, change=change, decider="supervisor", proposer=me, state="declined", comment=comment,
        decided_by=CHEN, decided_at=now_ms())  # fmt: skip

    hand.open(SyncPage(hand))

    assert comment in texts(hand)
    assert "Declined" in [row.mark.word for row in hand.rows() if isinstance(row, Row) and row.mark]


def test_a_proposal_to_this_user_is_accepted_on_the_phone(hand: Hand, the_round: Round) -> None:
    shop = the_round.shops[SHOPS[1]]
    change = json.dumps({
        "op": "edit", "type": "customer", "record": shop, "customer": shop, "seat": "maintainer", "term": 1,
        "set": {"contact_phone": "515-444-4444"},
    })  # fmt: skip
    asked = put(
        hand, "proposal", shop, 3, change=change, decider="maintainer", proposer=CHEN, state="open", reason="moved"
    )
    hand.restart(places.place(hand, "today"))
    hand.page.act("asked")
    hand.page.act("proposal:" + asked)
    assert isinstance(hand.page, ProposalPage) and "515-444-4444" in texts(hand)

    hand.page.act("accept")

    assert reading.shown(hand.session.device, shop).fields["contact_phone"] == "515-444-4444"
    assert not [row for row in hand.rows() if isinstance(row, Row) and row.key == "proposal:" + asked]


def test_a_sealed_file_goes_out_is_taken_in_by_head_office_and_its_answer_comes_back(
    online: Hand, the_round: Round, tmp_path: Path
) -> None:
    shop, device = the_round.shops[SHOPS[1]], online.session.device
    online.session.line.is_cut = True  # type: ignore[attr-defined]
    customers.edit(device, shop, {"remarks": "Carried by hand"})
    online.open(SyncPage(online))
    waiting = [row.title for row in online.rows() if isinstance(row, Row)]

    online.page.act("write")
    ((name, content, _type),) = online.shared
    with the_round.office.app.app_context():
        answer = b"".join(office_envelopes.answer_file(office_envelopes.receive([content])))
    (tmp_path / "answer.age").write_bytes(answer)
    online.page.act("take")
    assert isinstance(online.page, TakeAnswerPage)
    online.page.folders.enter(tmp_path)
    online.page.act("file:answer.age")

    assert "1 record" in waiting and name.endswith(".age") and b"Carried" not in content
    assert safety.unsent(device).records == 0
    assert any("Taken in: 1 answer" in said for said in online.told)


def test_a_file_that_is_no_answer_says_so_and_changes_nothing(hand: Hand, tmp_path: Path) -> None:
    (tmp_path / "other.age").write_bytes(b"age-encryption.org/v1\nnonsense")
    hand.open(SyncPage(hand))
    hand.page.act("take")
    hand.page.folders.enter(tmp_path)

    hand.page.act("file:other.age")

    assert "no answer to a file of this phone" in hand.told[-1]


def test_a_phone_with_unsent_work_cannot_be_left_and_one_without_can(online: Hand, the_round: Round) -> None:
    device = online.session.device
    online.session.line.is_cut = True  # type: ignore[attr-defined]
    customers.edit(device, the_round.shops[SHOPS[2]], {"remarks": "Not sent yet"})
    online.open(LeavePage(online))
    assert not online.page.big().enabled
    with pytest.raises(safety.WouldLoseWork):
        safety.leave(device)
    assert device.folder.exists()

    online.session.line.is_cut = False  # type: ignore[attr-defined]
    online.session.sync.start()
    online.open(LeavePage(online))
    assert online.page.big().enabled
    online.page.act("leave")
    assert online._confirm is not None
    online._confirm()

    assert not device.folder.exists() and online.session.is_locked


def test_what_is_at_risk_is_said_before_it_hurts(hand: Hand, the_round: Round) -> None:
    device, day = hand.session.device, safety.DAY_MS
    assert safety.risks(device) == []
    customers.edit(device, the_round.shops[SHOPS[0]], {"remarks": "old"})
    real = device.clock_ms
    device.settings.set("server_offset_ms", 12 * 60_000)

    device.clock_ms = lambda: real() + 25 * day
    soon = {(risk.code, risk.number) for risk in safety.risks(device)}
    device.clock_ms = lambda: real() + 31 * day
    over = [risk.code for risk in safety.risks(device)]

    assert soon == {("lease", 4), ("unsent", 25), ("clock", 12)} or soon == {
        ("lease", 5),
        ("unsent", 25),
        ("clock", 12),
    }
    assert over[0] == "lease_over" and "unsent" in over
    assert device.outbox.ready_ids(), "nothing that was entered is gone"


def test_what_was_promised_is_due_until_it_is_given_and_undo_takes_that_back(hand: Hand, the_round: Round) -> None:
    hand.open(CustomerPage(hand, the_round.shops[SHOPS[3]]))
    hand.page.act("more")
    hand.answer("promise")
    hand.page.put("item", "Copy of the contract")
    hand.page.set("due_on", hand.session.today().isoformat())
    hand.page.act("save")
    asked = [row for row in hand.rows() if isinstance(row, Fact) and row.key.startswith("given:")]

    hand.page.act(asked[0].key)
    given = [row for row in hand.rows() if isinstance(row, Fact) and row.key.startswith("given:")]
    assert hand.undo is not None
    hand.undo()
    again = [row for row in hand.rows() if isinstance(row, Fact) and row.key.startswith("given:")]

    assert "Copy of the contract" in asked[0].text
    assert given == [] and again == asked
