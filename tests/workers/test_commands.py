"""The commands as an operator calls them."""

import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from roundbook.cli import main
from server.services import parts
from server.storage.database import writing
from server.storage.tables import job


@pytest.fixture
def environment(office, monkeypatch):
    """The environment in which an operator calls the commands of this office."""
    monkeypatch.setenv("ROUNDBOOK_HOME", str(parts.config().home))
    monkeypatch.setenv("REDIS_URL", office.redis_url)
    monkeypatch.delenv("DATABASE_URL", raising=False)


def roundbook(*arguments):
    """Call the command `roundbook` in this process."""
    return CliRunner().invoke(main, arguments)


def test_worker_and_scheduler_do_a_job_and_end_with_status_0_on_sigterm(office, environment):
    with writing() as connection:
        connection.execute(job.insert().values(name="forget_done_jobs", argument="", due_at=1, created_at=1))

    commands = [[sys.executable, "-m", "roundbook", name] for name in ("worker", "scheduler")]
    processes = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for command in commands]
    try:
        office.until(lambda: [row.state for row in office.rows("forget_done_jobs")] == ["done"], within_s=30)
        for process in processes:
            process.send_signal(signal.SIGTERM)

        assert [process.wait(timeout=10) for process in processes] == [0, 0]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_an_operator_sees_what_failed_and_gives_it_a_fresh_start(office, environment):
    job_id = office.enqueue("thumbnail", "no/photo")
    with writing() as connection:
        connection.execute(update(job).values(state="failed", error="there is no such photo"))

    shown = roundbook("worker", "--status")
    retried = roundbook("worker", "--retry", str(job_id))
    retried_again = roundbook("worker", "--retry", str(job_id))

    assert "failed 1" in shown.output
    assert "thumbnail no/photo  attempts 0  there is no such photo" in shown.output
    assert (retried.exit_code, office.row(job_id).state) == (0, "due")
    assert (retried_again.exit_code, retried_again.exception.__class__) == (1, SystemExit)


@pytest.mark.parametrize("name", ["worker", "scheduler"])
def test_without_redis_the_commands_say_what_to_set(office, environment, monkeypatch, name):
    monkeypatch.delenv("REDIS_URL")

    said = roundbook(name)

    assert said.exit_code == 1
    assert "REDIS_URL is not set" in said.output


def test_without_tables_the_commands_say_what_to_do(office, environment, monkeypatch, tmp_path):
    monkeypatch.setenv("ROUNDBOOK_HOME", str(tmp_path))

    said = roundbook("worker", "--status")

    assert said.exit_code == 1
    assert "roundbook migrate" in said.output


def test_an_unreachable_redis_is_named_without_its_password():
    from workers import start

    with pytest.raises(start.NotReady) as problem:
        start.ready_redis("redis://:secret@127.0.0.1:1/0", within_s=0.3)

    assert "redis://127.0.0.1:1/0" in str(problem.value)
    assert "secret" not in str(problem.value)
