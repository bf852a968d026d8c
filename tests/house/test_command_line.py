"""The command `roundbook`: quick to start, and whole even where a part of it is not."""

import importlib.util
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from roundbook import cli

BUILT = [name for name, entry in cli.COMMANDS.items() if importlib.util.find_spec(entry.module)]


def test_the_list_of_commands_is_shown_without_loading_any_of_them() -> None:
    program = """
import sys
from roundbook.cli import main
main(["--help"], standalone_mode=False)
heavy = {"flask", "sqlalchemy", "kivy", "rq", "redis", "requests", "cryptography"} & set(sys.modules)
assert not heavy, heavy
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "Commands:" in result.stdout


@pytest.mark.parametrize("name", BUILT)
def test_every_command_explains_itself(name: str) -> None:
    result = CliRunner().invoke(cli.main, [name, "--help"])

    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"Usage: main {name}")


def test_a_command_that_is_not_built_yet_leaves_the_others_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli.COMMANDS, "fly", cli.Entry("roundbook.commands.fly", "Fly."))

    overview = CliRunner().invoke(cli.main, ["--help"])
    call = CliRunner().invoke(cli.main, ["fly"])

    assert overview.exit_code == 0
    assert "fly" not in overview.output
    assert call.exit_code == 2
    assert "No such command 'fly'" in call.output


def test_a_command_that_fails_to_load_does_not_take_the_overview_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli.COMMANDS, "broken", cli.Entry("roundbook.commands.broken", "Broken."))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())

    assert CliRunner().invoke(cli.main, ["--help"]).exit_code == 0


def test_the_field_app_starts_without_a_line_of_the_server() -> None:
    if "field" not in BUILT:
        return
    program = """
import sys
from roundbook.cli import COMMANDS
assert COMMANDS["field"].load()
server = {name for name in sys.modules if name.split(".")[0] in ("server", "flask", "sqlalchemy", "workers")}
assert not server, server
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_commands_are_commands() -> None:
    for name in BUILT:
        assert isinstance(cli.COMMANDS[name].load(), click.Command)
