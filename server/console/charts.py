"""Charts as plain SVG, drawn on the server: bars with their values, no script, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, HEAD, FOOT, GAP = 640, 200, 24, 28, 6
ROW, NAME, END = 28, 160, 72
SHORT = 999_999


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `label`: whole, for the table; `short`: below the bar; `text`: the value in words; `query`: of the rows behind it;
    `above`: the value where there is little room, if it is not the text."""

    label: str
    short: str
    value: int
    text: str
    query: str
    above: str = ""

    @property
    def brief(self) -> str:
        """What stands above the bar."""
        return self.above or self.text


@dataclass(frozen=True, slots=True)
class Placed:
    """A bar and where it is drawn, in the units of the chart."""

    bar: Bar
    x: float
    y: float
    width: float
    height: float


def columns(bars: Sequence[Bar]) -> list[Placed]:
    """Bars side by side, from the foot up; the highest fills the chart. A value that is not 0 is at least a line."""
    most = max((bar.value for bar in bars), default=0) or 1
    step = WIDTH / max(1, len(bars))
    room = HEIGHT - HEAD - FOOT
    found = []
    for n, bar in enumerate(bars):
        height = max(2.0, room * bar.value / most) if bar.value > 0 else 0.0
        found.append(
            Placed(
                bar,
                round(n * step + GAP / 2, 1),
                round(HEIGHT - FOOT - height, 1),
                round(step - GAP, 1),
                round(height, 1),
            )
        )
    return found


def rows(bars: Sequence[Bar]) -> list[Placed]:
    """Bars below each other, from the left."""
    most = max((bar.value for bar in bars), default=0) or 1
    room = WIDTH - NAME - END
    return [
        Placed(bar, NAME, n * ROW + 4, round(max(2.0, room * bar.value / most) if bar.value > 0 else 0.0, 1), ROW - 10)
        for n, bar in enumerate(bars)
    ]
