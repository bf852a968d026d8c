"""Each of the protocol's 51 rules has a test that names it, in its own name (`…_r12_…`) or in its docstring (`R12`)."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

TESTS = Path(__file__).parents[1]
RULES = range(1, 52)
IN_A_NAME, IN_WORDS = re.compile(r"_r([0-9]+)(?=_)"), re.compile(r"\bR([0-9]+)\b")


def named_rules(source: str) -> dict[int, list[str]]:
    """Rule -> the tests of one file that name it. A test without an assertion, or without a name that ends, proves nothing."""
    found: dict[int, list[str]] = defaultdict(list)
    for test in ast.walk(ast.parse(source)):
        if not isinstance(test, ast.FunctionDef) or not test.name.startswith("test_"):
            continue
        says = any(isinstance(part, ast.Assert) for part in ast.walk(test)) or "raises" in ast.unparse(test)
        if says:
            for number in IN_A_NAME.findall(test.name) + IN_WORDS.findall(ast.get_docstring(test) or ""):
                found[int(number)].append(test.name)
    return found


def test_every_rule_has_a_test_that_names_it() -> None:
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for number, names in named_rules(path.read_text(encoding="utf-8")).items():
            found[number] += names

    assert [number for number in RULES if not found[number]] == []
    assert set(found) <= set(RULES), "a rule that does not exist"


def test_a_rule_is_not_named_by_chance_by_a_helper_or_by_a_test_that_asserts_nothing() -> None:
    source = '''
def helper():
    """R7"""
    assert True
def test_r8_something_happens():
    pass
def test_in_words():
    """As R9 has it."""
    assert True
def test_r10_and_r11_at_once():
    assert True
'''

    assert set(named_rules(source)) == {9, 10, 11}
