"""What every route and every answer of the console keeps to, generated from the URL map (T32)."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from server.storage.database import reading
from server.storage.people_tables import security_event
from server.storage.tables import console_session, read_log, setting
from sync_protocol.acts import ACTS, ROLES
from tests.console.browser import Person
from tests.console.routes import UNSAFE, routes
from tests.head_office import PASSWORD

OTHER_ORIGINS = ("https://evil.example", "http://localhost.evil.example", "null", "http://127.0.0.1:1")


def state_of(scene):
    """Everything that is stored, but for sessions, counters of wrong tries, and the logs of who came in and read what."""
    with scene.office.app.app_context(), reading() as connection:
        names = sa.inspect(connection).get_table_names()
        skip = {console_session.name, setting.name, security_event.name, read_log.name}
        return {
            name: connection.execute(sa.text(f'SELECT * FROM "{name}"')).all()
            for name in sorted(names)
            if name not in skip
        }


def almighty(scene):
    """Somebody with every role, for whom every page opens."""
    if "almighty" not in scene.office.users:
        scene.office.user("almighty", *ROLES)
    return Person(scene.office.app, "almighty")


def test_every_view_of_the_console_says_who_may_open_it_and_every_act_is_one_of_the_table(scene):
    acts = {route.act for route in routes(scene)}

    assert len(routes(scene)) > 25
    assert acts - {"", "sign in"} <= set(ACTS)


def test_what_changes_something_is_never_a_get(scene):
    somebody = almighty(scene)
    before = state_of(scene)

    for route in routes(scene):
        if route.method == "GET":
            assert somebody.get(route.path).status_code in (200, 302, 404), route

    assert state_of(scene) == before


def test_every_unsafe_route_refuses_a_form_without_the_token_of_its_session_and_changes_nothing(scene, person):
    before = state_of(scene)
    tried = 0

    for route in routes(scene):
        if route.method in UNSAFE:
            for token in ({}, {"csrf_token": ""}, {"csrf_token": Person(scene.office.app).token("/sign-in")}):
                answer = person("admin").client.open(route.path, method=route.method, data=token)
                assert answer.status_code == 400, (route, answer.status_code)
                assert "This form has expired" in answer.text
                tried += 1

    assert tried >= 24
    assert state_of(scene) == before


def test_every_unsafe_route_refuses_a_form_that_another_site_sends_even_with_the_token(scene, person):
    before = state_of(scene)
    token = person("admin").token()

    for route in routes(scene):
        if route.method in UNSAFE:
            for origin in OTHER_ORIGINS:
                answer = person("admin").client.open(
                    route.path, method=route.method, data={"csrf_token": token}, headers={"Origin": origin}
                )
                assert answer.status_code == 403, (route, origin, answer.status_code)
            answer = person("admin").client.open(
                route.path, method=route.method, data={"csrf_token": token}, headers={"Sec-Fetch-Site": "cross-site"}
            )
            assert answer.status_code == 403, route

    assert state_of(scene) == before


def test_a_method_cannot_be_smuggled_in(scene, person):
    book = scene.ids["north"]

    for header in ({"X-HTTP-Method-Override": "POST"}, {"X-Method-Override": "DELETE"}):
        assert person("admin").get(f"/books/{book}/seats/licensing", headers=header).status_code == 405
    assert person("admin").get(f"/books/{book}?_method=POST").status_code == 200


def test_who_is_not_signed_in_is_led_to_the_door_from_every_page_and_sees_nothing_of_it(scene):
    visitor = Person(scene.office.app)

    for route in routes(scene):
        if route.act and route.method == "GET":
            answer = visitor.get(route.path)
            assert answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in"), route
            assert "Lucky Star" not in answer.text


@pytest.mark.parametrize("role", sorted(ROLES))
def test_no_role_decides_what_a_seat_decides(scene, role):
    office, login = scene.office, f"one-{role.replace('_', '-')}"
    if login not in office.users:
        office.user(login, role)
    somebody, before = Person(office.app, login), state_of(scene)
    tried = [route for route in routes(scene) if route.method in UNSAFE and route.endpoint.startswith("inbox.")]

    for case in (scene.ids["proposal"], scene.ids["conflict"]):
        for route in tried:
            if route.act == "sign in":
                path = route.path.replace(scene.ids["proposal"], case)
                assert somebody.post(path, {"comment": "No"}).status_code in (303, 404), path

    assert len(tried) == 6
    assert state_of(scene) == before


def test_every_answer_says_that_nothing_from_elsewhere_may_run_frame_or_keep_it(scene, person):
    for route in routes(scene):
        if route.method == "GET":
            for somebody in (person("admin"), Person(scene.office.app)):
                headers = somebody.get(route.path).headers
                policy = headers["Content-Security-Policy"]
                assert (
                    "default-src 'none'" in policy
                    and "frame-ancestors 'none'" in policy
                    and "base-uri 'none'" in policy
                )
                assert "unsafe" not in policy and "http" not in policy and "*" not in policy and "data:" not in policy
                assert headers["X-Content-Type-Options"] == "nosniff"
                assert headers["X-Frame-Options"] == "DENY"
                assert headers["Referrer-Policy"] == "same-origin"
                if not route.endpoint.startswith("pictures."):
                    assert headers["Cache-Control"] == "no-store", route


def test_no_page_holds_a_script_a_style_or_a_handler_of_its_own(scene):
    somebody = almighty(scene)
    for route in routes(scene):
        if route.method == "GET" and not route.endpoint.startswith("pictures."):
            page = somebody.get(route.path).text
            assert not re.search(r"<script(?![^>]*\bsrc=)", page), route
            assert "<style" not in page and " style=" not in page, route
            assert not re.search(r"\son[a-z]+=", page), route
            assert not re.search(r'(src|href|action)="(https?:)?//', page), route


def test_errors_are_pages_too_with_the_same_headers_and_say_what_was_kept(scene, person):
    for path, status in (("/nowhere", 404), ("/customers/nobody", 404), ("/sign-out", 405)):
        answer = person("li").get(path)
        assert answer.status_code == status
        assert answer.mimetype == "text/html" and "Roundbook" in answer.text
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert Person(scene.office.app).get("/nowhere").status_code == 404


def test_devices_and_programs_get_problem_documents_not_pages(scene):
    visitor = Person(scene.office.app)

    answer = visitor.client.post("/sync/1", data=b"{}")

    assert answer.mimetype == "application/problem+json"
    assert "Content-Security-Policy" not in answer.headers
    assert "Set-Cookie" not in answer.headers


def test_a_photo_is_a_picture_of_a_reader_of_its_book_and_nothing_else(scene, person):
    book, sha256 = scene.photos[0]

    for path in (f"/photos/{book}/{sha256}", f"/photos/{book}/{sha256}/thumbnail"):
        answer = person("li").get(path)
        assert answer.status_code == 200 and answer.mimetype == "image/jpeg"
        assert answer.data.startswith(b"\xff\xd8")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "private" in answer.headers["Cache-Control"]
        assert person("wang").get(path).status_code == 404
        assert Person(scene.office.app).get(path).status_code == 302


def test_what_a_device_calls_a_picture_but_is_a_page_is_handed_out_as_a_file(own_scene):
    from server.storage.database import writing
    from server.storage.tables import blob

    book, sha256 = own_scene.photos[0]
    with own_scene.office.app.app_context(), writing() as connection:
        connection.execute(sa.update(blob).values(media_type="text/html"))

    answer = Person(own_scene.office.app, "li").get(f"/photos/{book}/{sha256}")

    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_password_page_is_never_kept_and_the_password_never_comes_back(scene):
    answer = Person(scene.office.app, address="10.9.9.9").sign_in("li", PASSWORD + "x")

    assert answer.headers["Cache-Control"] == "no-store"
    assert PASSWORD not in answer.text
