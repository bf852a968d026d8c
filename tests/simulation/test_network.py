"""The way between a phone and the office: what the checks hear of is what the server takes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from field_app.services import contacts
from field_app.sync.client import sync_once
from field_app.sync.transport import NoNetwork, Response
from roundbook.simulation.disks import InMemory, stores_are
from roundbook.simulation.fleet import Fleet
from roundbook.simulation.network import Network, Parcel
from roundbook.simulation.plan import Plan
from roundbook.simulation.tally import tallies


class Tapped:
    """A transport that keeps what leaves, and lets nothing arrive."""

    def __init__(self, device: str) -> None:
        self.device, self.parcels = device, list[Parcel]()

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """As `Transport.exchange`."""
        self.parcels.append(Parcel(self.device, method, path, dict(headers), body))
        raise NoNetwork("tapped")


def test_a_damaged_request_is_heard_of_exactly_if_the_server_takes_it() -> None:
    """Not every bit of a compressed body counts: with the wrong one changed the server reads what was sent."""
    with tallies(), stores_are(InMemory):
        fleet = Fleet(Plan("pure", 1, 2, 1, faults=False))
        fleet.set_up()
        device, customer = fleet.phones[0].device, fleet.first_customers[fleet.model.books[0]][0]
        for n in range(20):  # enough for the request to be compressed
            contacts.record(device, customer, {"channel": "phone", "content": f"asked for the price list, {n}"})
        tapped = Tapped(device.identity.device_id)
        sync_once(device, tapped)
        parcel = next(one for one in tapped.parcels if one.headers.get("Content-Encoding") == "gzip")
        heard: list[Mapping[str, Any]] = []
        network: Network = fleet.network
        network.announce = heard.append
        taken = refused = 0
        for at in range(len(parcel.body)):
            before = len(heard)
            body = parcel.body[:at] + bytes([parcel.body[at] ^ 1]) + parcel.body[at + 1 :]
            response = network._damaged(parcel, body, "request_bit_flipped")
            assert (response.status == 200) == (len(heard) > before), at
            taken += response.status == 200
            refused += response.status >= 400
        assert taken and refused
