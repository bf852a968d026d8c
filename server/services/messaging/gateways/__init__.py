"""The gateways, a module each. `gateway()` gives the one that is configured."""

from __future__ import annotations

from collections.abc import Callable

from server.services.messaging.gateways.aliyun import Aliyun
from server.services.messaging.gateways.base import Gateway, Reply, Report, ignore
from server.services.messaging.gateways.console import Console
from server.services.messaging.gateways.kannel import Kannel
from server.services.messaging.gateways.smpp import Smpp
from server.services.messaging.gateways.twilio import Twilio
from server.sms_config import SmsConfig

_KINDS: dict[str, type[Gateway]] = {
    "console": Console,
    "kannel": Kannel,
    "smpp": Smpp,
    "twilio": Twilio,
    "aliyun": Aliyun,
}


def gateway_of(config: SmsConfig, secret: bytes, heard: Callable[[Report | Reply], None] = ignore) -> Gateway | None:
    """The configured gateway; None: messages stay in the outbox until one is. Args: as `Gateway` has them."""
    kind = _KINDS.get(config.gateway)
    return kind(config, secret, heard) if kind else None
