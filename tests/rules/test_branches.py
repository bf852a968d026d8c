"""Every branch of rights, merge and clock is taken by the specifications of these three modules: `make branches`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = ("merge", "rights", "clock")
SPECIFICATIONS = (*MODULES, "decide")


def test_every_branch_of_rights_merge_and_clock_is_taken(tmp_path: Path) -> None:
    data = f"--data-file={tmp_path / 'coverage'}"
    include = ",".join(f"sync_protocol/{name}.py" for name in MODULES)
    tests = [f"tests/specification/test_{name}.py" for name in SPECIFICATIONS]
    settings = tmp_path / "settings"
    settings.write_text(f"[run]\nbranch = True\ninclude = {include}\n[report]\nfail_under = 100\n")
    coverage = [sys.executable, "-m", "coverage"]

    run = [*coverage, "run", f"--rcfile={settings}", data, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider"]
    done = subprocess.run([*run, *tests], cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout[-2000:]
    report = [*coverage, "report", f"--rcfile={settings}", data, "--show-missing"]
    told = subprocess.run(report, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert told.returncode == 0, told.stdout
    for name in MODULES:
        assert f"sync_protocol/{name}.py" in told.stdout
