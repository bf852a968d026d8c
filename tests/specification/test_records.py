"""What the declarations of the record types promise to everything that is derived from them."""

from __future__ import annotations

import importlib.util
import pathlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from sync_protocol import fields
from sync_protocol.fields import LANGUAGES, FieldClass, FieldSpec, Kind, Labels, Rule, Seat, Sensitivity
from sync_protocol.records import (
    Nature,
    RecordSchema,
    check_values,
    class_of,
    knows,
    line_type,
    record_type,
    record_types,
    rule_of,
    seat_of,
)
from sync_protocol.records.base import register, unregister

ROOT = pathlib.Path(__file__).resolve().parents[2]
TYPES = [*record_types().values(), line_type("order", "lines")]
BY_NAME = pytest.mark.parametrize("declared_type", TYPES, ids=lambda found: found.name)

SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
CHINESE = re.compile("[\u4e00-\u9fff]")
NOT_FIELDS = (131, 132, 133, 134)  # three classes of field and a demand on completeness


def customer() -> dict[str, FieldSpec]:
    return record_type("customer").specs()


def texts_of(declared_type: type[RecordSchema]) -> Iterator[tuple[str, Labels]]:
    yield "the type", declared_type.labels
    yield "its plural", declared_type.plural
    yield from declared_type.groups.items()
    for name, spec in declared_type.specs().items():
        yield name, spec.labels
        yield from ((f"{name}={code}", words) for code, words in spec.choices.items())
        if spec.unit:
            yield f"unit of {name}", spec.unit


def as_column(text: str) -> str:
    """How an import reads the head of a column: lower case, letters, digits and single spaces."""
    return " ".join(re.sub(r"[\W_]+", " ", text.lower()).split())


# What is declared


def test_the_record_types_are_known_in_their_order():
    assert list(record_types()) == [
        "customer", "visit", "contact_record", "order", "stock_count", "photo", "complaint", "product", "knowledge",
        "knowledge_case", "message", "message_template", "weekly_report", "material", "reminder_rule", "code_entry", "review",
        "proposal", "conflict", "duplicate", "notice", "grant", "reading",
    ]  # fmt: skip
    assert knows("order")
    assert not knows("order_line"), "a line is an element of an order, no record"


@pytest.mark.parametrize("row", [row for row in range(83, 135) if row not in NOT_FIELDS])
def test_every_field_that_the_catalogue_lists_is_on_the_customer_file(row: int):
    assert [name for name, spec in customer().items() if spec.row == row]


@pytest.mark.parametrize(
    ("name", "row", "group", "klass", "seat", "rule"),
    [
        ("store_name", 83, "basic", FieldClass.STATIC, Seat.MAINTAINER, Rule.LATEST),
        ("licence_number", 84, "basic", FieldClass.STATIC, Seat.MAINTAINER, Rule.ASK),
        ("settlement_method", 86, "basic", FieldClass.DYNAMIC, Seat.MAINTAINER, Rule.ASK),
        ("registered_capital_minor", 89, "network", FieldClass.STATIC, Seat.MAINTAINER, Rule.ASK),
        ("account_manager", 93, "system", FieldClass.SYSTEM, None, Rule.LATEST),
        ("monopoly_certificate_number", 102, "management", FieldClass.STATIC, Seat.LICENSING, Rule.ASK),
        ("compliance", 104, "system", FieldClass.SYSTEM, None, Rule.LATEST),
        ("model_household", 110, "management", FieldClass.DYNAMIC, Seat.LICENSING, Rule.LATEST),
        ("business_tags", 116, "business", FieldClass.DYNAMIC, Seat.MAINTAINER, Rule.ELEMENTS),
        ("contact_phone", 119, "personal", FieldClass.DYNAMIC, Seat.MAINTAINER, Rule.LATEST),
        ("address", 120, "personal", FieldClass.STATIC, Seat.MAINTAINER, Rule.LATEST),
        ("customer_code", 122, "outside", FieldClass.STATIC, Seat.MAINTAINER, Rule.LATEST),
        ("bank_account", 125, "outside", FieldClass.DYNAMIC, Seat.MAINTAINER, Rule.ASK),
        ("purchase_amount_minor", 128, "system", FieldClass.SYSTEM, None, Rule.LATEST),
        ("supplement_note", 59, "supplement", FieldClass.DYNAMIC, Seat.SUPERVISOR, Rule.LATEST),
    ],
)
def test_group_class_seat_and_rule_of_a_customer_field_are_those_of_the_decisions(name, row, group, klass, seat, rule):
    assert (customer()[name].row, customer()[name].group) == (row, group)
    assert class_of("customer", name) is klass
    assert seat_of("customer", name) is seat
    assert rule_of("customer", name) is rule


