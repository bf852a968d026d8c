"""The server's secrets: files of 32 bytes beside, never inside, the database. Made at the first start, readable by the owner alone."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sync_protocol import signing

NAMES = ("database", "sign", "seal", "cursor", "objects", "session", "factor", "messages", "backup")


@dataclass(frozen=True)
class Keyring:
    """The folder of keys. `database`: SQLCipher; `sign`: answers and receipts; `seal`: carried files; `cursor`: cursor tags;
    `objects`: photos at rest; `session`: console cookies; `factor`: the secrets of second factors;
    `messages`: what a gateway must know to report on a text message."""

    folder: Path

    def raw(self, name: str) -> bytes:
        """The 32 bytes of a key, made now if there is none. Raises: KeyError for a name that is no key; ValueError for a damaged file."""
        if name not in self._read:
            self._read[name] = self._on_disk(name)
        return self._read[name]

    def forget(self, name: str) -> None:
        """Another key has taken this name on the disk: the next who asks gets that one."""
        self._read.pop(name, None)

    @cached_property
    def _read(self) -> dict[str, bytes]:
        return {}

    def _on_disk(self, name: str) -> bytes:
        if name not in NAMES:
            raise KeyError(name)
        path = self.folder / f"{name}.key"
        try:
            found = bytes.fromhex(path.read_text().strip())
        except FileNotFoundError:
            return self._make(path)
        if len(found) != 32:
            raise ValueError(f"{path} does not hold a key of 64 hex digits; restore it from your key backup")
        return found

    def _make(self, path: Path) -> bytes:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = secrets.token_bytes(32)
        draft = path.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(key.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # the first process to get here wins; the others read its key
        except FileExistsError:
            return self._on_disk(path.stem)
        finally:
            draft.unlink()
        return key

    @cached_property
    def sign_key(self) -> Ed25519PrivateKey:
        """Signs answers and receipts."""
        return signing.new_private_key(self.raw("sign"))

    @cached_property
    def sign_public(self) -> str:
        """Its public half, as it travels."""
        return signing.public_text(self.sign_key)

    @cached_property
    def seal_public(self) -> str:
        """The recipient of carried files, as it travels."""
        private = X25519PrivateKey.from_private_bytes(self.raw("seal"))
        return signing.to_text(private.public_key().public_bytes_raw())

    @cached_property
    def seal_keys(self) -> list[bytes]:
        """The private keys that open what was sealed to this server: the present one, and older ones, `seal-<name>.key`, which
        stay beside it as long as files for them may come."""
        older = sorted(path.stem for path in self.folder.glob("seal-*.key"))
        return [self.raw("seal"), *(bytes.fromhex((self.folder / f"{name}.key").read_text().strip()) for name in older)]

    @cached_property
    def seal_publics(self) -> list[str]:
        """Their public halves, as they travel."""
        privates = (X25519PrivateKey.from_private_bytes(raw) for raw in self.seal_keys)
        return [signing.to_text(private.public_key().public_bytes_raw()) for private in privates]

    @cached_property
    def fingerprint(self) -> str:
        """What an invitation carries."""
        return signing.fingerprint(self.sign_public)
