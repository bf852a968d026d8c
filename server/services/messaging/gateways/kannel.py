"""Kannel, the SMS gateway that a company can run itself: smsbox over HTTP (Kannel 1.4 user guide, chapters 6 and 7)."""

from __future__ import annotations

from collections.abc import Sequence

from server.services.messaging.gateways.base import (
    AT_ONCE_OVER_HTTP,
    Call,
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
from sync_protocol.messaging.parts import UCS2
from sync_protocol.messaging.states import DELIVERED, FAILED, SENT

EVERY_REPORT = 31
_STATES = {1: DELIVERED, 2: FAILED, 4: SENT, 8: SENT, 16: FAILED}
_ACCEPTED = 202
_ASK_AGAIN = (401, 403, 404, 429, 503)  # a wrong password or address is put right by the operator; 503 says so itself


class Kannel(Gateway):
    """`ROUNDBOOK_SMS_URL` is smsbox's sendsms address, such as http://127.0.0.1:13013/cgi-bin/sendsms."""

    name = "kannel"
    at_once = AT_ONCE_OVER_HTTP

    def send(self, message: Outgoing) -> Outcome:
        """Hand over to smsbox, which answers when bearerbox has it in its store."""
        values = {
            "username": self.config.user,
            "password": self.config.password,
            "to": message.phone,
            "text": message.text,
            "charset": "UTF-8",
            "dlr-mask": str(EVERY_REPORT),
            "dlr-url": self._report_address(message.id),
        }
        if self.config.sender:
            values["from"] = self.config.sender
        if message.encoding == UCS2:
            values["coding"] = "2"
        answer = over_http("GET", self.config.url, params=values)
        if isinstance(answer, NotTaken | Unknown):
            return answer
        said = answer.text.strip()[:100]
        if answer.status_code == _ACCEPTED:
            return Sent(message.id)
        if answer.status_code in _ASK_AGAIN:
            return NotTaken(f"{answer.status_code} {said}", away=True)
        if 300 <= answer.status_code < 400:  # somebody else, such as a captive portal; it was not followed
            return NotTaken(f"{answer.status_code}", away=True)
        if answer.status_code >= 500 or answer.ok:
            return Unknown(f"{answer.status_code}")
        return Refused(f"{answer.status_code} {said}")

    def _report_address(self, message: str) -> str:
        return self.address("reports", self.token(message)) + f"?message={message}&status=%d&code=%A"

    def reports(self, call: Call) -> Sequence[Report]:
        """One report: the address is the one that we gave with the message."""
        message = call.values.get("message", "")
        self.check_token(call, message)
        status = int(call.values["status"])
        state = _STATES.get(status)
        return [Report(state, str(status), message, message)] if state else []

    def replies(self, call: Call) -> Sequence[Reply]:
        """A message from a telephone: `get-url` of the sms-service, with the token in its path."""
        self.check_token(call, "replies")
        values = call.values
        if not values["id"]:
            raise ValueError("without an id nobody can tell whether it comes for the second time")
        return [Reply(values["from"], values.get("text", ""), values["id"])]
