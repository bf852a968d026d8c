"""docs/protocol.md names every problem and every reason code that the server gives, and none that it does not give."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from sync_protocol.problems import PROBLEMS
from tests.wire.document import ROOT, names, rows, source

JUDGES = [
    *sorted((ROOT / "sync_protocol").glob("*.py")),
    *(ROOT / "sync_protocol" / "records").glob("base.py"),
    *sorted((ROOT / "server" / "services").glob("push*.py")),
    ROOT / "server" / "services" / "round_trip.py",
    ROOT / "server" / "services" / "quarantine" / "settling.py",
]


def raised_problems() -> set[str]:
    """Problems that the server can answer."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "server").rglob("*.py"))
    by_status = re.search(r"_BY_STATUS = \{(.*?)\}", source("server/api/problems.py"))
    assert by_status is not None
    return set(re.findall(r'Problem\(\s*"([a-z-]+)"', text)) | set(re.findall(r'"([a-z-]+)"', by_status[1]))


def test_every_problem_stands_in_the_table_with_its_status():
    assert {cells[0].strip("`"): int(cells[1]) for cells in rows("problem")} == {
        name: status for name, (status, _) in PROBLEMS.items()
    }


def test_problems_that_no_code_raises_are_called_reserved():
    reserved = {cells[0].strip("`") for cells in rows("problem") if cells[3].startswith("reserved")}

    assert reserved == set(PROBLEMS) - raised_problems()


def codes_of(tree: ast.AST) -> Iterator[str]:
    """Reason codes that a module can give: what it passes to refused, waiting and their like, and codes of fields."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in (
                "refused",
                "waiting",
                "mark",
                "_reason",
                "_missing",
                "ValidationError",
                "NotCanonical",
                "_pattern",
            ):
                yield from constant(node.args[-1:])
            if name not in ("_declare",):
                yield from constant([keyword.value for keyword in node.keywords if keyword.arg == "error"])
        elif isinstance(node, ast.Dict):
            members = dict(zip([next(constant([key]), "") for key in node.keys if key], node.values, strict=False))
            if {"field", "code"} <= set(members):
                yield from constant([members["code"]])
        elif isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == ["_CODES"]:
            assert isinstance(node.value, ast.Dict)
            yield from constant(node.value.values)


def constant(nodes: list[Any]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def codes_in_the_code() -> set[str]:
    found = {code for path in JUDGES for code in codes_of(ast.parse(path.read_text(encoding="utf-8")))}
    assert '"quarantined"' in source("server/services/waiting.py"), "the state of a set, given as its reason"
    return found | {"quarantined", "field.not-sum", "field.not-elements"}  # the last two are made of the name of a rule


NOT_IN_VERDICTS = {"key.format"}  # of an enrolment: in the `reasons` of a problem


def test_the_collector_of_codes_finds_them_where_they_stand():
    assert {"id-taken", "not-holder", "required", "phone.format", "float", "sealed.unreadable", "superseded"} <= (
        codes_in_the_code()
    )


def test_every_code_that_the_server_can_give_stands_in_the_table():
    assert codes_in_the_code() - NOT_IN_VERDICTS - set(names("code")) == set()


def test_every_code_in_the_table_can_be_given():
    assert set(names("code")) - codes_in_the_code() == set()
    assert len(names("code")) == len(set(names("code")))
