"""Chinese is read as pypinyin reads it, from a table that takes a tenth of its memory."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
from pathlib import Path

import pytest

from field_app.store import pinyin
from field_app.store.search import spelled

ROOT = Path(__file__).resolve().parents[2]


def test_what_is_read_otherwise_in_a_phrase_is() -> None:
    assert pinyin.syllables("重庆银行") == ["chong", "qing", "yin", "hang"]
    assert pinyin.syllables("重量行人") == ["zhong", "liang", "xing", "ren"]


def test_what_is_not_chinese_stays_together() -> None:
    assert pinyin.syllables("Sun 超市 12号") == ["Sun ", "chao", "shi", " 12", "hao"]
    assert pinyin.syllables("Lucky Star") == ["Lucky Star"] and pinyin.syllables("") == []
    assert spelled("福星Mart") == ("fuxingmart", "fxm") and spelled("Lucky") == ()


@pytest.mark.parametrize(
    ("simplified", "traditional"), [("便利店", "便利店"), ("红旗连锁", "紅旗連鎖"), ("绿色", "綠色")]
)
def test_both_ways_of_writing_read_alike(simplified: str, traditional: str) -> None:
    assert spelled(simplified) == spelled(traditional) != ()


def test_every_phrase_is_read_as_the_library_reads_it() -> None:
    from pypinyin import lazy_pinyin
    from pypinyin.constants import PHRASES_DICT

    assert len(PHRASES_DICT) > 40_000
    assert [phrase for phrase in PHRASES_DICT if pinyin.syllables(phrase) != lazy_pinyin(phrase)] == []


def test_phrases_in_a_row_are_cut_otherwise_hardly_ever() -> None:
    from pypinyin import lazy_pinyin
    from pypinyin.constants import PHRASES_DICT

    chance, phrases = random.Random(22), sorted(PHRASES_DICT)
    texts = ["".join(chance.choices(phrases, k=3)) for _ in range(5000)]
    assert sum(pinyin.syllables(text) != lazy_pinyin(text) for text in texts) <= 25


def test_the_table_is_what_the_tool_makes() -> None:
    found = importlib.util.spec_from_file_location("pinyin_table", ROOT / "tools" / "pinyin_table.py")
    assert found is not None and found.loader is not None
    tool = importlib.util.module_from_spec(found)
    found.loader.exec_module(tool)
    assert tool.TABLE.read_text(encoding="utf-8") == tool.table(), "run tools/pinyin_table.py"


def test_it_takes_less_than_ten_megabytes() -> None:
    script = (
        "import tracemalloc\n"
        "from field_app.store.search import spelled\n"
        "tracemalloc.start()\n"
        "assert spelled('重庆')[0] == 'chongqing'\n"
        "print(tracemalloc.get_traced_memory()[1])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert int(done.stdout) < 10_000_000
