"""What a list can show: heads, rows and notes, as plain values. A screen draws them, a test reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from field_app.language import gettext as _


@dataclass(frozen=True)
class Mark:
    """A state for people: always a word and a sign, never a colour alone. `role` is a colour role of the theme."""

    word: str
    sign: str
    role: str


def mark(state: str) -> Mark | None:
    """The mark of a record's state (decision 18); None for a state that needs none."""
    marks = {
        "on_phone": Mark(_("on phone"), "pencil-outline", "waiting"),
        "sent": Mark(_("sent"), "arrow-up", "quiet"),
        "accepted": Mark(_("accepted"), "check", "done"),
        "returned": Mark(_("returned"), "arrow-u-left-top", "wrong"),
        "to_decide": Mark(_("to decide"), "scale-balance", "waiting"),
    }
    return marks.get(state)


@dataclass(frozen=True)
class Head:
    """The head of a group of rows."""

    words: str
    more: str = ""


@dataclass(frozen=True)
class Row:
    """Two lines: what it is and how it is graded; then what matters here.

    Args: key: what the presenter gets when the row is tapped, "" if nothing happens. badge: beside the title.
        figure: right-aligned above, `mark` below it. role: the colour role of the detail. sign: an icon in front.
    """

    key: str
    title: str
    detail: str = ""
    badge: str = ""
    figure: str = ""
    mark: Mark | None = None
    role: str = "quiet"
    sign: str = ""
    sign_role: str = "quiet"
    chevron: bool = False


@dataclass(frozen=True)
class Fact:
    """A field of a file: its label, and under it what it says, on as many lines as it needs."""

    key: str
    label: str
    text: str
    sign: str = ""
    role: str = "ink"


@dataclass(frozen=True)
class Note:
    """What an empty list says: what will be here and how it gets here."""

    words: str
    sign: str = ""


@dataclass(frozen=True)
class Quantity:
    """A line of an order: a product with a quantity between a minus and a plus."""

    key: str
    title: str
    detail: str
    quantity: int
    amount: str = ""


@dataclass(frozen=True)
class Pictures:
    """A row of photos by their ids, with a place to add one if `add` is set."""

    ids: tuple[str, ...]
    add: bool = False


Item = Head | Row | Fact | Note | Quantity | Pictures


@dataclass(frozen=True)
class Bar:
    """The bar on top: a title, a second line under it, and actions as (key, icon, word)."""

    title: str
    subtitle: str = ""
    aside: str = ""
    actions: Sequence[tuple[str, str, str]] = field(default_factory=tuple)
    back: bool = True


@dataclass(frozen=True)
class Big:
    """The one thing to do next: the button at the bottom."""

    key: str
    words: str
    role: str = "action"
    enabled: bool = True


@dataclass(frozen=True)
class SyncLine:
    """The line under the top bar that tells the truth about sync."""

    words: str
    role: str
    sign: str
