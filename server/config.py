"""Configuration, from the environment alone. Checked at start; an error names the variable and says what to set."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from server.backup_config import BackupConfig, BackupConfigError
from server.oidc_config import OidcConfig, OidcConfigError
from server.sms_config import SmsConfig, SmsConfigError
from sync_protocol.fields import LANGUAGES


class ConfigError(Exception):
    """The environment asks for something that cannot be. The message says what to set."""


@dataclass(frozen=True, slots=True)
class Config:
    """Where things are and what the company is called. `docs/operator.md` has the table of variables."""

    home: Path
    database_url: str
    database_key: str | None
    redis_url: str | None
    objects: Path
    url: str
    host: str
    port: int
    threads: int
    company: str
    currency: str
    time_zone: str
    language: str
    sms: SmsConfig = field(default_factory=SmsConfig)
    backup: BackupConfig = field(default_factory=BackupConfig)
    oidc: OidcConfig | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Config:
        """Read and check. Raises: ConfigError."""
        env = os.environ if environment is None else environment
        home = Path(env.get("ROUNDBOOK_HOME") or "~/.local/share/roundbook").expanduser().absolute()
        host, port = _address(env.get("ROUNDBOOK_BIND") or "127.0.0.1:8080")
        return cls(
            home=home,
            database_url=_database(env.get("DATABASE_URL"), home),
            database_key=_key(env.get("ROUNDBOOK_DATABASE_KEY")),
            redis_url=_redis(env.get("REDIS_URL")),
            objects=Path(env.get("ROUNDBOOK_OBJECTS") or home / "objects").expanduser().absolute(),
            url=_url(env.get("ROUNDBOOK_URL") or f"http://{host}:{port}"),
            host=host,
            port=port,
            threads=_number(env.get("ROUNDBOOK_THREADS") or "8", "ROUNDBOOK_THREADS", 1, 256),
            company=env.get("ROUNDBOOK_COMPANY") or "Roundbook",
            currency=_currency(env.get("ROUNDBOOK_CURRENCY") or "USD"),
            time_zone=_zone(env.get("ROUNDBOOK_TIME_ZONE") or "UTC"),
            language=_language(env.get("ROUNDBOOK_LANGUAGE") or "en"),
            backup=_backup(env, home),
            oidc=_oidc(env),
            sms=_sms(env, env.get("ROUNDBOOK_URL") or f"http://{host}:{port}"),
        )

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded, encrypted database is used."""
        return self.database_url.startswith("sqlite")


def _backup(env: Mapping[str, str], home: Path) -> BackupConfig:
    try:
        return BackupConfig.from_environment(env, home)
    except BackupConfigError as error:
        raise ConfigError(str(error)) from error


def _oidc(env: Mapping[str, str]) -> OidcConfig | None:
    try:
        return OidcConfig.from_environment(env)
    except OidcConfigError as error:
        raise ConfigError(str(error)) from error


def _sms(env: Mapping[str, str], own_url: str) -> SmsConfig:
    try:
        return SmsConfig.from_environment(env, own_url)
    except SmsConfigError as error:
        raise ConfigError(str(error)) from error


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host:
        raise ConfigError(f"ROUNDBOOK_BIND is {text!r}; set it to host:port, for example 127.0.0.1:8080")
    return host, _number(port, "ROUNDBOOK_BIND", 1, 65535)


def _number(text: str, name: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
        raise ConfigError(f"{name}: {text!r} is not a whole number from {least} to {most}")
    return int(text)


def _database(url: str | None, home: Path) -> str:
    if not url:
        return f"sqlite:///{home / 'roundbook.db'}"
    scheme = urlsplit(url).scheme
    if scheme in ("postgres", "postgresql"):
        return "postgresql+psycopg" + url[len(scheme) :]
    if scheme == "postgresql+psycopg" or url.startswith("sqlite:////"):
        return url
    raise ConfigError(
        "DATABASE_URL must be postgresql://user:password@host/database or sqlite:////absolute/path.db; "
        "leave it out for the encrypted database in ROUNDBOOK_HOME"
    )


def _key(text: str | None) -> str | None:
    if not text:
        return None
    if len(text) != 64 or not set(text.lower()) <= set("0123456789abcdef"):
        raise ConfigError(
            "ROUNDBOOK_DATABASE_KEY must be 64 hex digits; leave it out to use the key file in ROUNDBOOK_HOME"
        )
    return text.lower()


def _redis(url: str | None) -> str | None:
    if url and urlsplit(url).scheme not in ("redis", "rediss", "unix"):
        raise ConfigError(
            "REDIS_URL must begin with redis://, rediss:// or unix://; leave it out for the embedded server"
        )
    return url or None


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/"):
        raise ConfigError(
            f"ROUNDBOOK_URL is {text!r}; set it to the address that devices use, such as https://crm.example.com"
        )
    return text.rstrip("/")


def _currency(text: str) -> str:
    if len(text) != 3 or not (text.isascii() and text.isalpha() and text.isupper()):
        raise ConfigError(
            f"ROUNDBOOK_CURRENCY is {text!r}; set it to a code of three capital letters, such as USD or CNY"
        )
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(f"ROUNDBOOK_TIME_ZONE is {text!r}; set it to a name such as Asia/Shanghai") from error
    return text


def _language(text: str) -> str:
    if text not in LANGUAGES:
        raise ConfigError(f"ROUNDBOOK_LANGUAGE is {text!r}; set it to one of {', '.join(LANGUAGES)}")
    return text
