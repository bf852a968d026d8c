"""Deciding what waits in the inbox: `opened` says who decides and what he sees, `carrying_out` does it."""

from server.services.deciding.carrying_out import Outcome, accept, decline, keep, review, take_back
from server.services.deciding.opened import (
    KINDS,
    TAKEN_BACK,
    Decider,
    Opened,
    can_be_taken_back,
    deciders,
    open_case,
    taken_back,
)

__all__ = [
    "KINDS",
    "TAKEN_BACK",
    "Decider",
    "Opened",
    "Outcome",
    "accept",
    "can_be_taken_back",
    "decline",
    "deciders",
    "keep",
    "open_case",
    "review",
    "take_back",
    "taken_back",
]
