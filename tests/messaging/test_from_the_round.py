"""What account managers do in the field without a network: a message to a customer, a weekly report corrected and submitted."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest
import sqlalchemy as sa

from field_app.services import messages, reading, weekly_reports
from field_app.services.saving import Refused
from field_app.sync.client import sync_once
from server.services import clock
from server.services.messaging import filing, limits, outbox, sending, wanted
from server.services.reading import read_log
from server.services.reporting import drafting, weekly
from server.storage.database import reading as snapshot
from server.storage.database import writing
from server.storage.message_tables import message_out
from tests.console.browser import Person
from tests.messaging.test_outbox import Scripted
from tests.presenters.rounds import a_round

SHOP = "Sun Grocery"
LONG_AGO = 30  # days: before the weeks that are drafted, whatever day it is


@pytest.fixture(scope="module")
def the_round(tmp_path_factory):
    with a_round(tmp_path_factory.mktemp("round"), LONG_AGO) as made:
        made.office.user("hua", "supervisor", "department_manager")
        yield made


@pytest.fixture
def session(the_round, tmp_path):
    return the_round.own_session(tmp_path / "phone")


def sync(session):
    assert sync_once(session.device, session.line)


def sent(message_id):
    with snapshot() as connection:
        return connection.execute(sa.select(message_out).where(message_out.c.id == message_id)).one_or_none()


def test_a_message_written_without_a_network_goes_out_after_the_sync_and_its_fate_comes_back(the_round, session):
    device, shop = session.device, the_round.shops[SHOP]
    session.line.is_cut = True
    message = messages.write(device, shop, "Your order leaves tomorrow", phone="515 555 0188")
    assert reading.shown(device, message).fields["content"] == "Your order leaves tomorrow"
    session.line.is_cut = False
    sync(session)

    with the_round.office.app.app_context():
        with writing() as connection:
            limits.save(connection, limits.Limits(quiet_from="00:00", quiet_until="00:00"))
            assert wanted.has_work(connection, 0)
        assert wanted.take_up() == 1
        assert wanted.take_up() == 0
        gateway = Scripted()
        sending.send_due(gateway)
        with writing() as connection:
            outbox.move(connection, message, "delivered")
        filing.file_all()
        assert (gateway.ledger, sent(message).author) == ([message], the_round.office.users["li"])
    sync(session)

    assert reading.shown(device, message).fields["state"] == "delivered"


def test_what_cannot_go_out_says_so_on_the_device(the_round, session):
    device, shop = session.device, the_round.shops[SHOP]
    message = messages.write(device, shop, "Hello", phone="515 555 0199")
    with the_round.office.app.app_context(), writing() as connection:
        from server.services.messaging import opting_out

        opting_out.stop(connection, "5155550199", "STOP")
    sync(session)
    with the_round.office.app.app_context():
        wanted.take_up()
        assert sent(message) is None
    sync(session)

    fields = reading.shown(device, message).fields
    assert (fields["state"], fields["problem"]) == ("failed", "opted-out")


def test_an_empty_text_and_a_shop_without_a_number_are_refused_at_once(the_round, session):
    with pytest.raises(Refused) as no_text:
        messages.write(session.device, the_round.shops[SHOP], "  ", phone="515 555 0188")
    with pytest.raises(Refused) as too_long:
        messages.write(session.device, the_round.shops[SHOP], "字" * 600, phone="515 555 0188")

    assert (no_text.value.reasons, too_long.value.reasons) == ({"content": ["required"]}, {"content": ["too-long"]})
    assert messages.size("字" * 71).parts == 2


@pytest.fixture(scope="module")
def week(the_round):
    """A whole week that lies behind us, with an order and visits in it; its first day."""
    office, shop = the_round.office, the_round.shops[SHOP]
    monday = drafting.monday_of(date.today()) - timedelta(days=7)
    noon = int(datetime(monday.year, monday.month, monday.day, 12, tzinfo=UTC).timestamp() * 1000)
    lines = [
        {"product_name": "Black Velvet", "quantity": "12", "amount_minor": 12588},
        {"quantity": "6", "amount_minor": 4494},
    ]
    for day, amount in ((2, None), (3, None)):
        at = noon + day * 86_400_000
        office.write("north", _new("order", shop, {"ordered_at": at, "lines": lines, "total_minor": 17082}))
        office.write("north", _new("visit", shop, {"checked_in_at": at, "state": "done" if amount is None else "open"}))
    office.write("north", _new("visit", shop, {"checked_in_at": noon, "state": "skipped"}))
    return monday


def _new(name, customer, values):
    return {"op": "create", "type": name, "record": clock.new_id(), "customer": customer, "set": values}


def test_a_report_drafts_itself_is_corrected_offline_submitted_and_signed(the_round, session, week):
    office, device, book = the_round.office, session.device, the_round.office.books["north"]
    with office.app.app_context():
        drafting.draft(date.today())
        assert drafting.draft(date.today()) == 0, "a second time there is nothing to write"
        report = weekly.find([book], book, week.isoformat())
    (line,) = [one for one in report.lines if one.customer == the_round.shops[SHOP]]
    figures = [line.fields[name] for name in ("orders", "quantity", "amount_minor", "visits")]
    assert (figures, report.state) == ([2, "36", 34164, 2], "draft")
    sync(session)

    session.line.is_cut = True
    (mine,) = [one for one in weekly_reports.weeks(device) if one.week_on == week.isoformat()]
    weekly_reports.correct(device, line.id, {"remark": "one case came back", "amount_minor": 33164})
    weekly_reports.submit(device, mine)
    (mine,) = [one for one in weekly_reports.weeks(device) if one.week_on == week.isoformat()]
    assert not mine.is_open
    session.line.is_cut = False
    sync(session)

    boss, path = Person(office.app, "hua"), f"/reports/{book}/{week}"
    assert "one case came back" in boss.page(path)
    with office.app.app_context():
        assert drafting.draft(date.today()) == 0, "what somebody has touched is not drafted over"
    assert boss.post(f"{path}/accept", {}, page=path).status_code == 303
    with office.app.app_context():
        assert weekly.find([book], book, week.isoformat()).state == "received"

    pdf = boss.get(f"{path}/report.pdf")
    table = openpyxl.load_workbook(io.BytesIO(boss.get(f"{path}/report.xlsx").data))
    assert pdf.data[:5] == b"%PDF-"
    with office.app.app_context():
        noted = [(line.what, line.via) for line in read_log.lines([book]) if line.what.startswith("reports.")]
    assert noted == [("reports.table", "north"), ("reports.pdf", "north")], "what leaves the house as a file is noted"
    rows = list(table.worksheets[0].values)
    assert (rows[1][0], float(rows[1][3])) == (SHOP, pytest.approx(331.64))
    assert (rows[-1][0], rows[-1][1]) == ("Sum of the lines", sum(row[1] for row in rows[1:-1]))
    about = {row[0]: row[1] for row in table.worksheets[1].values}
    assert about["Book"] == "north"
    assert about["Received and signed by"].startswith("Hua")
    assert Person(office.app, "hua").get(f"/reports/{book}/1999-01-04").status_code == 404


def test_a_returned_report_is_corrected_at_the_console_and_submitted_again(the_round, week):
    office, book = the_round.office, the_round.office.books["north"]
    earlier = week - timedelta(days=7)
    at = int(datetime(earlier.year, earlier.month, earlier.day, 12, tzinfo=UTC).timestamp() * 1000)
    office.write("north", _new("visit", the_round.shops[SHOP], {"checked_in_at": at, "state": "done"}))
    with office.app.app_context():
        drafting.draft(date.today())
        (line,) = weekly.find([book], book, earlier.isoformat()).lines
    li, boss, path = Person(office.app, "li"), Person(office.app, "hua"), f"/reports/{book}/{earlier}"
    li.post(path, {"what": "submit"}, page=path)

    boss.post(f"{path}/return", {"comment": "Say why"}, page=path)
    assert "Say why" in li.page(path)
    assert li.post(f"{path}/accept", {}, page=path).status_code == 403
    li.post(path, {"what": "submit", f"{line.id}-remark": "A holiday", f"{line.id}-visits": "1"}, page=path)

    with office.app.app_context():
        found = weekly.find([book], book, earlier.isoformat())
    assert (found.state, found.lines[0].fields["remark"]) == ("submitted", "A holiday")
