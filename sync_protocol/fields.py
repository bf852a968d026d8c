"""Kinds of field: how a record type declares what it holds.

A field is a marshmallow field whose metadata carries a `FieldSpec`. Everything else that knows a field (columns, forms,
pages, import and export columns, the OpenAPI document, the rights check) is derived from these two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields, validate

TEXT_LIMIT = 20_000
INTEGER_LIMIT = 2**53 - 1
ELEMENTS_LIMIT = 200

_POISON = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?")
_PHONE = re.compile(r"\+?\(?[0-9][0-9 ().\-/]{2,30}( ?(x|ext\.?) ?[0-9]{1,6})?", re.IGNORECASE)
_COORDINATE = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,8})?")


class FieldClass(StrEnum):
    """How a change of a field takes effect (decisions 1 and 3)."""

    STATIC = "static"
    DYNAMIC = "dynamic"
    SYSTEM = "system"


class Seat(StrEnum):
    """The roles on a book. The holder of a field's seat is the one person who may edit it."""

    MAINTAINER = "maintainer"
    SUPERVISOR = "supervisor"
    LICENSING = "licensing"


class Rule(StrEnum):
    """How two edits of one field that had not seen each other are settled (protocol R13, R14)."""

    LATEST = "latest"
    ASK = "ask"
    ELEMENTS = "elements"
    SUM = "sum"


class Sensitivity(StrEnum):
    """Who gets a value on the wire (decision 4)."""

    OPEN = "open"
    PRIVATE = "private"
    SECRET = "secret"


class Kind(StrEnum):
    """What a value is, for columns, input widgets and cells."""

    TEXT = "text"
    NOTE = "note"
    PHONE = "phone"
    CHOICE = "choice"
    TAGS = "tags"
    LINES = "lines"
    MONEY = "money"
    DECIMAL = "decimal"
    COUNT = "count"
    FLAG = "flag"
    DAY = "day"
    INSTANT = "instant"
    COORDINATE = "coordinate"
    REFERENCE = "reference"
    USER = "user"


LANGUAGES = ("en", "zh_Hans", "zh_Hant")


@dataclass(frozen=True, slots=True)
class Labels:
    """One text in the three languages."""

    en: str
    zh_hans: str
    zh_hant: str

    def __getitem__(self, language: str) -> str:
        """Text for `en`, `zh_Hans` or `zh_Hant`; anything else reads English."""
        return {"zh_Hans": self.zh_hans, "zh_Hant": self.zh_hant}.get(language, self.en)


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """What the declaration of a field says beyond its type.

    Args: kind: what the value is. group: where it is shown. klass: how a change takes effect. seat: who maintains it; None
        for system fields. rule: how unseen edits are settled. row: its number in the catalogue of the domain, 0 if it has none.
        aliases: column names, lower case, by which an import knows it beside its labels. choices: code -> labels. code_list: the
        list by which a company changes them (records/code_list.py).
        target: the record type that a reference names. search: part of the device's and the console's search.
        unit: what a number counts (shown behind it). required_since: the schema from which a new record must have it (R49): a set
        of an older app may lack it, and is applied all the same.
    """

    kind: Kind
    labels: Labels
    group: str
    klass: FieldClass
    seat: Seat | None
    rule: Rule
    sensitivity: Sensitivity = Sensitivity.OPEN
    row: int = 0
    aliases: tuple[str, ...] = ()
    choices: Mapping[str, Labels] = field(default_factory=dict)
    code_list: str = ""
    target: str = ""
    search: bool = False
    listed: bool = False
    unit: Labels | None = None
    required_since: int = 1


SPEC = "roundbook"
FITS = (
    "roundbook.fits"  # value -> whether it is certainly right; what it does not know for certain, the schema looks at
)


def spec_of(declared: fields.Field[Any]) -> FieldSpec:
    """The declaration behind a marshmallow field. Raises: KeyError if it was not made by this module."""
    spec: FieldSpec = declared.metadata[SPEC]
    return spec


