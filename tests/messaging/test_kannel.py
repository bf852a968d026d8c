"""The default gateway for real: messages through Kannel to its fake SMS centre, its reports and replies back to us over HTTP."""

import os
import signal
import time

import pytest
import requests

from server.services.messaging import incoming, sending
from server.services.messaging.gateways import base
from server.storage.database import reading
from server.storage.message_tables import message_in, opt_out
from tests.head_office import listening
from tests.messaging import kannel
from tests.messaging.conftest import Clock, texting_office
from tests.messaging.provider import until


@pytest.fixture(scope="module")
def wired(tmp_path_factory):
    """An office that listens over HTTP, and a Kannel that knows where."""
    if not kannel.is_installed():
        pytest.skip("Kannel is not installed: sudo apt-get install -y kannel kannel-extras")
    with texting_office(tmp_path_factory.mktemp("office"), Clock()) as texting, listening(texting.office.app) as server:
        url = f"http://127.0.0.1:{server.effective_port}"
        texting.use(gateway="kannel", url="http://127.0.0.1:1", user="roundbook", password="secret", callback=url)
        with kannel.running(tmp_path_factory.mktemp("kannel"), incoming.reply_address()) as gateway:
            gateway.callback = url
            configure(texting, gateway)
            yield texting, gateway


def configure(texting, gateway, password="secret"):
    texting.use(
        gateway="kannel",
        url=gateway.url,
        user="roundbook",
        password=password,
        sender="10690",
        callback=gateway.callback,
    )


@pytest.fixture
def texting(wired, the_clock):
    found, _ = wired
    found.clock = the_clock
    with found.office.app.app_context():
        yield found


@pytest.fixture
def centre(wired):
    """The SMS centre, there until the end of the test."""
    _, gateway = wired
    gateway.centre()
    until(lambda: "online" in gateway.status())
    yield gateway
    gateway.stop("centre")


def test_a_message_reaches_the_centre_and_is_delivered_by_its_report(texting, centre):
    message = texting.queue("Hello from head office", "13900000001")

    sending.send_due()

    until(lambda: texting.row(message).state == "delivered")
    assert "Hello from head office" in centre.heard()


def test_a_chinese_message_of_two_parts_is_delivered(texting, centre):
    message = texting.queue("福星便利店您好，本周的货明天上午送到，请准备收货。" * 4, "13900000002")
    assert (texting.row(message).encoding, texting.row(message).parts) == ("ucs2", 2)

    sending.send_due()

    until(lambda: texting.row(message).state == "delivered")


def test_a_wrong_password_is_the_operators_to_put_right_and_loses_nothing(texting, wired):
    _, gateway = wired
    configure(texting, gateway, password="wrong")
    message = texting.queue("Hello", "13900000003")

    sending.send_due()

    assert (texting.row(message).state, texting.row(message).attempt) == ("queued", 0)
    configure(texting, gateway)


def test_without_a_centre_kannel_keeps_the_message_and_its_late_report_still_counts(texting, wired):
    _, gateway = wired
    message = texting.queue("Is anybody there", "13900000004")
    sending.send_due()
    assert texting.row(message).state == "sent", texting.row(message).error

    gateway.centre()

    until(lambda: texting.row(message).state == "delivered")
    gateway.stop("centre")


def test_a_smsbox_that_is_not_there_costs_nothing_and_one_that_comes_back_gets_the_message_once(texting, wired):
    _, gateway = wired
    gateway.stop("smsbox")
    message = texting.queue("Once", "13900000005")
    sending.send_due()
    assert (texting.row(message).state, texting.row(message).attempt) == ("queued", 0)

    gateway.start("smsbox", "smsbox", str(gateway.folder / "kannel.conf"))
    kannel.wait_for_port(gateway.ports["send"])
    gateway.centre()
    texting.clock.now += 60_000
    sending.send_due()

    until(lambda: texting.row(message).state == "delivered")
    assert gateway.heard().count("Once") == 1
    gateway.stop("centre")


