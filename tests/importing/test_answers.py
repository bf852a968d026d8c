"""A question is answered, and the next plan is made with the answer."""

from __future__ import annotations

import pytest

from server.services.importing.answers import Answers
from server.services.importing.known import Known
from server.services.importing.plan import plan_import
from server.services.importing.questions import answered
from server.services.importing.reading import read_file
from sync_protocol.fields import LANGUAGES
from tests.importing.files import COMPANY, table

ORDERS = ["Store Number", "Store Name", "SKU", "Item name", "Qty"]


@pytest.mark.parametrize(
    ("rows", "value", "customers", "orders"),
    [
        ([[*ORDERS, "When"], ["1", "Joe", "C", "Cola", "6", "2015-11-20"]], "When", 1, 1),
        ([[*ORDERS, "When"], ["1", "Joe", "C", "Cola", "6", "2015-11-20"]], "-", 1, 0),
        ([["Store Number", "Store Name", "City", "Town"], ["1", "Joe", "Ames", "Nevada"]], "Town", 1, 0),
        ([["Store Number", "Store Name", "City", "Town"], ["1", "Joe", "Ames", "Nevada"]], "+", 1, 0),
        ([["SKU", "Item name", "Price"], ["C", "Cola", "€ 2"]], "take", 0, 0),
        ([["Store Number", "Store Name", "VIP since"], ["1", "Joe", "03/04/2015"]], "mdy", 1, 0),
        ([["Магазин", "Адрес"], ["Joe", "1 Main"]], "Магазин", 1, 0),
        ([["Customer ID", "Phone"], ["1", "555-123-4567"]], "-", 1, 0),
    ],
)
def test_one_answer_settles_one_question(rows, value, customers, orders):
    source = read_file(table(rows), "a.csv")
    before = plan_import(source, Answers(), Known(), COMPANY)

    answers = answered(Answers(), before.questions[0], value, before.columns)
    after = plan_import(source, answers, Known(), COMPANY)

    assert len(before.questions) == 1
    assert not after.questions
    assert (len(after.customers), len(after.orders)) == (customers, orders)


def test_every_question_and_every_choice_reads_in_three_languages():
    rows = [
        ["Code", "Name", "Order date", "Qty", "Price", "City", "Town"],
        ["1", "Joe", "03/04/2015", "2", "€ 2", "a", "b"],
    ]

    plan = plan_import(read_file(table(rows), "a.csv"), Answers(), Known(), COMPANY)

    assert {question.kind for question in plan.questions} >= {"column", "date_order", "currency", "twice"}
    for question in plan.questions:
        texts = [question.message.text(language) for language in LANGUAGES]
        assert len(set(texts)) == len(LANGUAGES)
        assert question.option.startswith("--")
        assert all(choice.labels[language] for choice in question.choices for language in LANGUAGES)
