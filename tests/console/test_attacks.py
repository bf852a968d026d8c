"""What somebody tries against the console, on every route of the URL map (T32)."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import pytest
import sqlalchemy as sa

from server.services import books, clock, users
from server.services.people import organisation
from server.storage.database import writing
from server.storage.tables import book, device
from sync_protocol.acts import ROLES
from sync_protocol.fields import Kind, Sensitivity
from sync_protocol.records import Nature, check_values, record_type
from tests.console.browser import Person
from tests.console.reading import ask, ask_print, grant, manager
from tests.console.routes import routes

PAYLOADS = (
    "\"'><img src=x onerror=window.pwned=1>",
    "<script>window.pwned=1</script>",
    "<svg/onload=window.pwned=1>",
    "{{7*191}}${7*191}<%= 7*191 %>",
    "javascript:window.pwned=1//",
)
RAW = re.compile(r"<img src=x|<script>window|<svg/onload|\"'>|1337\$|\$1337|href=.javascript:", re.IGNORECASE)

_HOSTS = ("evil.example", "evil.example:443", "evil.example\\@", "evil.example.", "evil。example")
_BEGINNINGS = ("//", "///", "////", "/\\", "\\/", "\\\\", "/\t/", "/\n/", "/ /", "https://", "http:", "http:/", "HTTP://", "/%09/", "/%5c", "/.//")  # fmt: skip
SPELLINGS = [beginning + host for beginning in _BEGINNINGS for host in _HOSTS]


@pytest.fixture(scope="module")
def poisoned(furnished, tmp_path_factory):
    """A head office where everything that anybody can type holds an attack."""
    import shutil

    from tests.console.conftest import copied
    from tests.head_office import open_office

    home = tmp_path_factory.mktemp("poisoned")
    shutil.copytree(furnished[0], home, dirs_exist_ok=True)
    scene = copied(furnished, open_office(home))
    office, payload = scene.office, PAYLOADS[0] + PAYLOADS[1] + PAYLOADS[3]
    specs = record_type("customer").specs().items()
    texts = {n: payload[: 60 if s.kind is Kind.TEXT else 200] for n, s in specs if s.kind in (Kind.TEXT, Kind.NOTE)}
    fits = {n: v for n, v in texts.items() if s_open(n) and not _refused(n, v)}
    star = scene.ids["poisoned"] = office.customer("north", payload[:60], **{k: v for k, v in fits.items() if k != "store_name"})  # fmt: skip
    with office.app.app_context():
        unit = organisation.add_unit(PAYLOADS[1], "team", None, users.SYSTEM)
        organisation.place(office.users["li"], unit, PAYLOADS[0], "operation", leads=True, by=users.SYSTEM)
        mei = users.by_id(office.users["mei"])
        users.change_user(mei.id, name=PAYLOADS[2], roles=mei.roles, language="en", active=True)
    li, zhao, wang = Person(office.app, "li"), manager(scene), Person(office.app, "wang")
    li.client.get("/", headers={"User-Agent": PAYLOADS[1]})
    Person(office.app).sign_in(PAYLOADS[0], "wrong", next=PAYLOADS[4])
    lookup = ask(wang, "onerror", PAYLOADS[0])
    grant(zhao, lookup, ("outside", "basic", "business"))
    release = ask_print(li, star, reason=PAYLOADS[1], recipient=PAYLOADS[2])
    zhao.post(f"{release}/approve", {"comment": PAYLOADS[0]})
    scene.ids |= {"lookup": lookup.rsplit("/", 1)[1], "release": release.rsplit("/", 1)[1]}
    poison_all_types(scene, star)
    poison_names(scene)
    return scene


NEEDED: dict[str, dict[str, object]] = {
    "knowledge_case": {},
    "message": {"written_at": 5},
    "weekly_report": {"week_on": "2026-11-16"},
    "material": {"due_on": "2026-11-30"},
    "complaint": {"received_at": 5},
    "contact_record": {"contacted_at": 5},
    "knowledge": {},
    "message_template": {"purpose": "birthday", "active": True},
    "code_entry": {"code_list": "visit_skip_reason", "code": "poisoned"},
    "product": {"product_code": "poisoned"},
}


def poison_all_types(scene, star):
    """A record of each of these types, an attack in every text that it has."""
    office = scene.office
    with office.app.app_context():
        reference = books.reference_book()
    for name, needed in NEEDED.items():
        declared, values, record = record_type(name), dict(needed), clock.new_id()
        for field, spec in declared.specs().items():
            if spec.kind in (Kind.TEXT, Kind.NOTE) and field not in needed:
                for payload in (PAYLOADS[0] + PAYLOADS[1] + PAYLOADS[3], PAYLOADS[1], PAYLOADS[0][:20]):
                    if not check_values(name, {field: payload}, creating=False):
                        values[field] = payload
                        break
        everybodys = declared.nature is Nature.REFERENCE
        change = {"op": "create", "type": name, "record": record, "set": values}
        office.write(reference if everybodys else "north", {**change, "customer": None if everybodys else star})
        scene.ids[f"poisoned {name}"] = record


def poison_names(scene):
    """Attacks as the names of a book, a device and its make."""
    with scene.office.app.app_context(), writing() as connection:
        connection.execute(sa.update(book).where(book.c.id == scene.ids["south"]).values(name=PAYLOADS[0]))
        connection.execute(
            sa.update(device).where(device.c.kind == "device").values(name=PAYLOADS[1], platform=PAYLOADS[2])
        )


def s_open(name: str) -> bool:
    return record_type("customer").specs()[name].sensitivity is Sensitivity.OPEN


def _refused(name: str, value: str) -> bool:
    return bool(check_values("customer", {name: value}, creating=False))


def test_what_anybody_typed_is_text_on_every_page(poisoned):
    office = poisoned.office
    office.user("sees-all", *ROLES)
    everybody, wang, li = Person(office.app, "sees-all"), Person(office.app, "wang"), Person(office.app, "li")
    own = dict.fromkeys(("record_id", "customer_id"), poisoned.ids["poisoned"])
    own |= {"lookup_id": poisoned.ids["lookup"], "release_id": poisoned.ids["release"]}
    own |= {"template_id": poisoned.ids["poisoned message_template"]}
    seen = 0

    for route in routes(poisoned, more=own):
        if route.method == "GET" and not route.endpoint.startswith("pictures."):
            for person in (everybody, wang, li):
                page = person.get(f"{route.path}?q=onerror&check=1").data.decode("utf-8", "replace")
                assert not RAW.search(page), (route, RAW.search(page))
                seen += "onerror" in page or "window.pwned" in page

    for name in NEEDED:
        page = everybody.client.get(f"/records/{poisoned.ids[f'poisoned {name}']}", follow_redirects=True).text
        assert not RAW.search(page) and "window.pwned" in page, name
    assert seen > 45


@pytest.mark.parametrize("where", ["language", "sign-in", "second factor"])
def test_eighty_spellings_of_elsewhere_lead_to_the_inbox(scene, where):
    person = Person(scene.office.app, "li")
    token = person.token("/account")

    for wish in SPELLINGS:
        data = {"csrf_token": token, "next": wish, "language": "en"}
        if where == "language":
            answer = person.client.post("/language", data=data)
        elif where == "sign-in":
            answer = person.client.get("/sign-in", query_string={"next": wish})
        else:
            answer = person.client.get("/second-factor", query_string={"next": wish})
        assert answer.status_code in (302, 303), wish
        place = answer.headers["Location"]
        assert urlsplit(urljoin("http://here.example/", place)).hostname == "here.example", (wish, place)
        assert re.match(r"/(?![/\\])", place) and place.isprintable() and "\\" not in place, (wish, place)


def test_a_forged_host_comes_back_in_no_answer(scene):
    person = Person(scene.office.app, "li")

    for route in routes(scene):
        if route.method == "GET":
            answer = person.client.get(route.path, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
            assert "evil.example" not in answer.headers.get("Location", ""), route
            if not route.endpoint.startswith("pictures."):
                assert "evil.example" not in answer.text, route


def test_asking_for_the_head_alone_opens_no_door(scene):
    visitor, song = Person(scene.office.app), Person(scene.office.app, "song")

    for route in routes(scene):
        if route.method == "GET" and route.act:
            assert visitor.client.head(route.path).status_code == 302, route
            if route.act == "administer":
                assert song.client.head(route.path).status_code == 403, route
        assert visitor.client.options(route.path).data == b""
