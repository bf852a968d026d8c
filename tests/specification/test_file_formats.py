"""Encrypted files: new ones have the faster format, those of earlier releases are opened and kept as they are (docs/decisions/0020)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2

from field_app.store.database import Database, WrongKey
from server.storage import sqlcipher

KEY, OTHER = "ab" * 32, "cd" * 32
EARLIER = sqlcipher.Format("HMAC_SHA512", 4096)
WRITER = """
import os, sys
from sqlcipher3 import dbapi2
connection = dbapi2.connect(sys.argv[1], isolation_level=None)
for statement in sys.argv[2:]:
    connection.execute(statement)
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("PRAGMA wal_autocheckpoint = 0")
connection.execute("CREATE TABLE word (n INTEGER PRIMARY KEY, text TEXT)")
connection.execute("BEGIN")
connection.executemany("INSERT INTO word VALUES (?, ?)", [(n, "ice" * 40) for n in range(2000)])
connection.execute("COMMIT")
os.kill(os.getpid(), 9)
"""


def format_of(connection: Any) -> tuple[str, int]:
    """As the file was opened."""
    hmac, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("cipher_hmac_algorithm", "page_size"))
    return hmac, int(size)


def killed_writer(path: Path, *statements: str) -> None:
    """Leave a file as a power cut does: all its rows in the log beside it."""
    key = f"PRAGMA key = \"x'{KEY}'\""
    done = subprocess.run([sys.executable, "-c", WRITER, str(path), key, *statements], check=False)
    assert done.returncode == -signal.SIGKILL and os.path.getsize(f"{path}-wal") > 100_000


def test_a_new_file_of_the_server_has_the_new_format_and_opens_again(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    made = sqlcipher.connect(path, KEY)
    made.execute("CREATE TABLE word (text TEXT)")
    made.close()

    again = sqlcipher.connect(path, KEY)

    assert format_of(again) == ("HMAC_SHA256", 8192)
    assert again.execute("PRAGMA cipher_integrity_check").fetchall() == []
    again.close()
    with pytest.raises(dbapi2.DatabaseError):
        sqlcipher.connect(path, OTHER)


@pytest.mark.parametrize("form", [EARLIER, sqlcipher.NEW])
def test_a_server_killed_with_all_in_its_log_loses_nothing_in_either_format(
    tmp_path: Path, form: sqlcipher.Format
) -> None:
    path = tmp_path / "old.db"
    killed_writer(path, f"PRAGMA cipher_page_size = {form.page_bytes}", f"PRAGMA cipher_hmac_algorithm = {form.hmac}")
    with pytest.raises(dbapi2.DatabaseError):
        sqlcipher.connect(path, OTHER)

    for _ in range(2):
        opened = sqlcipher.connect(path, KEY)
        assert format_of(opened) == (form.hmac, form.page_bytes)
        assert opened.execute("SELECT count(*), min(length(text)) FROM word").fetchone() == (2000, 120)
        opened.execute("UPDATE word SET text = text || 'x' WHERE n = 7")
        opened.close()


@pytest.mark.parametrize("form", [EARLIER, sqlcipher.NEW])
def test_a_file_gets_a_new_key_and_keeps_its_format(tmp_path: Path, form: sqlcipher.Format) -> None:
    path = tmp_path / "rotated.db"
    killed_writer(path, f"PRAGMA cipher_page_size = {form.page_bytes}", f"PRAGMA cipher_hmac_algorithm = {form.hmac}")
    opened = sqlcipher.connect(path, KEY)
    opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    opened.execute("PRAGMA journal_mode = DELETE")
    opened.execute(f"PRAGMA rekey = \"x'{OTHER}'\"")
    opened.close()

    again = sqlcipher.connect(path, OTHER)

    assert format_of(again) == form and again.execute("SELECT count(*) FROM word").fetchone() == (2000,)
    again.close()
    with pytest.raises(dbapi2.DatabaseError):
        sqlcipher.connect(path, KEY)


def test_a_store_of_a_phone_killed_under_an_earlier_release_opens_and_a_new_one_is_in_the_new_format(
    tmp_path: Path,
) -> None:
    killed_writer(tmp_path / "old.db")
    with pytest.raises(WrongKey):
        Database(tmp_path / "old.db", bytes.fromhex(OTHER), threading.RLock())

    old = Database(tmp_path / "old.db", bytes.fromhex(KEY), threading.RLock())
    new = Database(tmp_path / "new.db", bytes.fromhex(KEY), threading.RLock())
    new.script("CREATE TABLE word (n INTEGER)")

    assert old.value("SELECT count(*) FROM word") == 2000 and old.is_whole()
    assert old.value("PRAGMA cipher_hmac_algorithm") == "HMAC_SHA512"
    assert new.value("PRAGMA cipher_hmac_algorithm") == "HMAC_SHA256" and new.is_whole()
    for store in (old, new):
        store.close()
    again = Database(tmp_path / "new.db", bytes.fromhex(KEY), threading.RLock())
    assert again.value("SELECT count(*) FROM word") == 0
    again.close()
