"""Aliyun's text messages (Dysmsapi 2017-05-25): signed RPC calls. China asks for an approved template and a signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from server.services import clock
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
from sync_protocol.messaging.states import DELIVERED, FAILED

VERSION = "2017-05-25"
_CHINA = timezone(timedelta(hours=8))
_LATER = (
    "Throttling",
    "isv.BUSINESS_LIMIT_CONTROL",
    "isv.DAY_LIMIT_CONTROL",
    "isv.OUT_OF_SERVICE",
    "isv.AMOUNT_NOT_ENOUGH",
)
_NOT_US = ("SignatureDoesNotMatch", "InvalidAccessKeyId", "Forbidden", "SignatureNonceUsed", "InvalidTimeStamp")


class Aliyun(Gateway):
    """User is the access key's id, password its secret, sender the approved signature."""

    name = "aliyun"
    at_once = AT_ONCE_OVER_HTTP
    answer = (json.dumps({"code": 0, "msg": "ok"}), "application/json")

    def send(self, message: Outgoing) -> Outcome:
        """SendSms with the template that was approved for this text."""
        if not message.template_code:
            return Refused("no-template-code")
        values = {
            "Action": "SendSms",
            "PhoneNumbers": _national(message.phone),
            "SignName": self.config.sender,
            "TemplateCode": message.template_code,
            "TemplateParam": json.dumps(dict(message.params), ensure_ascii=False, separators=(",", ":")),
            "OutId": message.id,
        }
        answer = over_http("POST", f"{self.config.url}/", data=self.signed("POST", values))
        if isinstance(answer, NotTaken | Unknown):
            return answer
        try:
            said = answer.json()
            code = str(said["Code"])
        except (ValueError, KeyError, TypeError):
            return Unknown(str(answer.status_code))
        return _outcome(code, said, answer.status_code)

    def signed(self, method: str, values: Mapping[str, str]) -> dict[str, str]:
        """The parameters with those that every call has, and the signature over all of them (signature version 1.0)."""
        at = datetime.fromtimestamp(clock.now_ms() / 1000, UTC)
        complete = {
            **values,
            "Version": VERSION,
            "Format": "JSON",
            "AccessKeyId": self.config.user,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": secrets.token_hex(16),
            "Timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return {**complete, "Signature": signature(method, complete, self.config.password)}

    def reports(self, call: Call) -> Sequence[Report]:
        """SmsReport: a list. Aliyun signs nothing here: the token in the path is what only it was told."""
        self.check_token(call, "reports")
        return [_report(item) for item in _items(call)]

    def replies(self, call: Call) -> Sequence[Reply]:
        """SmsUp: a list."""
        self.check_token(call, "replies")
        return [
            Reply(str(item["phone_number"]), str(item.get("content", "")), str(item["sequence_id"]), _instant(item))
            for item in _items(call)
        ]


def signature(method: str, values: Mapping[str, str], secret: str) -> str:
    """HMAC-SHA1 over the sorted, percent-encoded parameters."""
    joined = "&".join(f"{_encoded(name)}={_encoded(values[name])}" for name in sorted(values))
    signed = f"{method}&{_encoded('/')}&{_encoded(joined)}"
    return base64.b64encode(hmac.new(f"{secret}&".encode(), signed.encode(), hashlib.sha1).digest()).decode()


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")


def _outcome(code: str, said: Mapping[str, Any], status: int) -> Outcome:
    if code == "OK":
        return Sent(str(said.get("BizId", "")))
    if code.startswith(_LATER):
        return NotTaken(code)
    if code.startswith(_NOT_US):
        return NotTaken(code, away=True)
    if status >= 500 or code.startswith("isp."):
        return Unknown(code)
    return Refused(code)


def _items(call: Call) -> list[dict[str, Any]]:
    found = json.loads(call.body)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise ValueError("a list of objects was expected")
    return found


def _report(item: Mapping[str, Any]) -> Report:
    state = DELIVERED if item["success"] is True else FAILED
    code = str(item.get("err_code") or ("DELIVERED" if state == DELIVERED else "FAILED"))
    return Report(state, code, str(item.get("biz_id", "")), str(item.get("out_id") or ""), _instant(item))


def _instant(item: Mapping[str, Any]) -> int | None:
    text = item.get("report_time") or item.get("send_time")
    if not text:
        return None
    return int(datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=_CHINA).timestamp() * 1000)


def _national(phone: str) -> str:
    return phone.removeprefix("+").removeprefix("86") if len(phone.removeprefix("+")) == 13 else phone.removeprefix("+")