def fits_of(declared: fields.Field[Any]) -> Callable[[Any], bool]:
    """A quick look at one value of the wire: True means that the field takes it, False that the field has to be asked."""
    found: Callable[[Any], bool] = declared.metadata.get(FITS, _unsure)
    return found


def _unsure(value: Any) -> bool:
    return False


class _Text(fields.String):
    """A string without control characters or lone surrogates: what one database takes and another refuses."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if _POISON.search(text):
            raise ValidationError("text.control-character")
        return text


class _Whole(fields.Integer):
    """A JSON integer. True, 1.0 and "1" are not integers: a digest would differ from the one the author made."""

    def _validated(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("integer.type")
        if abs(value) > INTEGER_LIMIT:
            raise ValidationError("integer.range")
        return value


class _Flag(fields.Boolean):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise ValidationError("flag.type")
        return value


def _pattern(pattern: re.Pattern[str], code: str) -> Any:
    def check(value: str) -> None:
        if value and not pattern.fullmatch(value):
            raise ValidationError(code)

    return check


def _is_day(value: str) -> None:
    try:
        valid = date.fromisoformat(value).isoformat() == value
    except ValueError:
        valid = False
    if not valid:
        raise ValidationError("day.format")


def _length(most: int) -> Any:
    return validate.Length(max=most, error="text.too-long")


def _declare(
    make: type[fields.Field[Any]],
    kind: Kind,
    label: tuple[str, str, str],
    *,
    group: str = "record",
    klass: FieldClass = FieldClass.DYNAMIC,
    seat: Seat | None = Seat.MAINTAINER,
    rule: Rule = Rule.LATEST,
    sensitivity: Sensitivity = Sensitivity.OPEN,
    row: int = 0,
    aliases: Sequence[str] = (),
    choices: Mapping[str, tuple[str, str, str]] | None = None,
    code_list: str = "",
    target: str = "",
    search: bool = False,
    listed: bool = False,
    unit: tuple[str, str, str] | None = None,
    required: bool = False,
    required_since: int = 1,
    validators: Sequence[Any] = (),
    fits: Callable[[Any], bool] = _unsure,
    **more: Any,
) -> Any:
    spec = FieldSpec(
        kind=kind,
        labels=Labels(*label),
        group=group,
        klass=klass,
        seat=None if klass is FieldClass.SYSTEM else seat,
        rule=rule,
        sensitivity=sensitivity,
        row=row,
        aliases=tuple(aliases),
        choices={code: Labels(*words) for code, words in (choices or {}).items()},
        code_list=code_list,
        target=target,
        search=search,
        listed=listed,
        unit=Labels(*unit) if unit else None,
        required_since=required_since,
    )
    metadata = {SPEC: spec, FITS: fits}
    return make(required=required, allow_none=not required, validate=list(validators), metadata=metadata, **more)


def _short(most: int) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        return type(value) is str and len(value) <= most and (value.isprintable() or not _POISON.search(value))

    return fits


def _like(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        return type(value) is str and pattern.fullmatch(value) is not None

    return fits


def _from(least: int) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        return type(value) is int and least <= value <= INTEGER_LIMIT

    return fits


def _is_truth(value: Any) -> bool:
    return value is True or value is False


def _is_plain_day(value: Any) -> bool:
    if type(value) is not str:
        return False
    try:
        _is_day(value)
    except ValidationError:
        return False
    return True


def _few(most: int, fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def all_fit(value: Any) -> bool:
        return type(value) is list and len(value) <= most and all(map(fits, value))

    return all_fit


def text(label: tuple[str, str, str], *, most: int = 200, **options: Any) -> Any:
    """One line of text, at most `most` characters."""
    return _declare(_Text, Kind.TEXT, label, validators=[_length(most)], fits=_short(most), **options)


def note(label: tuple[str, str, str], **options: Any) -> Any:
    """Free text of several lines, at most 20,000 characters."""
    return _declare(_Text, Kind.NOTE, label, validators=[_length(TEXT_LIMIT)], fits=_short(TEXT_LIMIT), **options)


def phone(label: tuple[str, str, str], **options: Any) -> Any:
    """A number that can be dialled, as people write it: digits, spaces, ( ) . - / + and an extension."""
    return _declare(
        _Text, Kind.PHONE, label, validators=[_pattern(_PHONE, "phone.format")], fits=_like(_PHONE), **options
    )


def choice(label: tuple[str, str, str], choices: Mapping[str, tuple[str, str, str]], **options: Any) -> Any:
    """One code of a list. A code that this release does not know is kept and shown raw (R50), so any short text is taken."""
    return _declare(_Text, Kind.CHOICE, label, choices=choices, validators=[_length(60)], fits=_short(60), **options)


def tags(label: tuple[str, str, str], **options: Any) -> Any:
    """A set of short texts, in order, changed element by element."""
    inner = _Text(validate=[_length(60)])
    return _declare(
        fields.List,
        Kind.TAGS,
        label,
        rule=Rule.ELEMENTS,
        cls_or_instance=inner,
        validators=[validate.Length(max=ELEMENTS_LIMIT)],
        fits=_few(ELEMENTS_LIMIT, _short(60)),
        **options,
    )


def lines(label: tuple[str, str, str], of: Any, **options: Any) -> Any:
    """Elements inside a record (decision 24), each a nested schema `of`; at most 200."""
    return _declare(
        fields.List,
        Kind.LINES,
        label,
        cls_or_instance=fields.Nested(of),
        validators=[validate.Length(max=ELEMENTS_LIMIT)],
        fits=_few(ELEMENTS_LIMIT, of.certainly_takes),
        **options,
    )


def money(label: tuple[str, str, str], **options: Any) -> Any:
    """Integer minor units of the company's currency (decision 11)."""
    return _declare(_Whole, Kind.MONEY, label, strict=True, fits=_from(-INTEGER_LIMIT), **options)


