"""What is installed, and from what: locked, hashed, with no address; and once."""

import pathlib
import re
import subprocess
import sys
import time
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOCKS = ["requirements.lock", "requirements-test.lock"]
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def locked(lock: str) -> dict[str, str]:
    """The versions in a lock file, name -> version."""
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", (ROOT / lock).read_text(), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in pins}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()

    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--index|--extra-index|--find|--trusted)", text, re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes(lock: str) -> None:
    entries = re.split(r"^(?=\S)", (ROOT / lock).read_text(), flags=re.MULTILINE)

    assert [entry.split()[0] for entry in entries if entry.strip() and "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_everything_that_is_declared(lock: str) -> None:
    pins = locked(lock)
    declared = DECLARED["dependencies"] + (DECLARED["optional-dependencies"]["test"] if "test" in lock else [])

    for line in declared:
        wanted = Requirement(line)
        assert wanted.specifier.contains(pins[canonicalize_name(wanted.name)]), line


def test_tests_run_on_the_very_versions_that_are_run() -> None:
    assert locked("requirements.lock").items() <= locked("requirements-test.lock").items()


def test_setting_up_again_installs_nothing_and_takes_no_time() -> None:
    if not (ROOT / ".venv" / ".installed-for-run").exists():
        pytest.fail("These tests run in the environment that `make setup-test` makes.")
    started = time.monotonic()

    result = subprocess.run(
        [base_python(), "tools/setup.py", "run"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert result.stdout == ""
    assert "Installing" not in result.stderr
    assert time.monotonic() - started < 5


def base_python() -> str:
    """The Python that this environment was made with."""
    return str(pathlib.Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}")
