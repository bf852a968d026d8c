"""What a file leaves open, as questions with their answers; nothing is guessed that a person can say better."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from server.services.importing.answers import LEAVE_OUT, Answers, Choice, Question
from server.services.importing.cells import Cell, is_blank
from server.services.importing.messages import Refused, message
from server.services.importing.tables import Column, Table
from server.services.importing.targets import LINE, Target, Targets
from server.services.importing.values import Company, Style, find_style, parse
from sync_protocol.fields import Kind, Labels

NO = Labels("refuse these rows", "拒绝这些行", "拒絕這些列")
NONE_OF_THEM = Labels("none of them: leave it out", "都不是：不导入", "都不是：不匯入")
BY_CODE = Labels("none: they are called by their code", "没有：以编码为名称", "沒有：以編號為名稱")
BOTH = Labels("both, joined", "两者合并", "兩者合併")


def questions_of(
    tables: Sequence[Table],
    styles: Mapping[int, Mapping[int, Style]],
    targets: Targets,
    company: Company,
    answers: Answers,
    *,
    nobody_known: bool,
) -> list[Question]:
    """All open questions about the tables of a file.

    Args: styles: id of the table -> column index -> style. nobody_known: no customer with a code is there yet.
    """
    found: list[Question] = []
    for table in tables:
        found += _ambiguous(table)
        found += _twice(table)
        found += _date_orders(table, styles[id(table)])
    found += _missing(tables, targets, company)
    if nobody_known and not answers.code_as_name:
        found += _nameless(tables, targets, company)
    found += _currencies(styles, company, answers)
    return found


def _ambiguous(table: Table) -> Iterable[Question]:
    for column in table.columns:
        if not _is_open(column):
            continue
        yield Question(
            "column",
            message(
                "ask.column", column=column.name, samples=column.samples, fields=[t.labels for t in column.candidates]
            ),
            [*(Choice(target.key, target.labels) for target in column.candidates), Choice(LEAVE_OUT, NONE_OF_THEM)],
            f'--column "{column.name}=…"',
            column=column.name,
        )


def _is_open(column: Column) -> bool:
    """Whether the heading names several fields, rather than merely resembling them."""
    names = column.how in ("name", "meaning", "content")
    return names and len(column.candidates) > 1 and not column.targets and not column.why


def _twice(table: Table) -> Iterable[Question]:
    fillers: dict[str, list[Column]] = defaultdict(list)
    by_key: dict[str, Target] = {}
    for column in table.columns:
        for target in column.targets if not (column.place or column.fills_gaps) else ():
            fillers[target.key].append(column)
            by_key[target.key] = target
    asked: set[tuple[str, ...]] = set()
    for key, columns in fillers.items():
        names = tuple(column.name for column in columns)
        if len(columns) < 2 or names in asked or all(column.how == "given" for column in columns):
            continue
        asked.add(names)
        choices = [Choice(column.name, _as_choice(column)) for column in columns]
        if by_key[key].spec.kind in (Kind.TEXT, Kind.NOTE):
            choices.append(Choice("+", BOTH))
        others = " ".join(f'--column "{name}=-"' for name in names[1:])
        text = message("ask.twice", columns=[f"«{name}»" for name in names], field=by_key[key].labels)
        yield Question("twice", text, choices, f'--column "{names[0]}={key}" {others}', target=key)


def _date_orders(table: Table, styles: Mapping[int, Style]) -> Iterable[Question]:
    for column in table.columns:
        style = styles.get(column.index)
        if style is None or style.date_order_known or not column.targets:
            continue
        yield Question(
            "date_order",
            message("ask.date-order", column=column.name, value=column.samples[0]),
            [
                Choice("dmy", Labels("day/month/year", "日/月/年", "日/月/年")),
                Choice("mdy", Labels("month/day/year", "月/日/年", "月/日/年")),
            ],
            "--date-order dmy | mdy",
            column=column.name,
        )
        return


def _missing(tables: Sequence[Table], targets: Targets, company: Company) -> Iterable[Question]:
    """The columns without which the lines of orders, the shops or the products of a file cannot be told."""
    columns = [column for table in tables for column in table.columns]
    filled = {target.key for column in columns for target in column.targets}
    filled |= {t.key for column in columns if _is_open(column) for t in column.candidates}  # asked about already
    lines = {f"{LINE}.quantity", f"{LINE}.amount_minor"} & filled
    types = {key.partition(".")[0] for key in filled}
    wanted: list[tuple[str, str]] = []
    if lines:
        if f"{LINE}.quantity" not in filled:
            wanted.append((f"{LINE}.quantity", "order"))
        if "order.ordered_at" not in filled:
            wanted.append(("order.ordered_at", "order"))
        if not filled & {
            "product.product_code",
            "product.product_name",
            f"{LINE}.product_code",
            f"{LINE}.product_name",
        }:
            wanted.append((f"{LINE}.product_code", "order"))
        if not filled & {"customer.customer_code", "customer.store_name"}:
            wanted.append(("customer.customer_code", "order"))
    elif "customer" in types and not filled & {"customer.customer_code", "customer.store_name"}:
        wanted.append(("customer.store_name", "customer"))
    elif "product" in types and not filled & {"product.product_code", "product.product_name"}:
        wanted.append(("product.product_code", "product"))
    for key, what in wanted:
        target = targets.by_key[key]
        fitting = [column for table in tables for column in table.columns if _may_fill(target, column, table, company)]
        choices = [Choice(c.name, _as_choice(c)) for c in fitting]
        code = "ask.missing-of" if fitting else "ask.missing"
        text = message(code, field=target.labels, what=_WHAT[what], columns=[f"«{c.name}»" for c in fitting[:5]])
        yield Question("missing", text, choices, f'--column "…={key}"', target=key)


def _nameless(tables: Sequence[Table], targets: Targets, company: Company) -> Iterable[Question]:
    """Customers that come with a code and no name, where none is there to be found by it."""
    columns = [column for table in tables for column in table.columns]
    filled = {
        target.key
        for column in columns
        for target in [*column.targets, *(column.candidates if _is_open(column) else [])]
    }
    if "customer.customer_code" in filled and "customer.store_name" not in filled:
        target = targets.by_key["customer.store_name"]
        fitting = [column for table in tables for column in table.columns if _may_fill(target, column, table, company)]
        choices = [*(Choice(c.name, _as_choice(c)) for c in fitting), Choice(LEAVE_OUT, BY_CODE)]
        text = message("ask.no-name", field=target.labels)
        yield Question("name", text, choices, f'--column "…={target.key}" | --code-as-name', target=target.key)


def answered(answers: Answers, question: Question, value: str, columns: Iterable[Column]) -> Answers:
    """The answers with one more. Args: value: of one of the question's choices; for a column also any field. columns: of the file."""
    if question.kind == "date_order":
        return replace(answers, date_order=value)
    if question.kind == "currency":
        return replace(answers, other_currency=value)
    if question.kind == "name" and value == LEAVE_OUT:
        return replace(answers, code_as_name=True)
    more: dict[str, str] = {}
    if question.kind == "column":
        more[question.column] = value
    elif question.kind == "missing" and value == LEAVE_OUT:  # then what needs it is left out with it
        what = ("order", LINE) if question.target.partition(".")[0] in ("order", LINE) else ("customer",)
        for column in columns:
            if any(target.type in what and target.key not in _NAMES_PRODUCTS for target in column.targets):
                more[column.name] = LEAVE_OUT
    elif question.kind in ("missing", "name"):
        more[value] = question.target
    else:
        for column in columns:
            if any(target.key == question.target for target in column.targets):
                more[column.name] = question.target if value in ("+", column.name) else LEAVE_OUT
    return replace(answers, columns={**answers.columns, **more})


