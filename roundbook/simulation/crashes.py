"""Crashes without processes: an exception at a durable step, before it counts or after it, that nothing in the product catches."""

from __future__ import annotations

from dataclasses import dataclass


class Crashed(BaseException):
    """The power went. Not an `Exception`: no handler of the product takes it for an error that it could deal with."""


@dataclass
class CrashPoints:
    """The durable steps of one side. `reach` is called at each, before it takes effect and after.

    Args: countdown: steps until the crash; None: none is planned. after: whether the step that it hits still takes effect.
    """

    countdown: int | None = None
    after: bool = False
    crashed: int = 0
    raises: BaseException | None = None

    def arm(self, countdown: int, after: bool, raises: BaseException | None = None) -> None:
        """Plan a crash at the `countdown`-th durable step from now. Args: raises: an error in its place (a full disk)."""
        self.countdown, self.after, self.raises = countdown, after, raises

    def disarm(self) -> None:
        """No crash after all: what was done had fewer steps."""
        self.countdown = None

    def reach(self, *, after: bool) -> None:
        """A durable step is about to be taken, or was just taken. Raises: Crashed."""
        if self.countdown is None or after is not self.after:
            return
        if self.countdown > 0:
            self.countdown -= 1
            return
        self.countdown = None
        if self.raises is not None:
            raise self.raises
        self.crashed += 1
        raise Crashed


DEVICE = CrashPoints()
SERVER = CrashPoints()
