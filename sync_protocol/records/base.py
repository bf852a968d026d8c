"""What all record types share: the schema base, its groups, and the registry that everything is derived from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, fields, validates_schema

from sync_protocol.fields import FieldClass, FieldSpec, Labels, Rule, Seat, fits_of, spec_of


class Nature(StrEnum):
    """What a record stands for, and so what becomes of it when it arrives late (protocol §6)."""

    FILE = "file"  # the customer file
    FACT = "fact"  # what happened: a visit, a photo, a contact record, a complaint
    COMMITMENT = "commitment"  # what binds the company: an order
    REFERENCE = "reference"  # of the whole company, kept in the reference book: products
    OFFICE = "office"  # decisions of the office: reviews
    OWN = "own"  # what an app notes on the desk of its user, once and for good: readings
    PROTOCOL = "protocol"  # written by the server alone: proposals, conflicts, notices


@dataclass(frozen=True, slots=True)
class _Looks:
    """What a quick look at values needs. Args: hooks: whether more than the base checks whole records."""

    fits: Mapping[str, Callable[[Any], bool]]
    required: tuple[str, ...]
    hooks: bool


class RecordSchema(Schema):
    """Base of all record types. A subclass sets `name`, `labels`, `plural`, `nature`, `groups`, and declares fields."""

    name: ClassVar[str] = ""
    labels: ClassVar[Labels]
    plural: ClassVar[Labels]
    nature: ClassVar[Nature]
    groups: ClassVar[Mapping[str, Labels]] = {"record": Labels("Record", "记录", "記錄")}
    title: ClassVar[str] = ""  # the field that names a record to people
    _specs: ClassVar[dict[str, FieldSpec]]
    _looks: ClassVar[_Looks]

    class Meta:
        unknown = RAISE

    @classmethod
    def declared(cls) -> Mapping[str, fields.Field[Any]]:
        """Field name -> marshmallow field, in the order of declaration."""
        found: Mapping[str, fields.Field[Any]] = cls._declared_fields
        return found

    @classmethod
    def specs(cls) -> Mapping[str, FieldSpec]:
        """Field name -> what its declaration says, in the order of declaration. Read from the declaration once."""
        found: dict[str, FieldSpec] | None = cls.__dict__.get("_specs")
        if found is None:
            found = cls._specs = {name: spec_of(declared) for name, declared in cls.declared().items()}
        return found

    @classmethod
    def certainly_takes(cls, values: Any, *, creating: bool = True) -> bool:
        """Whether a quick look is enough to say that these values are right; if it is not, `load` has the last word.

        Args: creating: whether required fields must all be there.
        """
        looks: _Looks | None = cls.__dict__.get("_looks")
        if looks is None:
            looks = cls._looks = cls._made_looks()
        if type(values) is not dict or looks.hooks:
            return False
        fits, required = looks.fits, looks.required
        for name, value in values.items():
            fit = fits.get(name)
            if fit is None or (name in required if value is None else not fit(value)):
                return False
        for name in required:
            value = values.get(name)
            if (value is None and creating) or (type(value) is str and not value.strip()):
                return False
        return True

    @classmethod
    def _made_looks(cls) -> _Looks:
        declared = cls.declared()
        return _Looks(
            fits={name: fits_of(made) for name, made in declared.items()},
            required=tuple(name for name, made in declared.items() if made.required),
            hooks=sum(map(len, cls._hooks.values())) > 1,
        )

    @validates_schema(skip_on_field_errors=False)
    def _required_is_not_blank(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        """A required text that holds only spaces is missing."""
        given = {name: data.get(name) for name, declared in self.declared().items() if declared.required}
        blank = [name for name, value in given.items() if isinstance(value, str) and not value.strip()]
        if blank:
            raise ValidationError({name: ["required"] for name in blank})


_types: dict[str, type[RecordSchema]] = {}
_instances: dict[str, RecordSchema] = {}


def register(record_type: type[RecordSchema]) -> type[RecordSchema]:
    """Make a record type known. A class decorator; a name is taken once, the last registration of a name counts."""
    _types[record_type.name] = record_type
    _instances[record_type.name] = record_type()
    return record_type


def unregister(name: str) -> None:
    """Forget a record type (tests only)."""
    _types.pop(name, None)
    _instances.pop(name, None)


def record_types() -> Mapping[str, type[RecordSchema]]:
    """Name -> record type, in the order of declaration."""
    return dict(_types)


def record_type(name: str) -> type[RecordSchema]:
    """The record type of this name. Raises: KeyError."""
    return _types[name]


def knows(name: str) -> bool:
    """Whether this release declares a record type of this name."""
    return name in _types


def check_values(name: str, values: Mapping[str, Any], *, creating: bool) -> dict[str, list[str]]:
    """Check values against the declaration of the record type `name`.

    Args: values: field -> value, as on the wire. creating: whether required fields must all be there.
    Returns: field -> codes of what is wrong, empty if all is right. Elements in a field are named `lines.0.quantity`.
    """
    if _types[name].certainly_takes(values, creating=creating):
        return {}
    try:
        _instances[name].load(values, partial=not creating)
    except ValidationError as error:
        return reasons_of(error)
    return {}


def reasons_of(error: ValidationError) -> dict[str, list[str]]:
    """Where -> codes of what is wrong there. What lies inside is named by a path such as `lines.0.quantity`."""
    messages: Mapping[Any, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
    return dict(_flat("", messages))


def _flat(prefix: str, messages: Mapping[Any, Any]) -> Iterable[tuple[str, list[str]]]:
    for key, value in messages.items():
        where = prefix.removesuffix(".") if key == "_schema" and prefix else f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _flat(f"{where}.", value)
        else:
            yield where, [_code(str(text)) for text in value]


_CODES = {
    "Missing data for required field.": "required",
    "Field may not be null.": "required",
    "Unknown field.": "field.unknown",
    "Not a valid string.": "text.type",
    "Not a valid list.": "list.type",
    "Invalid type.": "line.type",
    "Invalid input type.": "line.type",
    "Longer than maximum length 200.": "list.too-long",
    "Not a valid integer.": "integer.type",
    "Not a valid mapping type.": "object.type",
}


def _code(message: str) -> str:
    if message in _CODES:
        return _CODES[message]
    if message.startswith("Longer than maximum length"):
        return "too-long"
    return "too-short" if message.startswith(("Shorter than minimum length", "Length must be")) else message


def line_type(name: str, field_name: str) -> type[RecordSchema]:
    """The schema of the elements inside a field of kind `lines`."""
    inner: Any = _types[name].declared()[field_name]
    found: type[RecordSchema] = type(inner.inner.schema)
    return found


def rule_of(name: str, field_name: str) -> Rule:
    """The merge rule of a declared field."""
    return _types[name].specs()[field_name].rule


def class_of(name: str, field_name: str) -> FieldClass:
    """The class of a declared field."""
    return _types[name].specs()[field_name].klass


def seat_of(name: str, field_name: str) -> Seat | None:
    """The seat that maintains a declared field; None for system fields."""
    return _types[name].specs()[field_name].seat
