"""A gateway that sends nothing: it writes a line into the log, without number and text. For trying out."""

from __future__ import annotations

import logging

from server.services.messaging.gateways.base import Gateway, Outcome, Outgoing, Sent

_log = logging.getLogger("roundbook.messages")


class Console(Gateway):
    """Takes everything, delivers nothing."""

    name = "console"

    def send(self, message: Outgoing) -> Outcome:
        """Say in the log that a message would have gone out."""
        _log.info("message=%s parts=%d encoding=%s not sent: no gateway", message.id, message.parts, message.encoding)
        return Sent(f"console-{message.id}")
