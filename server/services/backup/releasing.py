"""Letting archives go whose time is over: written down and signed first, and never while anything in the store is wrong."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, date, datetime

from server.services import clock
from server.services.backup import checking, documents, memory, retention
from server.services.backup.documents import ARCHIVE, PHOTOS, RELEASED, SEGMENT, Document, Tip, Untrue
from server.storage.archives import ArchiveError, ArchiveStore

logger = logging.getLogger("roundbook.backup")


def over(store: ArchiveStore, public: str, rule: retention.Rule = retention.Rule()) -> list[str]:  # noqa: B008 (frozen)
    """The files whose time is over: archives by the rule, segments older than the kept weekly archives, packs that no kept
    archive names. Raises: Untrue, if the chains are not whole: then nothing goes."""
    let_go = checking.released(store, public)
    archives = [d for d in documents.chain(store, public, ARCHIVE) if d.data["name"] not in let_go]
    if not archives:
        return []
    stays = retention.kept({d.number: _day(d) for d in archives}, rule)
    files = [d.data["name"] for d in archives if d.number not in stays]
    weekly = [d for d in archives if stays.get(d.number) == "week"]
    first = min((Tip.of(d.said["segment"]).number for d in weekly), default=0)
    begin = checking.segments_begin(store, public, let_go)
    files += [d.data["name"] for d in documents.chain(store, public, SEGMENT, begin) if d.number <= first]
    named = {number for d in archives if d.number in stays for number in d.said["packs"]}
    newest = max(named, default=0)
    packs = documents.chain(store, public, PHOTOS)
    files += [d.data["name"] for d in packs if d.number not in named and d.number < newest]
    return [name for name in files if name not in let_go]


def let_go(store: ArchiveStore, files: Sequence[str]) -> int:
    """Say what goes, then let it go. A file that the store still holds stays. Returns: how many went."""
    if not files:
        return 0
    after = documents.tip_in(store, memory.public(), RELEASED, Tip())
    said = {"files": list(files), "made_at": clock.now_ms()}
    documents.append(store, memory.signer(), RELEASED, after, said)
    gone = 0
    for name in files:
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
