"""The pages about messages, lists, rules, reminders, reports and jobs, as people use them."""

from __future__ import annotations

import re

import pytest

from server.services import clock, jobs
from server.services.messaging import opting_out, outbox, replies, sending
from server.services.messaging.gateways.base import Reply, Unknown
from server.storage.database import reading, writing
from server.storage.message_tables import message_out
from tests.console.browser import Person as PlainPerson
from tests.messaging.conftest import at
from tests.messaging.test_outbox import Scripted


class Person(PlainPerson):
    """Each request in a context of its own, though the tests hold one of the same app."""

    def __init__(self, app, login):
        with app.app_context():
            super().__init__(app, login)
        self.open = self.client.open
        self.client.open = self._apart

    def _apart(self, *arguments, **options):
        with self.client.application.app_context():
            return self.open(*arguments, **options)


@pytest.fixture(scope="module")
def people(shared_office):
    office = shared_office.office
    office.user("ada", "administrator", "catalogue_editor")
    office.user("stranger", "account_manager")
    return office


@pytest.fixture
def li(texting, people):
    return Person(people.app, "li")


@pytest.fixture
def boss(texting, people):
    return Person(people.app, "boss")


def out():
    with reading() as connection:
        return connection.execute(message_out.select()).all()


def test_a_message_shows_its_parts_and_cost_before_it_is_sent(texting, li):
    path = f"/messages/new/{texting.shop}"
    values = {"text": "{person}您好，货明天到。" * 8, "phone": "13800138000", "send_at": ""}

    shown = li.post(f"{path}/check", values, page=path).text
    assert out() == []
    assert "2 parts" in shown
    assert "0.10" in shown
    assert "Mrs Wang您好" in shown
    assert li.post(path, values, page=path).status_code == 303

    (row,) = out()
    assert (row.parts, row.author, row.customer) == (2, texting.office.users["li"], texting.shop)


@pytest.mark.parametrize(
    ("text", "phone", "said"),
    [("{oops}", "13800138000", "{oops}"), ("", "13800138000", "no text"), ("x", "", "no telephone number")],
)
def test_a_message_that_cannot_go_keeps_what_was_typed_and_says_why(texting, li, text, phone, said):
    path = f"/messages/new/{texting.shop}"

    page = li.post(f"{path}/check", {"text": text, "phone": phone}, page=path).text

    assert said in page
    assert out() == []


def test_a_customer_of_somebody_elses_round_is_not_there_to_write_to(texting, people):
    stranger = Person(people.app, "stranger")

    shops = (texting.shop, clock.new_id())
    answers = [stranger.get(f"/messages/new/{shop}") for shop in shops]

    assert [answer.status_code for answer in answers] == [404, 404]
    texts = [answer.text.replace(shop, "") for shop, answer in zip(shops, answers, strict=True)]
    without_token = [re.sub(r'value="[^"]{60,}"', "", text) for text in texts]
    assert without_token[0] == without_token[1]


def test_a_list_is_drawn_up_by_one_and_approved_by_another(texting, people, boss):
    chen = Person(people.app, "chen")
    values = {"name": "News", "text": "Dear {person}, news from {company}.", "book": texting.book}

    preview = chen.post("/messages/lists/check", values, page="/messages/lists/new").text
    assert "Dear Mrs Wang, news from Roundbook." in preview
    created = chen.post("/messages/lists", values, page="/messages/lists/new")
    path = created.headers["Location"]
    assert chen.post(f"{path}/approve", {}, page=path).status_code == 403
    assert out() == []
    assert boss.post(f"{path}/approve", {}, page=path).status_code == 303

    assert {row.list_id for row in out()} == {path.rpartition("/")[2]}
    assert "Approved" in boss.page(path)


def test_an_unknown_outcome_is_sent_once_more_by_hand_from_the_page(texting, li):
    message = texting.queue("Hello")
    sending.send_due(Scripted(Unknown("no-answer")))

    assert "Outcome unknown" in li.page("/messages?state=unknown")
    assert li.post(f"/messages/{message}/again", {}, page="/messages").status_code == 303
    assert li.post(f"/messages/{message}/again", {}, page="/messages").status_code == 404

    assert sorted(row.state for row in out()) == ["queued", "unknown"]


def test_a_message_of_the_tray_is_filed_with_a_customer_or_put_aside(texting, li):
    with writing() as connection:
        ids = [
            replies.take(connection, "console", Reply(f"1391111000{n}", f"who are you {n}", f"t-{n}")) for n in (1, 2)
        ]

    assert "who are you 1" in li.page("/messages/tray")
    li.post(f"/messages/tray/{ids[0]}/assign", {"customer": "nobody of that name"}, page="/messages/tray")
    assert "who are you 1" in li.page("/messages/tray")
    li.post(f"/messages/tray/{ids[0]}/assign", {"customer": "Lucky Star"}, page="/messages/tray")
    li.post(f"/messages/tray/{ids[1]}/dismiss", {}, page="/messages/tray")

    assert "who are you" not in li.page("/messages/tray")


