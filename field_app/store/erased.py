"""What head office erased is forgotten here as well: in the journal, among what came back, and the bytes of photos (R20)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from field_app.store.database import Database
from field_app.store.photos import PhotoStore
from field_app.store.settings import Settings

_SETTING = "erased"
_AT_A_TIME = 500


def note(settings: Settings, left: Iterable[Mapping[str, str]]) -> None:
    """Remember what an answer says was erased, until its round ends. Part of the transaction that keeps the answer."""
    records = [gone["record"] for gone in left if gone["why"] == "erased"]
    if records:
        settings.set(_SETTING, [*settings.get(_SETTING, []), *records])


def forget(database: Database, settings: Settings, photos: PhotoStore, verdicts: Iterable[Mapping[str, Any]]) -> None:
    """At the end of a round, part of its transaction: the content of answered sets about erased customers alone, also of those that
    were refused for it. What concerns other customers as well is kept for them; what is not sent yet goes with its verdict.
    """
    records: list[str] = settings.get(_SETTING, [])
    if records:
        for start in range(0, len(records), _AT_A_TIME):
            some = records[start : start + _AT_A_TIME]
            _forget_sets(database, _answered_about(database, some, records))
            photos.forget_records(some)
        settings.set(_SETTING, None)
    _forget_sets(
        database, [seq for verdict in verdicts if _is_refused(verdict) for seq in _seq_of(database, verdict["id"])]
    )


def _answered_about(database: Database, some: Sequence[str], erased: Sequence[str]) -> list[int]:
    marks = ",".join("?" * len(some))
    answered = "SELECT seq FROM change_set WHERE state IN ('settled', 'refused', 'discarded')"
    about = f"SELECT DISTINCT seq FROM touched WHERE customer IN ({marks}) AND seq IN ({answered})"  # noqa: S608
    rows = database.rows(about, tuple(some))
    gone = set(erased)
    return [
        seq
        for (seq,) in rows
        if {row[0] for row in database.rows("SELECT customer FROM touched WHERE seq = ?", (seq,))} <= gone
    ]


def _is_refused(verdict: Mapping[str, Any]) -> bool:
    reasons = (why for change in verdict.get("changes", ()) for why in change.get("why", ()))
    return verdict["state"] == "refused" and any(why["code"] == "erased" for why in reasons)


def _seq_of(database: Database, set_id: str) -> list[int]:
    return [row[0] for row in database.rows("SELECT seq FROM change_set WHERE id = ?", (set_id,))]


def _forget_sets(database: Database, seqs: Iterable[int]) -> None:
    these = [(seq,) for seq in seqs]
    database.run_many("UPDATE change_set SET body = NULL, sealed = NULL WHERE seq = ?", these)
    database.run_many("DELETE FROM touched WHERE seq = ?", these)
