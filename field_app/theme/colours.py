"""The colour roles, light and dark. No Kivy here: the contrast is tested without a window."""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[float, float, float, float]


def colour(code: str, alpha: float = 1.0) -> Colour:
    """`#RRGGBB` as four numbers between 0 and 1."""
    red, green, blue = (int(code[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return (red, green, blue, alpha)


def mixed(front: Colour, back: Colour, share: float) -> Colour:
    """`share` of `front` laid over `back`, opaque."""
    red, green, blue = (f * share + b * (1 - share) for f, b in zip(front[:3], back[:3], strict=True))
    return (red, green, blue, 1.0)


@dataclass(frozen=True)
class Palette:
    """One colour per role. `paper` is the background, `card` what can be touched; each other role is a text colour on both."""

    paper: Colour
    card: Colour
    ink: Colour
    quiet: Colour
    action: Colour
    inverse: Colour
    waiting: Colour
    wrong: Colour
    done: Colour
    line: Colour
    field: Colour

    def role(self, name: str) -> Colour:
        """The colour of a role by its name."""
        found: Colour = getattr(self, name)
        return found

    def tint(self, name: str) -> Colour:
        """A breath of a role over the card, as the ground of a mark in that role."""
        return mixed(self.role(name), self.card, 0.07)

    def pressed(self) -> Colour:
        """A card under the thumb."""
        return mixed(self.ink, self.card, 0.05)


LIGHT = Palette(
    paper=colour("#FAF8F4"),
    card=colour("#FFFFFF"),
    ink=colour("#1F2A37"),
    quiet=colour("#5B6673"),
    action=colour("#0F766E"),
    inverse=colour("#FFFFFF"),
    waiting=colour("#B45309"),
    wrong=colour("#B91C1C"),
    done=colour("#15803D"),
    line=colour("#E7E2D9"),
    field=colour("#F4F1EB"),
)
DARK = Palette(
    paper=colour("#14181D"),
    card=colour("#1D232A"),
    ink=colour("#E8EAED"),
    quiet=colour("#9AA5B1"),
    action=colour("#2DD4BF"),
    inverse=colour("#06201C"),
    waiting=colour("#FBBF24"),
    wrong=colour("#F87171"),
    done=colour("#4ADE80"),
    line=colour("#2E3742"),
    field=colour("#161B21"),
)
TEXT_ROLES = ("ink", "quiet", "action", "waiting", "wrong", "done")


def luminance(of: Colour) -> float:
    """Relative luminance as WCAG 2 defines it."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in of[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Colour, other: Colour) -> float:
    """Contrast ratio of two opaque colours, 1 to 21."""
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)
