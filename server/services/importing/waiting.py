"""Files that were brought to the console and wait for a person's decision: sealed, for him alone, until he writes or discards."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.services import clock, parts
from server.storage.objects import NoSuchObject

_TOKEN = re.compile(r"[0-9a-f]{32}")
KEPT_MS = 7 * 24 * 3600 * 1000


class NotWaiting(LookupError):
    """Nothing of this name waits for this person."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that waits, or, once it was written, what it came to.

    Args: outcome: None before. begun: what a worker writes it with, and how far it has come; None, if none was asked to.
    """

    token: str
    name: str
    outcome: dict[str, Any] | None = None
    begun: dict[str, Any] | None = None


def bring(data: bytes, name: str, user_id: str) -> str:
    """Keep a file for a person, and let go what he left lying for a week. Returns: the token by which only he finds it again."""
    token = secrets.token_hex(16)
    _let_go_of_old(token, user_id)
    parts.objects().put(f"imports/{token}/file", [data])
    _note(token, user_id, Waiting(token, name))
    return token


def find(token: str, user_id: str) -> Waiting:
    """What waits under a token. Raises: NotWaiting."""
    if not _TOKEN.fullmatch(token):
        raise NotWaiting
    try:
        noted = json.loads(parts.objects().read(f"imports/{token}/note"))
    except NoSuchObject as error:
        raise NotWaiting from error
    if noted["user"] != user_id:
        raise NotWaiting
    return Waiting(token, noted["name"], noted["outcome"], noted.get("begun"))


def content(token: str) -> bytes:
    """The bytes of a file that waits."""
    return parts.objects().read(f"imports/{token}/file")


def finish(waiting: Waiting, user_id: str, outcome: dict[str, Any], refused: bytes) -> None:
    """Keep what an import came to and what it refused, and let the file go."""
    objects = parts.objects()
    if refused:
        objects.put(f"imports/{waiting.token}/refused", [refused])
    _note(waiting.token, user_id, Waiting(waiting.token, waiting.name, outcome))
    objects.delete(f"imports/{waiting.token}/file")


def refused(token: str) -> bytes:
    """The refused rows of a finished import; empty if there are none."""
    try:
        return parts.objects().read(f"imports/{token}/refused")
    except NoSuchObject:
        return b""


def begin(waiting: Waiting, user_id: str, form: Mapping[str, str], language: str) -> None:
    """Note that a worker is to write it, with these answers."""
    begun = {"form": dict(form), "language": language, "done": 0, "all": 0, "wrong": ""}
    _note(waiting.token, user_id, Waiting(waiting.token, waiting.name, None, begun))


def owner(token: str) -> str:
    """Whose file it is. Raises: NotWaiting."""
    if not _TOKEN.fullmatch(token):
        raise NotWaiting
    try:
        return str(json.loads(parts.objects().read(f"imports/{token}/note"))["user"])
    except NoSuchObject as error:
        raise NotWaiting from error


def note_progress(waiting: Waiting, user_id: str, **values: Any) -> None:
    """Note how far a worker has come: `done` of `all`; or what is `wrong`, then it has given up."""
    _note(waiting.token, user_id, Waiting(waiting.token, waiting.name, None, {**(waiting.begun or {}), **values}))


def discard(token: str) -> None:
    """Let everything of it go."""
    for part in ("file", "refused", "note"):
        parts.objects().delete(f"imports/{token}/{part}")


def _let_go_of_old(token: str, user_id: str) -> None:
    now, mine = clock.now_ms(), f"imports/{user_id}"
    try:
        brought: dict[str, int] = json.loads(parts.objects().read(mine))
    except NoSuchObject:
        brought = {}
    old = [earlier for earlier, at in brought.items() if now - at > KEPT_MS]
    for earlier in old:
        discard(earlier)
        del brought[earlier]
    parts.objects().put(mine, [json.dumps({**brought, token: now}).encode()])


def _note(token: str, user_id: str, waiting: Waiting) -> None:
    noted = {"user": user_id, "name": waiting.name, "outcome": waiting.outcome, "begun": waiting.begun}
    parts.objects().put(f"imports/{token}/note", [json.dumps(noted).encode()])
