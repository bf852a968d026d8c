"""Texts with placeholders. The list of placeholders is fixed; a template that names another is not taken."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sync_protocol.fields import Labels

PLACEHOLDERS: dict[str, Labels] = {
    "person": Labels("Contact person", "联系人", "聯絡人"),
    "store": Labels("Store name", "店铺名称", "店鋪名稱"),
    "manager": Labels("Account manager", "客户经理", "客戶經理"),
    "company": Labels("Our company", "本公司", "本公司"),
    "holiday": Labels("The holiday", "节日", "節日"),
    "date": Labels("The day of sending", "发送日期", "傳送日期"),
}
_MARK = re.compile(r"\{([^{}]*)\}")


class UnknownPlaceholder(ValueError):
    """A text names a placeholder that is not on the list. `names`: which."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


class MissingValue(ValueError):
    """A placeholder has no value for this person. The argument is its name."""


def named_in(text: str) -> list[str]:
    """The placeholders that a text names, each once, in order. Raises: UnknownPlaceholder."""
    found = list(dict.fromkeys(_MARK.findall(text)))
    unknown = [name for name in found if name not in PLACEHOLDERS]
    if unknown:
        raise UnknownPlaceholder(unknown)
    return found


def filled(text: str, values: Mapping[str, str | None]) -> str:
    """The text with its placeholders replaced; a value is never read as a template itself.

    Raises: UnknownPlaceholder; MissingValue, if a named one is empty: nobody gets a letter to «».
    """
    for name in named_in(text):
        if not (values.get(name) or "").strip():
            raise MissingValue(name)
    return _MARK.sub(lambda mark: str(values[mark[1]]).strip(), text)
