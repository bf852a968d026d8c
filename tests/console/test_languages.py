"""Everything a person sees on the console is in three languages."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import server
from sync_protocol.acts import ACTS, ROLES
from sync_protocol.records import record_types
from tests.console.browser import Person, texts
from tests.console.routes import routes

SERVER = Path(server.__file__).parent
TRANSLATED = ("zh_Hans", "zh_Hant")
METHODS = [("console/**.py", "python"), ("templates/**.html", "jinja2")]
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
CHINESE = re.compile(r"[一-鿿]")
SAME_IN_CHINESE = {"SHA-256", "VIP", "–", "English"}


def catalogue(language):
    with (SERVER / "translations" / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def strings():
    keywords = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2)}
    return {
        message
        for _, _, message, _, _ in extract_from_dir(SERVER, METHODS, keywords=keywords)
        if isinstance(message, str | tuple)
    }


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_string_is_translated_with_the_same_places_for_values(language):
    known = catalogue(language)

    missing = [message for message in strings() if not _translations(known, message)]
    assert missing == []
    for message in strings():
        english = message[-1] if isinstance(message, tuple) else message
        for words in _translations(known, message):
            assert set(PLACEHOLDER.findall(words)) == set(PLACEHOLDER.findall(english)), message
    assert not [message.id for message in known if message.fuzzy and message.id]


def _translations(known, message):
    found = known.get(message)
    if found is None:
        return []
    return [words for words in (found.string if isinstance(found.string, tuple) else (found.string,)) if words]


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_words_are_those_of_the_source(language):
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(language))

    stored = SERVER / "translations" / language / "LC_MESSAGES" / "messages.mo"
    assert stored.read_bytes() == compiled.getvalue()


def english_words():
    """What would stand on a Chinese page if something was forgotten: our strings, and the labels of the declarations."""
    words = {part for message in strings() for part in (message if isinstance(message, tuple) else (message,))}
    for declared in record_types().values():
        words |= {declared.labels.en, declared.plural.en, *(labels.en for labels in declared.groups.values())}
        for spec in declared.specs().values():
            words |= {spec.labels.en, *(labels.en for labels in spec.choices.values())}
            words |= {spec.unit.en} if spec.unit else set()
    words |= {labels.en for labels in ROLES.values()} | {labels.en for labels, _ in ACTS.values()}
    return {word for word in words if len(word) > 2 and "%(" not in word} - SAME_IN_CHINESE


def speaker(scene, language):
    """Somebody with every role, so that every page opens, whose account has this language."""
    login = f"admin-{language.lower()}"
    if login not in scene.office.users:
        scene.office.user(login, *ROLES, language=language)
    return Person(scene.office.app, login)


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_page_shows_an_english_word_of_ours_in_chinese(scene, language):
    person = speaker(scene, language)
    forgotten = english_words()

    for route in routes(scene):
        if route.method == "GET" and not route.endpoint.startswith("pictures."):
            answer = person.get(route.path)
            assert answer.status_code in (200, 302, 404), route
            pieces = texts(answer.text)
            if answer.status_code == 200:
                assert f'<html lang="{language.replace("_", "-")}">' in answer.text
                assert any(CHINESE.search(piece) for piece in pieces)
                assert [piece for piece in pieces if piece.strip(" :*·‹›▾▴") in forgotten] == [], route


def test_pages_differ_between_simplified_and_traditional(scene):
    pages = {}
    for language in TRANSLATED:
        pages[language] = speaker(scene, language).page("/customers")

    assert "客户" in pages["zh_Hans"] and "客戶" not in " ".join(texts(pages["zh_Hans"])[:30])
    assert "客戶" in pages["zh_Hant"]


def test_a_visitor_is_met_in_the_language_of_his_browser(scene):
    for accepts, words in (("zh-TW,zh;q=0.9", "登入總部"), ("zh-CN", "登录总部"), ("de-DE", "Sign in to head office")):
        page = Person(scene.office.app).get("/sign-in", headers={"Accept-Language": accepts}).text
        assert words in page


def test_the_choice_of_a_language_outlasts_the_session(own_scene):
    person = Person(own_scene.office.app, "li")
    person.speak("zh_Hant")
    person.post("/sign-out")

    again = Person(own_scene.office.app, "li")

    assert '<html lang="zh-Hant">' in again.page("/")


def test_days_numbers_and_money_follow_language_currency_and_time_zone(tmp_path):
    from server.console import formats
    from tests.head_office import open_office

    office = open_office(tmp_path, ROUNDBOOK_CURRENCY="CNY", ROUNDBOOK_TIME_ZONE="Asia/Shanghai")
    at = 1_795_000_000_000  # 2026-11-18 11:06:40 UTC
    expected = {
        "en": ("18 Nov 2026, 19:06", "CN¥12,345.60", "1,234.125"),
        "zh_Hans": ("2026年11月18日 19:06", "¥12,345.60", "1,234.125"),
        "zh_Hant": ("2026年11月18日 19:06", "CN¥12,345.60", "1,234.125"),
    }
    for language, (instant, money, number) in expected.items():
        with office.app.test_request_context():
            from flask import g

            g.language = language
            assert formats.instant(at) == instant
            assert formats.money(1_234_560) == money
            assert formats.number("1234.125") == number
