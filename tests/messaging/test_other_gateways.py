"""The other gateways: SMPP against a centre on Net::SMPP, Twilio and Aliyun against a provider with a ledger."""

import base64
import hashlib
import hmac
import json
import pathlib
import subprocess
import urllib.parse

import pytest

from server.services.messaging import limits, sending
from server.services.messaging.gateways import smpp
from server.services.messaging.gateways.aliyun import signature
from server.services.messaging.gateways.base import NotTaken, Outgoing, Report, Sent
from server.sms_config import SmsConfig
from server.storage.database import reading, writing
from server.storage.message_tables import message_in
from sync_protocol.messaging.parts import parts_of
from tests.messaging import kannel
from tests.messaging.provider import providing, until

SECRET = bytes(32)


def outgoing(text, **more):
    found = parts_of(text)
    return Outgoing("018f0000-0000-7000-8000-000000000001", "8613800138000", text, found.encoding, found.parts, **more)


# Kannel's answers; Kannel itself is in test_kannel.py


@pytest.mark.parametrize(
    ("status", "text", "state", "asked"),
    [
        (202, "0: Accepted for delivery", "sent", 1),
        (202, "3: Queued for later delivery", "sent", 1),
        (302, "a captive portal", "queued", 3),
        (200, "<html>a captive portal</html>", "unknown", 1),
        (403, "Authorization failed", "queued", 3),
        (400, "Invalid receiver", "failed", 1),
        (503, "Temporal failure", "queued", 3),
        (500, "oops", "unknown", 1),
    ],
)
def test_kannels_answer_is_taken_for_what_it_says_and_no_more(texting, status, text, state, asked):
    with providing(lambda _: (status, text)) as provider:
        texting.use(gateway="kannel", url=provider.url, user="a", password="b")
        message = texting.queue()
        for _ in range(3):
            sending.send_due()
            texting.clock.now += 60_000

    assert (texting.row(message).state, len(provider.asked)) == (state, asked)


def test_an_address_that_cannot_be_one_costs_no_message(texting):
    texting.use(gateway="kannel", url="127.0.0.1:13013/cgi-bin/sendsms", user="a", password="b")
    message = texting.queue()

    sending.send_due()

    assert (texting.row(message).state, texting.row(message).error) == ("queued", "no-such-address")


def test_a_reply_without_an_id_is_not_taken_for_one_that_came_before(texting):
    from server.services.messaging import incoming

    texting.use(gateway="kannel", url="http://127.0.0.1:1", user="a", password="b")
    path = urllib.parse.urlsplit(incoming.reply_address()).path

    answer = texting.office.app.test_client().get(f"{path}?from=13800138000&text=hi&id=")

    assert answer.status_code == 400


# Twilio


def twilio_answers(call):
    user = base64.b64decode(call.headers["Authorization"].removeprefix("Basic ")).decode()
    if user != "AC1:token":
        return 401, "{}"
    if call.values["To"] == "+8613800000000":
        return 400, json.dumps({"code": 21211})
    if "hang up" in call.values["Body"]:
        return None
    if "500" in call.values["Body"]:
        return 500, "{}"
    return 201, json.dumps({"sid": f"SM{call.values['Body'][:8]}"})


@pytest.fixture
def twilio(texting):
    with providing(twilio_answers) as provider:
        texting.use(gateway="twilio", url=provider.url, user="AC1", password="token", sender="+15550100")
        yield provider


@pytest.mark.parametrize(
    ("text", "phone", "state", "error", "taken"),
    [
        ("Hello", "13800138000", "sent", None, 1),
        ("Hello", "13800000000", "failed", "400 21211", 0),
        ("please hang up", "13800138000", "unknown", "connection-lost", 1),
        ("a 500 after it was taken", "13800138000", "unknown", "500", 0),
    ],
)
def test_twilio_is_asked_once_and_believed(texting, twilio, text, phone, state, error, taken):
    message = texting.queue(text, phone)

    for _ in range(4):
        sending.send_due()
        texting.clock.now += 3600_000

    row = texting.row(message)
    assert (row.state, row.error) == (state, error)
    assert (len(twilio.asked), len(twilio.ledger)) == (1, taken)
    assert twilio.asked[0].values["From"] == "+15550100"


