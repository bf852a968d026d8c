"""Whoever can write into Redis can wake a worker up, and nothing else."""

import json
import os
import pickle
import signal
import zlib

import pytest
from rq import Queue
from rq.serializers import JSONSerializer

from server.services.bells import QUEUE_KEY, QUEUE_NAME, bell_text
from server.services.clock import now_ms
from workers.bell import Bell, RefusedBell


def forged_job(office, canary, name):
    """What RQ itself would run: a shell command."""
    queue = Queue(QUEUE_NAME, connection=office.redis, serializer=JSONSerializer)
    return queue.enqueue("os.system", f"touch {canary}", job_id=name)


def test_a_forged_job_of_rq_is_refused_and_the_next_bell_is_heard(office, tmp_path):
    canary = tmp_path / "canary"
    forged_job(office, canary, "forged")
    office.enqueue("write", "after the forgery")

    office.work_all()

    assert not canary.exists()
    assert office.written() == ["after the forgery"]
    assert "refused" in (office.folder / "processes.log").read_text()


def test_a_forged_job_under_the_name_of_a_real_one_is_refused_and_keeps_the_real_one_from_nothing(office, tmp_path):
    canary = tmp_path / "canary"
    job_id = office.enqueue("write", "the real one")
    office.redis.delete(QUEUE_KEY)
    forged_job(office, canary, bell_text("write", job_id))

    office.work_all()
    office.work_all()

    assert not canary.exists()
    assert office.written() == ["the real one"]


def test_the_same_forgery_does_run_in_a_worker_of_rq_itself(office, tmp_path):
    """The canary can die: without this, the tests above could pass for a wrong reason."""
    from rq import SimpleWorker

    canary = tmp_path / "canary"
    forged_job(office, canary, "forged")

    def work_plainly():
        SimpleWorker([QUEUE_NAME], connection=office.redis, serializer=JSONSerializer).work(burst=True)

    assert office.ended(office.fork(work_plainly)) == 0
    assert canary.exists()


class Bomb:
    """Unpickled, it writes the canary."""

    def __init__(self, canary):
        self.canary = canary

    def __reduce__(self):
        return os.system, (f"touch {self.canary}",)


@pytest.mark.parametrize(
    "field", ["data", "result", "meta", "success_callback_name", "failure_callback_name", "webhooks"]
)
def test_nothing_that_lies_beside_a_bell_is_opened(office, tmp_path, field):
    canary = tmp_path / "canary"
    job_id = office.enqueue("write", "shop")
    office.redis.hset(
        f"rq:job:{bell_text('write', job_id)}",
        mapping={
            "data": zlib.compress(json.dumps(["os.system", None, [f"touch {canary}"], {}]).encode()),
            "status": "queued",
            field: pickle.dumps(Bomb(canary)),
        },
    )

    office.work_all()

    assert not canary.exists()


@pytest.mark.parametrize(
    "entry",
    [
        b"",
        b"write",
        b"write-",
        b"write-0",
        b"write--1",
        b"write-01",
        b"write-1 ",
        b"write-1\n",
        b"write-1-1",
        b"os.system-1",
        b"nobody-1",
        b"WRITE-1",
        "write-\N{ARABIC-INDIC DIGIT ONE}".encode(),
        b"write-" + b"1" * 19,
        b"write-" + b"1" * 100_000,
        b"\xff\xfe\x00",
    ],
)
def test_an_entry_that_is_no_bell_is_refused(office, entry):
    with pytest.raises(RefusedBell):
        Bell.take(entry, office.redis)


def test_a_bell_runs_nothing_by_itself(office):
    bell = Bell.take(b"write-1", office.redis)

    with pytest.raises(RefusedBell):
        bell.perform()
    with pytest.raises(RefusedBell):
        bell.restore({b"data": b"x"})


def test_rubbish_of_every_kind_neither_stops_a_worker_nor_stays(office):
    office.redis.rpush(QUEUE_KEY, b"\xff\xfe", b"x" * 10_000, b"nobody-7", b"write-999999")
    office.enqueue("write", "behind the rubbish")

    office.work_all()

    assert office.written() == ["behind the rubbish"]
    assert office.redis.keys("rq:queue:*") == []


def test_a_bell_with_the_name_of_one_job_and_the_number_of_another_runs_neither(office):
    job_id = office.enqueue("write", "not yet", due_at=now_ms() + 3_600_000)
    office.redis.rpush(QUEUE_KEY, f"thumbnail-{job_id}", f"write-{job_id}", f"send_messages-{job_id}")

    office.work_all()

    assert office.written() == []
    assert (office.row(job_id).state, office.row(job_id).attempts) == ("due", 0)


def test_a_queue_that_is_no_list_is_put_right(office):
    office.redis.set(QUEUE_KEY, "no list")
    office.enqueue("write", "found by the sweep")

    office.work_all()
    office.work_all()

    assert office.written() == ["found by the sweep"]


def test_redis_gives_a_worker_no_orders(office):
    """RQ's own worker stops, or kills the job in hand, when a message says so."""
    pid = office.start_worker()
    office.enqueue("write", "first for 1")
    office.until(office.written)
    worker_name = office.redis.smembers("rq:workers").pop().decode().rpartition(":")[2]
    for command in ("kill-horse", "shutdown"):
        office.redis.publish(f"rq:pubsub:{worker_name}", json.dumps({"command": command}))
    office.redis.set("rq:suspended", 1)

    office.enqueue("write", "second")

    office.until(lambda: office.written() == ["first", "second"])
    office.until(lambda: {row.state for row in office.rows("write")} == {"done"})
    assert [row.attempts for row in office.rows("write")] == [1, 1]
    os.kill(pid, signal.SIGTERM)
    assert office.ended(pid) == 0
