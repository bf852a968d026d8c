"""The states of a message. What reports say comes in any order, twice, or never: a state only moves forward."""

from __future__ import annotations

from sync_protocol.fields import Labels

QUEUED, SENDING, UNKNOWN, SENT, FAILED, DELIVERED = "queued", "sending", "unknown", "sent", "failed", "delivered"
FORWARD = (QUEUED, SENDING, UNKNOWN, SENT, FAILED, DELIVERED)
"""From the least that is known to the most. What has reached a telephone cannot be called back: `delivered` is last."""

STATES: dict[str, tuple[str, str, str]] = {
    QUEUED: ("Queued", "待发送", "待傳送"),
    SENDING: ("Sending", "发送中", "傳送中"),
    UNKNOWN: ("Outcome unknown", "结果未知", "結果不明"),
    SENT: ("Sent", "已发送", "已傳送"),
    FAILED: ("Failed", "失败", "失敗"),
    DELIVERED: ("Delivered", "已送达", "已送達"),
}


def behind(state: str) -> tuple[str, ...]:
    """The states that this one may follow."""
    return FORWARD[: FORWARD.index(state)]


def is_forward(now: str, told: str) -> bool:
    """Whether a report of `told` says more than is known."""
    return FORWARD.index(told) > FORWARD.index(now)


def label(state: str) -> Labels:
    """What a state is called."""
    return Labels(*STATES[state])
