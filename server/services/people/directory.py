"""People whom the company's directory knows (OpenID Connect): which account there is which user here.

A link is made once, at the first sign-in, when the directory's name for somebody is the login of an active user here; from then
on the directory's unchangeable `sub` counts, so that a name that passes to somebody else opens nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unicodedata import category

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.oidc_config import OidcConfig
from server.services import clock, parts, users
from server.services.people import security_log
from server.services.users import User
from server.storage.database import reading, writing
from server.storage.people_tables import directory_identity as identity
from server.storage.tables import user_account

SUBJECT_MOST = 255


def settings() -> OidcConfig | None:
    """The directory of this company; None: it has none."""
    return parts.config().oidc


def user_of(claims: Mapping[str, Any]) -> User | None:
    """The active user whom the directory has just vouched for; None: nobody here. Args: claims: of a checked id token."""
    config = settings()
    subject = _text(claims.get("sub"))
    if config is None or not 0 < len(subject) <= SUBJECT_MOST:
        return None
    with writing() as connection:
        user_id = connection.scalar(sa.select(identity.c.user_id).where(*_account(config, subject)))
        if user_id is None:
            user_id = _by_name(connection, config, claims)
            if user_id is not None:
                _insert(connection, config, subject, user_id, user_id)
    found = users.by_id(user_id) if user_id else None
    return found if found and found.active else None


def link(user_id: str, subject: str | None, by: str) -> None:
    """Say which account of the directory is this user; None: none any more."""
    config = settings()
    if config is None:
        return
    with writing() as connection:
        mine = sa.and_(identity.c.issuer == config.issuer, identity.c.user_id == user_id)
        connection.execute(sa.delete(identity).where(sa.or_(mine, sa.and_(*_account(config, subject or "")))))
        if subject:
            _insert(connection, config, subject, user_id, by)
        else:
            security_log.note(connection, security_log.LINKED, user_id, by=by, detail="–")


def subject_of(user_id: str) -> str | None:
    """The directory's own id for a user."""
    config = settings()
    if config is None:
        return None
    query = sa.select(identity.c.subject).where(identity.c.issuer == config.issuer, identity.c.user_id == user_id)
    with reading() as connection:
        found: str | None = connection.scalar(query)
    return found


def _by_name(connection: Connection, config: OidcConfig, claims: Mapping[str, Any]) -> str | None:
    """The user whose login the directory names, if no other account of it is linked to him."""
    login = _text(claims.get(config.claim)).strip().lower()
    if not _text(claims.get(config.claim)).isascii():  # some letters that are no ASCII become ASCII as small ones
        return None
    if config.claim == "email" and claims.get("email_verified") is not True:
        return None
    linked = sa.select(identity.c.user_id).where(identity.c.issuer == config.issuer)
    query = sa.select(user_account.c.id).where(
        user_account.c.login == login, user_account.c.state == "active", user_account.c.id.not_in(linked)
    )
    found: str | None = connection.scalar(query) if login else None
    return None if found == users.SYSTEM else found


def _text(claim: object) -> str:
    """A claim that is a text which a database keeps; empty for every other."""
    return claim if isinstance(claim, str) and not any(category(c) in ("Cc", "Cs") for c in claim) else ""


def _account(config: OidcConfig, subject: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (identity.c.issuer == config.issuer, identity.c.subject == subject)


def _insert(connection: Connection, config: OidcConfig, subject: str, user_id: str, by: str) -> None:
    values = {"issuer": config.issuer, "subject": subject, "user_id": user_id, "linked_at": clock.now_ms()}
    connection.execute(sa.insert(identity).values(**values))
    security_log.note(connection, security_log.LINKED, user_id, by=by, detail=subject)
