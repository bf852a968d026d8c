"""Copies of an office's database, as an operator takes them and puts them back: nobody tells the server."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from server.storage.database import db
from tests.head_office import HeadOffice


class Copies:
    """`take` and `put_back`, by name. Keys, photos and the control journal are elsewhere and stay as they are."""

    def __init__(self, office: HeadOffice, folder: Path) -> None:
        self.office, self.folder = office, folder
        folder.mkdir()

    def take(self, name: str = "backup") -> None:
        """Copy the database as it is now."""
        self._close()
        if self._is_sqlite:
            shutil.copy(self._file, self.folder / name)
        else:
            self._sql(f'CREATE DATABASE "{self._database}_{name}" TEMPLATE "{self._database}"')

    def put_back(self, name: str = "backup") -> None:
        """The database as it was then."""
        self._close()
        if self._is_sqlite:
            for suffix in ("-wal", "-shm"):
                self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)
            shutil.copy(self.folder / name, self._file)
        else:
            self._sql(f'DROP DATABASE "{self._database}" WITH (FORCE)')
            self._sql(f'CREATE DATABASE "{self._database}" TEMPLATE "{self._database}_{name}"')

    def _close(self) -> None:
        with self.office.app.app_context():
            if self._is_sqlite:
                with db.engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()

    @property
    def _url(self) -> str:
        return str(self.office.app.extensions["roundbook"].database_url)

    @property
    def _is_sqlite(self) -> bool:
        return self._url.startswith("sqlite")

    @property
    def _file(self) -> Path:
        return Path(self._url.removeprefix("sqlite:///"))

    @property
    def _database(self) -> str:
        return urlsplit(self._url).path.lstrip("/")

    def _sql(self, statement: str) -> None:
        url = urlsplit(self._url)._replace(scheme="postgresql", path="/postgres").geturl()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement.encode())
