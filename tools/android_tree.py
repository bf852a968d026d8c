"""Lay out what an Android package is built from: `python3 tools/android_tree.py build/android`. Needs nothing but Python."""

from __future__ import annotations

import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGES = ("field_app", "sync_protocol")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "*.po")


def lay_out(target: pathlib.Path) -> None:
    """The two packages that a phone needs, and beside them main.py, the spec and the recipes. What was there is replaced."""
    target.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        shutil.rmtree(target / package, ignore_errors=True)
        shutil.copytree(ROOT / package, target / package, ignore=_LEFT_OUT)
    for path in (ROOT / "android").iterdir():
        if path.is_dir():
            shutil.rmtree(target / path.name, ignore_errors=True)
            shutil.copytree(path, target / path.name, ignore=_LEFT_OUT)
        else:
            shutil.copy(path, target / path.name)


def main(arguments: list[str]) -> int:
    """Returns the exit status."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python3 tools/android_tree.py FOLDER\n")
        return 2
    lay_out(pathlib.Path(arguments[0]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
