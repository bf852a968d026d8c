"""The keys of a device: one random data key, wrapped by the passphrase, and the keys derived from it.

The key file holds no key: parameters, salts and wrapped bytes. Whoever changes a parameter in it breaks the wrapping,
because the parameters are its associated data; parameters below the floors are not even tried.
"""

from __future__ import annotations

import hmac
import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from field_app.store import keystore
from field_app.store.files import write_durably
from sync_protocol.canonical import canonical
from sync_protocol.sealing import seal, unseal
from sync_protocol.signing import from_text, to_text

KEY_BYTES = 32
KEY_FILE = "identity.json"
VERSION = 1
LEAST_MEMORY_KIB, LEAST_PASSES, LEAST_LANES = 64 * 1024, 3, 1
MOST_MEMORY_KIB, MOST_PASSES, MOST_LANES = 1024 * 1024, 20, 16
LEAST_PASSPHRASE = 8
_NONCE_BYTES, _SALT_BYTES = 12, 16
_NAMES = ("device", "server", "user_name", "company")

Randomness = Callable[[int], bytes]


class WrongPassphrase(Exception):
    """The passphrase does not open this device."""


class WeakPassphrase(ValueError):
    """A passphrase of fewer than 8 characters protects nothing."""


class DamagedKeyFile(Exception):
    """The key file cannot be read, or asks for parameters outside the limits: nothing is derived from it."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """What can be known of a locked device: whose it is, so that a person can choose, and how its key is wrapped."""

    device: str
    server: str
    user_name: str
    company: str
    slots: tuple[dict[str, Any], ...]


class Keyring:
    """The data key while the device is unlocked, and what is derived from it."""

    def __init__(self, data_key: bytes) -> None:
        self._data_key = data_key

    def derived(self, purpose: str) -> bytes:
        """The key for one purpose."""
        return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=f"roundbook/1 {purpose}".encode()).derive(
            self._data_key
        )

    def wrap(self, key: bytes, about: str, randomness: Randomness) -> bytes:
        """Encrypt another key. Args: about: what it opens; it opens as nothing else."""
        nonce = randomness(_NONCE_BYTES)
        return nonce + ChaCha20Poly1305(self.derived("wrap")).encrypt(nonce, key, about.encode())

    def unwrap(self, wrapped: bytes, about: str) -> bytes:
        """The reverse of `wrap`. Raises: DamagedKeyFile."""
        cipher = ChaCha20Poly1305(self.derived("wrap"))
        try:
            return cipher.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], about.encode())
        except (InvalidTag, ValueError) as error:
            raise DamagedKeyFile(f"the key of {about} does not open") from error

    def name_for(self, *parts: str) -> str:
        """A file name that says nothing, always the same for the same parts."""
        return hmac.digest(self.derived("names"), "\n".join(parts).encode(), "sha256").hex()[:40]

    def slots(
        self, device: str, passphrase: str, recovery_key: bytes | None, randomness: Randomness
    ) -> list[dict[str, Any]]:
        """Wrap the data key by a passphrase, and for the company's recovery key if any. Raises: WeakPassphrase."""
        check_passphrase(passphrase)
        slot: dict[str, Any] = {
            "kind": "passphrase",
            "kdf": "argon2id",
            "memory_kib": LEAST_MEMORY_KIB,
            "passes": LEAST_PASSES,
            "lanes": 4,
            "salt": to_text(randomness(_SALT_BYTES)),
            "nonce": to_text(randomness(_NONCE_BYTES)),
        }
        hardware = keystore.of_this_machine()
        if hardware is not None:
            slot["keystore"] = True
        cipher = ChaCha20Poly1305(_stretched(slot, passphrase))
        nonce = from_text(slot["nonce"])
        wrapped = cipher.encrypt(nonce, self._data_key, _about(device, slot))
        made = [{**slot, "wrapped": to_text(wrapped if hardware is None else hardware.wrap(wrapped))}]
        if recovery_key is not None:
            second = {"kind": "recovery", "recipient": to_text(recovery_key)}
            sealed = seal(recovery_key, self._data_key, about=_about(device, second), randomness=randomness)
            made.append({**second, "wrapped": to_text(sealed)})
        return made