def twilio_call(texting, url, values, key="token"):
    """A call as Twilio makes it, signed as its documentation of request validation says."""
    signed = url + "".join(f"{name}{values[name]}" for name in sorted(values))
    mark = base64.b64encode(hmac.new(key.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    client = texting.office.app.test_client()
    path = url.removeprefix("http://127.0.0.1:9")
    return client.post(path, data=values, headers={"X-Twilio-Signature": mark}).status_code


def test_twilios_reports_count_only_with_its_signature(texting, twilio):
    message = texting.queue("Hello")
    sending.send_due()
    back = twilio.ledger[0].values["StatusCallback"]
    values = {"MessageSid": "SMHello", "MessageStatus": "delivered"}

    assert twilio_call(texting, back, values, key="another") == 404
    assert twilio_call(texting, back.replace(message, texting.book), values) == 404
    assert texting.row(message).state == "sent"
    assert twilio_call(texting, back, values) == 200

    assert texting.row(message).state == "delivered"


def test_twilios_replies_count_only_with_its_signature(texting, twilio):
    from server.services.messaging import incoming

    values = {"From": "+8613800138000", "Body": "Thank you", "MessageSid": "SM77"}

    assert twilio_call(texting, incoming.reply_address(), values, key="another") == 404
    assert twilio_call(texting, incoming.reply_address(), values) == 200
    assert twilio_call(texting, incoming.reply_address(), values) == 200

    with reading() as connection:
        assert [(row.text, row.customer) for row in connection.execute(message_in.select())] == [
            ("Thank you", texting.shop)
        ]


# Aliyun


def aliyun_answers(call):
    values = {name: value for name, value in call.values.items() if name != "Signature"}
    if signature("POST", values, "key-secret") != call.values["Signature"]:
        return 403, json.dumps({"Code": "SignatureDoesNotMatch"})
    if call.values["PhoneNumbers"] == "13800000000":
        return 200, json.dumps({"Code": "isv.MOBILE_NUMBER_ILLEGAL"})
    if call.values["PhoneNumbers"] == "13800000009":
        return 200, json.dumps({"Code": "isv.BUSINESS_LIMIT_CONTROL"})
    return 200, json.dumps({"Code": "OK", "BizId": "biz-1"})


@pytest.fixture
def aliyun(texting):
    with providing(aliyun_answers) as provider:
        texting.use(gateway="aliyun", url=provider.url, user="key-id", password="key-secret", sender="甲公司")
        yield provider


def test_the_signature_is_that_of_aliyuns_own_example():
    """The example of «Request signatures» in the documentation of Aliyun's RPC interfaces."""
    values = {
        "TimeStamp": "2016-02-23T12:46:24Z", "Format": "XML", "AccessKeyId": "testid", "Action": "DescribeRegions",
        "SignatureMethod": "HMAC-SHA1", "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
        "Version": "2014-05-26", "SignatureVersion": "1.0",
    }  # fmt: skip
    values["Timestamp"] = values.pop("TimeStamp")

    assert signature("GET", values, "testsecret") == "OLeaidS1JvxuMvnyHOwuJ+uX5qY="


def test_aliyun_gets_template_and_parameters_and_is_asked_once(texting, aliyun):
    with reading() as connection:
        assert limits.load(connection).per_day == 3
    gateway = sending.make_gateway()

    outcome = gateway.send(outgoing("王女士您好", template_code="SMS_1", params={"person": "王女士"}))

    assert outcome == Sent("biz-1")
    call = aliyun.ledger[0].values
    assert (call["SignName"], call["TemplateCode"], call["TemplateParam"]) == ("甲公司", "SMS_1", '{"person":"王女士"}')
    assert call["PhoneNumbers"] == "13800138000"


def test_aliyun_refuses_free_text_before_anybody_is_asked(texting, aliyun):
    message = texting.queue("free text")

    sending.send_due()

    assert (texting.row(message).state, texting.row(message).error) == ("failed", "no-template-code")
    assert aliyun.asked == []


def test_a_limit_of_aliyun_is_waited_for(texting, aliyun):
    gateway = sending.make_gateway()
    message = Outgoing("x", "13800000009", "t", "gsm7", 1, "SMS_1", {})

    assert gateway.send(message) == NotTaken("isv.BUSINESS_LIMIT_CONTROL")


def test_aliyuns_reports_and_replies_need_the_token_that_only_it_was_told(texting, aliyun):
    from server.services.messaging import incoming

    message = texting.queue("Hello")
    report = [
        {"phone_number": "13800138000", "success": True, "err_code": "DELIVERED", "biz_id": "b", "out_id": message}
    ]
    reply = [{"phone_number": "13800138000", "content": "收到", "sequence_id": 5, "send_time": "2026-11-25 12:00:00"}]
    client = texting.office.app.test_client()
    to_reports = urllib.parse.urlsplit(incoming.report_address()).path
    to_replies = urllib.parse.urlsplit(incoming.reply_address()).path

    assert client.post(to_replies.replace("replies", "reports"), json=report).status_code == 404
    assert client.post(to_reports, data="not a list").status_code == 400
    answers = [client.post(to_reports, json=report), client.post(to_replies, json=reply)]

    assert [answer.json["code"] for answer in answers] == [0, 0]
    assert texting.row(message).state == "delivered"
    with reading() as connection:
        assert [row.text for row in connection.execute(message_in.select())] == ["收到"]


# SMPP


CENTRE = pathlib.Path(__file__).with_name("smpp_centre.pl")


@pytest.fixture
def centre(texting, tmp_path):
    """An SMS centre on Net::SMPP, a library that shares nothing with ours; the office is configured for it."""
    if subprocess.run(["perl", "-MNet::SMPP", "-e", "1"], capture_output=True).returncode:
        pytest.skip("Net::SMPP is not installed: sudo apt-get install -y libnet-smpp-perl")
    port, log = kannel.free_port(), tmp_path / "centre.log"
    with log.open("wb") as out:
        process = subprocess.Popen(["perl", CENTRE, str(port)], stdout=out, stderr=out)
    until(lambda: "listening" in log.read_text())
    texting.use(gateway="smpp", url=f"smpp://127.0.0.1:{port}", user="foo", password="bar", sender="10690")
    yield log
    process.kill()
    process.wait(timeout=10)


def test_a_message_goes_to_an_smpp_centre_and_its_receipt_and_what_people_send_are_heard(texting, centre, monkeypatch):
    monkeypatch.setattr(smpp, "LISTEN_S", 1.0)
    message = texting.queue("Hello from head office")

    sending.send_due()
    assert texting.row(message).gateway_id == "c-1"
    sending.listen()

    assert texting.row(message).state == "delivered"
    assert "took c-1 8613800138000 0 0 " + b"Hello from head office".hex() in centre.read_text()
    with reading() as connection:
        assert [(row.text, row.customer) for row in connection.execute(message_in.select())] == [("收到", texting.shop)]


def test_what_an_smpp_centre_refuses_fails_and_what_it_throttles_waits(texting, centre):
    refused, throttled = texting.queue("Hello", "13900000000"), texting.queue("Hello", "13900000088")

    sending.send_due()

    assert (texting.row(refused).state, texting.row(refused).error) == ("failed", "status 11")
    assert (texting.row(throttled).state, texting.row(throttled).error) == ("queued", "status 88")


def test_a_chinese_text_goes_to_an_smpp_centre_in_numbered_parts(texting, centre):
    text = "福星便利店您好，本周的货明天上午送到，请准备收货。" * 4
    texting.queue(text)

    sending.send_due()

    took = [line.split() for line in centre.read_text().splitlines() if line.startswith("took")]
    bodies = [bytes.fromhex(line[5]) for line in took]
    assert [(line[3], line[4]) for line in took] == [("8", "64"), ("8", "64")]
    assert b"".join(body[6:] for body in bodies).decode("utf-16-be") == text


def test_a_wrong_password_at_an_smpp_centre_loses_nothing(texting, centre):
    config = texting.office.app.extensions["roundbook"].sms
    texting.use(gateway="smpp", url=config.url, user="foo", password="wrong")
    message = texting.queue()

    sending.send_due()

    assert (texting.row(message).state, texting.row(message).attempt) == ("queued", 0)


def test_an_smpp_centre_that_is_away_costs_no_attempt(texting):
    texting.use(gateway="smpp", url=f"smpp://127.0.0.1:{kannel.free_port()}", user="foo", password="bar")
    message = texting.queue()

    sending.send_due()

    assert (texting.row(message).state, texting.row(message).attempt) == ("queued", 0)


def test_a_receipt_names_the_message_by_the_centres_id(texting):
    heard = []
    config = SmsConfig(gateway="smpp", url="smpp://127.0.0.1:1", user="foo", password="bar")
    gateway = smpp.Smpp(config, SECRET, heard.append)

    class Pdu:
        short_message = (
            b"id:77 sub:001 dlvrd:001 submit date:2611251200 done date:2611251201 stat:DELIVRD err:000 text:x"
        )
        esm_class, data_coding, source_addr, sequence = 0x04, 0, b"8613800138000", 1

    status = gateway._heard(Pdu)

    assert (status, heard) == (0, [Report("delivered", "DELIVRD", "77")])


def test_a_long_chinese_text_is_cut_between_characters_and_its_parts_are_numbered():
    text = "😀" * 40 + "字" * 40

    parts = smpp.encoded(text, "ucs2")

    assert len(parts) == parts_of(text).parts == 2
    assert all(len(body) <= 140 for body, _, _ in parts)
    assert b"".join(body[6:] for body, _, _ in parts).decode("utf-16-be") == text
    assert [body[4:6] for body, _, _ in parts] == [b"\x02\x01", b"\x02\x02"]


def test_settings_that_cannot_be_are_named_with_what_to_set():
    from server.config import Config, ConfigError

    for environment, named in [
        ({"ROUNDBOOK_SMS": "pigeon"}, "ROUNDBOOK_SMS"),
        ({"ROUNDBOOK_SMS": "kannel"}, "ROUNDBOOK_SMS_URL"),
        ({"ROUNDBOOK_SMS": "smpp", "ROUNDBOOK_SMS_URL": "http://x"}, "smpp://"),
        ({"ROUNDBOOK_SMS": "console", "ROUNDBOOK_SMS_PER_SECOND": "0"}, "ROUNDBOOK_SMS_PER_SECOND"),
    ]:
        with pytest.raises(ConfigError, match=named):
            Config.from_environment(environment)


def test_messages_stay_in_the_outbox_while_no_gateway_is_configured(texting):
    texting.use(gateway="none")
    message = texting.queue()
    with writing():
        pass

    assert sending.send_due() is False

    assert texting.row(message).state == "queued"
    assert sending.waiting_without_gateway() == 1
