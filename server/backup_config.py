"""Where backups go, and how fast: part of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class BackupConfigError(Exception):
    """A variable asks for something that cannot be; the message names it."""


@dataclass(frozen=True, slots=True)
class BackupConfig:
    """`place`: a folder, or s3://bucket/prefix. `bytes_per_s`: 0 for no limit. `identity_files`: further files, such as the
    TLS key, that a restored server needs and that only the key holders may read."""

    place: str = ""
    bytes_per_s: int = 40_000_000
    identity_files: tuple[Path, ...] = ()

    @classmethod
    def from_environment(cls, env: Mapping[str, str], home: Path) -> BackupConfig:
        """Read and check. Raises: BackupConfigError."""
        place = env.get("ROUNDBOOK_BACKUPS") or str(home / "backups")
        if place.startswith("s3:") and not place.removeprefix("s3://").strip("/"):
            raise BackupConfigError("ROUNDBOOK_BACKUPS must be a folder, or s3://bucket/prefix")
        speed = env.get("ROUNDBOOK_BACKUP_MB_PER_S") or "40"
        if not (speed.isascii() and speed.isdecimal()):
            raise BackupConfigError("ROUNDBOOK_BACKUP_MB_PER_S must be a whole number; 0 for no limit")
        days = env.get("ROUNDBOOK_BACKUP_LOCK_DAYS") or "0"
        if not (days.isascii() and days.isdecimal()):
            raise BackupConfigError("ROUNDBOOK_BACKUP_LOCK_DAYS must be a whole number of days")
        files = tuple(
            Path(text).expanduser() for text in (env.get("ROUNDBOOK_IDENTITY_FILES") or "").split(":") if text
        )
        return cls(place, int(speed) * 1_000_000, files)
