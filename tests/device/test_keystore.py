"""With a Keystore the folder of a device opens in the phone where it was made, and nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from field_app.store import keys, keystore
from field_app.store.keys import DamagedKeyFile, KeyFile, Keyring, WrongPassphrase, open_with_passphrase, read_key_file

PASSPHRASE = "four words are enough"


class Hardware:
    """A Keystore that keeps its rules: the key is made inside, cannot be read, and refuses what was changed."""

    def __init__(self) -> None:
        self._key = AESGCM(AESGCM.generate_key(256))

    def wrap(self, secret: bytes) -> bytes:
        vector = os.urandom(12)
        return vector + self._key.encrypt(vector, secret, None)

    def unwrap(self, wrapped: bytes) -> bytes:
        try:
            return self._key.decrypt(wrapped[:12], wrapped[12:], None)
        except Exception as error:
            raise keystore.KeystoreLost from error


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A device made on a phone with a Keystore."""
    phone = Hardware()
    monkeypatch.setattr(keystore, "of_this_machine", lambda: phone)
    slots = Keyring(b"k" * 32).slots("device", PASSPHRASE, None, os.urandom)
    keys.write_key_file(tmp_path, KeyFile("device", "http://127.0.0.1", "Li", "Company", tuple(slots)))
    return tmp_path


def test_in_its_phone_the_passphrase_opens_it(folder: Path):
    opened = open_with_passphrase(read_key_file(folder), PASSPHRASE)

    assert opened.derived("outbox") == Keyring(b"k" * 32).derived("outbox")
    with pytest.raises(WrongPassphrase):
        open_with_passphrase(read_key_file(folder), "another passphrase")


def test_in_another_phone_the_right_passphrase_opens_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch):
    stranger = Hardware()
    monkeypatch.setattr(keystore, "of_this_machine", lambda: stranger)

    with pytest.raises(DamagedKeyFile):
        open_with_passphrase(read_key_file(folder), PASSPHRASE)


def test_on_a_desktop_a_copied_folder_opens_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keystore, "of_this_machine", lambda: None)

    with pytest.raises(DamagedKeyFile):
        open_with_passphrase(read_key_file(folder), PASSPHRASE)


def test_the_mark_of_the_keystore_cannot_be_taken_off(folder: Path):
    file = read_key_file(folder)
    without = tuple({name: value for name, value in slot.items() if name != "keystore"} for slot in file.slots)
    bare = KeyFile(file.device, file.server, file.user_name, file.company, without)

    with pytest.raises((WrongPassphrase, DamagedKeyFile)):
        open_with_passphrase(bare, PASSPHRASE)
