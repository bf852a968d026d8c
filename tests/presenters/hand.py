"""The window as a presenter knows it, without one: work is done at once, what is asked is answered by the test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from field_app.presenters.page import Page
from field_app.presenters.session import Session
from field_app.presenters.shell import Choice
from field_app.presenters.syncing import Sync


class Hand:
    """Implements `field_app.presenters.shell.Shell`; `pages` is what is open, the last one in view."""

    def __init__(self, session: Session) -> None:
        self.session = session
        session.sync = Sync(self)
        self.pages: list[Page] = []
        self.told: list[str] = []
        self.undo: Callable[[], None] | None = None
        self.offered: list[Choice] = []
        self.drawn = 0
        self.dialled = self.copied = ""
        self.shared: list[tuple[str, bytes, str]] = []
        self._choose: Callable[[str], None] | None = None
        self._number: Callable[[str], None] | None = None
        self.quick: list[tuple[str, str]] = []
        self._confirm: Callable[[], None] | None = None

    @property
    def page(self) -> Any:
        """The page in view."""
        return self.pages[-1]

    def open(self, page: Page) -> None:
        self.pages.append(page)
        page.entered()

    def replace(self, page: Page) -> None:
        self.pages[-1:] = [page]
        page.entered()

    def back(self) -> None:
        if len(self.pages) > 1:
            self.pages.pop()
            self.page.entered()

    def restart(self, page: Page) -> None:
        self.pages = [page]
        page.entered()

    def draw(self) -> None:
        self.drawn += 1

    def reload(self) -> None:
        if self.pages:
            self.page.entered()

    def tell(self, words: str, undo: Callable[[], None] | None = None) -> None:
        self.told.append(words)
        self.undo = undo

    def confirm(self, question: str, detail: str, yes: str, then: Callable[[], None]) -> None:
        self._confirm = then

    def choose(self, title: str, choices: Sequence[Choice], then: Callable[[str], None], chosen: str = "") -> None:
        self.offered, self._choose = list(choices), then

    def number(
        self,
        title: str,
        value: str,
        then: Callable[[str], None],
        *,
        quick: Sequence[tuple[str, str]] = (),
        detail: str = "",
    ) -> None:
        self._number, self.quick = then, list(quick)

    def work(
        self,
        task: Callable[[], Any],
        then: Callable[[Any], None],
        failed: Callable[[Exception], None] | None = None,
        *,
        lane: str = "work",
    ) -> None:
        try:
            result = task()
        except Exception as error:
            if failed is None:
                raise
            failed(error)
        else:
            then(result)

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        call()

    def width(self) -> float:
        return 390.0

    def share(self, name: str, content: bytes, media_type: str) -> None:
        self.shared.append((name, content, media_type))

    def copy(self, text: str) -> None:
        self.copied = text

    def dial(self, number: str) -> None:
        self.dialled = number

    def answer(self, key: str) -> None:
        """Choose one of what was offered, or type a number."""
        if self._number is not None:
            number, self._number = self._number, None
            number(key)
            return
        assert self._choose is not None and key in [choice.key for choice in self.offered]
        choose, self._choose = self._choose, None
        choose(key)

    def rows(self) -> list[Any]:
        """What the page's list shows."""
        return list(self.page.items())

    def words(self) -> str:
        """All words of the page's list, to look for some."""
        return "\n".join(str(item) for item in self.rows())
