"""The figures of the dashboard equal the raw records, and each opens the rows that it counts."""

from __future__ import annotations

import html
import json
import re

import sqlalchemy as sa

from server.services import clock
from server.storage.database import reading
from server.storage.tables import record
from tests.console.browser import Person, shown

DAY_MS = 86_400_000
DEVICES = "Devices that hold work"


def raw(scene, *books: str) -> list[tuple[str, dict]]:
    """All records of these books as they were written: type and fields."""
    with scene.office.app.app_context(), reading() as connection:
        query = sa.select(record.c.type, record.c.fields).where(
            record.c.book_id.in_([scene.ids[book] for book in books]), record.c.removed.is_(False)
        )
        return [(row.type, json.loads(row.fields)) for row in connection.execute(query)]


def figures(page: str) -> dict[str, tuple[str, str]]:
    """Label -> value and address of the figures at the top."""
    found = re.findall(r'<a class="figure" href="([^"]+)"><b>(.*?)</b>(.*?)</a>', page)
    return {html.unescape(label): (value, html.unescape(url)) for url, value, label in found}


def expected(records: list[tuple[str, dict]]) -> dict[str, str]:
    """The same, recomputed from the raw records."""
    today = clock.now_ms() // DAY_MS * DAY_MS

    def of(kind: str, moment: str) -> list[dict]:
        return [fields for type_, fields in records if type_ == kind and today <= fields[moment] < today + DAY_MS]

    visits = of("visit", "checked_in_at")
    orders = of("order", "ordered_at")
    return {
        "Visits done": str(sum(1 for each in visits if each["state"] == "done")),
        "Visits skipped": str(sum(1 for each in visits if each["state"] == "skipped")),
        "Orders": str(len(orders)),
        "Ordered": f"${sum(each['total_minor'] for each in orders) / 100:,.2f}",
        "Photos": str(len(of("photo", "taken_at"))),
        "Contacts": str(len(of("contact_record", "contacted_at"))),
        "Changes to decide": str(sum(1 for kind, f in records if kind == "proposal" and f["state"] == "open")),
    }


def test_every_figure_of_today_equals_the_raw_records_of_the_reader_s_books(scene, person):
    for login, books in (("chen", ("north",)), ("wang", ("south",)), ("admin", ("north", "south"))):
        page = person(login).page("/today")

        wanted = expected(raw(scene, *books))
        assert {label: figures(page)[label][0] for label in wanted} == wanted, login


def test_every_figure_opens_as_many_rows_as_it_says(scene, person):
    admin = person("admin")
    found = figures(admin.page("/today"))

    for label in ("Visits done", "Visits skipped", "Orders", "Photos", "Contacts", "Open complaints", DEVICES):
        value, url = found[label]
        rows = len(re.findall(r"<tr data-row", admin.page(url)))
        assert rows == int(value), (label, url)
    for label, (_value, url) in found.items():
        assert admin.get(url).status_code == 200, (label, url)


def test_a_supervisor_counts_the_devices_alone_that_his_list_shows(own_scene):
    own_scene.office.user("hao", "supervisor")
    own_scene.office.book("west", maintainer="wang", supervisor="hao")

    value, url = figures(Person(own_scene.office.app, "chen").page("/today"))[DEVICES]
    assert value == "1"
    hao = Person(own_scene.office.app, "hao")
    value, url = figures(hao.page("/today"))[DEVICES]

    assert value == "0" and "<tr data-row" not in hao.page(url)


def test_complaints_are_open_until_they_are_closed(scene, person):
    admin = person("admin")

    assert "Two broken bottles" in admin.page("/records?of=complaint&state=open")
    assert "Two broken bottles" not in admin.page("/records?of=complaint&state=closed")
    assert "Far Shop" not in person("chen").page("/records?of=photo")


def test_the_charts_and_their_tables_say_the_same_as_the_records(scene, person):
    page = person("admin").page("/today")
    records = raw(scene, "north", "south")
    visits = sum(1 for kind, fields in records if kind == "visit" and fields["state"] == "done")

    chart = page.partition('id="chart-visits"')[2].partition("</figure>")[0]
    by_day = [int(number) for number in re.findall(r'<td class="num">(\d+)</td>', chart)]
    assert len(by_day) == 14 and sum(by_day) == visits
    grades = page.partition("Customers by grade")[2]
    customers = sum(1 for kind, _ in records if kind == "customer")
    assert sum(int(n) for n in re.findall(r'class="num" data-label="Customers">(\d+)', grades)) == customers
    assert "Grade 4" in shown(page)


def test_a_bar_opens_the_rows_behind_it(scene, person):
    admin = person("admin")
    chart = admin.page("/today").partition('id="chart-people"')[2].partition("</figure>")[0]

    for url, label in re.findall(r'<a href="([^"]+)" aria-label="([^"]+)"', chart):
        rows = re.findall(r"<tr data-row", admin.page(html.unescape(url)))
        assert len(rows) == int(label.rpartition(": ")[2])
