"""Refresh the lock files: every version and hash that the set-up may install, and no address of where it comes from.

`python3 tools/lock.py` keeps the versions that still fit pyproject.toml; with `--upgrade` it takes the newest that fit.
The tool that resolves (uv) lives in a temporary folder: nobody needs it to set up or run Roundbook.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile

from system_packages import run_quietly, say

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ["pyproject.toml", "requirements-build.in"]
OPTIONS = [
    "--quiet",
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--override=requirements-override.txt",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-annotate",
    "--no-header",
]


def main(arguments: list[str]) -> int:
    """Write both lock files; returns the exit status."""
    if arguments not in ([], ["--upgrade"]):
        say("usage: python3 tools/lock.py [--upgrade]")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        python = pathlib.Path(folder) / "bin" / "python"
        uv = python.with_name("uv")
        steps = [
            [sys.executable, "-m", "venv", "--without-pip", folder],
            [sys.executable, "-m", "pip", "--python", str(python), "install", "uv"],
        ]
        if any(run_quietly(step) for step in steps):
            return 1
        compile_lock = [str(uv), "pip", "compile", *OPTIONS, *arguments, *SOURCES]
        run = [*compile_lock, "--output-file=requirements.lock"]
        test = [*compile_lock, "--extra=test", "--constraint=requirements.lock", "--output-file=requirements-test.lock"]
        for step in (run, test):
            if status := subprocess.run(step, cwd=ROOT, check=False).returncode:
                return status
    say("requirements.lock and requirements-test.lock are what pyproject.toml asks for.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
