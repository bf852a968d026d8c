"""What cannot be done says why in the reader's language."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import server
from server.console.refusals import _WORDS
from sync_protocol.acts import ROLES
from tests.console.browser import Person, shown
from tests.console.routes import routes

CHINESE = re.compile(r"[一-鿿]")


def _texts(path: Path) -> set[str]:
    """The texts that a module refuses with, and those that it names as constants."""
    tree = ast.parse(path.read_text())
    called = [
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and getattr(n.func, "id", getattr(n.func, "attr", "")) == "BookError"
    ]
    named = {node.id for call in called for node in ast.walk(call.args[0]) if isinstance(node, ast.Name)}
    given = [call.args[0] for call in called]
    given += [n.value for n in ast.walk(tree) if isinstance(n, ast.Assign) and getattr(n.targets[0], "id", "") in named]
    return {n.value for one in given for n in ast.walk(one) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def test_every_refusal_of_an_act_on_books_and_customers_has_words_in_three_languages():
    folder = Path(server.__file__).parent
    raised = {text for path in folder.rglob("*.py") for text in _texts(path)}

    assert len(raised) > 25
    assert raised - set(_WORDS) == set()


def test_a_refusal_reads_chinese_in_a_chinese_page(scene, person):
    admin, star = person("admin"), scene.ids["star"]
    admin.speak("zh_Hans")

    answer = admin.post(f"/operations/erasures/{star}", {"reason": "no"})

    assert answer.status_code == 422 and ">no</textarea>" in re.sub(r">\s+", ">", answer.text)
    told = shown(re.search(r'<div class="note wrong".*?</div>\s*</div>', answer.text, re.S)[0])
    assert "请说明原因" in told and not re.search("[a-z]{3}", told)
    assert "2000" not in told or CHINESE.search(told)


def test_the_read_log_says_in_words_what_was_read(scene, person):
    scene.office.user("curious", *ROLES)
    curious = Person(scene.office.app, "curious")
    for route in routes(scene):
        if route.method == "GET":
            curious.get(route.path)

    cells = re.findall(r'<td data-label="What">(.*?)</td>', curious.page("/reading/log"), re.S)
    rows = [re.sub("<[^>]*>", " ", cell).strip() for cell in cells]
    assert len(set(rows)) > 8
    assert [row for row in rows if re.search(r"\w\.\w", row)] == []
