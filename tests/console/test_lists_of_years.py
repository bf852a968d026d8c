"""A list that goes back for years, the newest first, is the same list whether or not the last days fill a page."""

from __future__ import annotations

import pytest

from server.services import clock, listing
from server.services.listing import Query
from server.storage.database import reading
from tests.console.scenario import Scene

DAY_MS = 86_400_000


@pytest.mark.parametrize("since", [None, 0])
def test_pages_of_all_years_hold_every_visit_once_the_newest_first(
    own_scene: Scene, monkeypatch: pytest.MonkeyPatch, since: int | None
) -> None:
    office, star, now = own_scene.office, own_scene.ids["star"], clock.now_ms()
    for days in (3, 59, 61, 5, 400, 800):
        values = {"state": "done", "checked_in_at": now - days * DAY_MS}
        office.write(
            "north", {"op": "create", "type": "visit", "record": clock.new_id(), "customer": star, "set": values}
        )
    monkeypatch.setattr(listing, "PAGE", 2)

    with office.app.app_context(), reading() as connection:
        scope = {own_scene.ids["north"]}
        pages = [listing.find(connection, "visit", scope, Query(since=since, page=n)) for n in range(1, 5)]

    found = [row.values["checked_in_at"] for page in pages for row in page.rows]
    assert found == sorted(found, reverse=True)
    assert {(now - at) // DAY_MS for at in found} >= {3, 5, 59, 61, 400, 800}
    assert len(found) == pages[0].total == 7, "Li's visit of today and these six"
