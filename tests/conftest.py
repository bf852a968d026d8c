"""What holds for every test: Kivy keeps to itself, and a build server takes no skipped test for a passed one."""

import os
import shutil
import signal
import tempfile
from collections.abc import Generator

import pytest

# Kivy reads these when it is imported first: it must neither take pytest's arguments, nor its logging, nor write into
# the home folder of whoever runs the tests.
KIVY_HOME = tempfile.mkdtemp(prefix="roundbook-kivy-")
os.environ.update(KIVY_NO_ARGS="1", KIVY_LOG_MODE="PYTHON", KIVY_NO_CONSOLELOG="1", KIVY_NO_FILELOG="1")
os.environ["KIVY_HOME"] = KIVY_HOME

# A shell without job control starts what runs behind it deaf to Ctrl-C, and so would be the programs that tests end by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ON_BUILD_SERVER = os.environ.get("CI", "").lower() in ("1", "true", "yes")


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(KIVY_HOME, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes begins first, so that no process waits for another at the end."""
    items.sort(key=lambda item: "simulation" not in item.path.parts)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """On a build server a skipped test fails; an expected failure stays what it is."""
    report = yield
    if ON_BUILD_SERVER and report.skipped and not hasattr(report, "wasxfail"):
        fail(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """On a build server a module that skips itself fails."""
    report = yield
    if ON_BUILD_SERVER and report.skipped:
        fail(report)
    return report


def fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure that gives the reason of the skip."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"Skipped, which this build does not allow. {reason}"
