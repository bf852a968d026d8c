"""Head office changes a rule of reminding: a record of the reference book, so that every device follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from server.services import books, push
from server.services.push_verdict import Verdict
from server.services.reminding import facts
from server.storage.database import reading
from server.storage.tables import record
from server.storage.typed import typed_table
from sync_protocol.identity import derived_id
from sync_protocol.reminders import DEFAULT_RULES, Rule

NUMBERS = ("every_days", "lead_days", "after_days")


def all_rules() -> list[Rule]:
    """The product's rules and the company's own, those out of force too, as they stand."""
    with reading() as connection:
        in_force = {rule.key: rule for rule in facts.rules(connection)}
        table = typed_table("reminder_rule")
        off = set(connection.scalars(sa.select(table.c.rule_key).where(table.c.active.is_(False), ~table.c.removed)))
    found = [in_force.pop(rule.key, rule) for rule in DEFAULT_RULES]
    return [*(rule if rule.key not in off else _off(rule) for rule in found), *in_force.values()]


def recorded() -> dict[str, str]:
    """Key -> the record of each rule that the company changed or made: where its history is."""
    table = typed_table("reminder_rule")
    with reading() as connection:
        rows = connection.execute(sa.select(table.c.rule_key, table.c.id).where(~table.c.removed)).all()
    return {row.rule_key: row.id for row in rows}


def _off(rule: Rule) -> Rule:
    import dataclasses

    return dataclasses.replace(rule, active=False)


def change(author: str, key: str, values: Mapping[str, Any]) -> Verdict | None:
    """Change what a rule says. Args: values: of `active` and NUMBERS. Returns: the verdict; None if there is no such rule."""
    if key not in {rule.key for rule in all_rules()}:
        return None
    book = books.reference_book()
    with reading() as connection:
        table = typed_table("reminder_rule")
        known = connection.scalar(sa.select(table.c.id).where(table.c.rule_key == key, table.c.removed.is_(False)))
        record_id = known or derived_id("reminder_rule", book, key)
        there = connection.scalar(sa.select(record.c.id).where(record.c.id == record_id)) is not None
    edit = {
        "op": "edit" if there else "create",
        "type": "reminder_rule",
        "record": record_id,
        "customer": None,
        "seat": "maintainer",
        "term": 0,
        "set": {"rule_key": key, **values},
    }
    return push.office_push(author, book, "change reminder rule", [edit], system=True)
