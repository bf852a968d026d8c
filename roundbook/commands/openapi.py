"""`roundbook openapi`: the API document."""

from __future__ import annotations

import json

import click

from server.api.openapi import document


@click.command()
def command() -> None:
    """Print the OpenAPI document of the API for devices and programs."""
    click.echo(json.dumps(document(), indent=2, ensure_ascii=False))
