"""Who shares a licence, a telephone, a name and place is found however it was written, the same on either database."""

from __future__ import annotations

import pytest

from server.services.doubles import finding
from server.storage import alike
from tests.console.scenario import Scene

WRITTEN = {
    "A1": {"licence_number": " le-77 ", "contact_phone": "+1 (515) 555-0199"},
    "A2": {"licence_number": "LE-77", "contact_phone": "1 515.555/0199"},
    "B1": {"licence_number": "x", "contact_phone": "555-01"},
    "B2": {"licence_number": "X", "contact_phone": "55501"},
    "C1": {"licence_number": None, "contact_phone": None, "store_name": " Twin Shop", "city": "Ames"},
    "C2": {"licence_number": "LE-78", "contact_phone": "1 515 555 0198", "store_name": "TWIN SHOP", "city": "ames"},
    "C3": {"store_name": "Twin Shop", "city": "Boone"},
    "D1": {"store_name": "Post Shop", "postal_code": "50010", "city": "Ames"},
    "D2": {"store_name": "post shop", "postal_code": "50010", "city": "Nevada"},
}
SHARED = {"licence": {("A1", "A2")}, "phone": {("A1", "A2")}, "name": {("C1", "C2"), ("D1", "D2")}}


def found(scene: Scene) -> dict[str, set[tuple[str, ...]]]:
    """Key -> the codes of those who share it, of customers that are made for it. Its own are put into the book in the north."""
    for code, written in WRITTEN.items():
        values = {"address": "1 Elm St", **{field: value for field, value in written.items() if value is not None}}
        scene.office.customer("north", values.pop("store_name", f"Shop {code}"), customer_code=code, **values)
    with scene.office.app.app_context():
        groups = {key: finding.find({scene.ids["north"]}, key).groups for key in alike.KEYS}
    codes = {key: [sorted(row.values["customer_code"] for row in g.rows) for g in some] for key, some in groups.items()}
    return {key: {tuple(group) for group in some if group[0] in WRITTEN} for key, some in codes.items()}


def test_who_shares_what_should_be_his_own_is_found_however_it_was_written(own_scene: Scene) -> None:
    assert found(own_scene) == SHARED


def test_by_anything_else_nobody_is_compared(own_scene: Scene) -> None:
    with own_scene.office.app.app_context(), pytest.raises(KeyError):
        finding.find({own_scene.ids["north"]}, "address")
