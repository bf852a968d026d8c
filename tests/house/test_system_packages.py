"""Which system packages are missing, and what is said or done about it."""

import importlib.util
import pathlib
import sys
import types

import pytest


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """The module of the set-up, on a machine where everything is missing until apt-get has run."""
    path = pathlib.Path(__file__).resolve().parents[2] / "tools" / "system_packages.py"
    spec = importlib.util.spec_from_file_location("system_packages_under_test", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)

    module.commands = []

    def run_quietly(command: list[str]) -> int:
        module.commands.append(command)
        return 0

    def is_installed(package: str) -> bool:
        return any("install" in command and package in command for command in module.commands)

    def need(what: str, package: str) -> object:
        return module.Need(what, lambda: is_installed(package), (package,))

    monkeypatch.setattr(module, "TO_RUN", (need("a window", "libgl1"),))
    monkeypatch.setattr(module, "TO_TEST", (need("a browser", "chromium"), need("a screen", "xvfb")))
    monkeypatch.setattr(module, "run_quietly", run_quietly)
    monkeypatch.setattr(module, "has_candidate", lambda _package: True)
    monkeypatch.setattr(module, "has_command", lambda *_names: True)
    return module


def test_without_root_the_missing_packages_are_one_line_to_copy(
    packages: types.ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(packages, "privileged", lambda: None)

    complete = packages.ensure(for_tests=True)

    said = capsys.readouterr()
    line = "sudo apt-get update && sudo apt-get install -y --no-install-recommends libgl1 chromium xvfb"
    assert not complete
    assert packages.commands == []
    assert [text.strip() for text in said.err.splitlines() if "apt-get" in text] == [line]
    assert said.out == ""


def test_as_root_they_are_installed_and_each_one_explained(
    packages: types.ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(packages, "privileged", lambda: [])

    complete = packages.ensure(for_tests=False)

    assert complete
    assert packages.commands[-1][-2:] == ["--no-install-recommends", "libgl1"]
    assert "libgl1: a window" in capsys.readouterr().err


def test_what_an_installation_did_not_bring_is_said(
    packages: types.ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(packages, "privileged", lambda: [])
    monkeypatch.setattr(packages, "run_quietly", lambda _command: 100)

    complete = packages.ensure(for_tests=False)

    assert not complete
    assert "Still missing" in capsys.readouterr().err


def test_a_package_that_this_system_does_not_have_keeps_no_other_from_being_installed(
    packages: types.ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(packages, "privileged", lambda: [])
    monkeypatch.setattr(packages, "has_candidate", lambda package: package != "chromium")

    complete = packages.ensure(for_tests=True)

    assert not complete
    assert packages.commands[-1][-2:] == ["libgl1", "xvfb"]
    assert "Still missing: a browser. Install chromium" in capsys.readouterr().err


def test_nothing_is_run_or_said_when_everything_is_there(
    packages: types.ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(packages, "TO_RUN", (packages.Need("a window", lambda: True, ("libgl1",)),))

    assert packages.ensure(for_tests=False)
    assert packages.commands == []
    assert capsys.readouterr().err == ""
