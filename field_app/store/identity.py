"""Who this installation is: its user, its company, its keys, and the server that vouches for them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync_protocol.signing import from_text, new_private_key


@dataclass(frozen=True, slots=True)
class Identity:
    """What enrolment gave. It lies in the outbox's database, encrypted.

    Args: sign_seed, seal_seed: the private halves of the device's keys, as they travel. certificate: what the server
        signed about this device; with it a device that the server forgot can be renewed.
    """

    server_url: str
    device_id: str
    user_id: str
    user_name: str
    login: str
    language: str
    company: str
    currency: str
    time_zone: str
    certificate: dict[str, Any]
    certificate_signature: str
    server_sign_key: str
    server_seal_key: str
    sign_seed: str
    seal_seed: str

    @property
    def sign_key(self) -> Ed25519PrivateKey:
        """The key with which this device signs."""
        return new_private_key(from_text(self.sign_seed, size=32))

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Identity:
        """What `to_json` made. Raises: KeyError."""
        return cls(**{field.name: kept[field.name] for field in fields(cls)})
