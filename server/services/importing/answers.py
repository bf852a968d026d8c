"""What a person decides about an import, and what he is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from server.services.importing.messages import Message
from sync_protocol.fields import Labels

LEAVE_OUT = "-"


@dataclass(frozen=True, slots=True)
class Answers:
    """Decisions about one file.

    Args: columns: column name or letter -> the field it fills (customer.store_name, customer_code, «Store name»), LEAVE_OUT
        for none; several columns may fill one text field and are joined then. date_order: "dmy" or "mdy". decimal_mark: "."
        or ",". other_currency: "take" amounts marked
        with another currency as the company's own, or "refuse" their rows. book_by: the column that names
        the book of a customer. encoding, delimiter: of a text file. has_heading: False where the first line holds values already. code_as_name:
        new customers without a name are called by their code.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    date_order: str = ""
    decimal_mark: str = ""
    other_currency: str = ""
    book_by: str = ""
    encoding: str = ""
    delimiter: str = ""
    has_heading: bool = True
    code_as_name: bool = False


COLUMN = "column:"
ENCODINGS = ("utf-8", "gb18030", "big5", "cp1252", "utf-16")


def answers_of(form: Mapping[str, str]) -> Answers:
    """Decisions as a form carries them. What is empty, or none of the choices, is left to be found out."""

    def one_of(name: str, known: tuple[str, ...]) -> str:
        return form.get(name, "") if form.get(name, "") in known else ""

    return Answers(
        columns={name[len(COLUMN) :]: value for name, value in form.items() if name.startswith(COLUMN) and value},
        date_order=one_of("date_order", ("dmy", "mdy")),
        decimal_mark=one_of("decimal_mark", (".", ",")),
        other_currency=one_of("other_currency", ("take", "refuse")),
        encoding=one_of("encoding", ENCODINGS),
        book_by=form.get("book_by", ""),
        code_as_name=form.get("code_as_name") == "yes",
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question. Args: value: as `Answers` takes it."""

    value: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class Question:
    """What the file leaves open.

    Args: kind: "column" (which field does `column` fill), "missing" (which column fills `target`), "date_order", "currency".
        option: how a command line answers it, with a place for the answer.
    """

    kind: str
    message: Message
    choices: Sequence[Choice]
    option: str
    column: str = ""
    target: str = ""
