"""Jobs about rounds that come by the calendar. Each looks at what is there, so running twice changes nothing."""

from __future__ import annotations

from server.services import computed
from server.services.reminding import due, greetings
from server.services.reporting import drafting


def draft_greetings(_argument: str) -> None:
    """Draw up the greetings of the next days, to be approved."""
    greetings.draw_up_today()


def draft_reports(_argument: str) -> None:
    """Draft the weekly sales reports of the last two whole weeks, as far as nobody has touched them."""
    drafting.draft(due.today())


def recompute_fields(argument: str) -> None:
    """Bring the computed fields to what follows from orders. Args: argument: a book's id; "" for all."""
    computed.recompute([argument] if argument else None)
