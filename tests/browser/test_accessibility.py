"""axe finds nothing serious on the pages where people decide; `make bench-console` looks at all of them, wide and narrow."""

from __future__ import annotations

from tests.browser.axe import violations_of

PAGES = (
    "/",
    "/review",
    "/today",
    "/map",
    "/visits/plan",
    "/books",
    "/leaving/{li}",
    "/quarantine/{bad}",
)


def test_axe_finds_nothing_serious_where_people_decide(window, scene):
    ids = {**scene.ids, "li": scene.office.users["li"]}
    page = window("admin", width=390, height=844, color_scheme="dark")
    scene.office.prove("admin")
    found = {}

    for path in PAGES:
        answer = page.goto(scene.office.url + path.format(**ids))
        if answer is not None and answer.status == 200:
            found[path] = violations_of(page)

    assert len(found) == len(PAGES)
    assert {path: some for path, some in found.items() if some} == {}


def test_axe_does_bite(window, scene):
    page = window("chen")
    page.evaluate("document.querySelector('main').innerHTML = '<img src=/static/roundbook.svg><button></button>'")

    assert {each.split(": ")[1] for each in violations_of(page)} >= {"button-name", "image-alt"}
    page.goto(scene.office.url + "/today")
