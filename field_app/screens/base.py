"""The frame of every screen: bar on top, line about sync, the body of the page, the big button at the bottom."""

from __future__ import annotations

from typing import Any

from kivy.metrics import dp
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from field_app.presenters.page import Page
from field_app.presenters.views import Big
from field_app.screens.widgets.bars import SyncBar, TopBar
from field_app.screens.widgets.buttons import BigButton, QuietButton
from field_app.theme.theme import CONTENT_DP


class PageScreen(AnchorLayout):
    """Draws one page. A subclass gives the body and says how to bring it up to date."""

    def __init__(self, page: Page, **options: Any) -> None:
        super().__init__(anchor_x="center", **options)
        self.page = page
        self.column = BoxLayout(orientation="vertical", size_hint_x=None)
        self.bind(width=self._fit)
        self.add_widget(self.column)
        self.top_bar = TopBar(page.bar(), self._act)
        self.column.add_widget(self.top_bar)
        self.sync_bar: SyncBar | None = None
        if page.shows_sync:
            self.sync_bar = SyncBar(key="sync_line", on_release=lambda _: self._act("sync_line"))
            self.column.add_widget(self.sync_bar)
            self.sync_bar.show(page.sync_line())
        self.column.add_widget(self.body())
        self.foot = BoxLayout(
            orientation="vertical", size_hint_y=None, height=0, padding=(dp(12), 0, dp(12), 0), spacing=dp(8)
        )
        self.foot.bind(minimum_height=self.foot.setter("height"))
        self.column.add_widget(self.foot)
        self.button: BigButton | None = None
        self._show_big()

    def _fit(self, *_: object) -> None:
        self.column.width = min(self.width, dp(CONTENT_DP))

    def _act(self, key: str) -> None:
        if key == "sync_line":
            from field_app.presenters.sync import SyncPage

            self.page.shell.open(SyncPage(self.page.shell))
        else:
            self.page.act(key)

    def body(self) -> Widget:
        """What stands between the bar and the button."""
        raise NotImplementedError

    def above_button(self) -> Widget | None:
        """A line right above the button."""
        return None

    def refresh(self) -> None:
        """Show the page as it is now; what is being typed stays."""
        at = self.column.children.index(self.top_bar)
        self.column.remove_widget(self.top_bar)
        self.top_bar = TopBar(self.page.bar(), self._act)
        self.column.add_widget(self.top_bar, index=at)
        self.refresh_line()
        self.refresh_big()

    def refresh_line(self) -> None:
        """Show the line about sync as it is now."""
        if self.sync_bar is not None:
            self.sync_bar.show(self.page.sync_line())

    def refresh_big(self) -> None:
        """Show the button as it is now."""
        self._show_big()

    def _show_big(self) -> None:
        big = self.page.big()
        second = self.page.second()
        same = self.button is not None and big is not None and self.button.key == big.key
        if same and second is None and self.above_button() is None:
            assert self.button is not None and big is not None
            self.button.words, self.button.disabled, self.button.says = big.words, not big.enabled, big.words
            return
        self.foot.clear_widgets()
        self.button = None
        if big is None:
            self.foot.padding = (dp(12), 0, dp(12), 0)
            return
        self.foot.padding = (dp(12), dp(4), dp(12), dp(12))
        above = self.above_button()
        if above is not None:
            self.foot.add_widget(above)
        self.button = BigButton(key=big.key, words=big.words, says=big.words, role=big.role)
        self.button.disabled = not big.enabled
        self.button.bind(on_release=lambda button: self._act(button.key))
        self.foot.add_widget(self.button if second is None else self._beside(second, self.button))

    def _beside(self, second: Big, button: BigButton) -> Widget:
        """The lesser button left of the big one."""
        row = BoxLayout(size_hint_y=None, height=button.height, spacing=dp(8))
        lesser = QuietButton(key=second.key, words=second.words, says=second.words, role=second.role).fit()
        lesser.width, lesser.height = max(dp(96), lesser.width), button.height
        lesser.disabled, lesser.opacity = not second.enabled, 1 if second.enabled else 0.5
        lesser.bind(on_release=lambda lesser: self._act(lesser.key))
        row.add_widget(lesser)
        row.add_widget(button)
        return row

    def leaving(self) -> None:
        """The screen goes out of view: remember where it was scrolled to."""
