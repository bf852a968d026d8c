"""`roundbook demo`: a day in the field reaches head office, on the real parts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import click

from roundbook.demo import ONLY_A_DEMO
from roundbook.demo.story import Ending, tell
from roundbook.supervisor import NotStarted, Supervisor, free_address, is_taken, running

DEFAULT_ADDRESS = ("127.0.0.1", 8080)


@click.command()
@click.option(
    "--once",
    is_flag=True,
    help="No window; print one JSON object as the last line, stop everything, and exit 0 only if all holds.",
)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the demonstration keeps its data. It is begun anew each time.",
)
def command(once: bool, home: Path | None) -> None:
    """Start head office, import real retailers, and let an account manager work a day offline and sync."""
    folder = (
        home or Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / "roundbook-demo"
    ).absolute()
    _begin_anew(folder)
    environment = _environment(folder)
    started = time.monotonic()
    try:
        with running(environment) as supervisor:
            ending = tell(supervisor, folder)
            _report(ending, supervisor, folder, time.monotonic() - started, once=once)
            if not once:
                _stay(supervisor, folder, ending)
    except NotStarted as problem:
        raise click.ClickException(str(problem)) from problem
    except KeyboardInterrupt:
        click.echo("\nstopped", err=True)
        return
    if once and not ending.holds:
        sys.exit(1)


def _begin_anew(folder: Path) -> None:
    """Remove what an earlier demonstration left. Never anything else: its folder carries a mark."""
    mark = folder / ONLY_A_DEMO
    if folder.exists() and any(folder.iterdir()) and not mark.exists():
        raise click.ClickException(
            f"{folder} holds something that is not a demonstration; give another folder with --home"
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    mark.write_text("This folder is made anew by every `roundbook demo`. Keep nothing here.\n")


def _environment(folder: Path) -> dict[str, str]:
    """The embedded defaults on a folder of their own. An address that is taken is replaced by a free one."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("ROUNDBOOK_") and name != "DATABASE_URL"
    }
    bind = os.environ.get("ROUNDBOOK_BIND")
    if bind is None:
        host, port = free_address() if is_taken(DEFAULT_ADDRESS) else DEFAULT_ADDRESS
        bind = f"{host}:{port}"
    environment.update(
        ROUNDBOOK_HOME=str(folder / "office"),
        ROUNDBOOK_BIND=bind,
        ROUNDBOOK_URL=f"http://{bind}",
        ROUNDBOOK_COMPANY="Prairie Beverage Wholesale",
        ROUNDBOOK_CURRENCY="USD",
        ROUNDBOOK_TIME_ZONE="America/Chicago",
        ROUNDBOOK_SMS="console",
        ROUNDBOOK_SMS_COUNTRY="1",
        ROUNDBOOK_SMS_PRICE_MINOR="2",
    )
    return environment


def _report(ending: Ending, supervisor: Supervisor, folder: Path, seconds: float, *, once: bool) -> None:
    compared = ending.compared
    types = sorted(compared.device.keys() | compared.server.keys())
    click.echo("")
    click.echo(f"  {'':<16}{'device':>10}{'server':>10}")
    for name in types:
        click.echo(f"  {name:<16}{compared.device.get(name, 0):>10}{compared.server.get(name, 0):>10}")
    click.echo(
        f"  {compared.photos} photos, {compared.bytes / 1e6:.1f} MB, every byte compared; {ending.thumbnails} thumbnails made by the worker"
    )
    click.echo(
        "  Both sides hold the same." if compared.equal else "  THE SIDES DIFFER: " + "; ".join(compared.differences)
    )
    click.echo("")
    click.echo(f"  Console    {supervisor.url}")
    for login, password, does in ending.sign_ins:
        click.echo(f"             {login:<8} {password}   ({does})")
    click.echo(f"  Field app  {_field_command(folder)}")
    click.echo(f"             passphrase: {ending.passphrase}")
    if once:
        told = {
            "device": compared.device,
            "server": compared.server,
            "photos": compared.photos,
            "bytes": compared.bytes,
            "seconds": round(seconds, 1),
            "equal": compared.equal,
            "imported": ending.imported,
            "day": ending.day,
            "thumbnails": ending.thumbnails,
            "in_clear_on_the_device": ending.in_clear,
            "problems": list(ending.problems),
        }
        click.echo(json.dumps(told, ensure_ascii=False))


def _field_command(folder: Path) -> str:
    return f"roundbook field --home {folder / 'field'}"


def _stay(supervisor: Supervisor, folder: Path, ending: Ending) -> None:
    """Head office stays up until Ctrl-C; where there is a display, the app's window opens beside it."""
    window: subprocess.Popen[bytes] | None = None
    if _has_display(os.environ):
        window = subprocess.Popen([sys.executable, "-m", "roundbook", "field", "--home", str(folder / "field")])
    click.echo("\n  Ctrl-C stops everything.")
    try:
        while True:
            time.sleep(0.5)
            ended = supervisor.ended()
            if ended is not None:
                raise click.ClickException(f"{ended.name} ended with status {ended.status()}:\n{ended.last_words()}")
    finally:
        if window is not None and window.poll() is None:
            window.terminate()
            window.wait(10)


def _has_display(environment: Mapping[str, str]) -> bool:
    return sys.platform == "darwin" or bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