def decimal(label: tuple[str, str, str], **options: Any) -> Any:
    """A decimal number as a string: quantities, averages, areas. No floats travel."""
    return _declare(
        _Text, Kind.DECIMAL, label, validators=[_pattern(_DECIMAL, "decimal.format")], fits=_like(_DECIMAL), **options
    )


def count(label: tuple[str, str, str], *, least: int | None = 0, **options: Any) -> Any:
    """A whole number, at least `least`."""
    limits = [validate.Range(min=least, error="count.range")] if least is not None else []
    return _declare(
        _Whole,
        Kind.COUNT,
        label,
        strict=True,
        validators=limits,
        fits=_from(-INTEGER_LIMIT if least is None else least),
        **options,
    )


def flag(label: tuple[str, str, str], **options: Any) -> Any:
    """Yes or no."""
    return _declare(_Flag, Kind.FLAG, label, fits=_is_truth, **options)


def day(label: tuple[str, str, str], **options: Any) -> Any:
    """A calendar day, YYYY-MM-DD, without a time zone."""
    return _declare(_Text, Kind.DAY, label, validators=[_is_day], fits=_is_plain_day, **options)


def instant(label: tuple[str, str, str], **options: Any) -> Any:
    """Milliseconds since 1970 UTC."""
    return _declare(_Whole, Kind.INSTANT, label, strict=True, fits=_from(-INTEGER_LIMIT), **options)


def coordinate(label: tuple[str, str, str], **options: Any) -> Any:
    """Degrees, WGS 84, as a decimal string."""
    return _declare(
        _Text,
        Kind.COORDINATE,
        label,
        validators=[_pattern(_COORDINATE, "coordinate.format")],
        fits=_like(_COORDINATE),
        **options,
    )


def reference(label: tuple[str, str, str], target: str, **options: Any) -> Any:
    """The id of a record of the type `target`."""
    return _declare(_Text, Kind.REFERENCE, label, target=target, validators=[_length(60)], fits=_short(60), **options)


def user(label: tuple[str, str, str], **options: Any) -> Any:
    """The id of a user."""
    return _declare(_Text, Kind.USER, label, validators=[_length(60)], fits=_short(60), **options)
