"""What is outside a reader's scope looks like what does not exist, byte for byte."""

from __future__ import annotations

import re

from tests.console.browser import shown
from tests.console.routes import routes

NOBODY = "01900000-0000-7000-8000-00000000dead"
_OWN = re.compile(r'name="(csrf_token|next)" value="[^"]*"')


def plain(answer, *names: str) -> tuple[int, str]:
    page = _OWN.sub("", answer.text)
    for name in names:
        page = page.replace(name, "ID")
    return answer.status_code, page


def test_every_page_of_another_book_is_absent_for_who_holds_no_seat_on_it(scene, person):
    li, admin = person("li"), person("admin")
    tried = 0

    for south, north in zip(routes(scene, "south"), routes(scene, "north"), strict=True):
        if south.method == "GET" and south.path != north.path and south.act == "sign in":
            assert admin.get(south.path).status_code in (200, 302, 404), south
            outside = li.get(south.path)
            nowhere = li.get(re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", NOBODY, south.path))
            ids = [*scene.ids.values(), NOBODY]
            assert outside.status_code == 404, south
            assert plain(outside, *ids) == plain(nowhere, *ids), south
            tried += 1

    assert tried >= 5


def test_forms_of_another_book_are_absent_too(scene, person):
    chen, far = person("chen"), scene.ids["far"]

    outside = chen.post(f"/customers/{far}/edit", {"store_name": "Mine now"})
    nowhere = chen.post(f"/customers/{NOBODY}/edit", {"store_name": "Mine now"})

    assert outside.status_code == 404
    assert plain(outside, far, NOBODY) == plain(nowhere, far, NOBODY)


def test_lists_name_nothing_of_another_book(scene, person):
    li = person("li")

    for path in (
        "/",
        "/customers",
        "/customers?q=far",
        "/visits",
        "/orders",
        "/books",
        f"/customers?book={scene.ids['south']}",
    ):
        page = li.page(path)
        assert "Far Shop" not in shown(page) and "9 Far Rd" not in shown(page) and "south" not in shown(page), path
        assert scene.ids["far"] not in page, path


def test_a_guess_at_who_was_meant_never_names_somebody_of_another_book(scene, person):
    assert "Far Shop" in person("wang").page("/customers?q=Farr+Shopp")
    assert "Far Shop" not in person("li").page("/customers?q=Farr+Shopp")


def test_the_same_lists_name_it_for_who_may_read_all_books(scene, person):
    page = person("admin").page("/customers")

    assert "Far Shop" in page and "Lucky Star" in page


def test_a_supervisor_sees_the_devices_of_his_people_and_enrols_for_them_alone(scene, person):
    chen = person("chen")

    page = shown(chen.page("/devices"))
    assert "Li's phone" in page and "Wang's tablet" not in page
    enrol = chen.page("/devices/enrol")
    assert scene.office.users["li"] in enrol and scene.office.users["wang"] not in enrol
    assert chen.post("/devices/enrol", {"user": scene.office.users["wang"]}).status_code == 303  # back to the form
