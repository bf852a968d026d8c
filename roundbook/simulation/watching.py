"""What is checked while the fleet runs: every answer on its way, every round at its end, every phone after a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from field_app.services import reading
from field_app.sync.transport import Response
from roundbook.simulation.model import Model
from roundbook.simulation.network import plain_answer
from roundbook.simulation.office import Office
from roundbook.simulation.phone import Phone
from roundbook.simulation.receipts import Receipts

SECRET = "bank_account"
FINAL = ("applied", "merged", "proposed", "refused")


@dataclass
class Watcher:
    """Looks on. `violations`: what was seen that must not be. `users`: device -> its user.

    Args: times: set -> the times that its stamps may have (R22), ms, one of each time it was under way. put_aside: device ->
        what a stolen one sent, ids of sets. opened: what is in a sealed set. is_failed_over: an
        older copy serves, and nobody has noticed it; `on_noticed` then. lives: epochs that devices were told.
        carried: sets that went by hand, too.
    """

    model: Model
    clock_ms: Callable[[], int]
    receipts: Receipts
    opened: Callable[[str], Any]
    on_noticed: Callable[[], None]
    violations: list[str] = field(default_factory=list)
    users: dict[str, str] = field(default_factory=dict)
    problems: dict[str, int] = field(default_factory=dict)
    records_seen: int = 0
    failed: int = 0
    times: dict[str, set[int]] = field(default_factory=dict)
    is_failed_over: bool = False
    carried: set[str] = field(default_factory=set)
    lives: set[str] = field(default_factory=set)
    put_aside: dict[str, set[str]] = field(default_factory=dict)

    def object_to(self, rule: str, text: str) -> None:
        """Note a violation."""
        if len(self.violations) < 50:
            self.violations.append(f"{rule}: {text}")

    def announce(self, request: Mapping[str, Any]) -> None:
        """A request is on its way: the device's clock is off by what it says now (R22)."""
        sets, now = self._sets_of(request), self.clock_ms()
        self.receipts.note(sets)
        for wire in sets:
            made, set_id = str(wire.get("made")).partition("-")[0], wire.get("id")
            if isinstance(set_id, str) and made.isdecimal():
                right = min(int(made) - (request["sent"] - now), now)
                self.times.setdefault(set_id, set()).add(right)

    def carry(self, sets: Iterable[Mapping[str, Any]]) -> None:
        """Sets go by hand: the clock that counts for them is the one that the server heard of last."""
        found = list(sets)
        self.receipts.note(found)
        self.carried |= {wire["id"] for wire in found}

    def _sets_of(self, request: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The sets of a request, opened."""
        items = request.get("sets", ())
        found = [item["set"] if "set" in item else self.opened(item["sealed"]) for item in items]
        return [wire for wire in found if isinstance(wire, dict)]

    def watch(self, device: str, request: Mapping[str, Any], response: Response) -> None:
        """P5 and P1 at every step: no record outside the scope of who asks, no second verdict that differs."""
        answer = plain_answer(response)
        if response.status != 200:
            name = str(answer.get("type", response.status)).rsplit("/", 1)[-1]
            self.problems[name] = self.problems.get(name, 0) + 1
            if name == "epoch-changed" and self.is_failed_over and answer["epoch"] not in self.lives:
                self.is_failed_over = False
                self.on_noticed()
            self.lives.add(answer.get("epoch", ""))
            if name == "device-lost":
                self.put_aside.setdefault(device, set()).update(wire["id"] for wire in self._sets_of(request))
            if response.status >= 500 and name not in ("busy", "behind"):
                self.object_to("fault", f"the server answered {response.status} to {device}")
            return
        user, self.model.epoch = self.users.get(device), answer.get("epoch", "")
        self.lives.add(self.model.epoch)
        is_cut_off = device in self.model.gone or user in self.model.gone
        scope = set() if is_cut_off or user is None else self.model.scope(user, self.clock_ms())
        for record in answer.get("records", ()):
            self.records_seen += 1
            if record["book"] not in scope:
                self.object_to("P5", f"{device} was given {record['type']} {record['id']} of a book outside its scope")
            if record["fields"].get(SECRET) in self.model.secrets:
                self.object_to("P5", f"{device} was given the {SECRET} of {record['id']} whole")
        for gone in answer.get("left", ()):
            if gone["book"] not in scope:
                self.object_to("P5", f"{device} was told of a departure from a book outside its scope")
        for book, entry in (answer.get("scope") or {}).items():
            for seat, told in entry["seats"].items() if book in scope else ():
                if told["user"] != self.model.seats.get((book, seat)):
                    self.object_to("R17", f"{device} was told that {told['user']} holds {seat} of book {book}")
        for part in ("scope", "cursors", "check", "snapshots"):
            if set(answer.get(part) or ()) - scope:
                self.object_to("P5", f"{device} was told of a book outside its scope: {part}")
        if set(answer.get("people") or ()) and not scope:
            self.object_to("P5", f"{device} was told of people, and may see no book")
        for verdict in answer.get("verdicts", ()) if user not in self.model.hostile else ():
            self._hear(answer.get("epoch", ""), verdict)
            is_final = bool(user and verdict.get("id") and verdict["state"] in FINAL)
            if is_final and self.receipts.is_wrong(user or "", answer["epoch"], verdict):
                self.object_to("receipt", f"the receipt for set {verdict['id']} is not about its verdict")

    def _hear(self, epoch: str, verdict: Mapping[str, Any]) -> None:
        self.failed += verdict["state"] == "failed"
        if verdict["state"] not in FINAL or not verdict.get("id"):
            return
        known = self.model.finals.setdefault((epoch, verdict["id"]), verdict["state"])
        if known != verdict["state"]:
            self.object_to("P1", f"set {verdict['id']} was answered {known}, and later {verdict['state']}")

    def after_round(self, phone: Phone, office: Office) -> None:
        """P2 and P5 at the end of a round: the phone's books are those of its scope, and equal to the server's."""
        device, checks = phone.device, office.checks()
        is_cut_off = device.identity.device_id in self.model.gone or phone.user in self.model.gone
        scope = set() if is_cut_off else self.model.scope(phone.user, self.clock_ms())
        for book in device.books.held():
            if book not in scope:
                if not (device.outbox.has_unanswered(book) or device.photos.unsent_count(book)):
                    self.object_to("P5", f"{phone.name} holds book {book} outside its scope after a round")
                if book in device.shown_books():
                    self.object_to("P5", f"{phone.name} shows book {book} outside its scope")
                continue
            check = device.books.store(book).check()
            if (check["n"], check["sum"]) == checks[book]:
                phone.drifted.discard(book)
            elif book not in phone.drifted:  # of that it hears with the next news of any book
                self.object_to("P2", f"{phone.name} ended a round with book {book} not as the server has it")
            for seat, told in device.scope[book].get("seats", {}).items():
                if told["term"] != office.term(book, seat):
                    self.object_to(
                        "R17", f"{phone.name} ended a round with term {told['term']} of {seat} in book {book}"
                    )
        if missing := scope - set(device.books.held()):
            self.object_to("P2", f"{phone.name} ended a round without {len(missing)} books of its scope")

    def see_own_work(self, phone: Phone) -> None:
        """What a person has just saved shows on his phone as he saved it."""
        saved = next(reversed(phone.saved.values()), None)
        if saved is None or saved.wire["book"] not in phone.device.shown_books():
            return
        change = saved.wire["changes"][-1]
        found = reading.shown_all(phone.device, [change["record"]])
        wrong = [name for name, value in change.get("set", {}).items() if found and found[0].fields.get(name) != value]
        if change["op"] in ("create", "edit") and (not found or wrong):
            self.object_to(
                "decision 18", f"{phone.name} does not show {wrong or 'the record'} of set {saved.id} as saved"
            )

    def reopened(self, phone: Phone) -> None:
        """After a crash everything that was saved is still there, and numbers have no gaps."""
        phone.crashes += 1
        expected = [saved.id for saved in list(phone.saved.values())[-30:]]
        phone.reopen()
        for set_id in expected:
            if phone.device.outbox.find(set_id) is None:
                self.object_to("T5", f"{phone.name} lost set {set_id} in a crash")
        self._photos_are_whole(phone)

    def _photos_are_whole(self, phone: Phone) -> None:
        """Every photo that is noted has its file, and no file lies there that nothing names."""
        rows = phone.device.database.rows("SELECT book, name FROM photo UNION SELECT book, name FROM waiting_picture")
        there = {(path.parent.name, path.name) for path in (phone.device.folder / "photos").glob("*/*")}
        if there - set(rows):
            self.object_to("T4", f"{phone.name} keeps a photo's file that no row names")
        if set(rows) - there:
            self.object_to("T4", f"{phone.name} has noted a photo whose file is not there")
