"""Why an act on books, seats and customers was not done, in words of the reader's language."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

_BUSY = "another writer was in the way each time; nothing was done, and it is safe to try again"
_WORDS = {
    "there is a book «%(name)s» already": _l("there is a book «%(name)s» already"),
    "a book's name has 1 to 100 characters": _l("a book's name has 1 to 100 characters"),
    "no such book": _l("no such book"),
    "no such book or seat": _l("no such book or seat"),
    "no such user": _l("no such user"),
    "no such seat: %(seat)s; seats are %(seats)s": _l("no such seat: %(seat)s; seats are %(seats)s"),
    "this user has left: a seat goes to somebody who can work": _l(
        "this user has left: a seat goes to somebody who can work"
    ),
    "a stand-in is a person, and the end lies in the future": _l(
        "a stand-in is a person, and the end lies in the future"
    ),
    "this user holds the seat already: nobody stands in for himself": _l(
        "this user holds the seat already: nobody stands in for himself"
    ),
    "say the last day of the stand-in": _l("say the last day of the stand-in"),
    "the end has passed": _l("the end has passed"),
    "this user has a seat of the book, and reads it already": _l(
        "this user has a seat of the book, and reads it already"
    ),
    "no customer is called %(name)s": _l("no customer is called %(name)s"),
    "several customers are called %(name)s": _l("several customers are called %(name)s"),
    "there is no customer %(customer)s": _l("there is no customer %(customer)s"),
    "customers move to the book of a round, or to an archive": _l(
        "customers move to the book of a round, or to an archive"
    ),
    "customer %(customer)s has more than %(most)s records: archive old ones first": _l(
        "customer %(customer)s has more than %(most)s records: archive old ones first"
    ),
    "customer %(customer)s is being moved or written by somebody else; look where it is, and try again": _l(
        "customer %(customer)s is being moved or written by somebody else; look where it is, and try again"
    ),
    "a customer is not merged with himself": _l("a customer is not merged with himself"),
    "one of them was merged with another before": _l("one of them was merged with another before"),
    "the customer who is to stay is removed; restore him first": _l(
        "the customer who is to stay is removed; restore him first"
    ),
    "%(n)s proposals about the file that would go are open; decide them first": _l(
        "%(n)s proposals about the file that would go are open; decide them first"
    ),
    "no field that people fill in: %(fields)s": _l("no field that people fill in: %(fields)s"),
    "say why, in %(least)s to %(most)s characters": _l("say why, in %(least)s to %(most)s characters"),
    "this erasure was asked for already; somebody else has to agree": _l(
        "this erasure was asked for already; somebody else has to agree"
    ),
    "somebody else has to agree: who asks for an erasure cannot consent to it": _l(
        "somebody else has to agree: who asks for an erasure cannot consent to it"
    ),
    "there is no such open request": _l("there is no such open request"),
    "the request is too old; ask again": _l("the request is too old; ask again"),
    "this takes an active user with the right to it": _l("this takes an active user with the right to it"),
    "what is younger than %(years)s years is not archived": _l("what is younger than %(years)s years is not archived"),
    _BUSY: _l("another writer was in the way each time; nothing was done, and it is safe to try again"),
}


def refusal(error: Exception) -> str:
    """Why it was not done. What has no words here is shown as it stands."""
    text, values = getattr(error, "text", str(error)), getattr(error, "values", {})
    if text not in _WORDS:
        return str(error)
    words = str(_WORDS[text])
    return words % values if values else words
