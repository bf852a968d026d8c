"""The verdict on a set: put together, signed, and stored for every repetition of the same question."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.engine import Connection

from server.services import epochs, parts, quotas
from server.storage.tables import change_set
from sync_protocol import json_text, signing
from sync_protocol.changes import Reason
from sync_protocol.verdicts import Decision

Verdict = dict[str, Any]
WITHOUT_EFFECT = ("refused", "waiting")


def refusal(seq: int, set_id: object, reasons: Sequence[Reason]) -> Verdict:
    """A verdict that is not stored, because the set has no name under which it could be, or not the right to this one."""
    name = set_id.encode("ascii", "backslashreplace").decode()[:60] if isinstance(set_id, str) else ""
    return {"seq": seq, "id": name, "state": "refused", "at": {}, "changes": of_set(reasons)}


def of_set(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """Reasons that concern the set as a whole, as the `changes` of a verdict: under number 0."""
    return [{"n": 0, "state": "refused", "why": list(reasons)}]


def of_changes(wire: Mapping[str, Any], bad: Mapping[int, Sequence[Reason]]) -> list[dict[str, Any]]:
    """Reasons by number, as the `changes` of a verdict; the others are refused with them (R6)."""
    return [
        {"n": n, "state": "refused", "why": list(bad[n])} if n in bad else {"n": n, "state": "refused"}
        for n in range(1, len(wire["changes"]) + 1)
    ]


def of_decisions(decisions: Sequence[Decision], set_state: str) -> list[dict[str, Any]]:
    """What was decided, as the `changes` of a verdict. What a refused or waiting set would have made is not named."""
    told = []
    for n, decision in enumerate(decisions, 1):
        one: dict[str, Any] = {"n": n, "state": decision.state}
        if decision.why:
            one["why"] = decision.why
        if set_state not in WITHOUT_EFFECT:
            made = {"proposal": decision.proposal, "conflict": decision.conflict}
            one |= {name: record for name, record in made.items() if record}
        told.append(one)
    return told


def finish(
    connection: Connection,
    wire: Mapping[str, Any],
    *,
    seq: int,
    digest: str,
    state: str,
    told: list[dict[str, Any]],
    at: Mapping[str, int] | None = None,
    marks: Sequence[str] = (),
    name: str = "",
) -> Verdict:
    """Sign the verdict and store it. A set without effect is kept whole, within the quota: in quarantine, or until it can be judged.

    Args: at: book -> highest position. marks: `late`, `corrected`: what else is true of it. name: the id that its author knows it
        by, where `wire` has another one (`push_claim.own_id`).
    """
    positions, name = dict(at or {}), name or wire["id"]
    verdict: Verdict = {"seq": seq, "id": name, "state": state, "at": positions, "changes": told}
    verdict |= dict.fromkeys(marks, True)
    verdict["receipt"] = receipt(connection, name, digest, state, positions)
    values = {"state": state, "verdict": json.dumps(verdict), "body": _kept(connection, wire, state, told, name)}
    connection.execute(sa.update(change_set).where(change_set.c.id == wire["id"]).values(**values))
    return verdict


def _kept(
    connection: Connection, wire: Mapping[str, Any], state: str, told: Sequence[Mapping[str, Any]], name: str
) -> str | None:
    """The set as it is put aside. Of one beyond the device's quota, or about what was erased (R10), only verdict and digest stay."""
    if state not in WITHOUT_EFFECT or any(why["code"] == "erased" for one in told for why in one.get("why", ())):
        return None
    body = json.dumps({**wire, "id": name})
    device: str | None = connection.scalar(sa.select(change_set.c.device_id).where(change_set.c.id == wire["id"]))
    return body if device is None or quotas.has_room(connection, device, wire["id"], body) else None


def receipt(connection: Connection, set_id: str, digest: str, state: str, at: Mapping[str, int]) -> str:
    """The server's signature over (epoch, set id, digest, state, at), in canonical form (decision 18)."""
    return signed(epochs.current(connection), set_id, digest, state, at)


def signed(
    epoch: str, set_id: str, digest: str, state: str, at: Mapping[str, int], *, key: Ed25519PrivateKey | None = None
) -> str:
    """The same, where the present epoch is known. Args: key: the server's, where it is at hand."""
    text = json_text.dumps_by_name([epoch, set_id, digest, state, dict(at)])
    return signing.sign(key or parts.keyring().sign_key, text)


def repeated(known: sa.RowMapping, digest: str, seq: int, name: str) -> Verdict:
    """The answer to a set whose id is taken: the stored verdict if it is the same set, else a refusal. Args: name: that id."""
    if known["digest"] != digest:
        return refusal(seq, name, [{"field": "id", "code": "id-reused"}])
    if known["verdict"] is None:
        return refusal(seq, name, [{"field": "set", "code": known["state"]}])
    return {**as_told(known["verdict"], digest), "repeat": True}


def unsigned(verdict: Verdict, epoch: str) -> dict[str, Any]:
    """A verdict as it is stored without its receipt, with what one is made of again."""
    return {**verdict, "epoch": epoch}


def as_told(stored: str, digest: str) -> Verdict:
    """A stored verdict as its device was told it. A receipt that was not stored is made again: these signatures say the same
    every time. Args: digest: of the set."""
    verdict: Verdict = json_text.loads(stored)
    epoch = verdict.pop("epoch", None)
    if epoch is not None and "receipt" not in verdict:
        verdict["receipt"] = signed(epoch, verdict["id"], digest, verdict["state"], verdict["at"])
    return verdict
