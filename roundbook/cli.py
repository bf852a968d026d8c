"""The command `roundbook`: a table of sub-commands, each imported only when it is called.

Lazy, because `roundbook field` must start at once and never load the server, and because one broken part must not take
`roundbook --help` with it.
"""

import importlib
import importlib.util
from typing import NamedTuple

import click


class Entry(NamedTuple):
    """The module whose `command` it is, and the line about it in the list of commands."""

    module: str
    help: str

    def load(self) -> click.Command:
        """Import the command."""
        command = importlib.import_module(self.module).command
        assert isinstance(command, click.Command), f"{self.module}.command is no click command"
        return command


COMMANDS = {
    "demo": Entry("roundbook.commands.demo", "Work a day in the field and see it arrive at head office."),
    "up": Entry("roundbook.commands.up", "Start head office: web, worker and scheduler together."),
    "field": Entry("roundbook.commands.field", "Open the field app."),
    "import": Entry("roundbook.commands.import_", "Import retailers, products and orders from Excel or CSV."),
    "user": Entry("roundbook.commands.user", "Add people, list them, set their roles and passwords."),
    "book": Entry("roundbook.commands.book", "Make books and list them."),
    "customer": Entry("roundbook.commands.customer", "Merge two customers; erase one, with two people's consent."),
    "seat": Entry("roundbook.commands.seat", "Say who has which seat in a book, and hand over."),
    "device": Entry("roundbook.commands.device", "Enrol devices, list them, revoke them."),
    "envelope": Entry("roundbook.commands.envelope", "Take in files that devices send by hand, and answer them."),
    "serve": Entry("roundbook.commands.serve", "Serve the console, the sync and the API (web)."),
    "worker": Entry("roundbook.commands.worker", "Work off the jobs on the queues (worker)."),
    "scheduler": Entry("roundbook.commands.scheduler", "Queue jobs when they are due (scheduler)."),
    "migrate": Entry("roundbook.commands.migrate", "Bring the database to this version's tables."),
    "rebuild": Entry("roundbook.commands.rebuild", "Make the typed tables anew from the records."),
    "backup": Entry("roundbook.commands.backup", "Make archives that prove themselves; restore them."),
    "keys": Entry("roundbook.commands.keys", "Make the server's keys and show their fingerprints."),
    "openapi": Entry("roundbook.commands.openapi", "Print the OpenAPI document."),
    "simulate": Entry("roundbook.commands.simulate", "Run a fleet of devices against a server, with faults."),
    "mutants": Entry(
        "roundbook.commands.mutants", "Break the product on purpose, and see that the simulation notices."
    ),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and help line, and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands that this installation has, in the order of the table."""
        return [name for name, entry in COMMANDS.items() if importlib.util.find_spec(entry.module)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now; None if there is none."""
        return COMMANDS[cmd_name].load() if cmd_name in self.list_commands(ctx) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table alone."""
        if names := self.list_commands(ctx):
            with formatter.section("Commands"):
                formatter.write_dl([(name, COMMANDS[name].help) for name in names])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="roundbook", prog_name="roundbook")
def main() -> None:
    """Roundbook: customers, visits and orders, complete on a phone without network and equal at head office.

    `roundbook COMMAND --help` explains a command.
    """
