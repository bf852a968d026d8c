"""A conflict: what was there, what one entered oneself, what somebody else entered; and which of them is to count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from field_app.language import gettext as _
from field_app.language import label
from field_app.presenters import people
from field_app.presenters.page import Page
from field_app.presenters.reasons import reasons
from field_app.presenters.shell import Shell
from field_app.presenters.values import shown
from field_app.presenters.views import Bar, Big, Fact, Head, Item, Row
from sync_protocol.records import knows, record_type

if TYPE_CHECKING:
    from field_app.services.conflicts import Clash


class ConflictPage(Page):
    """One conflict of this user's."""

    def __init__(self, shell: Shell, conflict: str) -> None:
        super().__init__(shell)
        self.id = conflict

    def entered(self) -> None:
        """Read it."""
        from field_app.services import conflicts

        self.found = conflicts.clash(self.device, self.id)

    def bar(self) -> Bar:
        """Whose field it is."""
        return Bar(field_words(self.found), subtitle=whose(self.found))

    def _text(self, value: Any) -> str:
        specs = record_type(self.found.type).specs() if knows(self.found.type) else {}
        spec = specs.get(self.found.field)
        text = shown(spec, value, self.session) if spec else ("" if value is None else str(value))
        return text or _("nothing")

    def items(self) -> list[Item]:
        """Base, mine, theirs; then what stands there now, if that is a third."""
        found = self.found
        them = people.name_of(self.device, found.theirs_by) or _("Head office")
        mine, theirs = self._text(found.mine), self._text(found.theirs)
        counts = _("counts now")
        items: list[Item] = [
            Row("", _("Changed by two at once"), self.session.moment(found.at), sign="call-merge", sign_role="waiting"),
            Head(_("Before")),
            Fact("", _("What both of you saw"), self._text(found.base), role="quiet"),
            Head(_("Yours")),
            Fact("", _("You entered") + (f" · {counts}" if found.now == found.mine else ""), mine),
            Head(_("Theirs")),
            Fact(
                "",
                _("{name} entered").format(name=them) + (f" · {counts}" if found.now == found.theirs else ""),
                theirs,
            ),
        ]
        if found.now not in (found.mine, found.theirs):
            items += [Head(_("Now")), Fact("", _("Changed again since"), self._text(found.now))]
        rule = record_type("conflict").specs()["rule"].choices.get(found.rule)
        if rule:
            items.append(Fact("", _("Settled by the rule"), label(rule), role="quiet"))
        return items

    def big(self) -> Big | None:
        """Let mine count, where it does not."""
        from field_app.services import conflicts

        if self.found.now == self.found.mine or not conflicts.can_be_taken(self.found):
            return None
        return Big("mine", _("Let mine count"))

    def second(self) -> Big | None:
        """Leave it as it is."""
        return Big("leave", _("Leave it")) if self.big() else None

    def act(self, key: str) -> None:
        """`mine` or `leave`."""
        from field_app.services import conflicts
        from field_app.services.saving import Refused

        super().act(key)
        if key == "mine":
            try:
                conflicts.take_mine(self.device, self.id)
            except Refused as error:
                self.shell.tell("\n".join(reasons(codes) for codes in error.reasons.values()))
                return
            self.shell.tell(_("Saved on this phone."))
            self.shell.back()
        elif key == "leave":
            conflicts.leave(self.device, self.id)
            self.shell.back()


def clash_row(found: Clash) -> Row:
    """A conflict as a row of a list."""
    return Row(
        "conflict:" + found.id,
        whose(found) or field_words(found),
        _("{field}: somebody else's value counts").format(field=field_words(found)),
        sign="call-merge",
        sign_role="waiting",
        role="waiting",
        chevron=True,
    )


def field_words(found: Clash) -> str:
    """The label of the field."""
    spec = record_type(found.type).specs().get(found.field) if knows(found.type) else None
    return label(spec.labels) if spec else _("Removal")


def whose(found: Clash) -> str:
    """The name of the shop, or of the kind of record."""
    if found.record is None:
        return ""
    name = found.record.fields.get("store_name")
    return str(name) if name else label(record_type(found.type).labels) if knows(found.type) else ""
