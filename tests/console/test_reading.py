"""Reading is controlled: masked hits, lookups for a time, the copy on the grantee's device, and the read log."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from server.services import clock
from server.services.reading import lookups, masked, read_log
from server.storage.database import reading, writing
from server.storage.tables import console_session, log_body, record
from server.storage.tables import read_log as read_log_table
from tests.console.browser import Person, shown
from tests.console.reading import ask, grant, manager
from tests.wire.stranger import Stranger

DAY = 86_400_000


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch):
    """The server's clock stands still, and goes on by hand; sessions stay as fresh as they were."""
    gone, begun = [0], clock.now_ms()
    monkeypatch.setattr(clock, "now_ms", lambda: begun + gone[0])

    def let(scene, ms: int) -> None:
        gone[0] += ms
        with scene.office.app.app_context(), writing() as connection:
            now = clock.now_ms()
            connection.execute(sa.update(console_session).values(seen_at=now, started_at=now, proved_at=now))

    return let


def phone_of(scene, login: str) -> Stranger:
    phone = Stranger(scene.office.invitation(login))
    assert phone.enrol(name=f"{login}'s phone", platform="Android 15").status == 200
    phone.sync()
    return phone


def grants_on(phone: Stranger) -> list[dict]:
    phone.sync()
    return [found for found in phone.records.values() if found["type"] == "grant" and not found["removed"]]


def test_outside_ones_books_a_search_shows_a_few_letters_and_no_id(own_scene):
    li = Person(own_scene.office.app, "li")

    page = li.page("/reading/find?q=far+shop")

    assert "F•• Sh••" in shown(page) and "Far Shop" not in shown(page).replace("far shop", "")
    assert own_scene.ids["far"] not in page and "9 Far Rd" not in page and "3001" not in page


def test_what_one_may_read_anyway_is_no_masked_hit(own_scene):
    assert "No other book has such a customer" in Person(own_scene.office.app, "li").page("/reading/find?q=lucky")


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("Lucky Star Mart", "Lu•• St•• Ma••"),
        ("福星便利店", "福••店"),
        ("福星", "福••"),
        ("Al Bo", "A•• B••"),
        ("", ""),
        ("Bob's 24 福", "Bo•• 2•• 福••"),
    ],
)
def test_a_masked_name_is_known_to_who_knows_it(name, seen):
    assert masked.masked(name) == seen


def test_too_short_and_too_many_searches_give_nothing(own_scene):
    li = Person(own_scene.office.app, "li")
    assert "Say a little more" in li.page("/reading/find?q=fa")

    for _ in range(masked.AN_HOUR):
        assert "F•• Sh••" in li.page("/reading/find?q=far")

    page = li.page("/reading/find?q=far")
    assert "F•• Sh••" not in page and "searched often" in page
    assert "F•• Sh••" not in Person(own_scene.office.app, "li").page("/reading/find?q=far")


def test_a_hit_of_another_person_opens_no_request(own_scene):
    page = Person(own_scene.office.app, "li").page("/reading/find?q=far")
    token = re.search(r'name="token" value="([^"]+)"', page)[1]

    answer = Person(own_scene.office.app, "chen").post(
        "/reading/lookups", {"token": token, "reason": "Curious about it"}
    )

    assert answer.headers["Location"] == "/reading/find"
    assert Person(own_scene.office.app, "chen").get("/reading").text.count("/reading/lookups/") == 0


def test_a_granted_lookup_shows_the_granted_groups_and_no_private_value_until_it_ends(own_scene, passing):
    wang = Person(own_scene.office.app, "wang")
    zhao = manager(own_scene)
    path = ask(wang, "lucky")
    assert "1462 2nd Ave" not in wang.page(path) and "Lu•• St••" in wang.page(path)

    grant(zhao, path, ("outside", "basic", "business", "personal"), days=7)

    page = shown(wang.page(path))
    assert "Lucky Star Mart" in page and "2190" in page
    assert "6222" not in page and "3445" not in page and "12 Elm Street" not in page
    passing(own_scene, 7 * DAY - 1)
    assert "2190" in shown(wang.page(path))
    passing(own_scene, 1)
    assert "2190" not in shown(wang.page(path))
    assert wang.get(f"/customers/{own_scene.ids['star']}").status_code == 404


def test_a_granted_copy_is_on_the_grantees_device_and_leaves_it_at_its_end(own_served_scene, passing):
    scene = own_served_scene
    wang, zhao = Person(scene.office.app, "wang"), manager(scene)
    phone, other = phone_of(scene, "wang"), phone_of(scene, "li")
    path = ask(wang, "lucky")
    assert grants_on(phone) == []

    grant(zhao, path, ("outside", "basic"), days=2)

    (found,) = grants_on(phone)
    assert found["fields"]["of"] == scene.ids["star"] and "2190" in found["fields"]["file"]
    assert "3445" not in found["fields"]["file"] and grants_on(other) == []
    passing(scene, 2 * DAY)
    with scene.office.app.app_context():
        assert lookups.end_due() == 1
        assert lookups.end_due() == 0
        with reading() as connection:
            bodies = [text for text in connection.scalars(sa.select(log_body.c.body)) if "customer_name" in text]
            assert bodies == []
            assert not connection.scalar(sa.select(record.c.id).where(record.c.type == "grant"))
    assert grants_on(phone) == []


