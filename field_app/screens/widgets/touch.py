"""What can be touched: at least 48 dp each way, darker under the thumb, with a name for tests and screen readers."""

from __future__ import annotations

from kivy.properties import StringProperty
from kivy.uix.behaviors import ButtonBehavior


class Touch(ButtonBehavior):
    """Makes a widget tappable. `key` says which it is; a finger that moved on to scroll is not a tap."""

    key = StringProperty("")
    says = StringProperty("")
    always_release = False
