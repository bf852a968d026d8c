"""Make the project runnable: system packages, a virtual environment, the locked packages, the project itself.

`python3 tools/setup.py run` sets up what `make demo` needs, `test` adds what only the tests need. It needs Python
and pip and nothing else, speaks on stderr only, and does nothing the second time.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import subprocess
import sys
import time

import system_packages
from system_packages import run_quietly, say

ROOT = pathlib.Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LOCKS = {"run": "requirements.lock", "test": "requirements-test.lock"}
OLDEST_PYTHON = (3, 11)
OLDEST_PIP = (22, 3)  # the first with --python, which spares the environment a pip of its own


def main(arguments: list[str]) -> int:
    """Set up for "run" or "test"; returns the exit status."""
    if len(arguments) != 1 or arguments[0] not in LOCKS:
        say("usage: python3 tools/setup.py run|test")
        return 2
    purpose = arguments[0]
    if sys.version_info < OLDEST_PYTHON:
        say(f"Roundbook needs Python 3.11 or later; {sys.executable} is {sys.version.split()[0]}.")
        say("Point to another one with: make PYTHON=python3.12 ...")
        return 1
    complete = system_packages.ensure(for_tests=purpose == "test")
    if not complete and os.environ.get("CI"):
        say("This is a CI run, where a missing system package is an error.")
        return 1
    return ensure_environment(purpose)


def ensure_environment(purpose: str) -> int:
    """Bring .venv to what the lock file says, unless a stamp says that it is there already."""
    if purpose == "run" and stamp_file("test").exists():
        purpose = "test"  # once here, the tests' packages are kept up to date with the rest
    wanted = fingerprint(purpose)
    if VENV_PYTHON.exists() and stamp_file(purpose).exists() and stamp_file(purpose).read_text() == wanted:
        return 0

    started = time.monotonic()
    if pip_version() < OLDEST_PIP:
        say(f"{sys.executable} has no pip, or one before {'.'.join(map(str, OLDEST_PIP))}. On Debian or Ubuntu:")
        say("  sudo apt-get install -y python3-pip")
        return 1
    for purpose_stamped in LOCKS:
        stamp_file(purpose_stamped).unlink(missing_ok=True)
    if not made_by_this_python():
        say(f"Making {VENV.name}/ with Python {sys.version.split()[0]}")
        run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)])
    say(f"Installing the packages of {LOCKS[purpose]} (the first time this can take a few minutes)")
    pip("install", "--no-deps", "--require-hashes", "--requirement", str(ROOT / LOCKS[purpose]))
    pip("install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    for purpose_covered in LOCKS if purpose == "test" else ["run"]:
        stamp_file(purpose_covered).write_text(fingerprint(purpose_covered))
    say(f"Set up in {time.monotonic() - started:.0f} s")
    return 0


def stamp_file(purpose: str) -> pathlib.Path:
    """The file that says what was installed for this purpose."""
    return VENV / f".installed-for-{purpose}"


def fingerprint(purpose: str) -> str:
    """What the environment depends on: the lock, what pyproject.toml says about the package, the Python, the place."""
    import tomllib  # here, so that an older Python gets as far as being told that it is too old

    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    package = (declared["build-system"], declared["project"], declared["tool"]["setuptools"])
    lock = (ROOT / LOCKS[purpose]).read_text(encoding="utf-8")
    return hashlib.sha256(repr((lock, package, sys.version, sys.base_prefix, str(ROOT))).encode()).hexdigest()


def made_by_this_python() -> bool:
    """Whether .venv is whole, works in this place and has the version of the Python that runs this."""
    if not VENV_PYTHON.exists():
        return False
    question = "import sys; print(repr((sys.version, sys.base_prefix, sys.prefix)))"
    answer = subprocess.run([str(VENV_PYTHON), "-c", question], capture_output=True, text=True, check=False)
    return answer.stdout.strip() == repr((sys.version, sys.base_prefix, str(VENV)))


def pip_version() -> tuple[int, ...]:
    """The version of the pip that belongs to this Python, (0,) if there is none."""
    answer = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, text=True, check=False)
    words = answer.stdout.split()
    if answer.returncode or len(words) < 2:
        return (0,)
    return tuple(int(part) for part in words[1].split(".")[:2] if part.isdigit())


def pip(*arguments: str) -> None:
    """Run pip on the environment."""
    run([sys.executable, "-m", "pip", "--python", str(VENV_PYTHON), "--no-input", *arguments])


def run(command: list[str]) -> None:
    """Run a command; a failure ends the set-up with its status."""
    if status := run_quietly(command):
        raise SystemExit(status)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
