"""A share of the device-days of a test run: fleets of many shapes in this process, until there are enough."""

from __future__ import annotations

from roundbook.commands.simulate import replay
from roundbook.simulation.campaign import plans_from, run_until
from roundbook.simulation.plan import Plan
from roundbook.simulation.running import Result


def device_days(stack: str, seed: int, at_least: int) -> Result:
    """Run plans from this seed on. Fails with what was violated, and how to see it again."""
    wrong: list[str] = []

    def note(plan: Plan, result: Result) -> None:
        wrong.extend(result.violations + ([replay(plan)] if result.violations else []))

    found = run_until(plans_from(stack, seed), 1, lambda total: total.device_days >= at_least or bool(wrong), note)
    assert wrong == []
    assert found.device_days >= at_least
    assert found.changes >= 24 * found.device_days
    return found
