"""What comes again and again is done once a period, by however many schedulers, after whatever outage."""

import os
import random
import signal
import threading
import time

import pytest

from benchmarks.messages import years
from server.services import thumbnails
from server.services.clock import now_ms
from server.services.importing import background
from server.storage.database import writing
from workers import schedule, standing
from workers.periods import AtLocalTime, Every
from workers.registry import JOBS
from workers.schedule import Scheduled

HOUR = 3600 * 1000
DAY = 24 * HOUR
START = 1_800_000_000_000
HOURLY = Scheduled("write", Every(seconds=3600))
HOURLY_EACH = Scheduled("write", Every(seconds=3600), makes_up="each")


def test_everything_that_is_scheduled_or_asked_for_by_the_server_is_a_job_that_workers_know():
    names = [one.name for one in schedule.schedule("Asia/Shanghai")] + [thumbnails.JOB_NAME, background.JOB]
    names += [one.name for one in standing.STANDING]

    assert set(names) == set(JOBS)
    assert len(names) == len(set(names))


def put(scheduled, now):
    with writing() as connection:
        return schedule.put_on_queue(connection, scheduled, now)


def due_times(office):
    return [row.due_at for row in office.rows("write")]


def test_a_first_start_owes_nothing_for_the_time_before_it(office):
    assert put(HOURLY, START) == 0
    assert put(HOURLY, START + 1) == 0

    assert due_times(office) == []


def test_a_period_is_put_on_the_queue_once(office):
    put(HOURLY, START)
    due_at = HOURLY.period.after(START)

    assert put(HOURLY, due_at - 1) == 0
    assert put(HOURLY, due_at) == 1
    assert put(HOURLY, due_at + 1) == 0

    assert due_times(office) == [due_at]


def test_a_missed_period_is_made_up_once(office):
    put(HOURLY, START)
    back = START + 5 * HOUR + 17

    assert put(HOURLY, back) == 1
    assert put(HOURLY, back + 1) == 0

    assert due_times(office) == [HOURLY.period.latest(back)]


def test_each_missed_period_is_made_up_once_where_each_counts(office):
    put(HOURLY_EACH, START)

    assert put(HOURLY_EACH, START + 5 * HOUR) == 5
    assert put(HOURLY_EACH, START + 5 * HOUR + 1) == 0

    assert len(set(due_times(office))) == 5


def test_a_clock_that_was_ahead_for_a_while_neither_stops_the_schedule_nor_doubles_a_run(office):
    put(HOURLY, START)
    put(HOURLY, START + HOUR)
    put(HOURLY, START + 3650 * DAY)

    for minutes in range(0, 240, 10):
        put(HOURLY, START + HOUR + minutes * 60_000)

    normal = [due_at for due_at in due_times(office) if due_at < START + 100 * DAY]
    assert len(normal) == len(set(normal)) == 4


@pytest.mark.parametrize("seed", range(4))
def test_in_a_year_of_outages_with_three_schedulers_each_week_has_exactly_one_run(office, seed):
    weekly = Scheduled("write", AtLocalTime(2, 0, "Europe/Berlin", weekday=6), makes_up="each")
    chance = random.Random(seed)
    end = START + 364 * DAY
    put(weekly, START)

    now = START
    while now < end:
        now += chance.randrange(1, 5) * DAY if chance.random() < 0.9 else chance.randrange(5, 40) * DAY
        for _ in range(3):  # each with a clock of its own
            put(weekly, now + chance.randrange(-3000, 3000))
    put(weekly, now + 3000)

    assert due_times(office) == schedule.due_between(weekly.period, START, now + 3000)


on_both_databases = pytest.mark.parametrize("office", ["sqlite", "postgresql"], indirect=True)


@on_both_databases
def test_a_scheduler_that_comes_in_the_midst_of_anothers_transaction_adds_nothing(office):
    put(HOURLY, START)
    due_at = HOURLY.period.after(START)
    added = []

    def be_the_other():
        with office.app.app_context():
            added.append(put(HOURLY, due_at))

    other = threading.Thread(target=be_the_other)
    with writing() as connection:
        assert schedule.put_on_queue(connection, HOURLY, due_at) == 1
        other.start()
        time.sleep(0.3)  # the other has read what was remembered before this commit
    other.join(timeout=10)

    assert added == [0]
    assert due_times(office) == [due_at]


@on_both_databases
def test_two_schedulers_at_once_and_one_worker_do_a_period_once(office):
    """Real processes, a real clock, a period of one second."""
    quick = Scheduled("write", Every(seconds=1), makes_up="each")
    began = now_ms()
    put(quick, began)

    def be_a_scheduler():
        stopping = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stopping.set())
        schedule.SWEEP_EVERY_S = 0.05
        schedule.run((quick,), stopping)

    schedulers = [office.fork(be_a_scheduler) for _ in range(2)]
    office.start_worker()
    time.sleep(3)
    for pid in schedulers:
        os.kill(pid, signal.SIGTERM)
        assert office.ended(pid) == 0
    office.until(lambda: all(row.state == "done" for row in office.rows("write")))

    due = due_times(office)
    assert due == schedule.due_between(quick.period, began, max(due))
    assert len(due) >= 2
    assert len(office.written()) == len(due)


def test_the_scheduler_rings_for_what_waits_when_it_falls_due(office):
    def be_a_scheduler():
        stopping = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stopping.set())
        schedule.run((), stopping)

    office.enqueue("write", "in a second", due_at=now_ms() + 1000)
    pid = office.fork(be_a_scheduler)

    office.until(office.bells, within_s=4)
    os.kill(pid, signal.SIGTERM)
    assert office.ended(pid) == 0


def test_in_years_of_outages_with_three_schedulers_every_due_period_comes_exactly_once():
    """Injected clocks, leap years and changes to summer time; five hundred years are in `make soak-messages`."""
    found = years.simulate(30)

    assert found["wrong"] == 0
    assert found["runs"] > 30 * (365 + 52)
    assert found["refused_twins"] > 100, "stale schedulers were there, and the unique key held them off"


def test_a_schedule_that_forgets_a_period_is_noticed(monkeypatch):
    def forgetful(scheduled, last, now):
        due, after = right(scheduled, last, now)
        return due[1:] if len(due) > 3 else due, after

    right = schedule.due_now
    monkeypatch.setattr(schedule, "due_now", forgetful)

    assert years.simulate(3)["wrong"] > 0
