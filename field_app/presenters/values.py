"""Values of declared fields as people read them, as one types them, and back."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from field_app.language import gettext as _
from field_app.language import label
from field_app.presenters import people, words
from field_app.presenters.session import Session
from sync_protocol.code_lists import CodeLists
from sync_protocol.fields import FieldSpec, Kind

_NONE = CodeLists()


def shown(spec: FieldSpec, value: Any, session: Session) -> str:
    """A value as people read it; "" for none."""
    if value in (None, "", []):
        return ""
    if spec.kind is Kind.CHOICE:
        words_ = _lists(spec, session).labels(spec, str(value))
        return label(words_) if words_ else str(value)
    if spec.kind is Kind.FLAG:
        return _("yes") if value else _("no")
    if spec.kind is Kind.TAGS:
        return _(", ").join(value)
    if spec.kind is Kind.MONEY:
        return session.money(value)
    if spec.kind is Kind.INSTANT:
        return session.moment(value)
    if spec.kind is Kind.DAY:
        return words.short_day(date.fromisoformat(value), session.today())
    if spec.kind is Kind.LINES:
        return str(len(value))
    if spec.kind is Kind.USER:
        return people.name_of(session.device, str(value))
    text = words.quantity(value) if spec.kind is Kind.DECIMAL else str(value)
    return f"{text} {label(spec.unit)}" if spec.unit else text


def offered(spec: FieldSpec, session: Session) -> tuple[tuple[str, str], ...]:
    """(code, words) of what a field can be chosen from, as the company has it."""
    return tuple((code, label(words_)) for code, words_ in _lists(spec, session).offered(spec))


def _lists(spec: FieldSpec, session: Session) -> CodeLists:
    from field_app.services import code_lists  # no page is ready before the passphrase

    return _NONE if session.is_locked or not spec.code_list else code_lists.current(session.device)


def typed(spec: FieldSpec, value: Any, session: Session) -> str:
    """A value as one types it."""
    if value in (None, "", []):
        return ""
    if spec.kind is Kind.MONEY:
        return session.money(value).replace(",", "")
    if spec.kind is Kind.INSTANT:
        return session.local(value).strftime("%Y-%m-%d %H:%M")
    if spec.kind is Kind.TAGS:
        return _(", ").join(value)
    return str(value)


def read(spec: FieldSpec, text: str, session: Session) -> tuple[Any, str]:
    """Typed text as a value. Returns: (value, "") or (None, code of what is wrong)."""
    plain = text.strip()
    if spec.kind is Kind.MONEY:
        minor = words.parse_money(plain, session.currency)
        return (minor, "") if minor is not None else (None, "money.format")
    if spec.kind is Kind.COUNT:
        digits = plain.replace(",", "").replace(" ", "")
        return (int(digits), "") if re.fullmatch(r"-?[0-9]{1,15}", digits) else (None, "integer.type")
    if spec.kind is Kind.DECIMAL:
        return plain.replace(",", ""), ""
    if spec.kind is Kind.TAGS:
        return list(dict.fromkeys(part.strip() for part in re.split(r"[,，、;；]", plain) if part.strip())), ""
    if spec.kind is Kind.INSTANT:
        try:
            at = datetime.fromisoformat(plain.replace("T", " ")[:16])
        except ValueError:
            return None, "instant.format"
        return int(at.replace(tzinfo=session.local(0).tzinfo).timestamp() * 1000), ""
    if spec.kind is Kind.FLAG:
        return plain == "yes", ""
    return text.rstrip() if spec.kind is Kind.NOTE else plain, ""