def test_reports_that_are_forged_doubled_and_out_of_order(texting, centre):
    message, other = (
        texting.queue("To be reported", "13900000006"),
        texting.queue("Another", "13900000007", kind="group"),
    )
    gateway = sending.make_gateway()
    mine = gateway.address("reports", gateway.token(message))
    forged = [
        gateway.address("reports", gateway.token(other)) + f"?message={message}&status=1",
        gateway.address("reports", "0" * 32) + f"?message={message}&status=1",
        mine.replace("/kannel/", "/twilio/") + f"?message={message}&status=1",
    ]

    answers = [requests.get(url, timeout=5).status_code for url in forged]
    assert answers == [404, 404, 404]
    assert texting.row(message).state == "queued"
    states = []
    for status in (8, 1, 8, 1, 16):
        assert requests.get(f"{mine}?message={message}&status={status}&code=x", timeout=5).status_code == 200
        states.append(texting.row(message).state)

    assert states == ["sent"] + ["delivered"] * 4
    assert requests.get(f"{mine}?message={message}&status=oops", timeout=5).status_code == 400


def test_a_reply_comes_back_through_kannel_and_a_stop_word_ends_it(texting, wired):
    _, gateway = wired

    def kept():
        with reading() as connection:
            return {row.phone_key: (row.text, row.customer) for row in connection.execute(message_in.select())}

    for number, words in (("13800138000", "收到谢谢"), ("13912345678", "STOP")):
        gateway.centre(f"{number} 10690 text {words}")
        until(lambda sender=f"86{number}": sender in kept())
        gateway.stop("centre")

    assert kept()["8613800138000"] == ("收到谢谢", texting.shop)
    assert kept()["8613912345678"] == ("STOP", None)
    with reading() as connection:
        assert [row.phone_key for row in connection.execute(opt_out.select())] == ["8613912345678"]


def test_a_smsbox_that_stands_still_in_the_call_leaves_an_unknown_outcome_and_gets_nothing_twice(
    texting, wired, monkeypatch
):
    _, gateway = wired
    monkeypatch.setattr(base, "ANSWER_S", 1.0)
    gateway.centre()
    until(lambda: "online" in gateway.status())
    smsbox = gateway.processes["smsbox"].pid
    message = texting.queue("Stands still", "13900000008")
    os.kill(smsbox, signal.SIGSTOP)
    try:
        sending.send_due()
        assert (texting.row(message).state, texting.row(message).error) == ("unknown", "no-answer")
        texting.clock.now += 3600_000
        sending.send_due()
        assert texting.row(message).attempt == 1, "nobody sends it again by itself"
    finally:
        os.kill(smsbox, signal.SIGCONT)

    after = texting.queue("Moves again", "13900000009")
    sending.send_due()
    until(lambda: texting.row(after).state == "delivered")
    time.sleep(1)
    gateway.stop("centre")
    reached = gateway.heard().count("Stands still")
    assert (reached, texting.row(message).state) in ((0, "unknown"), (1, "delivered"))


def test_a_bearerbox_that_is_killed_with_messages_in_its_store_loses_none_and_doubles_none(texting, wired):
    _, gateway = wired
    messages = [texting.queue(f"Number {n} of the store", f"1390000010{n}") for n in range(5)]
    sending.send_due()
    states = {texting.row(one).state for one in messages}

    gateway.stop("bearerbox")
    gateway.start("bearerbox", "bearerbox", str(gateway.folder / "kannel.conf"))
    kannel.wait_for_port(gateway.ports["box"])
    gateway.centre()
    until(lambda: all(f"Number {n} of the store" in gateway.heard() for n in range(5)), within_s=40)
    gateway.stop("centre")

    assert states == {"sent"}
    assert [gateway.heard().count(f"Number {n} of the store") for n in range(5)] == [1] * 5
    assert all(texting.row(one).state in ("sent", "delivered") for one in messages)


def test_a_smsbox_without_its_bearerbox_takes_nothing_or_keeps_it(texting, wired):
    _, gateway = wired
    gateway.stop("bearerbox")
    message = texting.queue("Without a bearerbox", "13900000020")
    sending.send_due()
    state = texting.row(message).state
    assert state in ("queued", "sent"), texting.row(message).error

    gateway.start("bearerbox", "bearerbox", str(gateway.folder / "kannel.conf"))
    kannel.wait_for_port(gateway.ports["box"])
    gateway.centre()
    texting.clock.now += 60_000
    until(lambda: "online" in gateway.status())

    def told():
        sending.send_due()
        texting.clock.now += 31_000
        return texting.row(message).state == "delivered"

    until(told, within_s=40)
    gateway.stop("centre")
    assert gateway.heard().count("Without a bearerbox") == 1
