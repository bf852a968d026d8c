"""`make bench-app`: what the field app costs on this machine; the last line is one JSON object.

start_s             process asked for, until 2,000 customers with 24 months of history are listed, passphrase included (median)
start_cpu_s         what of it was computing: on a machine that does other things as well, the truer figure
start_ratio         start_s, to the same rows in a list of plain Kivy without store and passphrase
search_ms_…         the query alone, over 10,000 customers, for every prefix of what people type
meant_ms            «did you mean», beside the window
save_ms_…           one save of a visit, with its fsync
order_taps          touches of an order of five lines, from the customer's page to saved (the most of several)
…_rss_mb            memory after the start, ours and the plain list's: the software renderer's share is in both
rss_mb              memory after a scripted day of 20 visits, 60 photos of 12 megapixels and orders; rss_most_mb: at its highest
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.field import pocket

LIMITS = {"start_s": 3, "search_ms_median": 5, "search_ms_p99": 50, "save_ms_p99": 50, "order_taps": 20, "rss_mb": 300}


def main() -> int:
    """Run, print a table and the JSON. Returns 1, if a figure is beyond its limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--many", type=int, default=10_000, help="customers for the search")
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--starts", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="roundbook-app-") as name, _screen() as screen:
        found = measure(Path(name), given, screen)
    beyond = [figure for figure, limit in LIMITS.items() if found[figure] > limit]
    for figure, value in found.items():
        limit = f"at most {LIMITS[figure]}" if figure in LIMITS else ""
        print(f"{figure:26} {value:>10}  {limit}{'  BEYOND' if figure in beyond else ''}")
    print(json.dumps(found))
    return 1 if beyond else 0


def measure(folder: Path, given: argparse.Namespace, screen: dict[str, str]) -> dict[str, Any]:
    """All figures."""
    _say(f"a phone with {given.customers:,} customers and {given.months} months of history …")
    home = folder / "round"
    home.mkdir()
    pocket.make(home, given.customers, given.months)
    _ready(home)
    rows = _rows(home, folder / "rows.json")
    starts = [_child("benchmarks.field.start", "ours", home, screen) for _ in range(given.starts)]
    assert all(one["customers"] == given.customers for one in starts)
    plain = [_child("benchmarks.field.start", "plain", rows, screen) for _ in range(given.starts)]
    start_s, plain_s = (_median(some, "seconds") for some in (starts, plain))
    _say("a day …")
    day = _child("benchmarks.field.day", home, environment=screen)
    _say(f"a phone with {given.many:,} customers …")
    many = folder / "many"
    many.mkdir()
    pocket.make(many, given.many, 0)
    found = {
        "start_s": start_s, "start_cpu_s": _median(starts, "cpu_s"), "plain_s": plain_s,
        "start_ratio": round(start_s / plain_s, 2), "start_rss_mb": _median(starts, "rss_mb"),
        "plain_rss_mb": _median(plain, "rss_mb"),
    }  # fmt: skip
    return {**found, **search_figures(many), **day}


def _median(some: list[dict[str, Any]], name: str) -> float:
    return round(statistics.median(one[name] for one in some), 2)


def _ready(home: Path) -> None:
    """A phone's first sync ends with its roster made; here there is no sync."""
    from field_app.device import Device
    from field_app.services import roster

    device = Device.unlock(home, pocket.PASSPHRASE, clock_ms=lambda: pocket.NOW_MS)
    roster.prepare(device)
    device.close()


def search_figures(home: Path) -> dict[str, float]:
    """Every prefix of names, pinyin initials, digits of telephones and licences, addresses and codes of some customers."""
    from field_app.device import Device
    from field_app.services import finding, roster

    device = Device.unlock(home, pocket.PASSPHRASE, clock_ms=lambda: pocket.NOW_MS)
    customers = roster.by_title(device).customers
    typed: list[str] = []
    for one in customers[:: max(1, len(customers) // 60)]:
        words = [line for line in one.words.split("\n") if line]
        typed += [word[:length] for word in words for length in range(1, min(len(word), 12) + 1)]
    took = []
    for text in typed:
        began = time.perf_counter()
        finding.query(device, text)
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    began = time.perf_counter()
    finding.meant(device, "lukcy moart")
    meant = (time.perf_counter() - began) * 1000
    device.close()
    return {
        "search_ms_median": round(statistics.median(took), 2), "search_ms_p99": round(took[int(len(took) * 0.99)], 2),
        "searches": len(took), "meant_ms": round(meant, 1),
    }  # fmt: skip


def _rows(home: Path, path: Path) -> Path:
    """The rows of our list, for the plain one."""
    from field_app.device import Device
    from field_app.services import roster

    device = Device.unlock(home, pocket.PASSPHRASE, clock_ms=lambda: pocket.NOW_MS)
    rows = [(one.fields["store_name"], one.fields["address"]) for one in roster.by_title(device).customers]
    device.close()
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def _child(module: str, *arguments: object, environment: dict[str, str] | None = None) -> dict[str, Any]:
    """Run a measured process. Returns: what its last line says."""
    *plain, last = arguments
    if isinstance(last, dict):
        environment, arguments = last, tuple(plain)
    variables = {**os.environ, **(environment or {}), "KIVY_NO_CONSOLELOG": "1", "BENCH_BEGAN": str(time.time())}
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, env=variables, check=False, capture_output=True, text=True, timeout=900)
    lines = done.stdout.strip().splitlines()
    if not lines:
        raise SystemExit(f"{module} failed:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(lines[-1])
    return found


@contextmanager
def _screen() -> Iterator[dict[str, str]]:
    """A screen of its own, if there is a program for it; else the window is drawn without one."""
    program = shutil.which("Xvfb")
    if program is None:
        yield {"SDL_VIDEODRIVER": "offscreen"}
        return
    reading, writing = os.pipe()
    command = [program, "-displayfd", str(writing), "-screen", "0", "800x1000x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        yield {"DISPLAY": f":{number}"} if number else {"SDL_VIDEODRIVER": "offscreen"}
    finally:
        server.terminate()
        server.wait()


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
