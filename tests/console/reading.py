"""Steps that tests of lookups and releases share."""

from __future__ import annotations

import re

from tests.console.browser import Person
from tests.console.scenario import Scene


def manager(scene: Scene, login: str = "zhao") -> Person:
    """A department manager."""
    if login not in scene.office.users:
        scene.office.user(login, "department_manager")
    return Person(scene.office.app, login)


def ask(person: Person, words: str, reason: str = "Same owner opens in my round") -> str:
    """Find a customer elsewhere and ask for his file. Returns: the path of the lookup."""
    page = person.page(f"/reading/find?q={words}")
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token, page
    answer = person.post("/reading/lookups", {"token": token[1], "reason": reason})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def grant(person: Person, path: str, groups: tuple[str, ...] = ("basic",), days: int = 7) -> None:
    answer = person.post(f"{path}/grant", {"groups": list(groups), "days": str(days)})
    assert answer.status_code == 303, answer.text


def ask_print(person: Person, customer: str, **more: str) -> str:
    """Ask for a print. Returns: the path of the release."""
    form = {"reason": "Credit check at the bank", "recipient": "First Bank", "return_by": "2026-12-24", **more}
    answer = person.post(f"/releases/print/{customer}", form)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]
