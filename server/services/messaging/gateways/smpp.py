"""SMPP 3.4, by the library smpplib: one bind as transceiver for as long as there is something to send, or to hear."""

from __future__ import annotations

import contextlib
import logging
import re
import secrets
import time
from typing import Any
from urllib.parse import urlsplit

import smpplib.client
import smpplib.consts
import smpplib.exceptions
import smpplib.gsm

from server.services.messaging.gateways.base import (
    ANSWER_S,
    Gateway,
    NotTaken,
    Outcome,
    Outgoing,
    Refused,
    Reply,
    Report,
    Sent,
    Unknown,
)
from sync_protocol.messaging.parts import GSM7, pieces_of
from sync_protocol.messaging.states import DELIVERED, FAILED, SENT

LISTEN_S = 3.0
LINGER_S = 0.5
OK = smpplib.consts.SMPP_ESME_ROK
_STATES = {
    "DELIVRD": DELIVERED, "ACCEPTD": SENT, "ENROUTE": SENT, "EXPIRED": FAILED, "DELETED": FAILED, "UNDELIV": FAILED,
    "REJECTD": FAILED,
}  # fmt: skip
_RECEIPT = re.compile(r"id:(\S+).*?stat:([A-Z]+)", re.DOTALL)
_IS_RECEIPT = 0x04
_PLAIN, _UCS2 = 0, 8
_LATER = (smpplib.consts.SMPP_ESME_RMSGQFUL, smpplib.consts.SMPP_ESME_RTHROTTLED, smpplib.consts.SMPP_ESME_RSYSERR)
_TROUBLE = (OSError, smpplib.exceptions.PDUError, smpplib.exceptions.ConnectionError)
LOGGER = "roundbook.smpp"
logging.getLogger(LOGGER).setLevel(logging.CRITICAL)  # it would write numbers and texts into the log


class Smpp(Gateway):
    """`ROUNDBOOK_SMS_URL` is smpp://host:port."""

    name = "smpp"
    must_be_asked = True
    _client: Any = None

    def send(self, message: Outgoing) -> Outcome:
        """Submit the parts of one message; the answer to the last part names it."""
        try:
            client = self._bound()
        except _TROUBLE as error:
            self.close()
            return NotTaken(type(error).__name__, away=True)
        answered: list[Any] = []
        try:
            for part, coding, kind in encoded(message.text, message.encoding):
                self._submit(client, message.phone, part, coding, kind)
                answered.append(self._answer())
        except _TROUBLE as error:
            self.close()
            return Unknown(type(error).__name__)
        return _outcome(answered)

    def _submit(self, client: Any, phone: str, part: bytes, coding: int, kind: int) -> None:
        sender = self.config.sender
        words = bool(sender) and not sender.lstrip("+").isdigit()
        client.send_message(
            source_addr_ton=smpplib.consts.SMPP_TON_ALNUM if words else smpplib.consts.SMPP_TON_UNK,
            source_addr=sender,
            dest_addr_ton=smpplib.consts.SMPP_TON_INTL,
            dest_addr_npi=smpplib.consts.SMPP_NPI_ISDN,
            destination_addr=phone,
            short_message=part,
            data_coding=coding,
            esm_class=kind,
            registered_delivery=True,
        )

    def _answer(self) -> Any:
        """Wait for the answer to the last submission. Raises: TimeoutError, and what the connection raises."""
        give_up = time.monotonic() + ANSWER_S
        while not self._answers:
            if time.monotonic() > give_up:
                raise TimeoutError("no answer")
            self._client.read_once()
        return self._answers.pop(0)

    def listen(self) -> None:
        """Hear receipts and messages from telephones that wait at the centre. A centre that is away is asked later."""
        with contextlib.suppress(*_TROUBLE):
            self._hear(self._bound(), LISTEN_S)

    def _hear(self, client: Any, seconds: float) -> None:
        until = time.monotonic() + seconds
        client._socket.settimeout(0.2)
        while time.monotonic() < until:
            with contextlib.suppress(TimeoutError):
                client.read_once(auto_send_enquire_link=False)

    def close(self) -> None:
        """Hear what is on its way, then unbind."""
        client, self._client = self._client, None
        if client is None:
            return
        with contextlib.suppress(*_TROUBLE):
            self._hear(client, LINGER_S)
        with contextlib.suppress(Exception):
            client.unbind()
        with contextlib.suppress(Exception):
            client.disconnect()

    def _bound(self) -> Any:
        if self._client is None:
            self._answers: list[Any] = []
            at = urlsplit(self.config.url)
            client = smpplib.client.Client(
                at.hostname,
                at.port or 2775,
                timeout=ANSWER_S,
                allow_unknown_opt_params=True,
                logger_name=LOGGER,
            )
            client.set_message_sent_handler(self._answered)
            client.set_message_received_handler(self._heard)
            client.set_error_pdu_handler(_raise_unless_answer)
            client.connect()
            self._client = client
            client.bind_transceiver(system_id=self.config.user, password=self.config.password)
        return self._client

    def _answered(self, pdu: Any) -> None:
        self._answers.append(pdu)

    def _heard(self, pdu: Any) -> int:
        """A receipt, or a message from a telephone: kept before the centre is told that we have it."""
        text = _decoded(pdu)
        match = _RECEIPT.search(text)
        try:
            if match and pdu.esm_class & _IS_RECEIPT:
                if state := _STATES.get(match[2]):
                    self.heard(Report(state, match[2], match[1]))
            else:
                key = f"{_text(pdu.source_addr)}/{pdu.sequence}/{time.time_ns()}"
                self.heard(Reply(_text(pdu.source_addr), text, key))
        except Exception:
            logging.getLogger("roundbook.messages").exception("what the centre said could not be kept")
            return int(smpplib.consts.SMPP_ESME_RSYSERR)  # it says it again
        return int(OK)


