"""Deliberate breaks of what the product does when a server has lost history, and of moves between books."""

from __future__ import annotations

from typing import Any

from roundbook.simulation.breaks import a_break, everywhere


@a_break("pure", "verdicts that the server forgot in mid-round count (R36)")
def believe_what_is_not_repeated() -> None:
    from field_app.sync import rounds

    everywhere(rounds.forget_what_is_not_repeated, lambda *args: None)


@a_break("whole", "a cursor that the log contradicts is taken for one of no history (R36)")
def believe_the_log() -> None:
    from server.services import cursors, pull

    everywhere(cursors.check, lambda *args: None)
    everywhere(pull._agrees, lambda *args: True)


@a_break("whole", "after a fail-over all that is in the log is taken for shared (R36)")
def share_what_is_left() -> None:
    from server.services import epochs

    original = epochs.begin_epoch

    def begin_epoch(reason: str, forks: Any = None, **named: Any) -> Any:
        from server.storage.database import reading

        with reading() as connection:
            here = epochs.positions(connection)
        return original(reason, here if forks == {} else forks, **named)

    everywhere(original, begin_epoch)
