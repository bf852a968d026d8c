"""What every template may call: addresses, the places one can go to, labels of records."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from flask import current_app, request, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import generate_csrf

from server.console.access import can, scope
from server.console.backup_words import backup_alarms
from server.console.choices import choice_word, choice_words
from server.console.company import company
from server.console.formats import day_of
from server.console.language import NAMES, html_language, language
from server.console.reasons import reason
from server.console.refusals import refusal
from server.services import clock
from server.services.names import Name, title_of
from sync_protocol.acts import ROLES
from sync_protocol.fields import FieldSpec, Labels
from sync_protocol.records import knows, record_type
from sync_protocol.records.protocol_records import SEATS

_FILES = "files"  # no act: where the files of books stand, for who has any to read
_PLACES = (
    ("inbox.show", _l("Inbox"), "", False),
    ("review.show", _l("Review"), _FILES, False),
    ("dashboard.show", _l("Today"), _FILES, False),
    ("customers.index", _l("Customers"), _FILES, False),
    ("visits.index", _l("Visits"), _FILES, False),
    ("orders.index", _l("Orders"), _FILES, False),
    ("products.index", _l("Products"), "see_products", False),
    ("messages.index", _l("Messages"), "see_messages", False),
    ("reminders.index", _l("Reminders"), _FILES, False),
    ("reports.index", _l("Weekly reports"), _FILES, False),
    ("reading.index", _l("Lookups and releases"), _FILES, False),
    ("devices.index", _l("Devices"), "see_devices", True),
    ("books.index", _l("Books and seats"), _FILES, False),
    ("users.index", _l("Users"), "administer", False),
    ("imports.index", _l("Import"), "import", False),
    ("operations.index", _l("Erasing and archiving"), "erase", False),
    ("jobs.index", _l("Jobs"), "administer", False),
    ("backups.index", _l("Backups"), "see_backups", False),
)
_WITHIN = {  # pages below another's entry
    "message_lists": "messages",
    "message_rules": "messages",
    "catalogue": "products",
    "maps": "customers",
    "merging": "customers",
    "moves": "customers",
    "leaving": "books",
    "releases": "reading",
    "quarantine": "inbox",
    "records": "visits",
}
OWN_PAGES = {"customer": "customers.show", "visit": "visits.show", "order": "orders.show", "product": "products.show"}
IN_CATALOGUE = ("knowledge", "code_entry")


class HasValues(Protocol):
    """A row of a list, or a file."""

    @property
    def values(self) -> Mapping[str, Any]:
        """Field -> value."""


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation."""

    label: str
    url: str
    here: bool
    apart: bool
    wrong: str


def places() -> list[Place]:
    """Where the person at the page may go."""
    here = (request.endpoint or "").partition(".")[0]
    here = _WITHIN.get(here, here)
    wrong = {"backups.index": " ".join(backup_alarms())}
    return [
        Place(label, url_for(endpoint), endpoint.partition(".")[0] == here, apart, wrong.get(endpoint, ""))
        for endpoint, label, act, apart in _PLACES
        if endpoint in current_app.view_functions and (not act or (reads_files() if act == _FILES else can(act)))
    ]


def reads_files() -> bool:
    """Whether a role or a seat of the person at the page lets him read files of customers at all."""
    return can("read_own_books") or can("read_all_books") or bool(scope())


def address(**changes: Any) -> str:
    """The address of this page with some of its parameters changed; None or "" takes one out."""
    values = {**request.args.to_dict(), **changes}
    kept = {name: value for name, value in values.items() if value not in (None, "")}
    return url_for(request.endpoint or "inbox.show", **{**(request.view_args or {}), **kept})


def here() -> str:
    """The path of this page, to come back to; of a page that answered a form, the inbox."""
    return request.full_path.rstrip("?") if request.method == "GET" else url_for("inbox.show")


def record_url(name: Name) -> str:
    """Where a record has its page."""
    return record_address(name.type, name.id)


def record_address(type_name: str, record_id: str) -> str:
    """The same, from its type and id."""
    if type_name in IN_CATALOGUE:
        return url_for("catalogue.show", kind=type_name, record_id=record_id)
    endpoint = OWN_PAGES.get(type_name)
    return url_for(endpoint, record_id=record_id) if endpoint else url_for("records.show", record_id=record_id)


def type_label(type_name: str, *, plural: bool = False) -> str:
    """What a record type is called."""
    if not knows(type_name):
        return type_name
    declared = record_type(type_name)
    return (declared.plural if plural else declared.labels)[language()]


def type_specs(type_name: str) -> Mapping[str, FieldSpec]:
    """The fields of a record type; none of one that this release does not declare."""
    return record_type(type_name).specs() if knows(type_name) else {}


def name_of(name: Name) -> str:
    """What a record is called in a link: what happened has its day, what has no title of its own its type."""
    if name.at is not None:
        return f"{type_label(name.type)} {day_of(name.at)}"
    return name.text or type_label(name.type)


def role_label(role: str) -> str:
    """What a role is called."""
    return ROLES[role][language()] if role in ROLES else role


def seat_label(seat: str) -> str:
    """What a seat is called."""
    words = SEATS.get(str(seat))
    return Labels(*words)[language()] if words else str(seat)


def field_label(type_name: str, field: str) -> str:
    """What a field is called; one that this release does not declare, or one inside a line, by its own name."""
    spec = record_type(type_name).specs().get(field.partition(".")[0]) if knows(type_name) else None
    return spec.labels[language()] if spec else field


def field_label_in(types: Sequence[str], field: str) -> str:
    """The same, in the first of these types that declares it."""
    return next((label for label in (field_label(name, field) for name in types) if label != field), field)


def word(type_name: str, field: str, code: str | None) -> str:
    """A code of a choice in words; a code that this release does not know is shown as it is; empty if there is none."""
    return choice_word(record_type(type_name).specs()[field], code) if code else ""


def used_columns(
    specs: Mapping[str, FieldSpec], rows: Sequence[HasValues], without: Sequence[str] = ()
) -> dict[str, FieldSpec]:
    """The fields that have something to show in these rows."""
    return {
        name: spec
        for name, spec in specs.items()
        if name not in without and any(row.values.get(name) not in (None, "", []) for row in rows)
    }


@lru_cache(maxsize=32)
def _version(path: Path, changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def asset(filename: str) -> str:
    """The address of a static file, with a mark that changes with its content."""
    path = Path(current_app.static_folder or "") / filename
    return url_for("static", filename=filename, v=_version(path, path.stat().st_mtime_ns))


GLOBALS: dict[str, Any] = {
    "address": address,
    "backup_alarms": backup_alarms,
    "asset": asset,
    "can": can,
    "choice_word": choice_word,
    "choice_words": choice_words,
    "company": company,
    "csrf_token": generate_csrf,
    "field_label": field_label,
    "field_label_in": field_label_in,
    "here": here,
    "html_language": html_language,
    "language": language,
    "language_names": NAMES,
    "name_of": name_of,
    "now_ms": clock.now_ms,
    "places": places,
    "seat_label": seat_label,
    "used_columns": used_columns,
    "word": word,
    "reads_files": reads_files,
    "reason": reason,
    "refusal": refusal,
    "record_address": record_address,
    "record_url": record_url,
    "role_label": role_label,
    "title_of": title_of,
    "type_label": type_label,
    "type_specs": type_specs,
}
