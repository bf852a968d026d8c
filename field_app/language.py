"""The language of the app: which one is in use, and its words.

The catalogues are in `translations/<language>/LC_MESSAGES/field.po`, compiled to `.mo` beside them. English is the language
of the sources and needs none.
"""

from __future__ import annotations

import gettext as _gettext
from functools import cache
from pathlib import Path

from sync_protocol.fields import LANGUAGES, Labels

DOMAIN = "field"
FOLDER = Path(__file__).parent / "translations"
NAMES = {"en": "English", "zh_Hans": "简体中文", "zh_Hant": "繁體中文"}

_active = "en"


def use(language: str) -> None:
    """Speak this language from now on; a code that the app does not know speaks English."""
    global _active  # noqa: PLW0603  (one person, one window, one language)
    _active = language if language in LANGUAGES else "en"


def current() -> str:
    """The code of the language in use."""
    return _active


@cache
def _catalogue(language: str) -> _gettext.NullTranslations:
    return _gettext.translation(DOMAIN, FOLDER, languages=[language], fallback=True)


def gettext(message: str) -> str:
    """The message in the language in use."""
    return _catalogue(_active).gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """The message for a count, in the language in use."""
    return _catalogue(_active).ngettext(one, many, count)


def label(labels: Labels) -> str:
    """The text of a declaration in the language in use."""
    return labels[_active]