def encoded(text: str, encoding: str) -> list[tuple[bytes, int, int]]:
    """The parts as they are submitted: bytes, data coding, ESM class. Joined ones begin with the header that numbers them."""
    pieces = pieces_of(text)
    coding = _PLAIN if encoding == GSM7 else _UCS2
    bodies = [smpplib.gsm.gsm_encode(p) if encoding == GSM7 else p.encode("utf-16-be") for p in pieces]
    if len(bodies) == 1:
        return [(bodies[0], coding, smpplib.consts.SMPP_MSGTYPE_DEFAULT)]
    of = secrets.randbelow(256)
    heads = [bytes((5, 0, 3, of, len(bodies), n)) for n in range(1, len(bodies) + 1)]
    return [(head + body, coding, smpplib.consts.SMPP_GSMFEAT_UDHI) for head, body in zip(heads, bodies, strict=True)]


def _outcome(answered: list[Any]) -> Outcome:
    failed = [pdu.status for pdu in answered if pdu.status != OK]
    if not failed:
        return Sent(_text(answered[-1].message_id))
    if len(failed) < len(answered):
        return Unknown(f"status {failed[0]} for {len(failed)} of {len(answered)} parts")
    return NotTaken(f"status {failed[0]}") if failed[0] in _LATER else Refused(f"status {failed[0]}")


def _raise_unless_answer(pdu: Any) -> None:
    if pdu.command != "submit_sm_resp":
        raise smpplib.exceptions.PDUError(f"status {pdu.status}", int(pdu.status))


def _decoded(pdu: Any) -> str:
    body = pdu.short_message or getattr(pdu, "message_payload", None) or b""
    return str(body.decode("utf-16-be" if pdu.data_coding == _UCS2 else "latin-1", "replace"))


def _text(value: Any) -> str:
    return value.decode("ascii", "replace").rstrip("\0") if isinstance(value, bytes) else str(value or "")
