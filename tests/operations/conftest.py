from __future__ import annotations

from tests.seats.conftest import later, office, postgres, round_

__all__ = ["later", "office", "postgres", "round_"]
