"""Twilio: its REST interface over plain HTTP, and the signature that its calls carry."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

from server.services.messaging.gateways.base import (
    AT_ONCE_OVER_HTTP,
    Call,
    Forged,
    Gateway,
    NotTaken,
    Outcome,
    Outgoing,
    Refused,
    Reply,
    Report,
    Sent,
    Unknown,
    over_http,
)
from sync_protocol.messaging.states import DELIVERED, FAILED, SENT

_STATES = {"sent": SENT, "delivered": DELIVERED, "read": DELIVERED, "undelivered": FAILED, "failed": FAILED}
_TOO_MANY = 429


class Twilio(Gateway):
    """User is the account's SID, password its token, sender a number or the SID of a messaging service."""

    name = "twilio"
    at_once = AT_ONCE_OVER_HTTP
    answer = ("<Response></Response>", "text/xml")

    def send(self, message: Outgoing) -> Outcome:
        """Create a message. Twilio knows no idempotency key for it: what is not answered is not tried again."""
        config = self.config
        sender = "MessagingServiceSid" if config.sender.startswith("MG") else "From"
        back = self.address("reports", self.token(message.id)) + f"?message={message.id}"
        answer = over_http(
            "POST",
            f"{config.url}/2010-04-01/Accounts/{config.user}/Messages.json",
            auth=(config.user, config.password),
            data={"To": _dialled(message.phone), sender: config.sender, "Body": message.text, "StatusCallback": back},
        )
        if isinstance(answer, NotTaken | Unknown):
            return answer
        try:
            said = answer.json()
        except ValueError:
            said = {}
        if answer.status_code in (200, 201) and isinstance(said, dict) and said.get("sid"):
            return Sent(str(said["sid"]))
        if answer.status_code in (401, 403, _TOO_MANY):
            return NotTaken(str(answer.status_code), away=True)
        if 400 <= answer.status_code < 500:
            return Refused(f"{answer.status_code} {said.get('code', '')}".strip())
        return Unknown(str(answer.status_code))

    def check_signature(self, call: Call) -> None:
        """HMAC-SHA1 over the address and the sorted parameters, by the account's token. Raises: Forged."""
        signed = call.url + "".join(name + call.values[name] for name in sorted(call.values))
        wanted = hmac.new(self.config.password.encode(), signed.encode(), hashlib.sha1).digest()
        given = call.headers.get("X-Twilio-Signature", "")
        if not hmac.compare_digest(base64.b64encode(wanted), given.encode()):
            raise Forged

    def reports(self, call: Call) -> Sequence[Report]:
        """A status call: signed by Twilio, on the address that we gave with the message."""
        query, values = _apart(call)
        self.check_signature(Call(call.url, call.token, values, call.headers))
        message = query.get("message", "")
        self.check_token(call, message)
        status = values.get("MessageStatus") or values["SmsStatus"]
        state = _STATES.get(status)
        code = f"{status} {values.get('ErrorCode', '')}".strip()
        return [Report(state, code, values["MessageSid"], message)] if state else []

    def replies(self, call: Call) -> Sequence[Reply]:
        """A message from a telephone."""
        _, values = _apart(call)
        self.check_signature(Call(call.url, call.token, values, call.headers))
        self.check_token(call, "replies")
        return [Reply(values["From"], values.get("Body", ""), values["MessageSid"])]


def _apart(call: Call) -> tuple[dict[str, str], dict[str, str]]:
    """Query and form apart: only the form is signed by name, the query stands in the address."""
    from urllib.parse import parse_qsl, urlsplit

    query = dict(parse_qsl(urlsplit(call.url).query, keep_blank_values=True))
    form = dict(parse_qsl(call.body.decode(), keep_blank_values=True))
    return query, form


def _dialled(phone: str) -> str:
    return phone if phone.startswith("+") else f"+{phone}"
