"""The language of a page: the reader's own choice, else what his account, his browser, the company say."""

from __future__ import annotations

from flask import g, has_request_context, request, session
from flask_babel import Babel

from server.console.company import company
from sync_protocol.fields import LANGUAGES

NAMES = {"en": "English", "zh_Hans": "简体中文", "zh_Hant": "繁體中文"}
_BROWSERS = {
    "en": "en",
    "zh-Hans": "zh_Hans",
    "zh-CN": "zh_Hans",
    "zh-SG": "zh_Hans",
    "zh-Hant": "zh_Hant",
    "zh-TW": "zh_Hant",
    "zh-HK": "zh_Hant",
    "zh-MO": "zh_Hant",
    "zh": "zh_Hans",
}

babel = Babel()


def language() -> str:
    """The language of this request: `en`, `zh_Hans` or `zh_Hant`."""
    if not has_request_context():
        return company().language
    if "language" not in g:
        g.language = _choose()
    found: str = g.language
    return found


def _choose() -> str:
    user = g.get("user")
    for wish in (session.get("language"), user.language if user else None):
        if wish in LANGUAGES:
            return str(wish)
    browser = request.accept_languages.best_match(list(_BROWSERS))
    return _BROWSERS[browser] if browser else company().language


def html_language() -> str:
    """The language as HTML names it: `en`, `zh-Hans`, `zh-Hant`."""
    return language().replace("_", "-")