def test_a_lookup_can_be_ended_before_its_time(own_served_scene):
    scene = own_served_scene
    wang, zhao = Person(scene.office.app, "wang"), manager(scene)
    phone = phone_of(scene, "wang")
    path = ask(wang, "lucky")
    grant(zhao, path, ("outside",))
    assert len(grants_on(phone)) == 1

    assert zhao.post(f"{path}/end").status_code == 303

    assert grants_on(phone) == [] and "2190" not in shown(wang.page(path))


def test_the_same_request_is_one_lookup_and_can_be_withdrawn(own_scene):
    wang, zhao = Person(own_scene.office.app, "wang"), manager(own_scene)

    path = ask(wang, "lucky")
    assert ask(wang, "lucky") == path
    assert wang.post(f"{path}/withdraw").status_code == 303
    grant(zhao, path)

    assert "withdrawn" in shown(wang.page(path)) and "2190" not in shown(wang.page(path))
    assert ask(wang, "lucky") != path


@pytest.mark.parametrize(
    "form",
    [
        {"groups": ["outside"], "days": "0"},
        {"groups": ["outside"], "days": "31"},
        {"groups": ["outside"], "days": "many"},
        {"groups": [], "days": "7"},
        {"groups": ["everything"], "days": "7"},
    ],
)
def test_a_grant_without_limits_is_none(own_scene, form):
    wang, zhao = Person(own_scene.office.app, "wang"), manager(own_scene)
    path = ask(wang, "lucky")

    zhao.post(f"{path}/grant", form)

    assert "to decide" in shown(wang.page(path))


def test_nobody_grants_his_own_lookup(own_scene):
    own_scene.office.user("both", "account_manager", "licensing")
    both = Person(own_scene.office.app, "both")
    path = ask(both, "lucky")
    with own_scene.office.app.app_context():
        from server.services import users

        person = users.by_login("both")
        roles = (*person.roles, "department_manager")
        users.change_user(person.id, name="Both", roles=roles, language="en", active=True)

    grant(both, path)

    assert "to decide" in shown(both.page(path))
    grant(manager(own_scene), path)
    assert "granted until" in shown(both.page(path))


def test_who_neither_asked_nor_decides_finds_no_lookup(own_scene):
    path = ask(Person(own_scene.office.app, "wang"), "lucky")
    nobody = path.rsplit("/", 1)[0] + "/01900000-0000-7000-8000-00000000dead"
    mei_like = Person(own_scene.office.app, "song")

    for act in ("", "/withdraw", "/grant", "/decline", "/end"):
        ask_it = mei_like.get if not act else mei_like.post
        assert ask_it(path + act).status_code == ask_it(nobody + act).status_code in (403, 404)


def test_every_page_of_a_file_that_somebody_saw_is_in_the_read_log_and_a_refused_one_is_not(own_scene):
    scene = own_scene
    li, zhao = Person(scene.office.app, "li"), manager(scene)
    star, far, visit = scene.ids["star"], scene.ids["far"], scene.ids["visit"]

    for path in (f"/customers/{star}", f"/customers/{star}/edit", f"/customers/{star}/history/address"):
        assert li.get(path).status_code == 200
    assert li.get(f"/visits/{visit}").status_code == 200
    assert li.get(f"/customers/{far}").status_code == 404

    with scene.office.app.app_context():
        lines = [(line.user, line.customer_id, line.what) for line in read_log.lines([scene.ids["north"]])]
    assert lines == [
        ("Li", star, "visits.show"),
        ("Li", star, "customers.history"),
        ("Li", star, "customers.edit"),
        ("Li", star, "customers.show"),
    ]
    page = shown(zhao.page(f"/reading/log?customer={star}"))
    assert "opened the form" in page and "Far Shop" not in page
    assert li.get("/reading/log").status_code == 403


@pytest.mark.parametrize("spoil", ["change", "take out", "swap"])
def test_a_line_of_the_read_log_that_was_tampered_with_is_named(own_scene, spoil):
    scene = own_scene
    li = Person(scene.office.app, "li")
    for _ in range(4):
        li.page(f"/customers/{scene.ids['star']}")
    with scene.office.app.app_context():
        assert read_log.first_broken() is None
        with writing() as connection:
            ids = list(connection.scalars(sa.select(read_log_table.c.id).order_by(read_log_table.c.id)))
            second = read_log_table.c.id == ids[1]
            if spoil == "change":
                connection.execute(sa.update(read_log_table).where(second).values(user_id=scene.office.users["wang"]))
            elif spoil == "take out":
                connection.execute(sa.delete(read_log_table).where(second))
            else:
                rows = connection.execute(sa.select(read_log_table.c.id, read_log_table.c.at)).all()
                last = read_log_table.c.id == ids[3]
                connection.execute(sa.update(read_log_table).where(second).values(at=rows[3].at + 1))
                connection.execute(sa.update(read_log_table).where(last).values(at=rows[1].at))

        assert read_log.first_broken() == (ids[2] if spoil == "take out" else ids[1])
    assert "somebody changed the log" in manager(scene).page("/reading/log?check=1")
