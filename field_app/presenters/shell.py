"""What a presenter may ask of the window around it. The app implements it, tests have a small one of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from field_app.presenters.page import Page
    from field_app.presenters.session import Session

T = TypeVar("T")


@dataclass(frozen=True)
class Choice:
    """One of a few to choose from: its code and its word."""

    key: str
    words: str
    detail: str = ""


class Shell(Protocol):
    """The window, as far as a presenter knows it."""

    session: Session

    def open(self, page: Page) -> None:
        """Show a page on top of this one."""

    def replace(self, page: Page) -> None:
        """Show a page in the place of this one."""

    def back(self) -> None:
        """Return to the page below."""

    def restart(self, page: Page) -> None:
        """Forget all pages and show this one."""

    def draw(self) -> None:
        """The page changed: show it as it is now."""

    def reload(self) -> None:
        """What is stored has changed: let the page read it again, and show it."""

    def tell(self, words: str, undo: Callable[[], None] | None = None) -> None:
        """Say something that needs no answer; offer to undo it."""

    def confirm(self, question: str, detail: str, yes: str, then: Callable[[], None]) -> None:
        """Ask before something that cannot be undone."""

    def choose(self, title: str, choices: Sequence[Choice], then: Callable[[str], None], chosen: str = "") -> None:
        """Let one of a few be chosen; the one that counts now is marked."""

    def number(
        self,
        title: str,
        value: str,
        then: Callable[[str], None],
        *,
        quick: Sequence[tuple[str, str]] = (),
        detail: str = "",
    ) -> None:
        """Let a number be typed, or one of `quick` (value, word) be taken by one tap."""

    def work(
        self,
        task: Callable[[], T],
        then: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
        *,
        lane: str = "work",
    ) -> None:
        """Do something slow beside the window; `then` or `failed` is called in the window."""

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call something after a while, unless the page was left."""

    def width(self) -> float:
        """How wide a page is, in pixels."""

    def share(self, name: str, content: bytes, media_type: str) -> None:
        """Give a file to another app, or put it where the person says."""

    def copy(self, text: str) -> None:
        """Put a text on the clipboard."""

    def dial(self, number: str) -> None:
        """Call a telephone number."""
