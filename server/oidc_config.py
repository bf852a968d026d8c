"""Sign-in through the company's own directory (OpenID Connect), from the environment alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


class OidcConfigError(Exception):
    """The environment asks for something that cannot be. The message says what to set."""


@dataclass(frozen=True, slots=True)
class OidcConfig:
    """Where the directory is, and who this server is to it. `claim`: which of its claims is the login here, at the first sign-in."""

    issuer: str
    client_id: str
    client_secret: str
    claim: str = "preferred_username"

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> OidcConfig | None:
        """Read and check; None: no directory is configured. Raises: OidcConfigError."""
        issuer = (env.get("ROUNDBOOK_OIDC_ISSUER") or "").rstrip("/")
        if not issuer:
            return None
        parts = urlsplit(issuer)
        near = parts.hostname in ("127.0.0.1", "::1", "localhost")
        if not parts.netloc or parts.query or not (parts.scheme == "https" or (parts.scheme == "http" and near)):
            raise OidcConfigError(
                f"ROUNDBOOK_OIDC_ISSUER is {issuer!r}; set it to the https address under which your directory publishes "
                "/.well-known/openid-configuration"
            )
        client_id, secret = env.get("ROUNDBOOK_OIDC_CLIENT_ID"), env.get("ROUNDBOOK_OIDC_CLIENT_SECRET")
        if not client_id or not secret:
            raise OidcConfigError(
                "ROUNDBOOK_OIDC_ISSUER needs ROUNDBOOK_OIDC_CLIENT_ID and ROUNDBOOK_OIDC_CLIENT_SECRET: "
                "register this server at your directory with the redirect address ROUNDBOOK_URL/sign-in/directory/back"
            )
        return cls(issuer, client_id, secret, env.get("ROUNDBOOK_OIDC_CLAIM") or "preferred_username")