def test_the_group_of_a_customer_field_names_its_seat():
    seats = {"management": Seat.LICENSING, "supplement": Seat.SUPERVISOR, "system": None}

    assert {name: spec.seat for name, spec in customer().items()} == {
        name: seats.get(spec.group, Seat.MAINTAINER) for name, spec in customer().items()
    }


def test_only_the_name_of_the_shop_is_required_of_a_customer():
    assert [name for name, declared in record_type("customer").declared().items() if declared.required] == [
        "store_name"
    ]


def test_bank_account_and_costs_are_secret_and_home_addresses_private():
    found = {
        (declared_type.name, name): spec.sensitivity
        for declared_type in TYPES
        for name, spec in declared_type.specs().items()
        if spec.sensitivity is not Sensitivity.OPEN
    }

    assert found == {
        ("customer", "bank_account"): Sensitivity.SECRET,
        ("customer", "home_address"): Sensitivity.PRIVATE,
        ("visit", "home_address"): Sensitivity.PRIVATE,
        ("product", "cost_price_minor"): Sensitivity.SECRET,
    }


def test_business_type_market_type_and_scale_make_the_42_categories():
    specs = customer()

    assert len(specs["business_type"].choices) * len(specs["market_type"].choices) * len(specs["scale"].choices) == 42


@BY_NAME
def test_money_is_never_settled_without_asking(declared_type):
    computed = FieldClass.SYSTEM
    money = {name: spec for name, spec in declared_type.specs().items() if spec.kind is Kind.MONEY}

    for name, spec in money.items():
        assert spec.rule is Rule.ASK or spec.klass is computed or declared_type.nature is Nature.FACT, name


def test_what_the_server_alone_writes_has_no_seat():
    for declared_type in TYPES:
        if declared_type.nature is Nature.PROTOCOL:
            assert {spec.klass for spec in declared_type.specs().values()} == {FieldClass.SYSTEM}
            assert {spec.seat for spec in declared_type.specs().values()} == {None}


@BY_NAME
def test_names_are_snake_case_and_groups_title_and_targets_exist(declared_type):
    specs = declared_type.specs()

    assert [name for name in specs if not SNAKE_CASE.fullmatch(name)] == []
    assert {spec.group for spec in specs.values()} == set(declared_type.groups)
    assert declared_type.title in specs
    assert [name for name, spec in specs.items() if spec.target and not knows(spec.target)] == []


@BY_NAME
def test_the_suffix_of_a_name_says_its_unit(declared_type):
    """An end is called `until`, as in a scope."""
    suffixes = {Kind.MONEY: ("_minor",), Kind.INSTANT: ("_at", "until"), Kind.DAY: ("_on", "birthday")}

    for name, spec in declared_type.specs().items():
        assert name.endswith(suffixes.get(spec.kind, ("",))), name


# What people read


@BY_NAME
def test_every_text_exists_in_three_languages(declared_type):
    for where, labels in texts_of(declared_type):
        for language in LANGUAGES:
            assert labels[language].strip(), f"{where} has no {language}"
        assert not CHINESE.search(labels.en), f"{where} is Chinese in English"


@BY_NAME
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_fields_of_a_type_have_the_same_label(declared_type, language):
    labels = Counter(spec.labels[language] for spec in declared_type.specs().values())

    assert [label for label, times in labels.items() if times > 1] == []


@BY_NAME
def test_no_two_codes_of_a_list_read_alike(declared_type):
    for name, spec in declared_type.specs().items():
        assert len({words.en for words in spec.choices.values()}) == len(spec.choices), name
        assert len({words.zh_hans for words in spec.choices.values()}) == len(spec.choices), name


