"""Every route of the console, from the URL map itself, with addresses that exist in the furnished office."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Rule

from server.console.access import ACT
from tests.console.scenario import Scene

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


@dataclass(frozen=True)
class Route:
    """One way into the console."""

    endpoint: str
    method: str
    path: str
    act: str


def routes(scene: Scene, book: str = "north", more: Mapping[str, str] | None = None) -> list[Route]:
    """All routes, filled with what lies in a book. Args: more: parameter -> value, before all others."""
    return list(_routes(scene.office.app, scene, book, more or {}))


def _routes(app: Flask, scene: Scene, book: str, more: Mapping[str, str]) -> Iterator[Route]:
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            view = app.view_functions[rule.endpoint]
            if hasattr(view, ACT):
                path = app.url_map.bind("localhost").build(
                    rule.endpoint, _values(rule, scene, book, more), method=_method(rule)
                )
                yield Route(rule.endpoint, _method(rule), path, getattr(view, ACT))


def _method(rule: Rule) -> str:
    methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
    assert len(methods) == 1, f"{rule} takes {methods}: one method a view, so that it can be guarded for itself"
    return methods.pop()


def _values(rule: Rule, scene: Scene, book: str, more: Mapping[str, str]) -> dict[str, str]:
    ids = scene.ids
    north = book == "north"
    record = {
        "visits": ids["visit" if north else "far visit"],
        "orders": ids["order"],
        "products": ids["whisky"],
        "records": ids["contact" if north else "far visit"],
    }
    known = {
        "record_id": record.get(rule.endpoint.partition(".")[0], ids["star" if north else "far"]),
        "case_id": ids["proposal"],
        "field": "store_name",
        "book_id": ids[book],
        "sha256": scene.photos[0][1],
        "device_id": ids["li device"],
        "user_id": scene.office.users["li"],
        "seat": "licensing",
        "customer_id": ids["star" if north else "far"],
        "set_id": ids["bad"],
        "kind": "knowledge",
    }
    return {name: more.get(name, known.get(name, "1")) for name in rule.arguments}