def test_rules_are_put_in_force_and_an_opt_out_is_entered_and_taken_back(texting, boss):
    values = {
        "quiet_from": "20:00",
        "quiet_until": "09:00",
        "per_day": "2",
        "greetings_per_day": "1",
        "stop_words": "NO, 不要",
    }
    boss.post("/messages/rules", values, page="/messages/rules")
    boss.post("/messages/rules", {**values, "per_day": "many"}, page="/messages/rules")
    boss.post("/messages/rules/stop", {"phone": "138 0013 8000"}, page="/messages/rules")

    with reading() as connection:
        assert opting_out.has_opted_out(connection, "8613800138000")
    page = boss.page("/messages/rules")
    assert "NO, 不要" in page
    assert 'value="2"' in page
    boss.post("/messages/rules/resume", {"phone_key": "8613800138000"}, page="/messages/rules")
    texting.clock.now = at("2026-11-25 20:30")
    message = texting.queue()
    sending.send_due(Scripted())
    assert texting.row(message).due_at == at("2026-11-26 09:00")


def test_a_template_with_an_unknown_placeholder_is_not_kept(texting, people):
    ada, path = Person(people.app, "ada"), "/messages/templates/new"
    values = {"template_name": "T", "purpose": "general", "content": "Dear {name}", "language": "en", "active": "yes"}

    assert "{name}" in ada.post(path, values, page=path).text
    assert ada.post(path, {**values, "content": "Dear {person}"}, page=path).status_code == 303

    assert "Dear {person}" in ada.page("/messages/templates")


def test_the_jobs_page_shows_due_running_and_failed_and_gives_a_failed_one_a_fresh_start(texting, people):
    ada = Person(people.app, "ada")
    with writing() as connection:
        failed = jobs.enqueue(connection, "thumbnail", "no/photo")
        jobs.enqueue(connection, "file_messages", "", due_at=2**45)
        held = jobs.lease(connection, "thumbnail", failed, now=2**45, until=2**46, most_attempts=5)
        jobs.fail(connection, held, "the image cannot be used: broken", now=2**45, again_at=None)

    page = ada.page("/jobs")
    assert "the image cannot be used: broken" in page
    assert "file_messages" in page
    assert ada.post(f"/jobs/{failed}/retry", {}, page="/jobs").status_code == 303
    assert ada.post(f"/jobs/{failed}/retry", {}, page="/jobs").status_code == 404

    with reading() as connection:
        assert [one.job_id for one in jobs.listed(connection, jobs.DUE) if one.name == "thumbnail"] == [failed]


def test_reminders_and_their_rules_are_pages_and_a_rule_is_switched_off_there(texting, boss, li):
    shop = texting.office.customer("north", "Nobody Called Yet")  # other tests talk to Lucky Star
    assert "Nobody Called Yet" in li.page(f"/reminders?book={texting.book}")
    boss.post(
        "/reminders/rules/contact-open",
        {"every_days": "7", "lead_days": "1", "after_days": "-1"},
        page="/reminders/rules",
    )
    assert "Never contacted (every 7 days)" not in li.page(f"/reminders?book={texting.book}")
    boss.post("/reminders/rules/contact-open", {"active": "yes", "every_days": "7", "lead_days": "1", "after_days": "-1"}, page="/reminders/rules")  # fmt: skip
    assert "Never contacted (every 7 days)" in li.page(f"/reminders?book={texting.book}")
    assert boss.post("/reminders/rules/none", {"active": "yes"}, page="/reminders/rules").status_code == 404
    assert li.get("/reminders/rules").status_code == 403
    texting.office.write("north", {"op": "remove", "type": "customer", "record": shop, "customer": shop})


def test_the_reasons_of_computed_fields_and_the_limits_of_the_grades_are_pages(texting, boss, li, people):
    assert "That is grade 8" in li.page(f"/figures/{texting.shop}")
    assert Person(people.app, "stranger").get(f"/figures/{texting.shop}").status_code == 404
    limits = {f"grade-{n}": str(10 - n) for n in range(1, 9)}
    boss.post("/figures/limits", limits, page="/figures/limits")

    assert "the limit of grade 8 is 2 pieces" in li.page(f"/figures/{texting.shop}")


def test_messages_of_one_round_are_not_shown_to_who_holds_another(texting, people):
    texting.queue("a private word")

    assert "a private word" not in Person(people.app, "stranger").page("/messages")
    assert out()[0].kind == outbox.ONE


def test_a_list_about_other_books_is_absent_for_who_has_none_of_them_and_only_its_author_or_an_approver_stops_it(
    texting, people, boss
):
    from server.services.messaging import lists

    wish = lists.Wish(author=texting.office.users["boss"], name="Secret offer", text="Dear {person}")
    list_id = lists.draw_up(wish, [texting.book])
    stranger, chen = Person(people.app, "stranger"), Person(people.app, "chen")

    assert "Secret offer" not in stranger.page("/messages/lists")
    assert stranger.get(f"/messages/lists/{list_id}").status_code == 404
    assert "Lucky Star" in chen.page(f"/messages/lists/{list_id}")
    assert chen.post(f"/messages/lists/{list_id}/cancel").status_code == 404
    assert boss.post(f"/messages/lists/{list_id}/cancel").status_code == 303


def test_the_page_of_jobs_has_words_for_each_job_that_a_worker_knows():
    from server.console.jobs import NAMES
    from workers.registry import JOBS

    assert set(NAMES) == set(JOBS)
