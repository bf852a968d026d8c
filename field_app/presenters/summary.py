"""One record as one row: what it was, and what matters in it. A type without a rule of its own is shown by its title field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from field_app.language import gettext as _
from field_app.language import label, ngettext
from field_app.presenters import words
from field_app.presenters.session import Session
from field_app.presenters.values import shown
from field_app.presenters.views import Row, mark
from sync_protocol.fields import Kind
from sync_protocol.records import Nature, knows, record_type

SIGNS = {
    "visit": "map-marker-check-outline",
    "order": "clipboard-text-outline",
    "contact_record": "phone-outline",
    "complaint": "alert-circle-outline",
    "stock_count": "counter",
    "photo": "image-outline",
    "review": "gavel",
    "proposal": "scale-balance",
    "conflict": "source-merge",
    "customer": "storefront-outline",
    "knowledge_case": "lightbulb-outline",
    "material": "package-variant",
    "reading": "eye-outline",
}


def type_words(type_name: str, *, plural: bool = False) -> str:
    """The name of a record type for people, of one or of several."""
    if not knows(type_name):
        return type_name
    return label(record_type(type_name).plural if plural else record_type(type_name).labels)


def when(record: Any) -> int:
    """The instant of what happened, else of the last change."""
    fields = record.fields
    for name in ("checked_in_at", "ordered_at", "contacted_at", "received_at", "taken_at", "counted_at", "reviewed_at",
                 "opened_at"):  # fmt: skip
        if isinstance(fields.get(name), int):
            return int(fields[name])
    return int(record.at or 0)


def field_text(type_name: str, name: str, fields: Mapping[str, Any], session: Session) -> str:
    """One field of a record as people read it, on one line."""
    spec = record_type(type_name).specs().get(name)
    return " ".join(shown(spec, fields.get(name), session).split()) if spec else ""


def summary(record: Any, session: Session, *, photos: int = 0) -> Row:
    """One record as a row; its key is `record:<id>`."""
    fields, type_name = record.fields, record.type

    def text(name: str) -> str:
        return field_text(type_name, name, fields, session)

    title, detail, figure = type_words(type_name), "", ""
    clock = words.clock(session.local(when(record))) if when(record) else ""
    if type_name == "visit":
        out = fields.get("checked_out_at")
        title = f"{title} {clock}" + (f"–{words.clock(session.local(out))}" if out else "")
        if fields.get("state") in ("open", "skipped"):
            title = f"{title} · {text('state')}"
        counted = ngettext("{n} photo", "{n} photos", photos).format(n=photos) if photos else ""
        why = _(", ").join(part for part in (text("skip_kind"), text("skip_reason")) if part)
        said = why or text("situation") or text("service_given") or text("need_found")
        detail = " · ".join(part for part in (counted, said) if part)
    elif type_name == "order":
        lines = fields.get("lines") or []
        counted = ngettext("{n} line", "{n} lines", len(lines)).format(n=len(lines))
        names = _(", ").join(str(line.get("product_name") or "") for line in lines[:3])
        title = f"{title} {fields['order_number']}" if fields.get("order_number") else title
        detail, figure = " · ".join(part for part in (counted, names) if part), session.money(fields.get("total_minor"))
    elif type_name == "contact_record":
        title = " · ".join(part for part in (text("channel") or title, text("purpose")) if part)
        detail = text("content") or text("feedback")
    elif type_name == "complaint":
        title = f"{title} · {text('complaint_class')}" if text("complaint_class") else title
        detail = text("subject") or text("description")
    elif type_name == "stock_count":
        detail, figure = text("product_name"), words.quantity(fields.get("quantity"))
    elif type_name == "review":
        title, detail = f"{title} · {text('outcome')}", text("comment")
    elif type_name == "proposal":
        title = " · ".join(part for part in (title, text("state")) if part)
        detail = asked_words(fields, session)
    elif type_name == "conflict":
        detail = _field_label(str(fields.get("field") or ""))
    elif type_name == "photo":
        detail = " · ".join(part for part in (text("step"), text("caption")) if part)
    else:
        detail = text(record_type(type_name).title) if knows(type_name) else ""
    return Row(
        "record:" + record.id,
        title,
        detail,
        figure=figure,
        mark=mark(record.state) if _is_own(type_name) else None,
        sign=SIGNS.get(type_name, "file-document-outline"),
        sign_role="wrong" if record.state == "returned" else "quiet",
    )


def asked_words(proposal: Mapping[str, Any], session: Session) -> str:
    """What a proposal asks for: «Address: 12 Main Street»."""
    try:
        change = json.loads(str(proposal.get("change") or "{}"))
        asked = dict(change.get("set") or {})
    except (ValueError, TypeError, AttributeError):
        return ""
    type_name = str(change.get("type") or "customer")
    parts = [f"{_field_label(name, type_name)}: {field_text(type_name, name, asked, session)}" for name in asked]
    return _(", ").join(parts)


def _field_label(name: str, type_name: str = "customer") -> str:
    spec = record_type(type_name).specs().get(name) if knows(type_name) else None
    return label(spec.labels) if spec else name


def _is_own(type_name: str) -> bool:
    """Whether people in the field make records of this type: only those have a way to go."""
    return knows(type_name) and record_type(type_name).nature in (
        Nature.FILE,
        Nature.FACT,
        Nature.COMMITMENT,
        Nature.OWN,
    )


def filled(record: Any, session: Session) -> list[tuple[str, list[tuple[str, str]]]]:
    """All filled fields of a record by group: (label of the group, [(label of the field, text)])."""
    schema = record_type(record.type)
    found = []
    for key, group in schema.groups.items():
        texts = [
            (label(spec.labels), shown(spec, record.fields.get(name), session))
            for name, spec in schema.specs().items()
            if spec.group == key and spec.kind not in (Kind.REFERENCE, Kind.USER, Kind.LINES)
        ]
        if any(text for _name, text in texts):
            found.append((label(group), [(name, text) for name, text in texts if text]))
    return found


def plural_words(type_name: str) -> str:
    """The plural of a record type for people, in small letters where the language has them."""
    return label(record_type(type_name).plural).lower() if knows(type_name) else type_name
