"""Where a visit is, typed: for a desktop without a receiver, or a phone that found none."""

from __future__ import annotations

from typing import Any

from field_app.language import gettext as _
from field_app.presenters.form import Form
from field_app.presenters.form_page import FormPage
from field_app.presenters.shell import Shell
from field_app.presenters.views import Bar, Big

NAMES = ("latitude", "longitude")


class PlacePage(FormPage):
    """Latitude and longitude of a visit."""

    def __init__(self, shell: Shell, visit: str) -> None:
        super().__init__(shell)
        self.id = visit
        self._begun = False

    @property
    def draft_key(self) -> str:
        """One draft per visit."""
        return f"place:{self.id}"

    def entered(self) -> None:
        """What is known of the place."""
        from field_app.services import reading

        if not self._begun:
            self.visit = reading.shown(self.device, self.id)
            self.begin(Form("visit", self.visit.fields, self.session, names=NAMES, required=NAMES, creating=True))
            self.form.required = set(NAMES)
            self._begun = True

    def intro(self) -> str:
        """How a place is typed."""
        return _("Degrees, as maps show them: 42.0347 and -93.62. A visit counts without a place as well.")

    def bar(self) -> Bar:
        """What is typed."""
        return Bar(_("Place"))

    def big(self) -> Big:
        """Save."""
        return Big("save", _("Save"))

    def act(self, key: str) -> None:
        """`save`."""
        super().act(key)
        if key != "save":
            return
        if not self.form.check():
            self.focus = self.form.first_wrong()
            self.shell.draw()
            return
        self._save({name: self.form.values.get(name) for name in NAMES})

    def _save(self, place: dict[str, Any]) -> None:
        from field_app.services import visits

        try:
            visits.note_place(self.device, self.id, place)
        except Exception as error:
            self.refused(error)
            return
        self.done()
        self.shell.back()
