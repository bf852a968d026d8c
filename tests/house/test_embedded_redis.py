"""The Redis-compatible server that stands in where nobody gave a REDIS_URL."""

import pathlib
import stat

import pytest
import redis

from roundbook import embedded_redis
from roundbook.processes import stop


@pytest.fixture(params=["home", "a home with spaces", "店 \"quoted\" 'home'"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A data folder with a name that a configuration file may stumble over."""
    return tmp_path_factory.mktemp("r") / request.param / "redis"


def test_what_was_queued_is_there_after_a_restart(folder: pathlib.Path) -> None:
    with embedded_redis.running(folder) as url, redis.Redis.from_url(url) as client:
        client.rpush("queue", "job-1", "job-2")

    with embedded_redis.running(folder) as url, redis.Redis.from_url(url) as client:
        assert client.lrange("queue", 0, -1) == [b"job-1", b"job-2"]


def test_no_other_user_can_open_its_socket_and_no_port_is_open(folder: pathlib.Path) -> None:
    with embedded_redis.running(folder) as url, redis.Redis.from_url(url) as client:
        assert client.config_get("port") == {"port": "0"}
        assert stat.S_IMODE((folder / "redis.sock").stat().st_mode) == 0o700
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_second_server_in_the_same_folder_is_refused(tmp_path: pathlib.Path) -> None:
    with embedded_redis.running(tmp_path / "redis") as url:
        with pytest.raises(embedded_redis.AlreadyRunning, match="at work"):
            embedded_redis.start(tmp_path / "redis")

        with redis.Redis.from_url(url) as client:
            assert client.ping()


def test_a_socket_left_by_a_killed_server_is_in_nobodys_way(tmp_path: pathlib.Path) -> None:
    process, _ = embedded_redis.start(tmp_path / "redis")
    process.end()

    with embedded_redis.running(tmp_path / "redis") as url, redis.Redis.from_url(url) as client:
        assert client.ping()


def test_a_folder_too_deep_for_a_socket_gets_a_loopback_port_with_a_password(tmp_path: pathlib.Path) -> None:
    deep = tmp_path / ("d" * 100)

    with embedded_redis.running(deep) as url, redis.Redis.from_url(url) as client:
        assert client.config_get("bind") == {"bind": "127.0.0.1"}
        host, _, port = url.rpartition("@")[2].removesuffix("/0").partition(":")
        with redis.Redis(host=host, port=int(port)) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        assert stat.S_IMODE((deep / "valkey.conf").stat().st_mode) == 0o600


def test_a_server_that_cannot_start_gives_its_last_words(tmp_path: pathlib.Path) -> None:
    (tmp_path / "redis").mkdir()
    (tmp_path / "redis" / "appendonlydir").write_text("not a folder")

    with pytest.raises(RuntimeError, match="appendonly"):
        embedded_redis.start(tmp_path / "redis")


def test_a_stopped_server_is_gone(tmp_path: pathlib.Path) -> None:
    process, _ = embedded_redis.start(tmp_path / "redis")

    stop([process], grace_s=5)

    assert process.status() == 0
