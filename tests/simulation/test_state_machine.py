"""Hypothesis chooses what happens to two phones and their office, step by step, and shrinks what it finds (T3).

More than in a test run: ROUNDBOOK_MACHINES=2000 ROUNDBOOK_STEPS=50.
"""

from __future__ import annotations

import os
from contextlib import ExitStack

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from roundbook.simulation.checkers import check_everything
from roundbook.simulation.crashes import DEVICE
from roundbook.simulation.disks import InMemory, stores_are
from roundbook.simulation.events import Events
from roundbook.simulation.faults import CLOCKS, NETWORK
from roundbook.simulation.fleet import Fleet
from roundbook.simulation.network import CRASHES_OF_SERVER
from roundbook.simulation.phone import Phone
from roundbook.simulation.plan import HOUR_MS, Plan
from roundbook.simulation.running import stop_faults
from roundbook.simulation.tally import tallies

MACHINES = int(os.environ.get("ROUNDBOOK_MACHINES", "25"))
STEPS = int(os.environ.get("ROUNDBOOK_STEPS", "30"))
DEVICES = 4
WHICH = st.integers(0, DEVICES - 1)


class RoundAndOffice(RuleBasedStateMachine):
    """Two rounds with a supervisor and a tablet, the server in memory, and everything that can happen to them."""

    @initialize(seed=st.integers(0, 10_000))
    def open(self, seed: int) -> None:
        self.open_things = ExitStack()
        self.open_things.enter_context(tallies())
        self.open_things.enter_context(stores_are(InMemory))
        self.fleet = Fleet(Plan("pure", seed, DEVICES, 1))
        self.open_things.callback(self.fleet.close)
        self.fleet.set_up()
        self.events = Events(self.fleet)

    def phone(self, which: int) -> Phone:
        return self.fleet.phones[which]

    @rule(which=WHICH, times=st.integers(1, 4))
    def work(self, which: int, times: int) -> None:
        for _ in range(times):
            self.fleet.act(self.phone(which))

    @rule(which=WHICH)
    def sync(self, which: int) -> None:
        self.fleet.sync_if_possible(self.phone(which))

    @rule(which=WHICH, fault=st.sampled_from((*NETWORK, *CRASHES_OF_SERVER)))
    def sync_badly(self, which: int, fault: str) -> None:
        self.fleet.network.planned = fault
        self.fleet.sync_if_possible(self.phone(which))
        self.fleet.network.planned = None

    @rule(which=WHICH, steps=st.integers(0, 12), after=st.booleans(), in_sync=st.booleans())
    def lose_power(self, which: int, steps: int, after: bool, in_sync: bool) -> None:
        DEVICE.arm(steps, after)
        (self.fleet.sync_if_possible if in_sync else self.fleet.act)(self.phone(which))
        DEVICE.disarm()

    @rule(which=WHICH, fault=st.sampled_from(tuple(CLOCKS)))
    def falsify_clock(self, which: int, fault: str) -> None:
        clock, offset = self.phone(which).clock, CLOCKS[fault]
        clock.skew, clock.offset_ms = fault, offset or 0
        clock.frozen_at = self.fleet.now if offset is None else None

    @rule(hours=st.integers(1, 60))
    def wait(self, hours: int) -> None:
        self.fleet.run_until(self.fleet.now + hours * HOUR_MS)

    @rule(what=st.sampled_from(("console_edit", "import_edit", "decide", "review", "hand_over", "stand_in", "move")))
    def act_at_the_office(self, what: str) -> None:
        getattr(self.events, what)()

    @rule()
    def be_hostile(self) -> None:
        self.events.be_hostile()

    @rule()
    def back_up_or_restore(self) -> None:
        if self.events.backup is None:
            self.events.back_up()
        else:
            self.events.due = self.fleet.now
            self.events.restore_when_due()

    @precondition(lambda self: self.fleet.releases.server == 1)
    @rule()
    def upgrade_the_server(self) -> None:
        self.fleet.upgrade_server()

    @rule(which=WHICH)
    def update_the_app(self, which: int) -> None:
        self.fleet.update(self.phone(which))

    @invariant()
    def nothing_is_violated(self) -> None:
        if hasattr(self, "fleet"):
            assert self.fleet.watcher.violations == []

    def teardown(self) -> None:
        if hasattr(self, "fleet"):
            with self.open_things:
                stop_faults(self.fleet, self.events)
                check_everything(self.fleet)
                assert self.fleet.watcher.violations == []


TestRoundAndOffice = RoundAndOffice.TestCase
TestRoundAndOffice.settings = settings(
    max_examples=MACHINES,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
