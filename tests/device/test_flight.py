"""A full outbox: the next request leaves while the answer to the last is taken over, and nothing comes out otherwise (R5, R23, R30)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from field_app.device import Device
from field_app.services import contacts
from field_app.store import outbox
from field_app.store.outbox import Outbox
from field_app.sync import begun, requests
from field_app.sync.client import PATH, SyncReport, sync_once
from field_app.sync.transport import HttpTransport, NoNetwork, Response
from tests.device.builders import sync
from tests.device.test_a_day import server_counts
from tests.head_office import HeadOffice

Enrol = Callable[..., Device]
CALLS = 7


class Watched:
    """A way to the server on which something happens before a request leaves. Args: beside: whether in a thread of its own."""

    def __init__(self, device: Device, *, beside: bool) -> None:
        self.device, self.beside = device, beside
        self.transport = HttpTransport(device.identity.server_url)
        self.before: dict[int, Callable[[], None]] = {}
        self.settled: list[int] = []

    def exchange(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Response:
        if path == PATH:
            self.settled.append(self.device.journal.count())
            self.before.get(len(self.settled), lambda: None)()
        return self.transport.exchange(method, path, headers, body)


@pytest.fixture(autouse=True)
def few_sets_in_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "SETS_LIMIT", 2)


@pytest.fixture(params=[False, True], ids=["at once", "beside"])
def way(request: pytest.FixtureRequest, office: HeadOffice, enrol: Enrol) -> Iterator[Watched]:
    """A device with seven calls to send, two in a request."""
    shop = office.customer("north", "Busy Shop")
    device = enrol("li")
    for number in range(CALLS):
        contacts.record(device, shop, {"content": f"call {number}"})
    found = Watched(device, beside=request.param)
    yield found
    found.transport.close()


def sent(way: Watched) -> SyncReport:
    return sync_once(way.device, way)


def whole(office: HeadOffice, way: Watched, before: int) -> None:
    """Everything arrived once, and the device has what head office has."""
    device = way.device
    assert server_counts(office, "north")["contact_record"] == before + CALLS
    assert device.outbox.unsettled_ids() == [] and device.staging.is_empty()
    for book in device.scope:
        assert device.books.store(book).check() == device.books.store(book).check_anew()
    report = sync(device)
    assert (report.requests, report.received, report.reloaded) == (1, 0, [])


def test_the_next_request_leaves_before_the_answer_to_the_last_is_taken_over(office: HeadOffice, way: Watched) -> None:
    before = server_counts(office, "north").get("contact_record", 0)

    report = sent(way)

    assert (report.error, report.requests, report.applied, report.sent) == (None, 4, CALLS, CALLS)
    if not way.beside:
        assert way.settled == [0, 0, 2, 4]
    whole(office, way, before)


def test_the_last_sets_if_many_go_in_two_parts_and_the_larger_is_taken_over_while_the_smaller_is_judged(
    office: HeadOffice, way: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = server_counts(office, "north").get("contact_record", 0)
    monkeypatch.setattr(requests, "SETS_LIMIT", 10)
    monkeypatch.setattr(outbox, "IN_TWO_PARTS", CALLS)

    report = sent(way)

    assert (report.error, report.requests, report.applied) == (None, 2, CALLS)
    if not way.beside:
        assert way.settled == [0, 0]  # the second left before the first was taken over
    whole(office, way, before)


def test_few_sets_go_in_one_request(office: HeadOffice, way: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "SETS_LIMIT", 10)
    monkeypatch.setattr(outbox, "IN_TWO_PARTS", CALLS + 1)

    assert sent(way).requests == 1


def test_what_goes_with_the_next_request_is_made_ready_while_the_last_is_on_its_way(
    office: HeadOffice, way: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, packed = server_counts(office, "north").get("contact_record", 0), []

    class Packed(begun.Begun):
        def __init__(self, text: bytes) -> None:
            packed.append(text)
            super().__init__(text)

    monkeypatch.setattr(requests, "Begun", Packed)
    way.before = dict.fromkeys(range(1, 5), lambda: time.sleep(0.2))

    report = sent(way)

    assert (report.error, report.applied) == (None, CALLS)
    assert len(packed) == (3 if way.beside else 0)
    whole(office, way, before)


@pytest.mark.parametrize("meanwhile", [None, "written", "another answer"])
def test_what_was_made_ready_counts_as_long_as_nothing_was_written_since(
    way: Watched, monkeypatch: pytest.MonkeyPatch, meanwhile: str | None
) -> None:
    device, asked = way.device, []
    device.outbox.unheard.clear()  # as after a start: what is not sent now is asked after
    first = requests.next_request(device)
    load = requests.load_behind(device, first)
    ready = Outbox.to_send
    monkeypatch.setattr(Outbox, "to_send", lambda *args, **named: asked.append(1) or ready(*args, **named))
    verdicts = [{"id": saved.id, "state": "applied"} for saved in first.sets]
    if meanwhile == "written":
        device.database.run("UPDATE change_set SET state = 'parked', tried_at = ? WHERE seq = 3", (device.clock_ms(),))
    elif meanwhile == "another answer":
        verdicts.append({"id": device.outbox.in_state("ready")[2].id, "state": "applied"})

    behind = requests.request_behind(device, {"verdicts": verdicts}, load)

    assert behind is not None and [saved.seq for saved in first.sets] == [1, 2]
    assert [saved.seq for saved in behind.sets] == ([3, 4] if meanwhile is None else [4, 5])
    assert len(asked) == (0 if meanwhile is None else 1)
    open_ids = {saved.id for saved in device.outbox.in_state("ready", "parked")}
    answered = {verdict["id"] for verdict in verdicts}
    assert set(behind.named) == open_ids - answered - {saved.id for saved in behind.sets}
    assert (behind.gzipped is not None) == (behind.sha256 is not None) == (meanwhile is None)


def test_an_answer_that_was_overtaken_by_a_damaged_book_is_not_taken_over(office: HeadOffice, way: Watched) -> None:
    """The second request named cursors of a book that is loaded anew when the answer to the first is taken over."""
    before = server_counts(office, "north").get("contact_record", 0)
    book = next(book for book, held in way.device.scope.items() if held["seats"])
    store = way.device.books.store(book)
    way.before[2] = lambda: store.database.run("UPDATE about SET value = '12345' WHERE name = 'sum'")  # type: ignore[assignment]

    report = sent(way)

    assert report.error is None and report.reloaded == [book]
    whole(office, way, before)


def test_a_book_that_goes_in_mid_sending_is_told_at_the_next_request(office: HeadOffice, way: Watched) -> None:
    before = server_counts(office, "north").get("contact_record", 0)
    added = [False]

    def somebody_writes() -> None:
        office.customer("north", "Came Meanwhile")
        added[0] = True

    way.before[3] = somebody_writes

    report = sent(way)

    assert report.error is None and added[0] and report.applied == CALLS
    whole(office, way, before)


def test_a_network_that_breaks_under_the_second_request_costs_the_first_nothing(
    office: HeadOffice, way: Watched
) -> None:
    before = server_counts(office, "north").get("contact_record", 0)

    def breaks() -> None:
        raise NoNetwork("gone")

    way.before[2] = breaks

    report = sent(way)

    assert report.error == "no-network"
    assert (way.device.journal.count(), len(way.device.outbox.unsettled_ids())) == (2, CALLS - 2)
    assert sent(way).applied == CALLS - 2
    whole(office, way, before)


def test_what_fails_while_it_is_taken_over_is_said_again(
    office: HeadOffice, way: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app dies between the second request and the end of the first round."""
    from field_app.sync import client

    before = server_counts(office, "north").get("contact_record", 0)
    finish, calls = client.finish_round, [0]

    def dies(device: Device) -> list[str]:
        calls[0] += 1
        if calls[0] == 1:
            raise RuntimeError("killed")
        return finish(device)

    monkeypatch.setattr(client, "finish_round", dies)
    with pytest.raises(RuntimeError, match="killed"):
        sent(way)

    assert sent(way).error is None
    whole(office, way, before)
