"""The phone's Keystore: a key that never leaves its secure hardware, around the key that the passphrase wraps.

Without it, who copies the device's folder can try passphrases on machines of his own. With it he needs this phone for every try.
Desktops have none: there the passphrase alone protects the folder.
"""

from __future__ import annotations

import os
from typing import Any, Protocol

ALIAS = "roundbook.device"
_IV_BYTES, _TAG_BITS = 12, 128


class KeystoreLost(Exception):
    """The key is gone from the hardware: the phone was reset, or the folder was copied from another one."""


class Keystore(Protocol):
    """What wraps and unwraps by a key that cannot be read."""

    def wrap(self, secret: bytes) -> bytes:
        """Encrypt and authenticate."""

    def unwrap(self, wrapped: bytes) -> bytes:
        """The reverse. Raises: KeystoreLost."""


def of_this_machine() -> Keystore | None:
    """The Keystore of this phone; None on a machine that has none."""
    return AndroidKeystore() if "ANDROID_ARGUMENT" in os.environ else None


class AndroidKeystore:
    """AES-256-GCM by a key of the provider `AndroidKeyStore`, made at the first use; in StrongBox where the phone has one."""

    def __init__(self) -> None:
        from jnius import autoclass

        self._class = autoclass
        self._store = autoclass("java.security.KeyStore").getInstance("AndroidKeyStore")
        self._store.load(None)

    def wrap(self, secret: bytes) -> bytes:
        """The initialisation vector, which the hardware chooses, and behind it the ciphertext with its tag."""
        if not self._store.containsAlias(ALIAS):
            self._make()
        cipher = self._class("javax.crypto.Cipher").getInstance("AES/GCM/NoPadding")
        cipher.init(1, self._store.getKey(ALIAS, None))  # ENCRYPT_MODE
        return bytes(cipher.getIV()) + bytes(cipher.doFinal(secret))

    def unwrap(self, wrapped: bytes) -> bytes:
        """Raises: KeystoreLost, if the key is not in this phone or the bytes were changed."""
        if not self._store.containsAlias(ALIAS):
            raise KeystoreLost(ALIAS)
        parameters = self._class("javax.crypto.spec.GCMParameterSpec")(_TAG_BITS, wrapped[:_IV_BYTES])
        cipher = self._class("javax.crypto.Cipher").getInstance("AES/GCM/NoPadding")
        try:
            cipher.init(2, self._store.getKey(ALIAS, None), parameters)  # DECRYPT_MODE
            return bytes(cipher.doFinal(wrapped[_IV_BYTES:]))
        except Exception as error:  # Java's own types, which have none in Python
            raise KeystoreLost(type(error).__name__) from error

    def _make(self) -> None:
        try:
            self._generate(strong_box=True)
        except Exception:  # StrongBoxUnavailableException: the phone's trusted environment keeps it instead
            self._generate(strong_box=False)

    def _generate(self, *, strong_box: bool) -> None:
        builder: Any = self._class("android.security.keystore.KeyGenParameterSpec$Builder")
        spec = builder(ALIAS, 1 | 2)  # PURPOSE_ENCRYPT | PURPOSE_DECRYPT
        spec.setKeySize(256).setBlockModes(["GCM"]).setEncryptionPaddings(["NoPadding"])
        if strong_box:
            spec.setIsStrongBoxBacked(True)
        generator = self._class("javax.crypto.KeyGenerator").getInstance("AES", "AndroidKeyStore")
        generator.init(spec.build())
        generator.generateKey()
