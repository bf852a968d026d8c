"""What the fleet found, each as one short story."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from field_app.services import contacts, photos, visits
from field_app.services.saving import creation, save
from field_app.sync.client import sync_once
from field_app.sync.transport import NoNetwork, Response
from roundbook.simulation.disks import OnDisk, stores_are
from roundbook.simulation.events import Events
from roundbook.simulation.fleet import Fleet
from roundbook.simulation.plan import Plan
from roundbook.simulation.tally import tallies
from roundbook.simulation.workload import picture


def test_a_set_that_waited_when_its_device_enrolled_anew_is_judged_when_what_it_needs_has_come() -> None:
    with tallies(), stores_are(OnDisk):
        fleet = Fleet(Plan("whole", 1, 2, 1, faults=False))
        try:
            fleet.set_up()
            supervisor = fleet.phones[1]
            book = fleet.model.books[0]
            visit = visits.check_in(
                supervisor.device, fleet.first_customers[book][0]
            )  # no round of his: an application
            counted = {"visit": visit, "quantity": "3", "counted_at": fleet.now}
            customer, count = fleet.first_customers[book][0], supervisor.device.new_id()
            save(
                supervisor.device,
                book,
                "count",
                creation(supervisor.device, book, "stock_count", count, customer, counted),
            )
            contacts.record(supervisor.device, customer, {"channel": "phone", "content": "later"})
            fleet.sync(supervisor)
            assert len(supervisor.device.outbox.in_state("waiting")) == 1

            supervisor.enrol_anew(fleet.office.invite(supervisor.user), fleet.network.way_of(lambda: ""))
            fleet.watcher.users[supervisor.device.identity.device_id] = supervisor.user
            fleet.sync(supervisor)
            events = Events(fleet)
            for proposal in fleet.office.open_proposals(10):
                events.rng.random = lambda: 1.0  # type: ignore[method-assign]  # accepted
                assert events.settle(proposal)
            fleet.sync(supervisor)

            assert supervisor.device.outbox.in_state("waiting", "ready") == []
            assert fleet.watcher.violations == []
        finally:
            fleet.close()


class RecordsOnly:
    """A network on which photos do not get through."""

    def __init__(self, way: Any) -> None:
        self.way = way

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        if path.startswith("/photos"):
            raise NoNetwork("too slow for photos")
        found: Response = self.way.exchange(method, path, headers, body)
        return found


def test_a_photo_whose_set_was_sent_before_its_device_enrolled_anew_is_sent_by_the_new_device() -> None:
    with tallies(), stores_are(OnDisk):
        fleet = Fleet(Plan("whole", 1, 2, 1, faults=False))
        try:
            fleet.set_up()
            phone = fleet.phones[0]
            visit = visits.check_in(phone.device, fleet.first_customers[fleet.model.books[0]][0])
            photos.attach(phone.device, visit, picture(random.Random(1)), "shopfront", caption="door")
            sync_once(phone.device, RecordsOnly(fleet.network.way_of(lambda: phone.device.identity.device_id)))
            assert phone.device.outbox.in_state("ready") == []
            assert len(phone.device.photos.unsent()) == 1

            phone.enrol_anew(fleet.office.invite(phone.user), fleet.network.way_of(lambda: ""))
            fleet.sync(phone)

            assert phone.device.photos.unsent() == []
        finally:
            fleet.close()
