"""How long it takes until what one saves in the field app is on the disk: a whole visit, by the services that the screens call."""

from __future__ import annotations

import time
from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

from field_app.services import visits

if TYPE_CHECKING:
    from field_app.device import Device

FOUND = {
    "need_found": "冰柜一台 · asks for a cooler before the holidays",
    "service_given": "Price tags renewed, stock turned, order taken",
    "situation": "Shelf at eye level, two facings lost to a competitor",
    "prices_checked": True,
    "intention": "high",
}
PLACE = {"latitude": 42.0347, "longitude": -93.62, "accuracy_m": 8}


def save_times_ms(device: Device, customers: Sequence[str], number: int = 300) -> list[float]:
    """Save that many visits, check-in and check-out each; every one is a durable transaction with its fsync.

    Args: customers: ids, taken in turn. The outbox grows as it does in the field. Returns: milliseconds of each save, sorted.
    """
    took: list[float] = []
    for turn in range(number):
        began = time.perf_counter()
        visit = visits.check_in(device, customers[turn % len(customers)], place=PLACE)
        middle = time.perf_counter()
        visits.check_out(device, visit, FOUND)
        took += [(middle - began) * 1000, (time.perf_counter() - middle) * 1000]
    return sorted(took)


def percentile(sorted_ms: Sequence[float], share: float) -> float:
    """The value below which that share of the sorted values lies."""
    return sorted_ms[min(len(sorted_ms) - 1, int(len(sorted_ms) * share))]


def save_figures(device: Device, customers: Sequence[str], number: int = 300) -> dict[str, float]:
    """{`save_ms_median`, `save_ms_p99`} of saving that many visits."""
    took = save_times_ms(device, customers, number)
    return {"save_ms_median": round(median(took), 2), "save_ms_p99": round(percentile(took, 0.99), 2)}
