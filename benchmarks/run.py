"""`make bench`: the common workload on our system and on the limit, side by side in one run; the last line is one JSON object.

A chain is one repetition: fresh data at both servers, fresh client stores, then every measure in order, the limit and
ours in turn. Medians of all chains. What is a time is better when its ratio is small, what is a rate when it is large.
"""

from __future__ import annotations

import argparse
import gc
import json
import shutil
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from benchmarks.bare import BareClient, seed
from benchmarks.ours import Office, OurClient
from benchmarks.processes import free_port, running
from benchmarks.workload import Size, Workload, make

NOTHING_TIMES = 15
TARGETS = {
    "push_1000": (None, "documents/s"),
    "push_10000": (">= 0.11", "documents/s"),
    "first_load": ("<= 8", "s"),
    "nothing": ("<= 20", "ms"),
    "day": ("<= 22", "ms"),
}
Found = dict[str, dict[str, list[float]]]


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chains", type=int, default=3)
    parser.add_argument("--tiny", action="store_true", help="a workload of a few dozen documents, to see that it runs")
    given = parser.parse_args()
    results = measure(given.chains, Size(6, 12, 12, (2, 3, 4), (2, 2), (2, 4, 4), (4, 8, 8)) if given.tiny else Size())
    _print_table(results, given.chains)
    print(json.dumps(results))


def measure(chains: int, size: Size) -> dict[str, dict[str, float]]:
    """Measure -> ours, limit, ratio: ours to the limit's."""
    workload = make(size)
    gc.collect()
    gc.freeze()  # the workload is not part of either client
    found: Found = defaultdict(lambda: defaultdict(list))
    with tempfile.TemporaryDirectory(prefix="roundbook-bench-") as name:
        folder = Path(name)
        bar = tqdm(total=1 + chains, desc="head office gets its data", file=sys.stderr)
        office = Office(folder / "seeded", free_port())
        office.seed(workload.base)
        office.close()
        seed(folder / "seeded.db", workload.base)
        bar.update()
        for n in range(chains):
            bar.set_description(f"chain {n + 1} of {chains}")
            _chain(folder, n, workload, found)
            bar.update()
        bar.close()
    return {
        name: {"ours": ours, "limit": limit, "ratio": round(ours / limit, 3)}
        for name, sides in found.items()
        for ours, limit in [(_median(sides["ours"]), _median(sides["limit"]))]
    }


def _median(values: list[float]) -> float:
    return float(f"{statistics.median(values):.4g}")


def _chain(folder: Path, n: int, workload: Workload, found: Found) -> None:
    """One repetition. Everything of it is deleted afterwards."""
    chain = folder / f"chain-{n}"
    shutil.copytree(folder / "seeded", chain / "office")
    shutil.copy(folder / "seeded.db", chain / "limit.db")
    port, limit_port = free_port(), free_port()
    office = Office(chain / "office", port)
    with (
        running(["roundbook", "serve"], port, office.environment),
        running(["benchmarks.limit", str(chain / "limit.db"), str(limit_port)], limit_port),
    ):
        ours = OurClient(chain / "device", office)
        limit = BareClient(chain, chain / "limit.db", limit_port)

        def both(name: str, of_ours: Callable[[], float], of_limit: Callable[[], float]) -> None:
            for side, run in (("limit", of_limit), ("ours", of_ours))[:: 1 if n % 2 else -1]:
                found[name][side].append(run())

        both("first_load", lambda: ours.first_load(len(workload.base)), limit.first_load)
        for _ in range(NOTHING_TIMES):
            both("nothing", lambda: ours.nothing() * 1000, lambda: limit.nothing() * 1000)
        ours.push(workload.warm_up)
        limit.push(workload.warm_up)
        both(
            "day",
            lambda: ours.day(workload.day, workload.down) * 1000,
            lambda: limit.day(workload.day, workload.down) * 1000,
        )
        for name, documents in (("push_1000", workload.push_small), ("push_10000", workload.push_large)):
            both(
                name,
                lambda d=documents: len(d) / ours.push(d),  # type: ignore[misc]
                lambda d=documents: len(d) / limit.push(d),  # type: ignore[misc]
            )
        ours.close()
        limit.close()
    office.close()
    shutil.rmtree(chain)


def _print_table(results: dict[str, dict[str, float]], chains: int) -> None:
    print(f"{'measure':<12}{'ours':>12}{'limit':>12}{'ratio':>10}  {'target':<10}unit (median of {chains} chains)")
    for name, row in results.items():
        target, unit = TARGETS[name]
        print(f"{name:<12}{row['ours']:>12}{row['limit']:>12}{row['ratio']:>10}  {target or '-':<10}{unit}")


if __name__ == "__main__":
    main()
