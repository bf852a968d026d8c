"""What a company makes of the choices of a field."""

from __future__ import annotations

from sync_protocol.code_lists import CodeLists
from sync_protocol.records import record_type, record_types
from sync_protocol.records.code_list import LISTS

REASON = record_type("visit").specs()["skip_kind"]


def entry(code: str, words: str, **more: object) -> dict[str, object]:
    return {"code_list": "skip_reasons", "code": code, "words": words, **more}


def codes(lists: CodeLists) -> list[str]:
    return [code for code, _ in lists.offered(REASON)]


def test_without_entries_the_choices_are_those_that_come_with_roundbook():
    assert codes(CodeLists()) == list(REASON.choices)


def test_an_entry_renames_moves_withdraws_or_adds_a_choice():
    lists = CodeLists(
        [
            entry("closed", "Shut", words_zh_hans="关门"),
            entry("road", "Road", withdrawn=True),
            entry("festival", "Temple festival", place=1),
        ]
    )

    assert codes(lists) == ["festival", *(code for code in REASON.choices if code != "road")]
    assert lists.labels(REASON, "closed")["zh_Hans"] == "关门" and lists.labels(REASON, "closed")["zh_Hant"] == "Shut"


def test_what_is_no_longer_offered_keeps_its_words_and_another_list_is_untouched():
    lists = CodeLists([entry("road", "Road washed out", withdrawn=True)])

    assert lists.labels(REASON, "road").en == "Road washed out" and "road" not in codes(lists)
    channel = record_type("complaint").specs()["channel"]
    assert lists.offered(channel) == list(channel.choices.items())
    assert lists.labels(REASON, "unheard-of") is None


def test_where_the_company_says_nothing_in_chinese_the_words_stay_as_they_came():
    lists = CodeLists([entry("closed", "Shop closed", place=3), entry("road", "Mud")])

    assert lists.labels(REASON, "closed")["zh_Hant"] == "店鋪未營業"
    assert lists.labels(REASON, "road")["zh_Hant"] == "Mud"


def test_of_two_entries_for_one_code_the_later_counts():
    assert CodeLists([entry("closed", "One"), entry("closed", "Two")]).labels(REASON, "closed").en == "Two"


def test_every_list_is_chosen_from_by_a_field_and_every_field_names_a_list_that_there_is():
    used = {spec.code_list for declared in record_types().values() for spec in declared.specs().values()} - {""}
    assert used == set(LISTS)
