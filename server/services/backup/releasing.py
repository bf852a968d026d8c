"""Letting archives go whose time is over: written down and signed first, and never while anything in the store is wrong."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime

from server.services import clock
from server.services.backup import checking, documents, memory, retention
from server.services.backup.documents import ARCHIVE, PHOTOS, RELEASED, SEGMENT, Document, Tip, Untrue
from server.storage.archives import ArchiveError, ArchiveStore

logger = logging.getLogger("roundbook.backup")


@dataclass(frozen=True, slots=True)
class Over:
    """What may go. `segments`: behind which segment those begin that stay."""

    files: tuple[str, ...] = ()
    segments: Tip = Tip()


def over(store: ArchiveStore, public: str, rule: retention.Rule = retention.Rule()) -> Over:  # noqa: B008 (frozen)
    """The files whose time is over: archives by the rule, segments older than the kept weekly archives, packs that no kept
    archive names. Raises: Untrue, if the chains are not whole: then nothing goes."""
    gone = checking.released(store, public)
    archives = [d for d in documents.chain(store, public, ARCHIVE) if d.data["name"] not in gone]
    begin = checking.segments_begin(store, public)
    if not archives:
        return Over((), begin)
    stays = retention.kept({d.number: _day(d) for d in archives}, rule)
    files = [d.data["name"] for d in archives if d.number not in stays]
    weekly = (Tip.of(d.said["segment"]) for d in archives if stays.get(d.number) == "week")
    first = min(weekly, key=lambda tip: tip.number, default=begin)
    for document in documents.chain(store, public, SEGMENT, begin):
        if document.number <= first.number:
            files += [document.data["name"], documents.name_of(SEGMENT, document.number)]
    named = {number for d in archives if d.number in stays for number in d.said["packs"]}
    packs = documents.chain(store, public, PHOTOS)
    files += [d.data["name"] for d in packs if d.number not in named and d.number < max(named, default=0)]
    return Over(tuple(name for name in files if name not in gone), max(first, begin, key=lambda tip: tip.number))


def let_go(store: ArchiveStore, what: Over) -> int:
    """Say what goes, then let it go. A file that the store still holds stays. Returns: how many went."""
    if not what.files:
        return 0
    after = documents.tip_in(store, memory.public(), RELEASED, Tip())
    said = {"files": list(what.files), "segments": what.segments.wire, "made_at": clock.now_ms()}
    documents.append(store, memory.signer(), RELEASED, after, said)
    gone = 0
    for name in what.files:
        try:
            store.let_go(name)
            gone += 1
        except ArchiveError as error:
            logger.warning("%s stays: %s", name, error)
    return gone


def tidy(store: ArchiveStore) -> int:
    """After a verified archive: let go what is over. A store in which anything is wrong is left as it is. Returns: how many files went."""
    try:
        return let_go(store, over(store, memory.public()))
    except (Untrue, ArchiveError) as error:
        logger.error("nothing was let go: %s", error)
        return 0


def _day(document: Document) -> date:
    return datetime.fromtimestamp(document.said["made_at"] / 1000, UTC).date()
