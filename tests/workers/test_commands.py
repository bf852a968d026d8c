"""The commands as an operator calls them."""

import os
import signal
import subprocess
import sys

import pytest
from sqlalchemy import update

from server.services import parts
from server.storage.database import writing
from server.storage.tables import job


@pytest.fixture
def roundbook(office):
    """Start the command `roundbook` with the office's home."""
    running = []

    def start(*arguments, redis_url=office.redis_url):
        environment = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
        environment["ROUNDBOOK_HOME"] = str(parts.config().home)
        if redis_url:
            environment["REDIS_URL"] = redis_url
        command = [sys.executable, "-m", "roundbook", *arguments]
        process = subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def test_worker_and_scheduler_do_a_job_and_end_with_status_0_on_sigterm(office, roundbook):
    with writing() as connection:
        connection.execute(job.insert().values(name="forget_done_jobs", argument="", due_at=1, created_at=1))

    worker, scheduler = roundbook("worker"), roundbook("scheduler")
    office.until(lambda: [row.state for row in office.rows("forget_done_jobs")] == ["done"], within_s=30)
    for process in (worker, scheduler):
        process.send_signal(signal.SIGTERM)

    assert [process.wait(timeout=10) for process in (worker, scheduler)] == [0, 0]


def test_an_operator_sees_what_failed_and_gives_it_a_fresh_start(office, roundbook):
    job_id = office.enqueue("thumbnail", "no/photo")
    with writing() as connection:
        connection.execute(update(job).values(state="failed", error="there is no such photo"))

    shown, _ = roundbook("worker", "--status").communicate(timeout=30)
    retried = roundbook("worker", "--retry", str(job_id))
    retried.communicate(timeout=30)

    assert "failed 1" in shown
    assert "thumbnail no/photo  attempts 0  there is no such photo" in shown
    assert retried.returncode == 0
    assert office.row(job_id).state == "due"


def test_without_redis_the_commands_say_what_to_set(office, roundbook, monkeypatch):
    process = roundbook("worker", redis_url=None)

    _, said = process.communicate(timeout=30)

    assert process.returncode == 1
    assert "REDIS_URL is not set" in said
    assert "Traceback" not in said


def test_an_unreachable_redis_is_named_without_its_password():
    from workers import start

    with pytest.raises(start.NotReady) as problem:
        start.ready_redis("redis://:secret@127.0.0.1:1/0", within_s=0.3)

    assert "redis://127.0.0.1:1/0" in str(problem.value)
    assert "secret" not in str(problem.value)