def check_passphrase(passphrase: str) -> None:
    """Whether a passphrase may protect a device. Raises: WeakPassphrase."""
    if len(passphrase) < LEAST_PASSPHRASE:
        raise WeakPassphrase(f"at least {LEAST_PASSPHRASE} characters")


def write_key_file(folder: Path, key_file: KeyFile) -> None:
    """Put the key file into a device's folder, replacing the one before in one step."""
    content = {
        "v": VERSION,
        "device": key_file.device,
        "server": key_file.server,
        "user_name": key_file.user_name,
        "company": key_file.company,
        "slots": list(key_file.slots),
    }
    write_durably(folder / KEY_FILE, [json.dumps(content, indent=1).encode()])


def read_key_file(folder: Path) -> KeyFile:
    """Read the key file of a device's folder. Raises: FileNotFoundError, DamagedKeyFile."""
    raw = (folder / KEY_FILE).read_bytes()
    try:
        content = json.loads(raw)
        if content["v"] != VERSION:
            raise DamagedKeyFile("made by another version of the app")
        device, server, user_name, company = (str(content[name]) for name in _NAMES)
        return KeyFile(device, server, user_name, company, tuple(dict(slot) for slot in content["slots"]))
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedKeyFile("the key file cannot be read") from error


def open_with_passphrase(key_file: KeyFile, passphrase: str) -> Keyring:
    """The keys behind a passphrase. Raises: WrongPassphrase, DamagedKeyFile (parameters outside the limits)."""
    for slot in key_file.slots:
        if slot.get("kind") == "passphrase":
            return Keyring(_open_slot(key_file.device, slot, passphrase))
    raise DamagedKeyFile("no slot for a passphrase")


def open_with_recovery_key(key_file: KeyFile, private: bytes) -> Keyring:
    """The keys behind the company's recovery key. Raises: NotForUs, DamagedKeyFile."""
    for slot in key_file.slots:
        if slot.get("kind") == "recovery":
            return Keyring(unseal(private, from_text(slot["wrapped"]), about=_about(key_file.device, slot)))
    raise DamagedKeyFile("enrolled without a recovery key")


def _open_slot(device: str, slot: dict[str, Any], passphrase: str) -> bytes:
    limits = {
        "memory_kib": (LEAST_MEMORY_KIB, MOST_MEMORY_KIB),
        "passes": (LEAST_PASSES, MOST_PASSES),
        "lanes": (LEAST_LANES, MOST_LANES),
    }
    for name, (least, most) in limits.items():
        value = slot.get(name)
        if not isinstance(value, int) or not least <= value <= most:
            raise DamagedKeyFile(f"{name} is outside its limits")
    if slot.get("kdf") != "argon2id":
        raise DamagedKeyFile("an unknown way to stretch a passphrase")
    try:
        cipher = ChaCha20Poly1305(_stretched(slot, passphrase))
        return cipher.decrypt(from_text(slot["nonce"]), _out_of_hardware(slot), _about(device, slot))
    except InvalidTag as error:
        raise WrongPassphrase("the passphrase does not open this device") from error
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedKeyFile("the key file cannot be read") from error


def _out_of_hardware(slot: dict[str, Any]) -> bytes:
    """What the passphrase opens; on a phone with a Keystore it is wrapped once more. Raises: DamagedKeyFile."""
    wrapped = from_text(slot["wrapped"])
    if not slot.get("keystore"):
        return wrapped
    hardware = keystore.of_this_machine()
    if hardware is None:
        raise DamagedKeyFile("it opens only in the phone where it was made")
    try:
        return hardware.unwrap(wrapped)
    except keystore.KeystoreLost as error:
        raise DamagedKeyFile("this phone does not have its key any more") from error


def _about(device: str, slot: dict[str, Any]) -> bytes:
    return canonical(
        {"v": VERSION, "device": device, **{name: value for name, value in slot.items() if name != "wrapped"}}
    )


def _stretched(slot: dict[str, Any], passphrase: str) -> bytes:
    return Argon2id(
        salt=from_text(slot["salt"], size=_SALT_BYTES),
        length=KEY_BYTES,
        iterations=slot["passes"],
        lanes=slot["lanes"],
        memory_cost=slot["memory_kib"],
    ).derive(unicodedata.normalize("NFC", passphrase).encode())
