"""Granted lookups: files of other books that one may read for a time, offline too."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from field_app.language import gettext as _
from field_app.presenters.page import Page
from field_app.presenters.shell import Shell
from field_app.presenters.summary import filled
from field_app.presenters.trouble import trouble
from field_app.presenters.views import Bar, Fact, Head, Item, Note, Row


@dataclass(frozen=True)
class _Copy:
    """A file as `filled` reads one."""

    fields: dict[str, Any]
    type: str = field(default="customer")


class GrantedPage(Page):
    """The copies that may be read now."""

    def entered(self) -> None:
        """Read them; what has ended is gone."""
        from field_app.services import granted

        self.found = granted.granted(self.device)

    def bar(self) -> Bar:
        """What it is."""
        return Bar(_("Granted lookups"))

    def items(self) -> list[Item]:
        """One row each, with how long it lasts."""
        if not self.found:
            words = _(
                "Nothing is granted to you now.\nAsk at head office, in the console, for a customer of another book."
            )
            return [Note(words, "eye-outline")]
        return [
            Row(
                f"granted:{one.id}",
                one.name,
                _("until {time}").format(time=self.session.moment(one.until)),
                role="waiting",
                sign="eye-outline",
                chevron=True,
            )
            for one in self.found
        ]

    def act(self, key: str) -> None:
        """A row opens its copy."""
        if key.startswith("granted:"):
            self.shell.open(GrantedFilePage(self.shell, key.removeprefix("granted:")))
        else:
            super().act(key)


class GrantedFilePage(Page):
    """One copy, to read. That it was opened is noted once, before anything of it is shown. At its end it closes at the next look."""

    def __init__(self, shell: Shell, record: str) -> None:
        super().__init__(shell)
        self.id = record
        self.is_noted = False
        self.failed = ""

    def entered(self) -> None:
        """Read the copy, if it has not ended; what cannot be noted is not shown."""
        from field_app.services import granted

        self.failed = ""
        try:
            look = granted.granted_file if self.is_noted else granted.open_file
            self.file = look(self.device, self.id)
            self.is_noted = self.is_noted or self.file is not None
        except Exception as error:
            self.file, self.failed = None, trouble(error)

    def bar(self) -> Bar:
        """Whose file it is."""
        return Bar(self.file.name if self.file else _("Granted lookups"), subtitle=_("copy, to read alone"))

    def items(self) -> list[Item]:
        """How long, by whom and why; then the groups that were granted."""
        if self.failed:
            return [Note(_("It cannot be noted that this file is read, so it is not shown. {why}").format(why=self.failed), "eye-off-outline")]  # fmt: skip
        if self.file is None:
            return [
                Note(_("The time of this lookup has passed, and its copy is gone from this phone."), "eye-off-outline")
            ]
        found: list[Item] = [
            Fact("", _("May be read until"), self.session.moment(self.file.until), role="waiting"),
            Fact("", _("Granted by"), self.file.granted_by or "–"),
            Fact("", _("Reason"), self.file.reason or "–"),
            Fact(
                "", _("Read log"), _("Each time this file is opened is noted, and sent to head office."), role="quiet"
            ),
        ]
        for group, texts in filled(_Copy(dict(self.file.fields)), self.session):
            found.append(Head(group))
            found += [Fact("", name, text) for name, text in texts]
        return found
