"""The messages of `POST /sync/1` and `POST /enrol/1` as schemas: what is checked on receipt and what the OpenAPI document shows."""

from __future__ import annotations

from functools import cache
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate

from sync_protocol.canonical import parse
from sync_protocol.identity import is_id
from sync_protocol.problems import Problem
from sync_protocol.records.base import reasons_of
from sync_protocol.signing import from_text

REQUEST_BYTES_LIMIT = 8 * 1024 * 1024
INFLATE_RATIO_LIMIT = 100
SETS_LIMIT = 1000
PENDING_LIMIT = 5000
BOOKS_LIMIT = 32
CURSORS_LIMIT = 2 * BOOKS_LIMIT
SMALL_MOST = 2**31 - 1


def _id(value: Any) -> None:
    if not is_id(value):
        raise ValidationError("id.format")


def _key(value: str) -> None:
    try:
        from_text(value, size=32)
    except ValueError as error:
        raise ValidationError("key.format") from error


class _Strict(fields.Integer):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**53:
            raise ValidationError("integer.type")
        return value


def _whole(**options: Any) -> Any:
    return _Strict(validate=validate.Range(min=0, error="integer.range"), **options)


def _small(**options: Any) -> Any:
    """A number that every database keeps in four bytes."""
    return _Strict(validate=validate.Range(min=0, max=SMALL_MOST, error="integer.range"), **options)


def _text(most: int, least: int = 0, **options: Any) -> Any:
    return fields.String(validate=[validate.Length(min=least, max=most), _plain], **options)


def _plain(value: str) -> None:
    """What every database keeps and every page shows."""
    if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
        raise ValidationError("text.surrogate")
    if any(c < " " for c in value):
        raise ValidationError("text.control-character")


def _identity(**options: Any) -> Any:
    return fields.String(validate=_id, **options)


def _cursors(**options: Any) -> Any:
    one = fields.String(validate=validate.Length(max=80))
    return fields.Dict(keys=_identity(), values=one, validate=validate.Length(max=CURSORS_LIMIT), **options)


class Holds(Schema):
    """What a device still has to send: sets and photos without a final answer, and since when (ms)."""

    class Meta:
        unknown = EXCLUDE

    sets = _small(load_default=0)
    photos = _small(load_default=0)
    since = _whole(load_default=None, allow_none=True)


class _Sets(fields.List[Any]):
    """Numbered sets. Those that are plainly right need no look by their schema."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, list) and all(map(_is_plain_set, value)):
            return [{name: item[name] for name in ("seq", "set", "sealed") if name in item} for item in value]
        return super()._deserialize(value, attr, data, **kwargs)


def _is_plain_set(item: Any) -> bool:
    if type(item) is not dict or type(item.get("seq")) is not int or not 1 <= item["seq"] < 2**53:
        return False
    return item.get("set") is not None and "sealed" not in item


class NumberedSet(Schema):
    """A change set under the number that the device gave it. What is inside is judged set by set, so that a bad one costs only itself."""

    class Meta:
        unknown = EXCLUDE

    seq = _Strict(required=True, validate=validate.Range(min=1, error="integer.range"))
    set = fields.Raw(required=False)
    sealed = fields.String(required=False)


class SyncRequest(Schema):
    """What a device sends. Members that this release does not know are passed over."""

    class Meta:
        unknown = EXCLUDE

    v = _whole(required=True)
    app = _text(60, required=True)
    schema = _small(required=True)
    device = _identity(required=True)
    user = _identity(required=True)
    epoch = _identity(required=True, allow_none=True)
    sent = _whole(required=True)
    last_seq = _whole(required=True)
    cursors = _cursors(required=True)
    witnessed = _cursors(load_default=dict)
    pending = fields.List(_identity(), load_default=list, validate=validate.Length(max=PENDING_LIMIT))
    sets = _Sets(fields.Nested(NumberedSet), load_default=list, validate=validate.Length(max=SETS_LIMIT))
    holds = fields.Nested(Holds, load_default=dict)
    snapshots = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    own = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    scope_tag = _text(40, load_default=None, allow_none=True)


class EnrolRequest(Schema):
    """What a new device sends, once, with the code of its invitation."""

    class Meta:
        unknown = RAISE

    v = _whole(required=True)
    code = _text(60, 1, required=True)
    device = _identity(required=True)
    sign_key = fields.String(required=True, validate=_key)
    seal_key = fields.String(required=True, validate=_key)
    app = _text(60, required=True)
    schema = _small(required=True)
    name = _text(100, load_default="")
    platform = _text(60, load_default="")


class Certificate(Schema):
    """What the server signed about a device when it was enrolled."""

    class Meta:
        unknown = RAISE

    device = _identity(required=True)
    user = _identity(required=True)
    sign_key = fields.String(required=True, validate=_key)
    seal_key = fields.String(required=True, validate=_key)
    issued_at = _whole(required=True)
    server_key = fields.String(required=True, validate=_key)


class RenewRequest(Schema):
    """What a device sends that the server does not know any more."""

    class Meta:
        unknown = RAISE

    v = _whole(required=True)
    certificate = fields.Nested(Certificate, required=True)
    certificate_signature = _text(100, required=True)
    app = _text(60, required=True)
    schema = _small(required=True)
    name = _text(100, load_default="")
    platform = _text(60, load_default="")


@cache
def _made(schema: type[Schema]) -> Schema:
    """One of each is enough: to load changes nothing of it."""
    return schema()


def read(schema: type[Schema], body: bytes) -> dict[str, Any]:
    """Parse and check a body. Raises: Problem(not-json), Problem(not-the-schema) with the reasons by member."""
    try:
        value = parse(body)
    except ValueError as error:
        raise Problem("not-json", "The body is not a JSON document in UTF-8. Nothing was stored.") from error
    try:
        loaded: dict[str, Any] = _made(schema).load(value)
    except ValidationError as error:
        detail = "The body is not of the schema. Nothing was stored."
        raise Problem("not-the-schema", detail, reasons=reasons_of(error)) from error
    return loaded