def test_no_simplified_character_stands_in_a_traditional_text_or_the_other_way_round():
    simplified, traditional = "户号码订单访时间状态类证经营业书数据总额价", "戶號碼訂單訪時間狀態類證經營業書數據總額價"

    for declared_type in TYPES:
        for where, labels in texts_of(declared_type):
            assert not set(simplified) & set(labels.zh_hant), f"{declared_type.name}: {where}: {labels.zh_hant}"
            assert not set(traditional) & set(labels.zh_hans), f"{declared_type.name}: {where}: {labels.zh_hans}"


# What an import finds


@BY_NAME
def test_no_column_name_means_two_fields_of_a_type(declared_type):
    meant = defaultdict(set)

    for name, spec in declared_type.specs().items():
        for column in (*spec.aliases, *(as_column(spec.labels[language]) for language in LANGUAGES), as_column(name)):
            meant[column].add(name)

    assert {column: names for column, names in meant.items() if len(names) > 1} == {}


@BY_NAME
def test_aliases_are_written_as_an_import_reads_them(declared_type):
    for name, spec in declared_type.specs().items():
        assert [alias for alias in spec.aliases if alias != as_column(alias)] == [], name
        assert len(set(spec.aliases)) == len(spec.aliases), name


@pytest.mark.parametrize(
    ("column", "where", "name"),
    [
        ("Invoice/Item Number", "order", "order_number"),
        ("Date", "order", "ordered_at"),
        ("Store Number", "customer", "customer_code"),
        ("Store Name", "customer", "store_name"),
        ("Address", "customer", "address"),
        ("City", "customer", "city"),
        ("Zip Code", "customer", "postal_code"),
        ("County Number", "customer", "region_code"),
        ("County", "customer", "region"),
        ("Category", "product", "category_code"),
        ("Category Name", "product", "category_name"),
        ("Vendor Number", "product", "vendor_code"),
        ("Vendor Name", "product", "vendor"),
        ("Item Number", "product", "product_code"),
        ("Item Description", "product", "product_name"),
        ("Pack", "product", "pack"),
        ("Bottle Volume (ml)", "product", "volume_ml"),
        ("State Bottle Cost", "product", "cost_price_minor"),
        ("State Bottle Retail", "product", "unit_price_minor"),
        ("Item Number", "order_line", "product_code"),
        ("State Bottle Retail", "order_line", "unit_price_minor"),
        ("Bottles Sold", "order_line", "quantity"),
        ("Sale (Dollars)", "order_line", "amount_minor"),
        ("客户编码", "customer", "customer_code"),
        ("店号", "customer", "customer_code"),
        ("邮编", "customer", "postal_code"),
        ("數量", "order_line", "quantity"),
    ],
)
def test_a_head_office_file_is_understood_by_its_column_heads(column, where, name):
    declared_type = next(found for found in TYPES if found.name == where)

    known = {
        field_name
        for field_name, spec in declared_type.specs().items()
        if as_column(column) in (*spec.aliases, *(as_column(spec.labels[language]) for language in LANGUAGES))
    }

    assert known == {name}


# What is refused, field by field


@pytest.mark.parametrize("poison", ["a\x00b", "bell\x07", "\ud800", "half \udc00 pair"])
def test_text_that_a_database_would_refuse_is_refused_by_field(poison):
    wrong = check_values("customer", {"store_name": "Corner Shop", "business_scope": poison}, creating=True)

    assert wrong == {"business_scope": ["text.control-character"]}


@pytest.mark.parametrize(
    ("record", "name", "value", "code"),
    [
        ("customer", "registered_capital_minor", 100.0, "integer.type"),
        ("customer", "registered_capital_minor", True, "integer.type"),
        ("customer", "registered_capital_minor", "100", "integer.type"),
        ("customer", "registered_capital_minor", 2**53, "integer.range"),
        ("customer", "visit_cycle_days", -1, "count.range"),
        ("customer", "floor_area_m2", 12.5, "text.type"),
        ("customer", "floor_area_m2", "1e3", "decimal.format"),
        ("customer", "model_household", 1, "flag.type"),
        ("customer", "licence_expires_on", "2025-02-30", "day.format"),
        ("customer", "licence_expires_on", "20250228", "day.format"),
        ("customer", "contact_phone", "call me", "phone.format"),
        ("customer", "latitude", "40,5", "coordinate.format"),
        ("customer", "postal_code", "9" * 21, "text.too-long"),
        ("customer", "colour_of_the_door", "green", "field.unknown"),
        ("customer", "business_tags", "corner", "list.type"),
        ("customer", "business_tags", ["x"] * 201, "list.too-long"),
        ("customer", "store_name", None, "required"),
        ("customer", "store_name", "  ", "required"),
        ("order", "total_minor", 1.5, "integer.type"),
        ("visit", "checked_in_at", False, "integer.type"),
    ],
)
def test_a_wrong_value_is_named_by_field_and_code(record, name, value, code):
    assert check_values(record, {name: value}, creating=False) == {name: [code]}


