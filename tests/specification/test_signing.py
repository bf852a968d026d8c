"""Who said it: Ed25519 over a text that names protocol, direction, request and bytes (decision 14, R3)."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_protocol import signing

KEY, OTHER = signing.new_private_key(bytes(32)), signing.new_private_key(b"\1" * 32)
PUBLIC = signing.public_text(KEY)
DEVICE = "018f0000-0000-7000-8000-000000000001"


def test_the_signed_texts_are_what_anybody_can_write() -> None:
    """Decision 14: each part on its line; the answer's also names what it replies to."""
    question, reply = hashlib.sha256(b"question").hexdigest(), hashlib.sha256(b"answer").hexdigest()

    request = signing.request_text("POST", "/sync/1?x=1", DEVICE, 17, b"question")
    answer = signing.answer_text("POST", "/sync/1?x=1", DEVICE, 18, b"answer", b"question")

    assert request.decode().split("\n") == ["roundbook/1", "request", "POST", "/sync/1?x=1", DEVICE, "17", question]
    assert answer.decode().split("\n") == [
        "roundbook/1",
        "answer",
        "POST",
        "/sync/1?x=1",
        DEVICE,
        "18",
        reply,
        question,
    ]


REQUEST: dict[str, Any] = {"method": "POST", "path": "/sync/1", "device": DEVICE, "sent_ms": 17, "body": b"x"}


@pytest.mark.parametrize(
    "changed",
    [{"method": "PUT"}, {"path": "/sync/1?"}, {"device": DEVICE[:-1] + "2"}, {"sent_ms": 18}, {"body": b"y"}],
)
def test_a_signature_is_good_for_one_request_only(changed: dict[str, Any]) -> None:
    """R3."""
    signature = signing.sign(KEY, signing.request_text(**REQUEST))

    assert signing.verify(PUBLIC, signature, signing.request_text(**REQUEST))
    assert not signing.verify(PUBLIC, signature, signing.request_text(**{**REQUEST, **changed}))
    assert not signing.verify(signing.public_text(OTHER), signature, signing.request_text(**REQUEST))


def test_an_answer_is_no_request_and_answers_one_question_only() -> None:
    """R3: over `reply_to`."""
    parts = ("POST", "/sync/1", DEVICE, 17, b"x")
    signature = signing.sign(KEY, signing.answer_text(*parts, b"asked"))

    assert signing.verify(PUBLIC, signature, signing.answer_text(*parts, b"asked"))
    assert not signing.verify(PUBLIC, signature, signing.answer_text(*parts, b"asked otherwise"))
    assert not signing.verify(PUBLIC, signature, signing.request_text(*parts))


@pytest.mark.parametrize("public", ["", "x", "!" * 43, PUBLIC[:-1], PUBLIC + "AA", "é" * 43, "A" * 43])
@pytest.mark.parametrize("signature", ["", "x", "!" * 86, "A" * 86, "A" * 85, "é" * 86])
def test_what_is_malformed_is_a_wrong_signature(public: str, signature: str) -> None:
    assert not signing.verify(public, signature, b"text")
    assert not signing.verify(PUBLIC, signature, b"text")


WEAK = (0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18, 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7)


@pytest.mark.parametrize("y", [*WEAK, 2**255 - 19 - WEAK[-1]])
@pytest.mark.parametrize("sign_bit", [0, 1])
def test_under_a_key_of_small_order_no_signature_is_right(y: int, sign_bit: int) -> None:
    """Anybody can make one that fits any text: 64 zeros, for the key of zeros."""
    public = signing.to_text((y | sign_bit << 255).to_bytes(32, "little"))

    for scalar in range(3):
        for r in WEAK:
            signature = signing.to_text(r.to_bytes(32, "little") + scalar.to_bytes(32, "little"))
            assert not signing.verify(public, signature, b"text")


@given(st.binary(max_size=70))
def test_bytes_travel_as_base64url_without_padding(raw: bytes) -> None:
    text = signing.to_text(raw)

    assert signing.from_text(text) == raw and "=" not in text
    assert base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) == raw


@pytest.mark.parametrize("text", ["a+b/", "ab cd", "a", "ab\n", "é", "AB"[:1]])
def test_what_is_no_base64url_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        signing.from_text(text)


def test_bytes_of_another_length_than_asked_for_are_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        signing.from_text(signing.to_text(bytes(31)), size=32)


@given(st.text(st.sampled_from("ABCDwxyz019-_+/=\n "), max_size=12))
def test_a_text_stands_for_its_bytes_alone(text: str) -> None:
    """Two texts for one key would be two names for one device."""
    try:
        raw = signing.from_text(text)
    except ValueError:
        return

    assert signing.to_text(raw) == text


def test_a_key_and_a_signature_have_fixed_lengths_and_a_fingerprint_is_of_the_raw_key() -> None:
    raw = KEY.public_key().public_bytes_raw()

    assert (len(PUBLIC), len(signing.sign(KEY, b"x"))) == (43, 86)
    assert signing.fingerprint(PUBLIC) == signing.to_text(hashlib.sha256(raw).digest())
