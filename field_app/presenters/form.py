"""A form derived from the declaration of a record type: no list of fields exists but the declaration itself.

A new field in `sync_protocol/records/` appears here, with its label, its widget and its reasons, without a line of code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from field_app.language import gettext as _
from field_app.language import label
from field_app.presenters.reasons import reasons
from field_app.presenters.session import Session
from field_app.presenters.values import offered, read, shown, typed
from sync_protocol.fields import FieldClass, FieldSpec, Kind
from sync_protocol.records import check_values, record_type

EDIT, PROPOSE, COMPUTED, READ = "edit", "propose", "computed", "read"
SHORT_LIST = 6
TYPED = {
    Kind.TEXT,
    Kind.NOTE,
    Kind.PHONE,
    Kind.MONEY,
    Kind.DECIMAL,
    Kind.COUNT,
    Kind.COORDINATE,
    Kind.TAGS,
    Kind.INSTANT,
}
KEYBOARDS = {
    Kind.PHONE: "tel",
    Kind.MONEY: "number",
    Kind.DECIMAL: "number",
    Kind.COUNT: "number",
    Kind.COORDINATE: "number",
    Kind.INSTANT: "datetime",
}
INTERNAL = {Kind.REFERENCE, Kind.USER, Kind.LINES}


@dataclass(frozen=True)
class FieldView:
    """One field as it is shown.

    Args: text: its value as people read it. typed: the same as one types it. widget: `line`, `lines`, `chips`, `list`, `flag`, `day`, `moment`.
        mode: `edit`, `propose` (takes effect when its seat accepts), `computed`, `read`. reason: what is wrong with it, or "".
    """

    name: str
    label: str
    text: str
    typed: str
    value: Any
    widget: str
    keyboard: str
    mode: str
    unit: str
    hint: str
    choices: tuple[tuple[str, str], ...]
    required: bool
    reason: str

    @property
    def can_type(self) -> bool:
        """Whether the person may change it."""
        return self.mode in (EDIT, PROPOSE)


class Form:
    """Values of one record while they are typed.

    Args: groups: only these groups, all if empty. names: only these fields, all if empty. mode_of: field -> how it may be
        changed. required: fields that this form asks for beside the declared ones.
    """

    def __init__(
        self,
        type_name: str,
        values: Mapping[str, Any],
        session: Session,
        *,
        groups: Iterable[str] = (),
        names: Iterable[str] = (),
        mode_of: Callable[[str], str] | None = None,
        required: Iterable[str] = (),
        creating: bool = False,
    ) -> None:
        self.type_name = type_name
        self.schema = record_type(type_name)
        self.session = session
        self.before = dict(values)
        self.values = dict(values)
        self.required = set(required) | {name for name, field in self.schema.declared().items() if field.required}
        self.creating = creating
        self.wrong: dict[str, list[str]] = {}
        self._unread: dict[str, str] = {}
        self._mode_of = mode_of or (lambda name: COMPUTED if self.specs[name].klass is FieldClass.SYSTEM else EDIT)
        only, named = set(groups), set(names)
        self.specs: dict[str, FieldSpec] = {
            name: spec
            for name, spec in self.schema.specs().items()
            if (not only or spec.group in only) and (not named or name in named)
        }
        self.required &= set(self.specs)

    def names(self, group: str) -> list[str]:
        """The fields of a group in the order of their declaration, without ids of other records."""
        return [name for name, spec in self.specs.items() if spec.group == group and spec.kind not in INTERNAL]

    def groups(self) -> list[tuple[str, str]]:
        """(group, label) of the groups that have a field here."""
        return [(key, label(words_)) for key, words_ in self.schema.groups.items() if self.names(key)]

    def view(self, name: str) -> FieldView:
        """One field as it is shown now."""
        spec = self.specs[name]
        value = self.values.get(name)
        choices = offered(spec, self.session)
        return FieldView(
            name=name,
            label=label(spec.labels),
            text=shown(spec, value, self.session),
            typed=self._unread.get(name, typed(spec, value, self.session)),
            value=value,
            widget=_widget(spec, len(choices)),
            keyboard=KEYBOARDS.get(spec.kind, "text"),
            mode=self._mode_of(name),
            unit=label(spec.unit) if spec.unit else (self.session.currency if spec.kind is Kind.MONEY else ""),
            hint=_hint(spec),
            choices=choices,
            required=name in self.required,
            reason=reasons(self.wrong.get(name, ())),
        )

    def put(self, name: str, text: str) -> bool:
        """Take what was typed. Returns: whether it can be read; if not, its reason is shown and the old value stays."""
        spec = self.specs[name]
        if not text.strip():
            return self.set(name, None)
        value, code = read(spec, text, self.session)
        codes = [code] if code else check_values(self.type_name, {name: value}, creating=False).get(name, [])
        if codes:
            self._unread[name] = text
            self.wrong[name] = codes
            return False
        return self.set(name, value)

    def set(self, name: str, value: Any) -> bool:
        """Take a value that was chosen. Returns: whether the declaration allows it."""
        self._unread.pop(name, None)
        self.wrong.pop(name, None)
        self.values[name] = value
        codes = check_values(self.type_name, {name: value}, creating=False).get(name, []) if value is not None else []
        if codes:
            self.wrong[name] = codes
        return not codes

    def changed(self) -> dict[str, Any]:
        """What differs from the values the form began with."""
        return {
            name: value
            for name, value in self.values.items()
            if name in self.specs and value != self.before.get(name) and not (value is None and name not in self.before)
        }

    def check(self) -> bool:
        """Whether it can be saved; what cannot has its reason."""
        for name in self.required & set(self.specs):
            if self.values.get(name) in (None, "", []) and (
                self.creating or name in self.before or name in self.values
            ):
                self.wrong.setdefault(name, ["required"])
        return not self.wrong

    def refuse(self, found: Mapping[str, list[str]]) -> None:
        """Show the reasons that a service gave."""
        for name, codes in found.items():
            self.wrong[name.partition(".")[0]] = list(codes)

    def first_wrong(self) -> str:
        """The first field in order that cannot be saved, "" if all can."""
        return next((name for name in self.specs if name in self.wrong), "")


def completeness(type_name: str, group: str, values: Mapping[str, Any]) -> tuple[int, int]:
    """How many fields of a group are filled, and how many it has (computed ones and ids do not count)."""
    names = [
        name
        for name, spec in record_type(type_name).specs().items()
        if spec.group == group and spec.klass is not FieldClass.SYSTEM and spec.kind not in INTERNAL
    ]
    return sum(values.get(name) not in (None, "", []) for name in names), len(names)


def _widget(spec: FieldSpec, choices: int) -> str:
    if spec.kind is Kind.CHOICE:
        return "chips" if 0 < choices <= SHORT_LIST else "list"
    if spec.kind is Kind.NOTE:
        return "lines"
    if spec.kind is Kind.FLAG:
        return "flag"
    return {Kind.DAY: "day", Kind.INSTANT: "moment"}.get(spec.kind, "line")


def _hint(spec: FieldSpec) -> str:
    if spec.kind is Kind.TAGS:
        return _("several, with commas between")
    return ""
