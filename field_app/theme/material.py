"""What of KivyMD is used (icons, notices, switches, the busy ring), and made to fit. The only module that patches it."""

from __future__ import annotations

from typing import Any

from kivymd.icon_definitions import md_icons
from kivymd.uix.behaviors import ripple_behavior

from field_app.theme.fonts import FONT
from field_app.theme.theme import theme


def _init_fbos(self: Any) -> None:
    """KivyMD 2.0.0 makes a buffer of height 0 here when a widget has no size yet, and the graphics library refuses it."""
    self._phase = 0.0
    self.ripple_pos = (0, 0)
    self.fbo = ripple_behavior.Fbo(size=self._clamp_size(*self.size), group="m3_ripple_behavior")
    self.set_shader(self.fbo)
    with self.fbo:
        ripple_behavior.ClearColor(0, 0, 0, 0)
        ripple_behavior.ClearBuffers()
        ripple_behavior.Color(1, 1, 1, 1)
        self.rect = ripple_behavior.Rectangle(pos=(0, 0), size=self.size)


def patch() -> None:
    """Repair what KivyMD 2.0.0 does wrong; before any of its widgets is made."""
    ripple_behavior.M3CommonRipple.init_fbos = _init_fbos


def adopt(theme_cls: Any) -> None:
    """Give KivyMD's own widgets our font and colours."""
    for name, styles in theme_cls.font_styles.items():
        if name != "Icon":
            for style in styles.values():
                style["font-name"] = FONT
    theme_cls.theme_style = "Dark" if theme.dark else "Light"
    theme_cls.primaryColor = theme.action
    theme_cls.onPrimaryColor = theme.inverse
    theme_cls.backgroundColor = theme.paper


def icon(name: str) -> str:
    """The character of an icon in the font `Icons`."""
    return md_icons[name]
