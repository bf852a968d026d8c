"""One line declares a field, and everything that knows fields has it: the promise behind decision 23 and CONTRIBUTING.md."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from field_app.presenters.customer_form import EditGroupPage
from field_app.presenters.form import Form
from field_app.services import customers, reading
from field_app.services.saving import Refused
from field_app.sync.client import sync_once
from field_app.sync.transport import HttpTransport
from roundbook.commands.import_ import command as import_command
from server.api.openapi import document
from server.storage.database import reading as snapshot
from server.storage.typed import typed_table
from sync_protocol.fields import text
from sync_protocol.records import record_type
from sync_protocol.records.base import register
from tests.console.browser import Person
from tests.presenters.rounds import Round, a_round

LABEL = ("Opening hours", "营业时间", "營業時間")
SHOP = "Sun Grocery"


@pytest.fixture
def opening_hours() -> Iterator[None]:
    """The customer's declaration with one line more."""
    before = record_type("customer")

    class Customer(before):  # type: ignore[misc, valid-type]
        opening_hours = text(LABEL, group="business", most=20, aliases=("hours of trade",))

    register(Customer)
    yield
    register(before)


@pytest.fixture
def the_round(opening_hours: None, tmp_path: Path) -> Iterator[Round]:
    with a_round(tmp_path) as made:
        made.office.user("ada", "administrator", "department_manager")
        yield made


def test_a_field_declared_in_one_place_is_on_the_device_on_the_console_in_imports_and_in_reasons(
    the_round: Round, tmp_path: Path
) -> None:
    device, shop = the_round.enrol(tmp_path / "phone"), the_round.shops[SHOP]

    # The device's form has it, with its label, and refuses a value that the declaration refuses.
    session = the_round.own_session(tmp_path / "other")
    form = Form("customer", {}, session, groups=("business",))
    assert form.view("opening_hours").label == LABEL[0]
    assert "opening_hours" in [view.name for _, _, views in _sections(session, shop) for view in views]
    with pytest.raises(Refused) as refusal:
        customers.edit(device, shop, {"opening_hours": "x" * 21})
    assert refusal.value.reasons == {"opening_hours": ["text.too-long"]}

    # It is saved, synced, and a typed column of head office.
    customers.edit(device, shop, {"opening_hours": "8 to 22"})
    assert sync_once(device, HttpTransport(the_round.office.url)).applied == 1
    assert reading.shown(device, shop).fields["opening_hours"] == "8 to 22"
    with the_round.office.app.app_context(), snapshot() as connection:
        table = typed_table("customer")
        assert connection.scalar(sa.select(table.c.opening_hours).where(table.c.id == shop)) == "8 to 22"

    # The console's page and form have it, in the language of who reads.
    ada = Person(the_round.office.app, "ada")
    ada.speak("zh_Hans")
    assert LABEL[1] in ada.page(f"/customers/{shop}") and "8 to 22" in ada.page(f"/customers/{shop}")
    assert 'name="opening_hours"' in ada.page(f"/customers/{shop}/edit")

    # An import knows the column by its label and by its other name; a value that does not fit is given back with the reason.
    for heading in ("Opening hours", "HOURS_OF_TRADE", LABEL[2]):
        told = _dry_run(the_round, tmp_path, f"Store Number,Store Name,{heading}\n1,One,9 to 5\n2,Two,{'x' * 21}\n")
        assert told["columns_matched"][heading] == ["customer.opening_hours"]
        assert told["left_out_reasons"] == {f"{heading}: text.too-long": 1} and told["retailers"] == 2

    # And the document for programs.
    assert "opening_hours" in document()["components"]["schemas"]["Customer"]["properties"]
    device.close()
    session.lock()


def test_the_server_names_the_field_in_its_refusal(the_round: Round, tmp_path: Path) -> None:
    from tests.wire.stranger import Stranger

    stranger = Stranger(the_round.office.invitation("li"))
    stranger.enrol()
    stranger.sync()
    book, shop = stranger.held(), the_round.shops[SHOP]
    made = stranger.save(book, stranger.change("edit", "customer", shop, shop, book, set={"opening_hours": "x" * 21}))

    stranger.sync()

    assert stranger.verdict(made)["changes"][0]["why"] == [{"field": "opening_hours", "code": "text.too-long"}]


def _sections(session: object, shop: str) -> list[tuple[str, str, list[object]]]:
    from field_app.presenters import places
    from tests.presenters.hand import Hand

    hand = Hand(session)  # type: ignore[arg-type]
    hand.restart(places.place(hand, "today"))
    page = EditGroupPage(hand, shop, "business")
    page.entered()
    return list(page.sections())  # type: ignore[arg-type]


def _dry_run(the_round: Round, folder: Path, content: str) -> dict[str, object]:
    file = folder / "list.csv"
    file.write_text(content)
    environment = {"ROUNDBOOK_HOME": str(the_round.office.home)}
    done = CliRunner().invoke(import_command, [str(file), "--dry-run", "--json"], env=environment)
    found: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
