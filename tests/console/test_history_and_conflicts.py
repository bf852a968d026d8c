"""Every value that a field had is on one page and can be set again; a conflict is settled with either value or a third."""

from __future__ import annotations

import re

from tests.console.browser import Person, shown
from tests.console.test_deciding import stored


def test_a_conflict_is_settled_with_a_third_value_and_both_others_stay_on_the_history_page(own_scene):
    li, case, sun = Person(own_scene.office.app, "li"), own_scene.ids["conflict"], own_scene.ids["sun"]

    li.post(f"/inbox/{case}/take-back", {"contact_person": "Both Suns"})

    assert stored(own_scene, "customer", sun)["contact_person"] == "Both Suns"
    page = shown(li.page(f"/customers/{sun}/history/contact_person"))
    assert "Both Suns" in page and "Mr Sun" in page and "Mrs Sun" in page


def test_who_maintains_the_field_may_keep_what_counts_and_the_conflict_waits_no_more(own_scene):
    li, case, sun = Person(own_scene.office.app, "li"), own_scene.ids["conflict"], own_scene.ids["sun"]
    before = stored(own_scene, "customer", sun)["contact_person"]
    assert case in li.page("/?show=conflicts") and "Keep as it is" in li.page(f"/inbox/{case}")

    li.post(f"/inbox/{case}/take-back", {"keep": "1"})

    assert stored(own_scene, "customer", sun)["contact_person"] == before == "Mrs Sun"
    page = li.page("/?show=conflicts")
    assert "Kept as it is." in page and case not in page
    assert "Mr Sun" in shown(li.page(f"/customers/{sun}/history/contact_person"))


def test_only_who_maintains_the_field_settles_it(own_scene):
    case, sun = own_scene.ids["conflict"], own_scene.ids["sun"]
    before = stored(own_scene, "customer", sun)

    Person(own_scene.office.app, "chen").post(f"/inbox/{case}/take-back", {"contact_person": "Mine"})

    assert stored(own_scene, "customer", sun) == before


def test_an_earlier_value_is_set_again_by_who_maintains_the_field(own_scene):
    li, star = Person(own_scene.office.app, "li"), own_scene.ids["star"]
    path = f"/customers/{star}/history/contact_phone"
    page = li.page(path)
    rev = re.findall(r'name="rev" value="(\d+)"', page)

    li.post(path, {"rev": rev[-1]})

    assert stored(own_scene, "customer", star)["contact_phone"] == "+1 515 284-0471"
    assert li.post(path, {"rev": "999"}).status_code == 404
    assert li.post(f"/customers/{star}/history/grade", {"rev": "1"}).status_code == 404  # computed: nobody sets it


def test_what_somebody_else_sets_again_is_a_proposal(own_scene):
    admin, star = Person(own_scene.office.app, "admin"), own_scene.ids["star"]
    path = f"/customers/{star}/history/contact_phone"
    before = stored(own_scene, "customer", star)["contact_phone"]

    admin.post(path, {"rev": re.findall(r'name="rev" value="(\d+)"', admin.page(path))[-1]})

    assert stored(own_scene, "customer", star)["contact_phone"] == before


def test_the_fields_of_a_visit_have_a_history_too(scene, person):
    page = shown(person("chen").page(f"/records/{scene.ids['visit']}/history/situation"))

    assert "Shelf of rye" in page and "Li" in page and "Li's phone" in page
    assert person("wang").get(f"/records/{scene.ids['visit']}/history/situation").status_code == 404
