"""Something promised to a customer: what, and by when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from field_app.language import gettext as _
from field_app.presenters.record_form import RecordFormPage
from field_app.presenters.views import Bar


class MaterialPage(RecordFormPage):
    """A new promise; the reminder of it comes by itself."""

    type_name = "material"
    names = ("item", "due_on", "note")
    asked = ("item", "due_on")

    def first_values(self) -> dict[str, Any]:
        """In a week, unless it is said otherwise."""
        return {"due_on": (self.session.today() + timedelta(days=7)).isoformat()}

    def bar(self) -> Bar:
        """What it is, and for whom."""
        return Bar(_("Promise something"), subtitle=self.name)

    def save(self, values: dict[str, Any]) -> None:
        """Make the record."""
        from field_app.services import materials

        materials.promise(self.device, self.customer, values)
