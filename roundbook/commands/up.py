"""`roundbook up`: head office's processes under one supervisor, in the foreground."""

import os
import pathlib
import sys
import time
from datetime import datetime

import click
from honcho.colour import get_colours
from honcho.printer import Message, Printer

from roundbook import supervisor


@click.command()
@click.option("--procfile", type=click.Path(exists=True, dir_okay=False, path_type=pathlib.Path), hidden=True)
def command(procfile: pathlib.Path | None) -> None:
    """Start head office: web, worker and scheduler, as the Procfile lists them, and show what they say.

    Without REDIS_URL, a Redis-compatible server is started with its data in the home folder. If one process ends, the
    others are stopped. Ctrl-C stops every process that was started.
    """
    try:
        with supervisor.running(os.environ, procfile or supervisor.PROCFILE) as office:
            click.echo(f"Roundbook is at {office.url}; logs are in {office.logs}. Ctrl-C stops it.", err=True)
            follow(office)
    except supervisor.NotStarted as problem:
        raise click.ClickException(str(problem)) from problem
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)


def follow(office: supervisor.Supervisor) -> None:
    """Print what the processes write, each line with its process's name, until one of them ends."""
    printer = Printer(sys.stdout, width=max(len(process.name) for process in office.processes))
    colours = get_colours()
    logs = [(process.name, next(colours), process.log.open("rb")) for process in office.processes]
    for process, (_, _, log) in zip(office.processes, logs, strict=True):
        log.seek(process.log_start)
    ended = None
    while ended is None:
        ended = office.ended()  # asked before the last reading, so that its last words are printed
        for name, colour, log in logs:
            for line in log:
                printer.write(Message("line", line, datetime.now().astimezone(), name, colour))
        time.sleep(0.2)
    raise click.ClickException(f"{ended.name} ended with status {ended.status()}; the others were stopped.")
