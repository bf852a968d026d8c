"""Work for a customer who was merged with another is judged as work for the one that stayed (R21).

What a device sends still names the file that went. Its facts belong below the one that stayed; an edit of the file that went
becomes an edit of the other file made on nothing known, so that what somebody set there is never overwritten but asked about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sync_protocol.changes import DECISIONS
from sync_protocol.state import World

MERGED_INTO = "merged_into"
UNKNOWN_TERM = -1  # no term of any seat: the holder's mode is `again`, everybody else's `other`


def winners(changes: Sequence[Mapping[str, Any]], world: World) -> dict[str, str]:
    """Customers that these changes name and that were merged -> with whom."""
    named = {change["customer"] for change in changes if change.get("customer") in world.records}
    found = {name: world.records[name].fields.get(MERGED_INTO) for name in named}
    return {name: into for name, into in found.items() if into}


def redirected(changes: Sequence[Mapping[str, Any]], into: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """The changes as they are judged. Args: into: `winners`."""
    return [_redirected(change, into) if change.get("customer") in into else change for change in changes]


def _redirected(change: Mapping[str, Any], into: Mapping[str, str]) -> Mapping[str, Any]:
    winner = into[change["customer"]]
    if change["record"] != change["customer"] or change["op"] in DECISIONS:
        return {**change, "customer": winner}
    if change["op"] not in ("edit", "restore"):
        return change  # a creation meets its id, and a removal finds it done
    rest = {name: value for name, value in change.items() if name != "base"}
    return {**rest, "op": "edit", "record": winner, "customer": winner, "term": UNKNOWN_TERM}