def test_a_wrong_value_inside_an_order_is_named_by_line_and_field():
    lines = [{"product_name": "Rye", "quantity": "6"}, {"quantity": 1.5, "colour": "red"}, "six bottles", {}]

    assert check_values("order", {"ordered_at": 1, "lines": lines}, creating=True) == {
        "lines.1.quantity": ["text.type"],
        "lines.1.colour": ["field.unknown"],
        "lines.2": ["line.type"],
        "lines.3.quantity": ["required"],
    }


def test_what_is_required_is_asked_of_a_new_record_only():
    assert check_values("customer", {"city": "Keokuk"}, creating=True) == {"store_name": ["required"]}
    assert check_values("customer", {"city": "Keokuk"}, creating=False) == {}


def test_a_code_that_this_release_does_not_know_is_kept():
    assert check_values("customer", {"business_type": "vending_machine"}, creating=False) == {}


def test_an_empty_value_clears_a_field_that_is_not_required():
    emptied = {name: None for name, declared in record_type("customer").declared().items() if not declared.required}

    assert check_values("customer", emptied, creating=False) == {}


# One declaration per field


def test_a_field_added_in_one_place_is_known_everywhere():
    @register
    class Kiosk(record_type("customer")):  # type: ignore[misc]
        name = "kiosk"
        groups: ClassVar[Any] = record_type("customer").groups

        shutter_colour = fields.text(("Colour of the shutter", "卷帘颜色", "鐵捲門顏色"), group="business", most=10)

    try:
        assert record_type("kiosk").specs()["shutter_colour"].labels["zh_Hans"] == "卷帘颜色"
        assert seat_of("kiosk", "shutter_colour") is Seat.MAINTAINER
        assert check_values("kiosk", {"shutter_colour": "green"}, creating=False) == {}
        assert check_values("kiosk", {"shutter_colour": "g" * 11}, creating=False) == {
            "shutter_colour": ["text.too-long"]
        }
        assert "shutter_colour" not in customer()
    finally:
        unregister("kiosk")


def test_the_data_dictionary_is_the_one_that_the_declarations_make():
    spec = importlib.util.spec_from_file_location("data_dictionary", ROOT / "tools" / "data_dictionary.py")
    assert spec and spec.loader
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)

    assert (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8") == tool.page(), (
        "run: python tools/data_dictionary.py"
    )


ODD = [
    None, True, 3, 0, -1, 2**53, 1.5, "123", "a", "", " ", "12.50", "-3", "1e5", "2026-02-29", "2026-02-28", "+86 20 8123-4567",
    "23.12911", "x" * 61, "x" * 201, "x" * 20_001, "a\x00b", "a\nb", "\ud800", [], ["a"], ["a", 1], ["a"] * 201, [None],
    {}, [{"quantity": "3"}], [{"quantity": "3", "unit_price_minor": 120}], [{"quantity": " "}], [{"quantity": "3", "x": 1}],
    [{}], [[]], "19f0a5b2-0000-7000-8000-000000000000",
]  # fmt: skip


@pytest.mark.parametrize("name", sorted(record_types()))
def test_what_the_quick_look_takes_the_declaration_takes(name: str) -> None:
    """The quick look may send a value to the declaration, never the other way round."""
    declared = record_type(name)
    check = declared().validate
    right = {
        field: next(value for value in ODD if value is not None and not check({field: value}, partial=True))
        for field in declared.declared()
    }
    sure = 0
    for field in [*declared.declared(), "nothing_of_the_kind"]:
        for value in ODD:
            for values in ({field: value}, {**right, field: value}):
                for creating in (True, False):
                    if declared.certainly_takes(values, creating=creating):
                        sure += 1
                        assert declared().validate(values, partial=not creating) == {}, (values, creating)
    assert declared.certainly_takes(right)
    assert sure > len(declared.declared())
