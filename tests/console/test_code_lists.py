"""Code lists: kept on the console with their history, offered there and on every device after its next sync."""

from __future__ import annotations

import re

import pytest

from server.services import clock
from sync_protocol.acts import ROLES
from tests.console.browser import Person, shown
from tests.console.scenario import Scene
from tests.wire.stranger import Stranger

LISTS = "/catalogue/code_entry"


@pytest.fixture
def own_scene(own_served_scene: Scene) -> Scene:
    return own_served_scene


def of_list(page: str, key: str) -> str:
    return shown(re.search(rf'<section class="card flush" id="{key}".*?</section>', page, re.S)[0])


def offered(page: str, field: str) -> list[str]:
    select = re.search(rf'<select[^>]*name="{field}".*?</select>', page, re.S)[0]
    return re.findall(r'<option value="([^"]+)"', select)


def test_a_choice_is_added_renamed_and_withdrawn_and_each_value_stays_in_its_history(own_scene):
    song, star = Person(own_scene.office.app, "song"), own_scene.ids["star"]
    edit = f"/customers/{star}/edit"
    assert "entertainment" in offered(Person(own_scene.office.app, "li").page(edit), "business_type")

    own = {"code_list": "business_types", "code": "market_stall", "words": "Market stall", "words_zh_hans": "集市摊位"}
    page = song.post(f"{LISTS}/new", {**own, "place": "1"}).headers["Location"]
    gone = {"code_list": "business_types", "code": "entertainment", "words": "Entertainment", "withdrawn": "yes"}
    song.post(f"{LISTS}/new", gone)
    song.post(f"{page}/edit", {**own, "words": "Stall at a market"})

    li = Person(own_scene.office.app, "li")
    choices = offered(li.page(edit), "business_type")
    assert choices[0] == "market_stall" and "entertainment" not in choices
    sheet = of_list(song.page(LISTS), "business_types")
    assert "Stall at a market market_stall" in sheet and "no longer offered" in sheet
    history = shown(song.page(f"/records/{page.rpartition('/')[2]}/history/words"))
    assert "Market stall" in history and "Stall at a market" in history
    li.speak("zh_Hans")
    assert "集市摊位" in li.page(edit) and "集市摊位" in li.page("/customers")


def test_devices_have_an_entry_after_their_next_sync(own_scene):
    phone = Stranger(own_scene.office.invitation("li"))
    assert phone.enrol(name="Li's phone", platform="Android 15").status == 200
    phone.sync()
    song = Person(own_scene.office.app, "song")

    new = {"code_list": "skip_reasons", "code": "festival", "words": "Temple festival"}
    record = song.post(f"{LISTS}/new", new).headers["Location"].rpartition("/")[2]
    phone.sync()

    assert phone.records[record]["fields"]["words"] == "Temple festival"


def test_a_code_has_one_entry_and_keeps_its_meaning(own_scene):
    song = Person(own_scene.office.app, "song")
    new = {"code_list": "skip_reasons", "code": "festival", "words": "Temple festival"}
    page = song.post(f"{LISTS}/new", new).headers["Location"]

    again = song.post(f"{LISTS}/new", {**new, "words": "Another"})
    assert again.status_code == 422 and "has an entry with this code already" in again.text
    other = song.post(f"{page}/edit", {**new, "code": "closed"})
    assert other.status_code == 422 and "festival" in of_list(song.page(LISTS), "skip_reasons")


def test_a_skipped_visit_reads_in_the_companys_words_and_is_found_by_its_reason(own_scene):
    office, song = own_scene.office, Person(own_scene.office.app, "song")
    song.post(f"{LISTS}/new", {"code_list": "skip_reasons", "code": "festival", "words": "Temple festival"})
    values = {"state": "skipped", "checked_in_at": clock.now_ms(), "skip_kind": "festival"}
    change = {"op": "create", "type": "visit", "record": clock.new_id(), "customer": own_scene.ids["star"]}
    office.write("north", {**change, "set": values})
    li = Person(office.app, "li")

    assert "Temple festival" in shown(li.page("/visits?skip_kind=festival"))
    assert 'value="festival"' in li.page("/visits") and "Temple festival" in li.page(f"/visits/{change['record']}")


def test_who_does_not_keep_the_catalogue_reads_the_lists_and_changes_none(scene, person):
    li = person("li")

    assert "Shop closed" in li.page(LISTS) and "/new?" not in li.page(LISTS)
    assert li.get(f"{LISTS}/new").status_code == 403
    assert li.post(f"{LISTS}/new", {"code_list": "skip_reasons", "code": "x", "words": "x"}).status_code == 403


def test_a_reminder_rule_and_a_message_template_lead_to_the_history_of_their_fields(own_scene):
    office = own_scene.office
    office.user("keeper", *ROLES)
    keeper = Person(office.app, "keeper")
    keeper.post("/reminders/rules/visit", {"active": "yes", "lead_days": "3"})
    keeper.post("/reminders/rules/visit", {"active": "yes", "lead_days": "5"})
    greeting = {"template_name": "Thanks", "purpose": "general", "language": "en", "active": "yes"}
    keeper.post("/messages/templates/new", {**greeting, "content": "Thank you."})
    edit = re.search(r'href="(/messages/templates/[0-9a-f-]{36})"', keeper.page("/messages/templates"))[1]
    keeper.post(edit, {**greeting, "content": "Many thanks."})

    for page, field, values in (
        ("/reminders/rules", "lead_days", ("3", "5")),
        (edit, "content", ("Thank you.", "Many")),
    ):
        record = re.search(r'href="(/records/[0-9a-f-]{36})">History', keeper.page(page))[1]
        assert f"{record}/history/{field}" in keeper.page(record)
        history = shown(keeper.page(f"{record}/history/{field}"))
        assert all(value in history for value in values) and "Keeper" in history
