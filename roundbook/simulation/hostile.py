"""A client with valid keys and no manners: what it sends must be refused or asked about, and must break nothing."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from field_app.sync.signed import ServerProblem, Signer, exchange
from field_app.sync.transport import NoNetwork, Transport
from roundbook.simulation.model import Written
from roundbook.simulation.phone import Phone
from roundbook.simulation.workload import accepted_change
from sync_protocol.identity import RANDOM_BYTES, new_id
from sync_protocol.version import SCHEMA_NOW

if TYPE_CHECKING:
    from roundbook.simulation.fleet import Fleet

Wire = dict[str, Any]
HARMLESS = ("refused", "proposed", "waiting", "failed")


class Hostile:
    """Its own numbers, its own sets."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.seq = 0
        self.used: set[str] = set()  # ids under which it has sent something: those it may ask after

    def attack(self, fleet: Fleet, phone: Phone, way: Transport) -> list[str]:
        """One request full of illegal content. Returns: the faults that it was."""
        model = fleet.model
        target = fleet.office.record(self.rng.choice(fleet.first_customers[self.rng.choice(model.books)] or [""]))
        heard = {
            set_id for epoch, set_id in model.finals if epoch == model.epoch
        }  # nobody knows the id of a set that was never sent
        foreign = [
            s for p in fleet.phones for s in list(p.saved.values())[-9:] if p.user != phone.user and s.id in heard
        ]
        made: list[tuple[str, Any]] = []
        if target is not None:
            for build in self.rng.sample(self._builders(fleet, phone, target), 4):
                made.append(("hostile_client", build()))
        if foreign and not fleet.model.is_backed_up:
            stolen = dict(self.rng.choice(foreign).wire)
            made.append(("id_reused", {**stolen, "author": phone.user, "action": "stolen"}))
        sets = []
        for _, wire in made:
            self.seq += 1
            sets.append({"seq": self.seq, "set": wire})
            if isinstance(wire, dict) and isinstance(wire.get("id"), str):
                model.written.setdefault(wire["id"], Written(wire, False))
                self.used.add(wire["id"])
        self.seq += 1
        verdicts = self._send(phone, way, sets, [saved.id for saved in foreign[:20]], fleet)
        hits = []
        for (name, wire), item in zip(made, sets, strict=True):
            told = verdicts.get(item["seq"])
            if told is None:
                continue
            if told["state"] not in HARMLESS:
                fleet.watcher.object_to("P4", f"a hostile set was {told['state']}: {json.dumps(wire)[:300]}")
            hits.append(name)
        return hits

    def _send(
        self, phone: Phone, way: Transport, sets: list[dict[str, Any]], foreign: list[str], fleet: Fleet
    ) -> dict[int, Wire]:
        """Args: foreign: ids of other people's sets, after which it asks."""
        identity = phone.device.identity
        request = {
            "v": 1, "app": "0", "schema": fleet.releases.server, "device": identity.device_id, "user": phone.user, "epoch": None,
            "sent": fleet.now, "last_seq": self.seq, "cursors": dict.fromkeys(fleet.model.books, "0"), "pending": foreign,
            "sets": sets, "scope_tag": None,
        }  # fmt: skip
        signer = Signer(identity.device_id, identity.sign_key, lambda _: identity.server_sign_key)
        body = json.dumps(request).encode()
        quiet, fleet.network.chance = fleet.network.chance, 0.0
        try:
            answer = exchange(way, signer, "POST", "/sync/1", body, sent_ms=fleet.now).json()
        except (NoNetwork, ServerProblem) as error:
            name = getattr(error, "name", str(error))
            if name not in ("not-the-schema", "not-json", "too-large"):
                fleet.watcher.object_to("fault", f"a hostile request was answered {name}")
            return {}
        finally:
            fleet.network.chance = quiet
        told = answer.get("verdicts", ())
        if {verdict["id"] for verdict in told} & set(foreign) - self.used:
            fleet.watcher.object_to("P5", "somebody was told what became of another's set")
        return {verdict["seq"]: verdict for verdict in told}

    def _builders(self, fleet: Fleet, phone: Phone, target: Any) -> list[Callable[[], Any]]:
        own, rng = phone.user, self.rng

        def fresh() -> str:
            return new_id(fleet.now, rng.randbytes(RANDOM_BYTES))

        def of(change: Any, **members: Any) -> Wire:
            found = {
                "id": fresh(), "author": own, "book": target.book, "schema": SCHEMA_NOW, "made": f"{fleet.now}-0",
                "action": "hostile", "changes": [{"n": 1, **change} if isinstance(change, dict) else change],
            }  # fmt: skip
            return {**found, **members}

        def edit(**members: Any) -> Wire:
            change = {"op": "edit", "type": "customer", "record": target.id, "customer": target.id, "base": target.ver}
            return {**change, "seat": "maintainer", "term": 1, "set": {"needs": "mine"}, **members}

        visit = {"op": "create", "type": "visit", "record": fresh(), "customer": target.id, "seat": "maintainer"}
        facts = {"set": {"state": "done", "checked_in_at": fleet.now}}
        return [
            *self._deciders(fleet, of),
            lambda: of(edit()),
            lambda: of(edit(term=99)),
            lambda: of(edit(seat="supervisor", set={"supplement_note": "mine"})),
            lambda: of(edit(seat="maintainer", set={"supplement_note": "mine"})),
            lambda: of(edit(set={"grade": "1"})),
            lambda: of(edit(set={"no_such_field": 1})),
            lambda: of(edit(set={"needs": 1.5})),
            lambda: of(edit(set={"needs": "a\u0000b"})),
            lambda: of(edit(set={"needs": "x" * 30_000})),
            lambda: of(edit(set={"needs": 2**60})),
            lambda: of(edit(base="nonsense")),
            lambda: of(edit(base="999999-abcdefabcdef")),
            lambda: of(edit(customer=fresh())),
            lambda: of(edit(n=7)),
            lambda: of(edit(), author=fleet.model.seats[target.book, "maintainer"]),
            lambda: of(edit(), book=fresh()),
            lambda: of(edit(), made="tomorrow"),
            lambda: of(edit(), made=f"{fleet.now + 10**13}-0", schema=99),
            lambda: of({**visit, "term": 7, **facts}),
            lambda: of({**visit, "term": 7, "record": target.id, **facts}),
            lambda: of({"op": "remove", "type": "customer", "record": target.id, "customer": target.id, "base": target.ver, "seat": "maintainer", "term": 1}),
            lambda: of({"op": "create", "type": "proposal", "record": fresh(), "customer": target.id, "seat": "maintainer", "term": 1, "set": {}}),
            lambda: of({"op": "explode"}),
            lambda: of("no change"),
            lambda: of(edit(), changes=[]),
            lambda: of(edit(), changes=[{"n": n, **edit()} for n in range(1, 260)]),
            lambda: "not a set",
            lambda: {"id": "not an id"},
            lambda: [[[[[[]]]]]],
        ]  # fmt: skip

    @staticmethod
    def _deciders(fleet: Fleet, of: Callable[..., Wire]) -> list[Callable[[], Any]]:
        """Decisions about what waits, by somebody who decides nothing (R16)."""
        proposal = next(iter(fleet.office.open_proposals(1)), None)
        if proposal is None:
            return []
        head: Wire = {"type": "proposal", "record": proposal.id, "customer": proposal.customer, "base": proposal.ver}
        head |= {"seat": proposal.fields["decider"], "term": 1}
        asked = accepted_change(json.loads(proposal.fields["change"]), None, {})
        accepted = [{"n": 1, "op": "accept", **head}, {"n": 2, **asked}]
        return [
            lambda: of({"op": "decline", **head}, book=proposal.book),
            lambda: of({"op": "accept", **head}, book=proposal.book, changes=accepted),
        ]
