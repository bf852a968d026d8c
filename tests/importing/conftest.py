"""A head office on a folder of its own, and files beside it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.app import create_app
from server.config import Config
from tests.head_office import HeadOffice, open_office


@pytest.fixture(scope="session")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a head office with its tables made, to be copied."""
    home: Path = tmp_path_factory.mktemp("prepared") / "home"
    open_office(home)
    return home


@pytest.fixture
def home(tmp_path: Path, prepared_home: Path) -> Path:
    """The folder of a head office in which nothing is yet."""
    return Path(shutil.copytree(prepared_home, tmp_path / "home"))


@pytest.fixture
def console(home: Path) -> HeadOffice:
    """A head office to be asked by its pages."""
    return HeadOffice(create_app(Config.from_environment({"ROUNDBOOK_HOME": str(home)})), home)


@pytest.fixture
def office(console: HeadOffice) -> Iterator[HeadOffice]:
    """The same, with the test inside of its app."""
    with console.app.app_context():
        yield console