_NAMES_PRODUCTS = {f"{LINE}.product_code", f"{LINE}.product_name", f"{LINE}.unit_price_minor", f"{LINE}.unit"}


def nothing_known(tables: Sequence[Table], targets: Targets) -> Question:
    """What is asked of a file in which no heading was recognised."""
    columns = [column for table in tables for column in table.columns]
    target = targets.by_key["customer.store_name"]
    text = message("nothing.recognised", columns=[column.name for column in columns], field=target.labels)
    return Question(
        "missing",
        text,
        [Choice(c.name, _as_choice(c)) for c in columns if c.filled],
        f'--column "…={target.key}"',
        target=target.key,
    )


def _may_fill(target: Target, column: Column, table: Table, company: Company) -> bool:
    """Whether a column that fills nothing yet holds what the field takes."""
    if column.targets or column.why or not column.filled or column.how == "given":
        return False
    return _readable(
        target, [cell for row in table.rows[:50] for cell in row.cells[column.index : column.index + 1]], company
    )


def _readable(target: Target, cells: Sequence[Cell], company: Company) -> bool:
    filled = [cell for cell in cells if not is_blank(cell)]
    style = find_style(filled, {target.spec.kind})
    style.any_currency = True
    good = 0
    for cell in filled:
        try:
            good += parse(target.spec, cell, style, company) is not None
        except Refused:
            continue
    return good >= 0.8 * len(filled)


def _as_choice(column: Column) -> Labels:
    text = f"{column.name} ({', '.join(column.samples)})"
    return Labels(text, text, text)


_WHAT = {
    "order": Labels("orders", "订单", "訂單"),
    "customer": Labels("customers", "客户", "客戶"),
    "product": Labels("products", "商品", "商品"),
}


def _currencies(styles: Mapping[int, Mapping[int, Style]], company: Company, answers: Answers) -> Iterable[Question]:
    other = other_currencies(styles, company)
    if other and not answers.other_currency:
        yes = Labels(f"take them as {company.currency}", f"按 {company.currency} 处理", f"按 {company.currency} 處理")
        text = message("ask.currency", found=other, currency=company.currency)
        yield Question("currency", text, [Choice("take", yes), Choice("refuse", NO)], "--other-currency take | refuse")


def other_currencies(styles: Mapping[int, Mapping[int, Style]], company: Company) -> list[str]:
    """The marks of other currencies that the amounts of a file carry."""
    marks = (found for of_table in styles.values() for style in of_table.values() for found in style.currencies)
    return list(dict.fromkeys(found for found in marks if company.currency not in found.split("/")))
