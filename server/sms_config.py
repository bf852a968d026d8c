"""Which gateway sends text messages, from the environment. `docs/messages.md` has the table of variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

GATEWAYS = ("none", "console", "kannel", "smpp", "twilio", "aliyun")
SCHEMES = {"smpp": ("smpp",)}
NEEDED = {
    "kannel": ("url", "user", "password"),
    "smpp": ("url", "user", "password"),
    "twilio": ("user", "password", "sender"),
    "aliyun": ("user", "password", "sender"),
}
_NAMES = {"url": "ROUNDBOOK_SMS_URL", "user": "ROUNDBOOK_SMS_USER", "password": "ROUNDBOOK_SMS_PASSWORD", "sender": "ROUNDBOOK_SMS_FROM"}  # fmt: skip
_OWN_ADDRESS = {"twilio": "https://api.twilio.com", "aliyun": "https://dysmsapi.aliyuncs.com"}


class SmsConfigError(ValueError):
    """The environment asks for a gateway that cannot be. The message says what to set."""


@dataclass(frozen=True, slots=True)
class SmsConfig:
    """The gateway and how to reach it.

    Args: sender: the number, the sender's name or (Aliyun) the signature. country: the code put before numbers that name
        none. price_minor: of one part, in the company's currency. per_second: parts that the gateway takes in a second.
        callback: where the gateway finds this server.
    """

    gateway: str = "none"
    url: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""
    country: str = ""
    price_minor: int = 0
    per_second: int = 20
    callback: str = ""

    @classmethod
    def from_environment(cls, env: Mapping[str, str], own_url: str) -> SmsConfig:
        """Read and check. Raises: SmsConfigError."""
        gateway = (env.get("ROUNDBOOK_SMS") or "none").strip().lower()
        if gateway not in GATEWAYS:
            raise SmsConfigError(f"ROUNDBOOK_SMS is {gateway!r}; set it to one of {', '.join(GATEWAYS)}")
        found = cls(
            gateway=gateway,
            url=_url(env.get("ROUNDBOOK_SMS_URL") or _OWN_ADDRESS.get(gateway, ""), gateway),
            user=env.get("ROUNDBOOK_SMS_USER") or "",
            password=env.get("ROUNDBOOK_SMS_PASSWORD") or "",
            sender=env.get("ROUNDBOOK_SMS_FROM") or "",
            country=_digits(env.get("ROUNDBOOK_SMS_COUNTRY") or "", "ROUNDBOOK_SMS_COUNTRY", 4),
            price_minor=int(_digits(env.get("ROUNDBOOK_SMS_PRICE_MINOR") or "0", "ROUNDBOOK_SMS_PRICE_MINOR", 6)),
            per_second=int(_digits(env.get("ROUNDBOOK_SMS_PER_SECOND") or "20", "ROUNDBOOK_SMS_PER_SECOND", 4)),
            callback=(env.get("ROUNDBOOK_SMS_CALLBACK") or own_url).rstrip("/"),
        )
        for name in NEEDED.get(gateway, ()):
            if not getattr(found, name):
                raise SmsConfigError(f"{_NAMES[name]} is not set: the gateway {gateway} needs it")
        if found.per_second < 1:
            raise SmsConfigError("ROUNDBOOK_SMS_PER_SECOND is 0; set it to what the gateway takes in a second")
        return found


def _url(text: str, gateway: str) -> str:
    if not text:
        return ""
    parts = urlsplit(text)
    schemes = SCHEMES.get(gateway, ("http", "https"))
    if parts.scheme not in schemes or not parts.hostname:
        raise SmsConfigError(f"ROUNDBOOK_SMS_URL is {text!r}; set it to an address that begins with {schemes[-1]}://")
    return text.rstrip("/")


def _digits(text: str, name: str, most: int) -> str:
    text = text.lstrip("+")
    if text and not (text.isascii() and text.isdecimal() and len(text) <= most):
        raise SmsConfigError(f"{name}: {text!r} is not a number of at most {most} digits")
    return text
