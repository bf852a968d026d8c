"""People: who may sign in, and with which roles."""

from __future__ import annotations

import json
import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlalchemy.engine import Connection

from server.services import clock, control_journal
from server.services.people import security_log
from server.storage.database import reading, writing
from server.storage.tables import user_account
from sync_protocol.acts import ROLES
from sync_protocol.fields import LANGUAGES

PASSWORD_LEAST = 10
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
SYSTEM = "00000000-0000-8000-8000-000000000001"


class UserError(ValueError):
    """What was given for a user cannot be taken; the message says why."""


@dataclass(frozen=True, slots=True)
class User:
    """A person as the server knows him."""

    id: str
    login: str
    name: str
    roles: tuple[str, ...]
    language: str
    active: bool


def create_user(login: str, name: str, roles: Sequence[str], password: str | None, language: str = "en") -> str:
    """Add a person. Args: password: None for one who never signs in to the console. Returns: the id. Raises: UserError."""
    login = login.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise UserError(
            "a login is 1 to 40 letters a-z, digits, dots, dashes or underscores, and begins with a letter or digit"
        )
    _check(name, roles, language)
    hashed = hash_password(password) if password is not None else None
    user_id = clock.new_id()
    with writing() as connection:
        if connection.scalar(sa.select(user_account.c.id).where(user_account.c.login == login)):
            raise UserError(f"the login {login} is taken")
        _insert(connection, user_id, login, name.strip(), roles, hashed, language)
    return user_id


def _insert(
    connection: Connection, user_id: str, login: str, name: str, roles: Sequence[str], hashed: str | None, language: str
) -> None:
    connection.execute(
        sa.insert(user_account),
        {
            "id": user_id,
            "login": login,
            "name": name,
            "roles": json.dumps(list(roles)),
            "password_hash": hashed,
            "language": language,
            "state": "active",
            "created_at": clock.now_ms(),
        },
    )


def _check(name: str, roles: Sequence[str], language: str) -> None:
    if not 1 <= len(name.strip()) <= 100 or any(unicodedata.category(c) in ("Cc", "Cs") for c in name):
        raise UserError("a name has 1 to 100 characters, none of them a control character")
    unknown = [role for role in roles if role not in ROLES]
    if unknown:
        raise UserError(f"no such role: {', '.join(unknown)}; roles are {', '.join(ROLES)}")
    if language not in LANGUAGES:
        raise UserError(f"no such language: {language}; languages are {', '.join(LANGUAGES)}")


def _argon2id(salt: bytes) -> Argon2id:
    return Argon2id(salt=salt, length=32, iterations=2, lanes=1, memory_cost=19 * 1024)


def hash_password(password: str) -> str:
    """Argon2id in PHC form. Raises: UserError if it is too short."""
    if len(password) < PASSWORD_LEAST:
        raise UserError(f"a password has at least {PASSWORD_LEAST} characters")
    return _argon2id(secrets.token_bytes(16)).derive_phc_encoded(_normal(password))


def _normal(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode(errors="surrogatepass")[:4096]


_NOBODY = _argon2id(bytes(16)).derive_phc_encoded(b"nobody has this password")


def check_password(login: str, password: str) -> User | None:
    """The user, if he is active and this is his password. Takes as long for a login that does not exist."""
    with reading() as connection:
        row = (
            connection.execute(sa.select(user_account).where(user_account.c.login == login.strip().lower()))
            .mappings()
            .first()
        )
    hashed = (row["password_hash"] if row else None) or _NOBODY
    try:
        Argon2id.verify_phc_encoded(_normal(password), hashed)
    except InvalidKey:
        return None
    if row is None or row["password_hash"] is None or row["state"] != "active":
        return None
    return _user(row)


def set_password(user_id: str, password: str, by: str = SYSTEM) -> None:
    """Give a new password. Args: by: who does it, for the security log. Raises: UserError."""
    hashed = hash_password(password)
    with writing() as connection:
        security_log.note(connection, security_log.PASSWORD_SET, user_id, by=by)
        connection.execute(sa.update(user_account).where(user_account.c.id == user_id).values(password_hash=hashed))


def change_user(
    user_id: str, *, name: str, roles: Sequence[str], language: str, active: bool, by: str = SYSTEM
) -> None:
    """Set what may change of a person. Args: by: who does it, for the security log. Raises: UserError."""
    _check(name, roles, language)
    values = {
        "name": name.strip(),
        "roles": json.dumps(list(roles)),
        "language": language,
        "state": "active" if active else "disabled",
    }
    with writing() as connection:
        before = connection.execute(sa.select(user_account).where(user_account.c.id == user_id)).one_or_none()
        if before is not None and (before.roles, before.state) != (values["roles"], values["state"]):
            detail = ", ".join(roles) if active else str(values["state"])
            security_log.note(connection, security_log.ROLES_SET, user_id, by=by, detail=detail)
        if before is not None and before.state != values["state"]:
            control_journal.append(control_journal.USER, user_id, {"state": values["state"]})
        connection.execute(sa.update(user_account).where(user_account.c.id == user_id).values(**values))


def _user(row: sa.RowMapping) -> User:
    return User(
        id=row["id"],
        login=row["login"],
        name=row["name"],
        roles=tuple(json.loads(row["roles"])),
        language=row["language"],
        active=row["state"] == "active",
    )


def by_id(user_id: str) -> User | None:
    """The person with this id."""
    with reading() as connection:
        row = connection.execute(sa.select(user_account).where(user_account.c.id == user_id)).mappings().first()
    return _user(row) if row else None


def by_login(login: str) -> User | None:
    """The person with this login."""
    with reading() as connection:
        row = (
            connection.execute(sa.select(user_account).where(user_account.c.login == login.strip().lower()))
            .mappings()
            .first()
        )
    return _user(row) if row else None


def all_users() -> list[User]:
    """Everybody but the system, by name."""
    with reading() as connection:
        rows = (
            connection.execute(sa.select(user_account).where(user_account.c.id != SYSTEM).order_by(user_account.c.name))
            .mappings()
            .all()
        )
    return [_user(row) for row in rows]


def ensure_system(connection: Connection) -> None:
    """The product itself as an author: imports, computed fields."""
    if not connection.scalar(sa.select(user_account.c.id).where(user_account.c.id == SYSTEM)):
        _insert(connection, SYSTEM, "system", "Roundbook", [], None, "en")
