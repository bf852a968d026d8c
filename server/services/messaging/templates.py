"""Templates of messages, as head office keeps them in the reference book, and what fills them for one customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.services import books, clock, parts, push
from server.services.push_verdict import Verdict
from server.storage.typed import typed_table
from sync_protocol.messaging import templates


@dataclass(frozen=True, slots=True)
class Template:
    """One template."""

    id: str
    name: str
    purpose: str
    content: str
    language: str
    gateway_code: str
    active: bool


def all_templates(connection: Connection, *, active: bool = False) -> list[Template]:
    """The templates by name. Args: active: only those in use."""
    table = typed_table("message_template")
    query = sa.select(table).where(table.c.removed.is_(False)).order_by(table.c.template_name, table.c.id)
    found = [_template(row) for row in connection.execute(query).mappings()]
    return [one for one in found if one.active] if active else found


def by_id(connection: Connection, template_id: str) -> Template | None:
    """One template; None if there is none, or not any more."""
    table = typed_table("message_template")
    query = sa.select(table).where(table.c.id == template_id, table.c.removed.is_(False))
    row = connection.execute(query).mappings().first()
    return _template(row) if row else None


def gateway_code(connection: Connection, template_id: str) -> str:
    """The code by which the gateway knows this text; "" if it has none."""
    found = by_id(connection, template_id)
    return found.gateway_code if found else ""


def save(author: str, values: Mapping[str, Any], template_id: str | None = None) -> Verdict:
    """Make or change a template, by the rules of the reference book.

    Raises: UnknownPlaceholder, if its text names one that is not on the list.
    """
    templates.named_in(str(values.get("content") or ""))
    change = {
        "op": "edit" if template_id else "create",
        "type": "message_template",
        "record": template_id or clock.new_id(),
        "customer": None,
        "seat": "maintainer",
        "term": 0,
        "set": dict(values),
    }
    return push.office_push(author, books.reference_book(), "edit template", [change])


def values_for(customer: Mapping[str, Any], manager: str, on: date, holiday: str = "") -> dict[str, str]:
    """What the placeholders stand for in a message to this customer. A shop without a known person is addressed itself."""
    store = str(customer.get("store_name") or "")
    return {
        "person": str(customer.get("contact_person") or "").strip() or store,
        "store": store,
        "manager": manager,
        "company": parts.config().company,
        "holiday": holiday,
        "date": on.isoformat(),
    }


def _template(row: Mapping[Any, Any]) -> Template:
    return Template(
        row["id"],
        row["template_name"] or "",
        row["purpose"] or "general",
        row["content"] or "",
        row["language"] or "",
        row["gateway_code"] or "",
        row["active"] is not False,
    )
