"""When the next sync comes: later and later while it fails, spread by chance, and at once on another network (R32)."""

from __future__ import annotations

from field_app.sync.schedule import FIRST_DELAY_S, LONGEST_DELAY_S, Schedule


def test_delays_double_from_five_seconds_to_a_quarter_of_an_hour() -> None:
    """R32: the back-off."""
    schedule = Schedule(chance=lambda: 0.999999)

    delays = [round(schedule.failed()) for _ in range(10)]

    assert delays == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]


def test_chance_spreads_a_fleet_over_the_second_half_of_the_delay() -> None:
    early, late = Schedule(lambda: 0.0), Schedule(lambda: 0.999999)

    assert early.failed() == FIRST_DELAY_S / 2
    assert FIRST_DELAY_S * 0.99 < late.failed() <= FIRST_DELAY_S


def test_the_servers_retry_after_is_a_lower_bound() -> None:
    assert Schedule(lambda: 0.0).failed(retry_after_s=300) == 300


def test_success_and_another_network_begin_anew() -> None:
    schedule = Schedule(lambda: 0.0)
    for _ in range(30):
        assert schedule.failed() <= LONGEST_DELAY_S

    assert schedule.network_changed() == 0
    assert schedule.failed() == FIRST_DELAY_S / 2
    assert schedule.succeeded() > 60
    assert schedule.failed() == FIRST_DELAY_S / 2
