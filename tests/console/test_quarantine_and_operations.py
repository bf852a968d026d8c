"""Put-aside work is corrected and taken over, or discarded with a reason; duplicates are merged; two people erase; the archive."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from server.services.users import create_user
from server.storage.database import reading
from server.storage.tables import change_set
from tests.console.browser import Person, shown
from tests.console.scenario import HOUR, Scene
from tests.console.test_deciding import stored
from tests.head_office import PASSWORD
from tests.wire.stranger import Stranger, uuid7


@pytest.fixture
def own_scene(own_served_scene: Scene) -> Scene:
    return own_served_scene


def waiting(person: Person) -> list[str]:
    return re.findall(r'href="/quarantine/([0-9a-f-]{36})"', person.page("/?show=quarantine"))


def test_what_could_not_be_taken_is_corrected_and_goes_its_ordinary_way(own_scene):
    chen, star = Person(own_scene.office.app, "chen"), own_scene.ids["star"]
    (put_aside,) = waiting(chen)
    page = chen.page(f"/quarantine/{put_aside}")
    assert "This number is too small." in page and 'value="-3"' in page and "Lucky Star" in page

    still_wrong = chen.post(f"/quarantine/{put_aside}/adopt", {"1-visit_cycle_days": "-4"})
    assert still_wrong.status_code == 422 and "This number is too small." in still_wrong.text
    chen.post(f"/quarantine/{put_aside}/adopt", {"1-visit_cycle_days": "3"})

    page = chen.page(f"/quarantine/{put_aside}")
    assert "Taken over" in shown(page) and waiting(chen) == []
    assert stored(own_scene, "customer", star)["visit_cycle_days"] == 7  # Li maintains it: it is a proposal to him
    assert "3 days" in shown(Person(own_scene.office.app, "li").page("/?show=proposals"))


def test_who_may_not_decide_reads_what_was_asked_for_and_finds_no_form(own_scene):
    (put_aside,) = waiting(Person(own_scene.office.app, "admin"))

    page = Person(own_scene.office.app, "li").page(f"/quarantine/{put_aside}")

    assert "Visit cycle -3" in shown(page) and "/adopt" not in page and "/discard" not in page


def test_it_is_discarded_with_a_reason_alone_and_stays_to_be_read(own_scene):
    chen = Person(own_scene.office.app, "chen")
    (put_aside,) = waiting(chen)

    chen.post(f"/quarantine/{put_aside}/discard", {"reason": " "})
    assert waiting(chen) == [put_aside]
    chen.post(f"/quarantine/{put_aside}/discard", {"reason": "He meant 3; told him."})

    page = shown(chen.page(f"/quarantine/{put_aside}"))
    assert "Discarded Chen" in page and "He meant 3; told him." in page and waiting(chen) == []
    chen.post(f"/quarantine/{put_aside}/adopt", {"1-visit_cycle_days": "3"})
    assert "Discarded" in shown(chen.page(f"/quarantine/{put_aside}"))


def test_who_read_a_file_cannot_discard_the_note_of_it_that_was_put_aside(own_scene):
    office = own_scene.office
    with office.app.app_context():
        for login in ("root", "boss"):
            office.users[login] = create_user(login, login.title(), ("administrator", "supervisor"), PASSWORD, "en")
    boss, root = Person(office.app, "boss"), Person(office.app, "root")
    phone = Stranger(office.invitation("boss"))
    assert phone.enrol().status == 200
    phone.sync()
    desk = next(book for book, entry in phone.scope.items() if entry["kind"] == "desk")
    values = {"of": own_scene.ids["star"], "grant": uuid7()}  # the instant is missing: it cannot be taken
    change = {"op": "create", "type": "reading", "record": uuid7(), "customer": None, "seat": "maintainer", "term": 0}
    saved = phone.save(desk, {**change, "set": values})
    phone.sync()

    page = boss.page(f"/quarantine/{saved}")
    boss.post(f"/quarantine/{saved}/discard", {"reason": "Nobody need know."})

    assert "Reading of a granted file" in shown(page) and "/discard" not in page and saved in waiting(boss)
    root.post(f"/quarantine/{saved}/discard", {"reason": "He said so; it is in the book."})
    assert saved not in waiting(root)


def test_what_a_dismissed_person_s_device_still_sends_is_taken_over_as_it_happened(own_scene):
    admin, chen = Person(own_scene.office.app, "admin"), Person(own_scene.office.app, "chen")
    phone, visit = Stranger(own_scene.office.invitation("li")), uuid7()
    assert phone.enrol(name="Li's last phone", platform="Android 15").status == 200
    phone.sync()
    north, star = own_scene.ids["north"], own_scene.ids["star"]
    values = {"state": "done", "checked_in_at": phone.clock_ms() - HOUR, "situation": "The last visit"}
    saved = phone.save(north, phone.change("create", "visit", visit, star, north, set=values))
    admin.post(f"/leaving/{own_scene.office.users['li']}/dismiss")
    phone.sync()

    page = shown(chen.page(f"/quarantine/{saved}"))
    assert "The last visit" in page and "its user had left" in page
    chen.post(f"/quarantine/{saved}/adopt")

    assert stored(own_scene, "visit", visit)["situation"] == "The last visit"


def test_nobody_reads_what_was_put_aside_in_the_books_of_others(own_scene):
    (put_aside,) = waiting(Person(own_scene.office.app, "chen"))
    wang = Person(own_scene.office.app, "wang")

    assert wang.get(f"/quarantine/{put_aside}").status_code == 404
    assert wang.post(f"/quarantine/{put_aside}/discard", {"reason": "mine"}).status_code == 403
    with own_scene.office.app.app_context(), reading() as connection:
        assert connection.scalar(sa.select(change_set.c.state).where(change_set.c.id == put_aside)) == "refused"


def test_two_files_of_one_outlet_are_found_compared_and_merged_with_both_histories(own_scene):
    office, ids = own_scene.office, own_scene.ids
    twin = office.customer("north", "Sun Grocery", customer_code="2199", contact_phone="515 284 0471", city="Ames")
    chen = Person(office.app, "chen")
    assert "Compare with the first" in chen.page("/duplicates?by=name") or "share this" in chen.page(
        "/duplicates?by=name"
    )
    page = shown(chen.page(f"/duplicates/{ids['sun']}?with={twin}"))
    assert "2191" in page and "2199" in page and "Ames" in page

    chen.post(f"/duplicates/{ids['sun']}/merge", {"with": twin, "take": ["city"]})

    assert stored(own_scene, "customer", ids["sun"])["city"] == "Ames"
    assert stored(own_scene, "customer", twin)["removed"]
    assert "is merged into this customer" in chen.page(f"/customers/{ids['sun']}")
    assert Person(office.app, "li").get(f"/duplicates/{ids['sun']}?with={twin}").status_code == 403


def test_one_person_asks_for_an_erasure_and_another_carries_it_out(own_scene):
    office, star = own_scene.office, own_scene.ids["star"]
    with office.app.app_context():
        office.users["root"] = create_user("root", "Root", ("administrator",), PASSWORD, "en")
    admin, root = Person(office.app, "admin"), Person(office.app, "root")
    assert "Erase Lucky Star" in shown(admin.page(f"/operations/erasures/{star}"))
    admin.post(f"/operations/erasures/{star}", {"reason": "He asked for it in writing."})
    (request,) = re.findall(r"/operations/requests/([0-9a-f-]+)/withdraw", admin.page("/operations"))

    admin.post(f"/operations/requests/{request}/consent")
    assert stored(own_scene, "customer", star)
    root.post(f"/operations/requests/{request}/consent")

    assert stored(own_scene, "customer", star) is None
    assert "Erased:" in root.page("/operations")
    assert Person(office.app, "chen").get("/operations").status_code == 403


def test_the_archive_says_what_it_would_take_and_refuses_what_is_young(scene, person):
    admin = person("admin")

    assert "Nothing is that old." in admin.page("/operations/archive?before=2020-01-01")
    assert "is not archived" in admin.page("/operations/archive?before=2026-11-01")
    assert admin.get("/operations/archive?before=nonsense").status_code == 200
