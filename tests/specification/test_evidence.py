"""Photos as evidence: what the chain of a visit shows, and what breaks it (catalogue B5)."""

from __future__ import annotations

from typing import Any

import pytest

from sync_protocol.evidence import first_broken, link


def photos(number: int = 4) -> list[dict[str, Any]]:
    """Photos of one visit, each linked to the one before."""
    found: list[dict[str, Any]] = []
    for at in range(number):
        photo = {
            "visit": "v", "step": "display", "taken_at": 1000 + at, "sha256": f"{at:064x}", "latitude": "42.03",
            "longitude": "-93.62", "accuracy_m": 8, "caption": "the shelf",
        }  # fmt: skip
        found.append({**photo, "chain": link(str(found[-1]["chain"]) if found else "", photo)})
    return found


def test_photos_as_they_were_kept_fit() -> None:
    assert first_broken(photos()) is None
    assert first_broken([]) is None


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("visit", "w"),
        ("step", "stock"),
        ("taken_at", 2000),
        ("sha256", "f" * 64),
        ("latitude", "42.04"),
        ("longitude", None),
        ("accuracy_m", 9),
        ("mock_location", True),
    ],
)
def test_another_visit_step_time_place_or_content_breaks_the_chain_there(field: str, other: Any) -> None:
    changed = photos()
    changed[2][field] = other

    assert first_broken(changed) == 2


def test_a_photo_left_out_put_in_or_moved_breaks_the_chain() -> None:
    kept = photos()
    assert first_broken([kept[0], *kept[2:]]) == 1
    assert first_broken([kept[0], photos(1)[0], *kept[1:]]) == 1
    assert first_broken([kept[1], kept[0], *kept[2:]]) == 0


def test_the_words_about_a_photo_may_be_corrected() -> None:
    kept = photos()
    kept[1]["caption"] = "the shelf at the door"

    assert first_broken(kept) is None
