"""A gateway's call on us: seen to be its own, read, kept, answered. A call that comes twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable

from server.services import parts
from server.services.messaging import replies, reports
from server.services.messaging.gateways import gateway_of
from server.services.messaging.gateways.base import Call, Forged, Gateway
from server.storage.database import writing

Take = Callable[[str, Call], tuple[str, str]]


def take_reports(gateway: str, call: Call) -> tuple[str, str]:
    """Keep what it reports. Returns: the answer and its media type. Raises: Forged; KeyError, ValueError: cannot be read."""
    found = _configured(gateway)
    for report in found.reports(call):
        with writing() as connection:
            reports.take(connection, gateway, report)
    return found.answer


def take_replies(gateway: str, call: Call) -> tuple[str, str]:
    """Keep the replies that it brings. Returns and raises as above."""
    found = _configured(gateway)
    for reply in found.replies(call):
        with writing() as connection:
            replies.take(connection, gateway, reply)
    return found.answer


def public_address(path: str) -> str:
    """The address as the gateway called it, also behind a proxy: signatures are over that one."""
    return parts.config().sms.callback + path


def reply_address() -> str:
    """Where the gateway is to bring what people send, for its configuration; "" if it does not call us."""
    config = parts.config().sms
    found = gateway_of(config, parts.keyring().raw("messages"))
    if found is None or found.must_be_asked or config.gateway == "console":
        return ""
    return found.address("replies", found.token("replies"))


def report_address() -> str:
    """Where a gateway that has one address for all reports is to bring them; "" if each message names its own."""
    config = parts.config().sms
    found = gateway_of(config, parts.keyring().raw("messages"))
    return found.address("reports", found.token("reports")) if found and config.gateway == "aliyun" else ""


def _configured(gateway: str) -> Gateway:
    found = gateway_of(parts.config().sms, parts.keyring().raw("messages"))
    if found is None or found.name != gateway:
        raise Forged
    return found
