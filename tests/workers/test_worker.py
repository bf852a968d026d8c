"""Real workers, forked, killed, and without their Redis."""

import os
import pathlib
import shutil
import signal
import tempfile
import time

import pytest

from roundbook import embedded_redis
from server.services.bells import Bells, connect
from server.services.clock import now_ms
from workers import schedule, service

on_both_databases = pytest.mark.parametrize("office", ["sqlite", "postgresql"], indirect=True)


@on_both_databases
def test_a_job_runs_once_though_its_bell_rings_five_times_and_three_workers_hear_it(office):
    workers = [office.start_worker() for _ in range(3)]

    job_id = office.enqueue("write", "shop for 0.2")
    Bells(office.redis).ring([("write", job_id)] * 4)

    office.until(lambda: office.row(job_id).state == "done" and not office.bells())
    assert office.written() == ["shop"]
    assert office.row(job_id).attempts == 1
    for pid in workers:
        os.kill(pid, signal.SIGTERM)
        assert office.ended(pid) == 0


@on_both_databases
def test_a_job_whose_worker_is_killed_is_done_by_another_after_the_lease(office):
    job_id = office.enqueue("write", "shop for 30")
    first = office.start_worker()
    office.until(office.written)

    office.kill(first)
    killed_at = time.monotonic()
    second = office.start_worker()
    office.until(lambda: schedule.sweep(now_ms()) and True)
    office.until(lambda: len(office.written()) == 2)

    assert time.monotonic() - killed_at < 20
    assert office.row(job_id).attempts == 2
    assert office.row(job_id).fence == 2
    office.kill(second)


def test_a_job_does_not_outlive_its_worker(office):
    """Otherwise it could go on beside the worker that does the job anew."""
    office.enqueue("write", "shop for 30")
    pid = office.start_worker()
    office.until(office.written)
    (child,) = children(pid)

    office.kill(pid)

    office.until(lambda: not is_alive(child))


def test_a_long_job_keeps_its_lease(office):
    job_id = office.enqueue("write", "shop for 2.5")
    pid = office.start_worker()

    office.until(lambda: office.row(job_id).state == "running")
    while office.row(job_id).state == "running":
        assert schedule.sweep(now_ms()) == 0
        time.sleep(0.1)

    assert (office.row(job_id).state, office.row(job_id).attempts) == ("done", 1)
    office.kill(pid)


def test_a_job_that_takes_too_long_is_ended_and_fails_with_the_reason(office):
    job_id = office.enqueue("write_briefly", "shop for 30")

    office.work_all()

    assert office.row(job_id).state == "failed"
    assert office.row(job_id).error == "it took longer than 1 s"


def test_a_job_that_raises_is_tried_again_and_given_up_with_the_reason(office):
    job_id = office.enqueue("fail", "shop")

    for _ in range(4):
        office.work_all()

    assert office.written() == ["shop"] * 3
    assert (office.row(job_id).state, office.row(job_id).error) == ("failed", "ValueError: the ink ran out")


def test_a_job_that_kills_its_own_process_harms_no_other_and_is_given_up(office):
    job_id = office.enqueue("kill_itself", "poison")
    office.enqueue("write", "the next one")

    for _ in range(3):
        office.work_all()

    assert office.written().count("the next one") == 1
    assert office.row(job_id).state == "failed"
    assert office.row(job_id).error == "the process that ran it ended with signal 9"


@on_both_databases
def test_an_emptied_redis_loses_nothing(office):
    jobs = [office.enqueue("write", f"shop {number}") for number in range(20)]

    office.redis.flushall()
    assert schedule.sweep(now_ms()) == 20
    office.work_all()

    assert sorted(office.written()) == sorted(f"shop {number}" for number in range(20))
    assert {office.row(job_id).state for job_id in jobs} == {"done"}


def test_redis_is_emptied_under_a_waiting_worker_and_it_hears_the_next_bell(office):
    pid = office.start_worker()
    office.until(lambda: office.redis.smembers("rq:workers"))

    office.redis.flushall()
    office.enqueue("write", "shop")

    office.until(lambda: office.written() == ["shop"])
    os.kill(pid, signal.SIGTERM)
    assert office.ended(pid) == 0


def test_the_sweep_rings_only_for_what_is_not_in_the_list(office):
    office.enqueue("write", "in the list")
    unheard = office.enqueue("write", "lost", due_at=now_ms() + 50)
    office.enqueue("write", "much later", due_at=now_ms() + 60_000)
    office.enqueue("of_another_version", "unknown here", due_at=now_ms() - 1)
    time.sleep(0.06)

    assert schedule.sweep(now_ms()) == 1
    assert schedule.sweep(now_ms()) == 0

    assert office.bells().count(f"write-{unheard}".encode()) == 1


def test_without_redis_a_job_is_put_on_the_queue_at_once_and_the_sweep_has_it_done_later(office):
    office.app.extensions["roundbook.bells"] = Bells(connect("redis://127.0.0.1:1/0"))
    began = time.monotonic()
    first = office.enqueue("write", "shop 1")
    second = office.enqueue("write", "shop 2")
    took_s = time.monotonic() - began
    assert schedule.sweep(now_ms()) == 0
    del office.app.extensions["roundbook.bells"]

    assert office.bells() == []
    assert schedule.sweep(now_ms()) == 2
    office.work_all()

    assert took_s < 5
    assert [office.row(first).state, office.row(second).state] == ["done", "done"]


def test_a_worker_outlives_its_redis_which_is_killed_and_comes_back_with_nothing(office):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="rb"))  # short enough for a socket, whose address stays the same
    try:
        server, url = embedded_redis.start(folder)
        office.app.extensions["roundbook.bells"] = Bells(connect(url))
        pid = office.fork(lambda: service.work(url))
        office.enqueue("write", "before")
        office.until(lambda: office.written() == ["before"])

        server.end()
        office.enqueue("write", "meanwhile")
        shutil.rmtree(folder)
        server, _ = embedded_redis.start(folder)
        office.app.extensions["roundbook.bells"] = Bells(connect(url))
        assert schedule.sweep(now_ms()) == 1

        office.until(lambda: office.written() == ["before", "meanwhile"])
        os.kill(pid, signal.SIGTERM)
        assert office.ended(pid) == 0
        server.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_a_job_is_done_though_redis_dies_under_it(office):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="rb"))
    try:
        server, url = embedded_redis.start(folder)
        office.app.extensions["roundbook.bells"] = Bells(connect(url))
        office.fork(lambda: service.work(url))
        job_id = office.enqueue("write", "shop for 1.5")
        office.until(office.written)

        server.end()

        office.until(lambda: office.row(job_id).state == "done")
        assert office.written() == ["shop"]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_sigterm_lets_the_job_in_hand_finish(office):
    job_id = office.enqueue("write", "shop for 1")
    pid = office.start_worker()
    office.until(office.written)

    os.kill(pid, signal.SIGTERM)

    assert office.ended(pid) == 0
    assert office.row(job_id).state == "done"


def test_a_second_sigterm_ends_the_job_and_gives_it_back_at_once(office):
    job_id = office.enqueue("write", "shop for 30")
    pid = office.start_worker()
    office.until(office.written)

    os.kill(pid, signal.SIGTERM)
    time.sleep(1.1)
    os.kill(pid, signal.SIGTERM)

    assert office.ended(pid, within_s=3) == 0
    assert office.row(job_id).state == "due"
    assert office.row(job_id).due_at <= now_ms()


def children(pid):
    """The ids of the processes that a process has started."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(word) for word in file.read().split()]


def is_alive(pid):
    """Whether a process is there and no zombie."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
