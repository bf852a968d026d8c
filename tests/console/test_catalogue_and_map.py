"""Products and the knowledge base are kept at head office and reach devices; the map draws what is there, without tiles."""

from __future__ import annotations

import re
from math import cos, radians

import pytest

from tests.console.browser import Person, shown
from tests.console.scenario import Scene
from tests.wire.stranger import Stranger

NASTY = '=HYPERLINK("http://evil.example")<script>alert(1)</script>{{ 7*7 }}'


@pytest.fixture
def own_scene(own_served_scene: Scene) -> Scene:
    return own_served_scene


def test_a_knowledge_entry_is_made_and_changed_and_each_value_stays_in_its_history(own_scene):
    song = Person(own_scene.office.app, "song")

    answer = song.post("/catalogue/knowledge/new", {"question": "May rye be sold on Sundays?", "answer": "From noon."})
    page = answer.headers["Location"]
    song.post(f"{page}/edit", {"question": "May rye be sold on Sundays?", "answer": "From ten.", "topic": "licence"})

    assert "From ten." in song.page(page) and "May rye" in song.page("/catalogue/knowledge?q=sundays")
    record = page.rpartition("/")[2]
    history = shown(song.page(f"/records/{record}/history/answer"))
    assert "From noon." in history and "From ten." in history
    assert Person(own_scene.office.app, "li").get(page).status_code == 200


def test_a_price_changes_on_the_devices_with_their_next_sync(own_scene):
    song, whisky = Person(own_scene.office.app, "song"), own_scene.ids["whisky"]
    phone = Stranger(own_scene.office.invitation("li"))
    assert phone.enrol(name="Li's phone", platform="Android 15").status == 200
    phone.sync()

    song.post(f"/catalogue/product/{whisky}/edit", {"unit_price_minor": "28.90"})
    phone.sync()

    assert phone.records[whisky]["fields"]["unit_price_minor"] == 2890


def test_what_is_wrong_is_said_by_field_and_nothing_is_saved(own_scene):
    song, whisky = Person(own_scene.office.app, "song"), own_scene.ids["whisky"]

    wrong = song.post(f"/catalogue/product/{whisky}/edit", {"unit_price_minor": "cheap", "product_name": "Rye"})
    assert wrong.status_code == 422 and "no amount of money" in wrong.text and 'value="cheap"' in wrong.text
    assert song.post("/catalogue/knowledge/new", {"question": "Only a question"}).status_code == 422

    assert "Templeton Rye" in song.page(f"/products/{whisky}")


def test_who_does_not_keep_the_catalogue_changes_nothing_in_it(scene, person):
    li, whisky = person("li"), scene.ids["whisky"]

    assert li.get(f"/catalogue/product/{whisky}/edit").status_code == 403
    assert li.post(f"/catalogue/product/{whisky}/edit", {"product_name": "Mine"}).status_code == 403
    assert li.get("/catalogue/nonsense").status_code == 404


def test_formulas_scripts_and_templates_in_texts_are_texts_everywhere(own_scene):
    song, office = Person(own_scene.office.app, "song"), own_scene.office
    song.post("/catalogue/knowledge/new", {"question": NASTY, "answer": NASTY, "keywords": NASTY})
    star = office.customer("north", NASTY, customer_code="9", contact_person=NASTY, address=NASTY, city=NASTY)

    for login, path in (
        ("song", "/catalogue/knowledge"),
        ("chen", "/customers"),
        ("chen", f"/customers/{star}"),
        ("chen", f"/customers/{star}/history/city"),
        ("chen", "/review"),
        ("chen", "/duplicates?by=name"),
        ("chen", "/map"),
        ("admin", f"/operations/erasures/{star}"),
    ):
        page = Person(office.app, login).page(path)
        assert "<script>alert" not in page and "49" not in re.findall(r"HYPERLINK.{0,90}", page), path


def test_the_map_draws_outlets_and_visits_where_they_are(own_scene):
    office, north = own_scene.office, own_scene.ids["north"]
    west = office.customer("north", "West Shop", latitude="41.60", longitude="-93.70")
    east = office.customer("north", "East Shop", latitude="41.60", longitude="-93.50")
    li = Person(office.app, "li")

    page = li.page(f"/map?book={north}")

    place = {record: float(re.search(rf'/customers/{record}".*?cx="([\d.]+)"', page)[1]) for record in (west, east)}
    drawn = float(re.search(r'<line x1="24" y1="624" x2="([\d.]+)"', page)[1]) - 24
    metres = 111_320 * 0.2 * cos(radians(41.6))
    assert "2 km" in page and abs(drawn / (place[east] - place[west]) * metres - 2000) < 5
    assert place[west] < place[east] and "2 outlets" in page and "without a place" in page
    assert "West Shop" not in Person(office.app, "wang").page(f"/map?book={north}")
