"""The knowledge base: standard answers found while one types, an answer to read out or to copy, and «add this case»."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

from field_app.language import gettext as _
from field_app.language import ngettext
from field_app.presenters.page import Page
from field_app.presenters.record_form import RecordFormPage
from field_app.presenters.shell import Choice, Shell
from field_app.presenters.summary import field_text, summary, type_words
from field_app.presenters.views import Bar, Big, Fact, Head, Item, Note, Row
from field_app.store.overlay import Shown

CASES_SHOWN = 10
SIGNS = {"answer": "comment-check-outline", "case": "lightbulb-outline", "guide": "book-open-variant"}
Use = Callable[[Shown], None]


class KnowledgePage(Page):
    """All entries by topic, or those that match.

    Args: customer: for whom one looks, "" if nobody. use: what is done with an answer that is taken, None if it is only read.
    text: what is looked for at first.
    """

    def __init__(self, shell: Shell, customer: str = "", use: Use | None = None, text: str = "") -> None:
        super().__init__(shell)
        self.customer, self.use, self.text = customer, use, text

    def entered(self) -> None:
        """Read the entries, and what one proposed oneself."""
        from field_app.services import reading

        self.cases = reading.recent(self.device, "knowledge_case", CASES_SHOWN)
        self.search(self.text, draw=False)

    def search(self, text: str, *, draw: bool = True) -> None:
        """Show the entries that match a text."""
        from field_app.services import knowledge

        self.text = text
        self.found = knowledge.entries(self.device, text.strip())
        if draw:
            self.scrolled = 0
            self.shell.draw()

    def bar(self) -> Bar:
        """How many are shown."""
        n = len(self.found)
        counted = ngettext("{n} entry", "{n} entries", n).format(n=n)
        return Bar(type_words("knowledge", plural=True), subtitle=counted)

    def big(self) -> Big:
        """Add a case."""
        return Big("add", _("Add this case"))

    def items(self) -> list[Item]:
        """By topic, or what matches; below, one's own cases and what became of them."""
        found: list[Item] = []
        if self.text.strip():
            found += [Head(_("Found")), *(self._row(one) for one in self.found)] if self.found else []
        else:
            by_topic = sorted(self.found, key=self._topic)
            for topic, group in groupby(by_topic, key=self._topic):
                found += [Head(topic or _("Other")), *(self._row(one) for one in group)]
        if not found:
            found.append(self._nothing())
        if self.cases and not self.text.strip():
            found.append(Head(_("Proposed by me")))
            found += [summary(one, self.session) for one in self.cases]
        return found

    def _nothing(self) -> Note:
        if self.text.strip():
            words = _("Nothing matches «{text}».\nIf you found the answer yourself, add it as a case.")
            return Note(words.format(text=self.text.strip()), "magnify")
        return Note(
            _("No entries yet.\nHead office writes them; they come with the next sync."), "lightbulb-on-outline"
        )

    def _topic(self, entry: Shown) -> str:
        return field_text("knowledge", "topic", entry.fields, self.session)

    def _row(self, entry: Shown) -> Row:
        answer = " ".join(str(entry.fields.get("answer") or "").split())
        sign = SIGNS.get(str(entry.fields.get("kind")), "comment-question-outline")
        question = str(entry.fields.get("question") or "")
        return Row(f"entry:{entry.id}", question, answer, sign=sign, sign_role="action", chevron=True)

    def act(self, key: str) -> None:
        """An entry, a case of one's own, or `add`."""
        super().act(key)
        what, _colon, rest = key.partition(":")
        if what == "entry":
            self.shell.open(EntryPage(self.shell, rest, self.use))
        elif what == "record":
            from field_app.presenters.record import open_record

            open_record(self.shell, rest)
        elif what == "add":
            self._add()

    def _add(self) -> None:
        """A case belongs to the shop where it happened."""
        from field_app.services import knowledge

        if self.customer:
            self._open_case(self.customer)
            return
        known = knowledge.recent_customers(self.device)
        if not known:
            self.shell.tell(_("A case belongs to a customer: add it from his page or from a visit."))
            return
        self.shell.choose(_("Where was it?"), [Choice(id_, name) for id_, name in known], self._open_case)

    def _open_case(self, customer: str) -> None:
        self.shell.open(CasePage(self.shell, customer, {"question": self.text.strip()[:200]}))


