"""A long file is written by a worker: the page says how far it has come, and what it came to."""

from __future__ import annotations

import io
import time

import pytest
import sqlalchemy as sa

from server.services.importing import background, waiting
from server.storage.database import reading
from server.storage.tables import job
from server.storage.typed import typed_table
from tests.console.browser import Person, shown
from tests.head_office import HeadOffice, open_office
from workers.registry import JOBS

HEAD = "Customer code,Store name,Address,Contact phone\n"


@pytest.fixture
def office(tmp_path) -> HeadOffice:
    office = open_office(tmp_path)
    office.user("admin", "administrator")
    return office


def rows(count: int) -> str:
    return HEAD + "".join(f"C{n:05},Shop {n},{n} Main St,515-{n % 900 + 100}-{n % 9000 + 1000}\n" for n in range(count))


def bring(admin: Person, text: str) -> str:
    """Bring a file, and say that it is to be written. Returns: its token."""
    file = (io.BytesIO(text.encode()), "list.csv")
    answer = admin.post("/import", {"file": file}, page="/import", content_type="multipart/form-data")
    token = answer.headers["Location"].rpartition("/")[2]
    admin.post(f"/import/{token}", {}, page=f"/import/{token}")
    return token


def customers(office: HeadOffice) -> int:
    with office.app.app_context(), reading() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(typed_table("customer"))) or 0)


def test_a_long_file_is_asked_for_and_written_by_a_worker_with_its_progress(office):
    admin = Person(office.app, "admin")
    token = bring(admin, rows(2500))
    running = admin.get(f"/import/{token}/done")
    assert "waiting for a worker" in running.text and running.headers["Refresh"] == "2" and customers(office) == 0
    with office.app.app_context():
        with reading() as connection:
            assert connection.execute(sa.select(job.c.name, job.c.argument)).one() == ("import_file", token)
        background.carry_out(token)
        background.carry_out(token)  # a worker may come twice

    page = shown(admin.page(f"/import/{token}/done"))
    assert "2,500" in page and "waiting for a worker" not in page and customers(office) == 2500
    assert "import_file" in JOBS


def test_what_a_worker_could_not_write_is_told_to_its_owner_alone(office, monkeypatch):
    office.user("root", "administrator")
    admin, root = Person(office.app, "admin"), Person(office.app, "root")
    token = bring(admin, rows(2100))
    with office.app.app_context():
        found = waiting.find(token, office.users["admin"])
        waiting.note_progress(found, office.users["admin"], wrong="The disk was full.")

    assert "The disk was full." in admin.page(f"/import/{token}")
    assert root.get(f"/import/{token}").status_code == 302 and root.get(f"/import/{token}/done").status_code == 302


def test_three_thousand_rows_cost_less_than_a_third_of_what_ten_thousand_may(office):
    """`make bench-console` measures ten thousand, which may take 20 seconds."""
    admin = Person(office.app, "admin")
    token = bring(admin, rows(3000))

    began = time.process_time()
    with office.app.app_context():
        background.carry_out(token)

    took = time.process_time() - began
    assert customers(office) == 3000
    assert took < 6, f"{took:.1f} s of one processor"
