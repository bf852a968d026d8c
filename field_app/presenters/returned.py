"""What came back from head office: why, in words, and the way to the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from field_app.language import gettext as _
from field_app.language import label
from field_app.presenters import words
from field_app.presenters.reasons import reasons
from field_app.presenters.summary import type_words
from field_app.presenters.views import Fact, Head, Item, Row, mark
from sync_protocol.records import knows, record_type

if TYPE_CHECKING:
    from field_app.services.returned import Returned


def why(type_name: str, found: Mapping[str, Iterable[str]]) -> list[tuple[str, str]]:
    """(field, sentence) of each reason of a refusal; what belongs to no field is said by head office."""
    specs = record_type(type_name).specs() if knows(type_name) else {}
    said = []
    for name, codes in found.items():
        spec = specs.get(name.partition(".")[0])
        said.append((label(spec.labels) if spec else _("Head office"), reasons(codes)))
    return said or [(_("Head office"), _("No reason was given. Please call head office."))]


def why_words(one: Returned) -> str:
    """All reasons, one to a line; or the comment of head office."""
    if one.comment:
        return one.comment
    return "\n".join(
        _("{field}: {reason}").format(field=field, reason=words) for field, words in why(one.type, one.reasons)
    )


def returned_items(found: Iterable[Returned]) -> list[Item]:
    """What came back as a part of a list: each with its whole reason beneath it."""
    items: list[Item] = []
    weeks: set[tuple[str, str]] = set()
    for one in found:
        if one.type == "weekly_report" and one.comment:  # a week comes back as a whole: it is said once
            if (one.title, one.comment) in weeks:
                continue
            weeks.add((one.title, one.comment))
            one = replace(one, title=words.week(date.fromisoformat(one.title)), customer_name="")
        key, kind = "record:" + one.id, type_words(one.type)
        name = one.customer_name or one.title
        detail = " · ".join([kind, one.title] if one.title not in ("", name) else [kind])
        items.append(Row(key, name or kind, detail, mark=mark("returned"), sign="arrow-u-left-top", sign_role="wrong"))
        items.append(Fact(key, _("Head office writes") if one.comment else _("Why"), why_words(one), role="wrong"))
    return [Head(_("Returned by head office")), *items] if items else []
