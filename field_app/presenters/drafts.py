"""What is typed and not saved yet, kept after each field in the encrypted store: a killed app loses none of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from field_app.device import Device


def keep(device: Device, key: str, values: Mapping[str, Any]) -> None:
    """Keep a draft."""
    device.settings.set("draft:" + key, dict(values) or None)


def kept(device: Device, key: str) -> dict[str, Any]:
    """The draft of that key, empty if there is none."""
    found: dict[str, Any] = device.settings.get("draft:" + key) or {}
    return found


def drop(device: Device, key: str) -> None:
    """Forget a draft: what it held was saved."""
    device.settings.set("draft:" + key, None)
