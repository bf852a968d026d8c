"""What the app imports can be on a phone: it is in the spec of the Android package, or its lack is provided for."""

from __future__ import annotations

import ast
import configparser
import pathlib
import subprocess
import sys
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = {  # what is imported -> what the spec calls it
    "PIL": "pillow", "android": "android", "borax": "borax", "cryptography": "cryptography", "fpdf": "fpdf2", "jnius": "pyjnius",
    "kivy": "kivy", "kivymd": "kivymd", "marshmallow": "marshmallow", "plyer": "plyer", "pylopdf_fonts_zh_cn": "pylopdf-fonts-zh-cn",
    "requests": "requests", "sqlcipher3": "sqlcipher3",
}  # fmt: skip
OPTIONAL = {"orjson", "rapidfuzz"}  # nobody has built them for Android
OURS = {"field_app", "sync_protocol"}
BLOCKED = """
import sys
class Gone:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {gone!r}:
            raise ImportError(name)
sys.meta_path.insert(0, Gone())
sys.path.insert(0, {tree!r})
"""
AS_ON_A_PHONE = (
    BLOCKED
    + """
from datetime import date
from field_app import device, language, window, worker
from field_app.presenters import customers, places, sync, today
from field_app.services import finding
from sync_protocol import canonical
from sync_protocol.reminders import DEFAULT_RULES, reminders_for

language.use("zh_Hans")
assert finding._likest("lukcy mart", ["lucky mart", "harbour deli"], 1)[0][0] == 0
assert canonical.canonical({{"b": 1, "a": "x"}})
assert reminders_for("shop", {{}}, None, DEFAULT_RULES, date(2026, 11, 22))
print("as on a phone")
"""
)


def sources() -> Iterator[pathlib.Path]:
    for package in OURS:
        yield from (ROOT / package).rglob("*.py")


def imported() -> dict[str, set[str]]:
    """Top name -> the files that import it, whatever is not of Python itself and not ours."""
    found: dict[str, set[str]] = {}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            for name in names:
                top = name.partition(".")[0]
                if top not in sys.stdlib_module_names and top not in OURS:
                    found.setdefault(top, set()).add(str(path.relative_to(ROOT)))
    return found


def required() -> set[str]:
    spec = configparser.ConfigParser(inline_comment_prefixes=("#",), interpolation=None)
    spec.read(ROOT / "android" / "buildozer.spec", encoding="utf-8")
    return {part.partition("==")[0].strip() for part in spec["app"]["requirements"].split(",")}


def test_the_app_imports_only_what_can_be_on_a_phone():
    unknown = {name: files for name, files in imported().items() if name not in PACKAGES.keys() | OPTIONAL}

    assert unknown == {}


def test_what_the_app_imports_is_in_the_spec_of_the_package():
    missing = {PACKAGES[name] for name in imported() if name in PACKAGES} - required()

    assert missing == set()


def test_nothing_of_head_office_is_in_the_package():
    assert required() & {"flask", "sqlalchemy", "rq", "redis", "openpyxl", "psycopg", "orjson", "rapidfuzz"} == set()


def test_the_tree_of_the_package_works_without_what_a_phone_lacks(tmp_path: pathlib.Path):
    subprocess.run([sys.executable, str(ROOT / "tools" / "android_tree.py"), str(tmp_path)], check=True)
    gone = {
        *OPTIONAL,
        "flask",
        "sqlalchemy",
        "server",
        "workers",
        "roundbook",
        "rq",
        "redis",
        "openpyxl",
        "kivy",
        "kivymd",
    }

    assert not list(tmp_path.rglob("*.pyc"))
    script = AS_ON_A_PHONE.format(gone=gone, tree=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path)

    assert done.stdout.strip() == "as on a phone", done.stderr
    assert (tmp_path / "main.py").exists() and (tmp_path / "p4a-recipes" / "sqlcipher3" / "__init__.py").exists()


def test_the_packed_tree_has_the_translations_and_the_fonts_of_the_screens(tmp_path: pathlib.Path):
    subprocess.run([sys.executable, str(ROOT / "tools" / "android_tree.py"), str(tmp_path)], check=True)

    packed = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}

    assert {".mo", ".kv", ".py"} <= packed
