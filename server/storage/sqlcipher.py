"""Opening an encrypted SQLite file: which format new files have, and which older ones are read as they are (docs/decisions/0020)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple


class Format(NamedTuple):
    """How the pages of a file are authenticated, and how large they are."""

    hmac: str
    page_bytes: int


NEW = Format("HMAC_SHA256", 8192)
SHA_512 = Format("HMAC_SHA512", 4096)  # SQLCipher's own default, which files of earlier releases have
FORMATS = (NEW, SHA_512)


def module() -> Any:
    """The driver."""
    from sqlcipher3 import dbapi2

    # what is no number or text is looked up among the adapters: what is not found there, as None by itself, costs ten times as much
    dbapi2.register_adapter(type(None), {}.get)
    dbapi2.register_adapter(bool, int)
    return dbapi2


def connect(path: Path, key: str) -> Any:
    """A connection to the file, in whatever format it is; a file that is not there or is empty gets the new one.

    Args: key: 64 hex digits. Raises: dbapi2.DatabaseError, if the key does not open it.
    """
    dbapi = module()
    for tried in FORMATS:
        connection = dbapi.connect(str(path), check_same_thread=False, isolation_level=None)
        try:
            _unlock(connection, key, tried)
        except dbapi.DatabaseError:
            connection.close()
            if tried is FORMATS[-1]:
                raise
        else:
            return connection
    raise AssertionError("there are formats")


def _unlock(connection: Any, key: str, tried: Format) -> None:
    connection.execute("PRAGMA cipher_log_level = NONE")
    connection.execute(f"PRAGMA key = \"x'{key}'\"")
    connection.execute(f"PRAGMA cipher_page_size = {tried.page_bytes}")
    connection.execute(f"PRAGMA cipher_hmac_algorithm = {tried.hmac}")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # a wrong key shows at the first read only
