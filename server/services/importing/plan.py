"""From a file, a person's answers and what is there already to what would be written. Nothing is written here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from server.services.importing.answers import LEAVE_OUT, Answers, Question
from server.services.importing.cells import Source
from server.services.importing.code_columns import find_codes
from server.services.importing.columns import recognise
from server.services.importing.customer_records import plan_customers
from server.services.importing.doubles import settle_doubles
from server.services.importing.headings import plain_key
from server.services.importing.identities import Customers, Products
from server.services.importing.known import Known, Wanted, first_of
from server.services.importing.messages import ImportProblem, Message, message
from server.services.importing.order_records import OrderMaker
from server.services.importing.product_records import plan_products
from server.services.importing.questions import nothing_known, other_currencies, questions_of
from server.services.importing.rows import ReadRow, mind_who, read_rows, styles_of
from server.services.importing.tables import Column, Table, find_table
from server.services.importing.targets import LINE, Target, Targets
from server.services.importing.values import Company
from sync_protocol.fields import Kind

OWN_COLUMN = "Roundbook:"


@dataclass(slots=True)
class ImportPlan:
    """What was understood of a file, and what would be written.

    Args: tables: the sheets with their columns. rows: how many were read. refused: those that come back, with reasons.
        left_out: those that were taken without a value that could not be read.
        warnings: what a person should know. questions: what he has to decide first: nothing is written while one is open.
    """

    source: Source
    tables: list[Table] = field(default_factory=list)
    rows: int = 0
    refused: list[ReadRow] = field(default_factory=list)
    left_out: list[ReadRow] = field(default_factory=list)
    warnings: list[Message] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    customers: list[Wanted] = field(default_factory=list)
    products: list[Wanted] = field(default_factory=list)
    orders: list[Wanted] = field(default_factory=list)
    order_lines: int = 0
    new_books: list[str] = field(default_factory=list)

    @property
    def columns(self) -> list[Column]:
        """All columns of all tables."""
        return [column for table in self.tables for column in table.columns]

    @property
    def returned(self) -> list[ReadRow]:
        """The rows that come back in a file: refused, or taken without a value."""
        return sorted([*self.refused, *self.left_out], key=lambda row: row.line)

    @property
    def records(self) -> list[Wanted]:
        """Everything that the file holds, in the order in which it is written."""
        return [*self.products, *self.customers, *self.orders]

    def counts(self) -> Counter[str]:
        """Records by what would happen to them: new, changed, same."""
        return Counter("new" if w.is_new else "same" if w.is_same else "changed" for w in self.records)


def plan_import(source: Source, answers: Answers, known: Known, company: Company) -> ImportPlan:
    """Understand a file. Raises: ImportProblem, if an answer names what is not there."""
    targets = Targets()
    plan = ImportPlan(source)
    plan.tables = _tables(source, targets, answers, plan.warnings)
    given = _given(plan.tables, targets, answers)
    for table in plan.tables:
        recognise(table, targets, given)
    _settle_doubles(plan, targets)
    _leave_out_computed(plan)
    styles = {id(table): styles_of(table, answers) for table in plan.tables}
    book_column = _book_column(plan.tables, targets, answers)
    nobody_known = not known.customer_codes
    plan.questions = questions_of(plan.tables, styles, targets, company, answers, nobody_known=nobody_known)
    if not any(column.targets for column in plan.columns) and not plan.questions:
        plan.questions.append(nothing_known(plan.tables, targets))
    rows: list[ReadRow] = []
    for table in plan.tables:
        reading = read_rows(
            table, styles[id(table)], company, book_column=book_column if book_column in table.columns else None
        )
        rows += reading.rows
        if reading.passed_over:
            plan.warnings.append(message("rows.total", lines=first_of(map(str, reading.passed_over), 20)))
        for name, count in reading.rounded.items():
            plan.warnings.append(message("money.rounded", column=name, count=count, currency=company.currency))
        find_codes(table, reading.rows, targets, known, company)
    mind_who(rows)
    _name_by_legal_name(rows, plan.warnings)
    _explain_columns(plan, targets)
    _tell_notes(plan)
    plan.rows = len(rows)
    if answers.other_currency == "take" and (other := other_currencies(styles, company)):
        plan.warnings.append(message("currency.taken", found=other, currency=company.currency))
    if answers.code_as_name:
        _name_by_code(rows, plan.warnings)
    _plan_records(plan, rows, known, company)
    return plan


def _name_by_code(rows: Sequence[ReadRow], warnings: list[Message]) -> None:
    """A person said that his customers have no other name than their code."""
    codes = set()
    for row in rows:
        if (code := row.get("customer.customer_code")) and not row.get("customer.store_name"):
            row.values["customer"]["store_name"] = code
            codes.add(code)
    if codes:
        warnings.append(message("customer.no-name", count=len(codes)))


def _name_by_legal_name(rows: Sequence[ReadRow], warnings: list[Message]) -> None:
    """Where the name over the door is empty, the company behind it gives the shop its name."""
    named = []
    for row in rows:
        if (name := row.get("customer.legal_name")) and not row.get("customer.store_name") and not row.reasons:
            row.values["customer"]["store_name"] = name
            named.append(name)
    if named:
        warnings.append(message("customer.legal-name", count=len(named), names=first_of(dict.fromkeys(named), 3)))


def _tell_notes(plan: ImportPlan) -> None:
    plan.warnings += [note for column in plan.columns for note in column.notes]


def _tell_left_out(plan: ImportPlan) -> None:
    """Each value that was left out, by its column, with line and reason; all of them stand in the file that comes back."""
    found: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for row in plan.left_out:
        for left in row.left_out:
            found.setdefault((left.column, left.key), []).append((row.line, left.value))
    for (column, _), values in found.items():
        told: list[object] = [message("value.at", line=str(line), value=value) for line, value in values[:10]]
        told += ["…"] if len(values) > 10 else []
        plan.warnings.append(message("value.left-out", column=column, count=len(values), values=told))


def _plan_records(plan: ImportPlan, rows: Sequence[ReadRow], known: Known, company: Company) -> None:
    customers, products = Customers(company.name, known, rows), Products(company.name, known, rows)
    plan.orders, plan.order_lines = [], 0
    found = plan_customers(rows, customers, known, company, plan.warnings)
    catalogue = plan_products(rows, products, known, company, plan.warnings)
    orders = OrderMaker(found, catalogue, products, known, company).plan(rows, customers, plan.warnings)
    plan.customers, plan.products, plan.orders = list(found.wanted.values()), list(catalogue.values()), orders.wanted
    plan.order_lines = orders.lines
    for row in rows:
        if not row.is_used and not row.reasons:
            row.refuse("row.nothing")
    plan.refused = [row for row in rows if row.reasons]
    plan.left_out = [row for row in rows if row.left_out and not row.reasons]
    _tell_left_out(plan)
    for wanted in plan.records:
        wanted.compare()
    plan.new_books = sorted({w.book for w in plan.customers if w.is_new and w.book} - set(known.books))
    _tell_what_stays(plan)


def _tell_what_stays(plan: ImportPlan) -> None:
    kept = [f"{_title(wanted)} {name}" for wanted in plan.records for name in wanted.kept]
    outdated = [f"{_title(wanted)} {name}" for wanted in plan.records for name in wanted.outdated]
    if outdated:
        plan.warnings.append(message("value.older", count=len(outdated), examples=first_of(outdated)))
    if kept:
        plan.warnings.append(message("value.kept", count=len(kept), examples=first_of(kept)))


def _title(wanted: Wanted) -> str:
    fields: dict[str, Any] = {**(wanted.held.fields if wanted.held else {}), **wanted.fields}
    names = ("customer_code", "product_code", "order_number", "store_name")
    return next((str(fields[name]) for name in names if fields.get(name)), wanted.id)


def _tables(source: Source, targets: Targets, answers: Answers, warnings: list[Message]) -> list[Table]:
    found = [
        find_table(sheet, targets, list(answers.columns), has_heading=answers.has_heading, is_text=source.form == "csv")
        for sheet in source.sheets
        if sheet.rows
    ]
    any_recognised = any(recognised for _, recognised in found)
    warnings += [message("sheet.hidden", sheet=name) for name in source.hidden]
    warnings += [message("sheet.uncalculated", sheet=name) for name in source.uncalculated]
    tables = []
    for table, recognised in found:
        if any_recognised and not recognised:
            warnings.append(message("sheet.ignored", sheet=table.sheet, rows=len(table.rows) + len(table.above) + 1))
            continue
        tables.append(table)
        texts = [" ".join(str(cell) for cell in row.cells if cell is not None)[:60] for row in table.above]
        if texts:
            warnings.append(message("rows.above", sheet=table.sheet, count=len(texts), text=first_of(texts, 3)))
    return tables


def _given(tables: Sequence[Table], targets: Targets, answers: Answers) -> dict[str, list[Target]]:
    """The columns that a person assigned. Raises: ImportProblem for a column or a field that is not there."""
    given: dict[str, list[Target]] = {}
    for name, goal in answers.columns.items():
        columns = find_columns(tables, name)
        if goal.strip() in ("", LEAVE_OUT):
            wanted: list[Target] = []
        elif not (wanted := [target for target in targets.named(goal) if not target.is_computed]):
            nearest = [target.key for target in targets.nearest(goal, 5)]
            raise ImportProblem("target.unknown", target=goal, nearest=nearest or sorted(targets.by_key)[:5])
        given.update({column.name: _with_twins(wanted, targets) for column in columns})
    return given


def _with_twins(wanted: list[Target], targets: Targets) -> list[Target]:
    """A product is named alike in catalogue and order line: a column that was said to be the one is the other too."""
    twins = {"product": LINE, LINE: "product"}
    found = {target.key: target for target in wanted}
    for target in wanted:
        twin = targets.by_key.get(f"{twins.get(target.type)}.{target.field}")
        if twin is not None:
            found[twin.key] = twin
    return list(found.values())


def find_columns(tables: Sequence[Table], name: str) -> list[Column]:
    """The columns of a name, however it is written; else of a letter. Raises: ImportProblem `column.unknown`."""
    columns = [column for table in tables for column in table.columns]
    exact = [column for column in columns if column.name == name]
    alike = exact or [column for column in columns if plain_key(column.name) == plain_key(name) != ""]
    found = alike or [column for column in columns if column.letter == name.upper()]
    if not found:
        raise ImportProblem("column.unknown", column=name, columns=[column.name for column in columns])
    return found


def _book_column(tables: Sequence[Table], targets: Targets, answers: Answers) -> Column | None:
    if not answers.book_by:
        return None
    try:
        return find_columns(tables, answers.book_by)[0]
    except ImportProblem:
        keys = {target.key for target in targets.named(answers.book_by)}
        filling = (column for table in tables for column in table.columns if keys & {t.key for t in column.targets})
        if found := next(filling, None):
            return found
        raise


def _settle_doubles(plan: ImportPlan, targets: Targets) -> None:
    for table in plan.tables:
        for column in table.columns:
            if column.name.startswith(OWN_COLUMN):
                column.candidates, column.targets, column.why = [], [], "column.own"
        settle_doubles(table, targets)


def _leave_out_computed(plan: ImportPlan) -> None:
    for column in plan.columns:
        computed = [target for target in column.targets if target.is_computed]
        if computed:
            column.targets = [target for target in column.targets if not target.is_computed]
            code = "column.book-by" if computed[0].spec.kind is Kind.USER else "column.computed"
            plan.warnings.append(message(code, column=column.name, field=computed[0].labels))
            column.why = column.why or ("" if column.targets else code)


def _explain_columns(plan: ImportPlan, targets: Targets) -> None:
    """Say why a column with content fills no field: it is spare, or it only resembles one."""
    for column in plan.columns:
        if column.other and column.why:
            plan.warnings.append(message(column.why, column=column.name, other=column.other))
        elif column.why in ("column.no-orders", "column.no-products") and column.filled:
            plan.warnings.append(message(column.why, column=column.name))
        elif (
            not column.targets and not column.candidates and not column.why and column.how != "given" and column.filled
        ):
            column.candidates = [target for target in targets.nearest(column.name) if not target.is_computed]
            if column.candidates:
                names = [target.labels for target in column.candidates]
                plan.warnings.append(message("column.suggested", column=column.name, fields=names))
