"""`roundbook rebuild`: the typed tables from the records."""

from __future__ import annotations

import click

from roundbook.commands._server import head_office
from server.storage import typed
from server.storage.database import writing
from sync_protocol.records import record_types


@click.command()
@click.argument("types", nargs=-1)
def command(types: tuple[str, ...]) -> None:
    """Make the typed tables anew from the records: of the record types named, or of all."""
    unknown = [name for name in types if name not in record_types()]
    if unknown:
        raise click.UsageError(f"no such record type: {', '.join(unknown)}")
    with head_office(), writing() as connection:
        for name in types or record_types():
            click.echo(f"{name}: {typed.rebuild(connection, name)} rows")
