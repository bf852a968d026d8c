"""A visit that does not take place, and why."""

from __future__ import annotations

from typing import Any

from field_app.language import gettext as _
from field_app.presenters.record_form import RecordFormPage
from field_app.presenters.views import Bar


class SkipVisitPage(RecordFormPage):
    """Why today's visit does not take place."""

    type_name = "visit"
    names = ("skip_kind", "skip_reason")
    asked = ("skip_kind",)

    @property
    def draft_key(self) -> str:
        """One draft per customer."""
        return f"skip:{self.customer}"

    def bar(self) -> Bar:
        """What is recorded, and of whom."""
        return Bar(_("Skip today's visit"), subtitle=self.name)

    def save(self, values: dict[str, Any]) -> None:
        """Record the skipped visit."""
        from field_app.services import visits

        visits.skip(self.device, self.customer, str(values.get("skip_reason") or ""), str(values["skip_kind"]))
