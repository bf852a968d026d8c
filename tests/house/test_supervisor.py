"""Head office's processes: all up and healthy, or none; and none left behind, however it ends."""

import contextlib
import os
import pathlib
import pty
import shlex
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from roundbook import embedded_redis, supervisor
from roundbook.processes import members

PYTHON = shlex.quote(sys.executable)
FAKE_WEB = f"web: {PYTHON} {shlex.quote(str(pathlib.Path(__file__).with_name('fake_web.py')))}\n"
SLEEPER = f'worker: {PYTHON} -c "import time; time.sleep(600)"\n'
QUITTER = f"scheduler: {PYTHON} -c \"import sys; print('no clock'); sys.exit(3)\"\n"


@pytest.fixture
def environment(tmp_path: pathlib.Path) -> dict[str, str]:
    """The environment of a head office with a home and a port of its own, and no REDIS_URL."""
    kept = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    return kept | {
        "ROUNDBOOK_HOME": str(tmp_path / "home"),
        "ROUNDBOOK_BIND": f"127.0.0.1:{embedded_redis.free_port()}",
    }


@pytest.fixture
def procfile(tmp_path: pathlib.Path) -> Callable[..., pathlib.Path]:
    """Write a Procfile with these lines."""

    def write(*lines: str) -> pathlib.Path:
        path = tmp_path / "Procfile"
        path.write_text("".join(lines))
        return path

    return write


@pytest.fixture
def command(environment: dict[str, str], procfile: Callable[..., pathlib.Path]) -> Iterator[subprocess.Popen[str]]:
    """`roundbook up`, running on a terminal of its own, healthy."""
    arguments = ["-m", "roundbook", "up", "--procfile", str(procfile(FAKE_WEB, SLEEPER))]
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, *arguments],
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    seen = b""
    while b"stubborn" not in seen:
        seen += os.read(ours, 4096)
    yield running
    running.kill()
    running.wait()
    os.close(ours)


def test_processes_run_and_find_the_redis_server_while_the_block_lasts(
    environment: dict[str, str], procfile: Callable[..., pathlib.Path]
) -> None:
    with supervisor.running(environment, procfile(FAKE_WEB, SLEEPER)) as office:
        assert office.ended() is None
        assert office.environment["REDIS_URL"].startswith("unix://")
        assert f"redis at {office.environment['REDIS_URL']}" in (office.logs / "web.log").read_text()
        assert supervisor.is_healthy(office.address)


def test_no_other_user_can_look_into_the_home(
    environment: dict[str, str], procfile: Callable[..., pathlib.Path]
) -> None:
    with supervisor.running(environment, procfile(FAKE_WEB)) as office:
        assert stat.S_IMODE(office.logs.parent.stat().st_mode) == 0o700


def test_a_redis_server_that_is_given_is_used_and_none_started(
    environment: dict[str, str], procfile: Callable[..., pathlib.Path]
) -> None:
    environment["REDIS_URL"] = "redis://queue.example:6379/0"

    with supervisor.running(environment, procfile(FAKE_WEB)) as office:
        assert "redis at redis://queue.example:6379/0" in (office.logs / "web.log").read_text()
        assert not (office.logs.parent / "redis").exists()


def test_no_process_is_left_when_the_block_ends_not_even_one_that_refuses_to_go(
    environment: dict[str, str], procfile: Callable[..., pathlib.Path]
) -> None:
    with supervisor.running(environment, procfile(FAKE_WEB, SLEEPER)) as office:
        sessions = [process.pid for process in office.processes]
        assert len(list(members(sessions[0]))) == 2

    assert no_process_of(sessions)
    assert not embedded_redis.answers(office.logs.parent / "redis" / "redis.sock")


def test_an_error_in_the_block_stops_the_processes_too(
    environment: dict[str, str], procfile: Callable[..., pathlib.Path]
) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        supervisor.running(environment, procfile(FAKE_WEB, SLEEPER)) as office,
    ):
        sessions = [process.pid for process in office.processes]
        raise ZeroDivisionError

    assert no_process_of(sessions)


def test_a_process_that_ends_at_once_is_named_with_its_last_words_and_the_others_stopped(
    environment: dict[str, str], procfile: Callable[..., pathlib.Path]
) -> None:
    with (
        pytest.raises(supervisor.NotStarted, match=r"(?s)scheduler ended with status 3.*no clock"),
        supervisor.running(environment, procfile(SLEEPER, QUITTER)),
    ):
        pass

    assert not embedded_redis.answers(pathlib.Path(environment["ROUNDBOOK_HOME"]) / "redis" / "redis.sock")


def test_a_port_in_use_is_said_before_anything_is_started(
    environment: dict[str, str], procfile: Callable[..., pathlib.Path], tmp_path: pathlib.Path
) -> None:
    with supervisor.running(environment, procfile(FAKE_WEB)):
        other = environment | {"ROUNDBOOK_HOME": str(tmp_path / "other")}

        with (
            pytest.raises(supervisor.NotStarted, match="ROUNDBOOK_BIND"),
            supervisor.running(other, procfile(FAKE_WEB)),
        ):
            pass

    assert not (tmp_path / "other").exists()


def test_a_wrong_setting_is_named_before_anything_is_started(
    environment: dict[str, str], procfile: Callable[..., pathlib.Path]
) -> None:
    environment["ROUNDBOOK_BIND"] = "everywhere"

    with (
        pytest.raises(supervisor.NotStarted, match="ROUNDBOOK_BIND is 'everywhere'; set it to"),
        supervisor.running(environment, procfile(FAKE_WEB)),
    ):
        pass


def test_a_home_in_use_by_another_head_office_is_refused(
    environment: dict[str, str], procfile: Callable[..., pathlib.Path]
) -> None:
    with supervisor.running(environment, procfile(FAKE_WEB)):
        other = environment | {"ROUNDBOOK_BIND": f"127.0.0.1:{embedded_redis.free_port()}"}

        with pytest.raises(supervisor.NotStarted, match="at work"), supervisor.running(other, procfile(FAKE_WEB)):
            pass


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_every_process_stops_when_the_command_is_ended(
    command: subprocess.Popen[str], environment: dict[str, str], ending: signal.Signals
) -> None:
    sessions = children_of(command.pid)
    assert len(sessions) == 3  # redis, web, worker

    os.killpg(command.pid, ending)  # as a terminal does it
    command.wait(timeout=30)

    if ending == signal.SIGKILL:  # no time for last rites: the kernel asks the processes to stop
        deadline = time.monotonic() + 10
        while children_alive(sessions) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not children_alive(sessions)
        for session in sessions:
            for pid in members(session):
                os.kill(pid, signal.SIGKILL)
    assert no_process_of(sessions)
    assert not embedded_redis.answers(pathlib.Path(environment["ROUNDBOOK_HOME"]) / "redis" / "redis.sock")


def children_of(parent: int) -> list[int]:
    """The ids of a process's children."""
    return [int(pid) for pid in pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def children_alive(pids: list[int]) -> list[int]:
    """Which of these processes still run."""
    return [pid for pid in pids if pid in members(session=pid)]


def no_process_of(sessions: list[int]) -> bool:
    """Whether nothing is left of these sessions."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    return not [pid for session in sessions for pid in members(session)]