class EntryPage(Page):
    """One entry: the question, the whole answer, what stands behind it."""

    def __init__(self, shell: Shell, entry: str, use: Use | None = None) -> None:
        super().__init__(shell)
        self.id, self.use = entry, use

    def entered(self) -> None:
        """Read it."""
        from field_app.services import reading

        self.entry = reading.shown(self.device, self.id)

    def bar(self) -> Bar:
        """What kind it is."""
        topic = field_text("knowledge", "topic", self.entry.fields, self.session)
        kind = field_text("knowledge", "kind", self.entry.fields, self.session)
        copy = (("copy", "content-copy", _("Copy the answer")),) if self.use else ()
        return Bar(kind or type_words("knowledge"), subtitle=topic, actions=copy)

    def big(self) -> Big:
        """Take the answer over, or copy it."""
        return Big("use", _("Use this answer")) if self.use else Big("copy", _("Copy the answer"))

    def items(self) -> list[Item]:
        """Its fields, the answer first."""
        fields = self.entry.fields
        found: list[Item] = [Fact("", _("Question"), str(fields.get("question") or ""))]
        found.append(Fact("", _("Answer"), str(fields.get("answer") or "")))
        if fields.get("details"):
            found += [Head(""), Fact("", _("Background"), str(fields["details"]))]
        if fields.get("valid_until_on"):
            until = field_text("knowledge", "valid_until_on", fields, self.session)
            found += [Head(""), Fact("", _("Valid until"), until, role="quiet")]
        return found

    def act(self, key: str) -> None:
        """`use`, `copy`."""
        super().act(key)
        if key == "use" and self.use:
            self.shell.back()
            self.shell.back()
            self.use(self.entry)
        elif key == "copy":
            self.shell.copy(str(self.entry.fields.get("answer") or ""))
            self.shell.tell(_("Copied."))


class CasePage(RecordFormPage):
    """A case of the round, proposed for the knowledge base. Head office decides, and takes the names out.

    Args: known: what is filled in before anybody types, with the ids of what the case was.
    """

    type_name = "knowledge_case"
    asked = ("topic",)

    def __init__(self, shell: Shell, customer: str, known: dict[str, Any] | None = None) -> None:
        super().__init__(shell, customer, str((known or {}).get("visit") or "") or None)
        self.known = known or {}

    def intro(self) -> str:
        """What becomes of it."""
        return _("Head office reads it, and puts it into the knowledge base of all.")

    def first_values(self) -> dict[str, Any]:
        """What is known of the case."""
        return {name: value for name, value in self.known.items() if value not in (None, "")}

    def save(self, values: dict[str, Any]) -> None:
        """Propose it."""
        from field_app.services import knowledge

        links = {name: self.known[name] for name in ("complaint", "contact") if self.known.get(name)}
        knowledge.propose_case(self.device, self.customer, {**values, **links})


def case_of(shell: Shell, record: Shown) -> CasePage:
    """The case that a complaint or a contact was, with what it says filled in."""
    fields = record.fields
    if record.type == "complaint":
        question = str(fields.get("subject") or fields.get("description") or "")
        known = {"complaint": record.id, "answer": fields.get("solution"), "topic": _TOPICS.get(_class_of(fields))}
    else:
        question = str(fields.get("content") or fields.get("opinions") or "")
        known = {"contact": record.id, "answer": fields.get("feedback")}
    first_line = question.strip().partition("\n")[0][:200]
    return CasePage(shell, str(record.customer), {**known, "question": first_line, "visit": fields.get("visit")})


_TOPICS = {
    "product": "quality",
    "service": "service",
    "delivery": "delivery",
    "supply": "supply",
    "price": "price",
}


def _class_of(complaint: dict[str, Any]) -> str:
    return str(complaint.get("complaint_class") or "")
