"""The table of rights that people agreed on, as tests read it. It imports nothing of the product."""

from __future__ import annotations

from pathlib import Path

LETTERS = {
    "A": "account_manager",
    "S": "supervisor",
    "M": "department_manager",
    "L": "licensing",
    "O": "order_desk",
    "C": "complaint_desk",
    "E": "catalogue_editor",
    "V": "leader",
    "X": "administrator",
}
# Ways in that are no pages: of devices, which sign each request; of gateways, which know a secret; of machines that watch.
SIGNED = {
    "sync.post_sync",
    "enrol.post_renew",
    "photos.create",
    "photos.offset",
    "photos.piece",
    "snapshots.get_snapshot",
}
BY_SECRET = {"enrol.post_enrol", "messages_api.reports", "messages_api.replies"}
FOR_ALL = {"static", "photos.options", "health.healthz", "health.readyz", "reference.openapi_document"}
WATCHED = {"metrics.metrics", "health.metrics", "metrics.show"}
# Pages that open without signing in.
OPEN_PAGES = {
    "sessions.sign_in",
    "sessions.enter",
    "sessions.sign_out",
    "directory.go",
    "directory.back",
    "preferences.choose_language",
}


def rows() -> dict[str, tuple[frozenset[str], bool]]:
    """Act -> the roles that may do it, and whether it asks for a second factor."""
    found = {}
    for line in Path(__file__).with_name("oracle.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            act, letters, *more = line.split()
            assert len(letters) == len(LETTERS), line
            for letter, expected in zip(letters, LETTERS, strict=True):
                assert letter in (".", expected), line
            found[act] = (frozenset(LETTERS[letter] for letter in letters if letter != "."), more == ["2"])
    return found
