from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def the_log_speaks_again() -> Iterator[None]:
    """A fleet silences the product's log, as it breaks things on purpose; what is tested after it must not be."""
    log = logging.getLogger("roundbook")
    before = log.level
    yield
    log.setLevel(before)
