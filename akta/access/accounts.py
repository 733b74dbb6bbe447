"""Local accounts: creation, passwords, sign-in with throttling, grants."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.orm import Session, selectinload

from akta.access.models import ApiToken, Grant, LoginAttempt, PendingSignIn, User, WebSession
from akta.access.principal import Principal
from akta.access.roles import GRANTABLE, LEVELS, ROLES, Right, rights_of
from akta.audit.log import AuditLog
from akta.kernel.errors import AktaError, ConflictError, InvalidError, NotFoundError
from akta.kernel.ids import new_id

MINIMUM_PASSWORD = 10
THROTTLE_WINDOW = timedelta(minutes=15)
THROTTLE_LOGIN = 8
THROTTLE_ORIGIN = 40

# Asked with every request, so both at once and made once.
_PERSON = (
    select(User, Grant.domain, Grant.level)
    .outerjoin(Grant, Grant.user_id == User.id)
    .where(User.id == bindparam("person"))
)

# RFC 9106's second recommended option (64 MiB, 3 passes); the library's defaults follow it.
_hasher = PasswordHasher()


@cache
def _decoy_hash() -> str:
    """What the password of an unknown name is compared with; made at the first sign-in."""
    return _hasher.hash(secrets.token_hex(16))


class SignInError(AktaError):
    """Name or password is wrong; it is not said which."""

    code = "sign_in_failed"


class ThrottledError(AktaError):
    """Too many failures; wait."""

    code = "throttled"


def generate_password() -> str:
    """A password of about 100 bits that can be read over the telephone."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))


def create_user(
    session: Session,
    audit: AuditLog,
    actor: str,
    *,
    login: str,
    name: str,
    password: str | None,
    roles: Sequence[str],
    grants: Mapping[str, int],
    language: str,
    now: datetime,
    must_change_password: bool = False,
) -> User:
    """Add a person. `grants` maps domains to levels; an empty `language` is not chosen yet.

    Without a password (None) only a provider signs the person in. Raises InvalidError, ConflictError.
    """
    login = _checked_login(login)
    if password is not None:
        _check_password(password)
    _check_roles(roles, grants, language)
    if session.scalar(select(User.id).where(User.login == login)):
        raise ConflictError("There is already an account with this name.", login=login)
    user = User(
        id=new_id(),
        login=login,
        name=name.strip() or login,
        password_hash="" if password is None else _hasher.hash(password),
        language=language,
        roles=sorted(set(roles)),
        active=True,
        must_change_password=must_change_password,
        created_at=now,
        grants=[Grant(domain=d, level=level) for d, level in sorted(grants.items())],
    )
    session.add(user)
    session.flush()
    audit.append(
        session,
        at=now,
        actor=actor,
        action="user.created",
        subject=f"user:{user.id}",
        details={"roles": user.roles, "grants": dict(grants)},
    )
    return user


def change_access(
    session: Session,
    audit: AuditLog,
    actor: str,
    login: str,
    *,
    now: datetime,
    roles: Sequence[str] | None = None,
    grants: Mapping[str, int] | None = None,
    active: bool | None = None,
) -> User:
    """Change roles, grants or whether the account works; acts at once. Level 0 removes a grant.

    Raises ConflictError if nobody would be left who may manage people.
    """
    user = find_user(session, login)
    managed = _manages(user)
    _check_roles(roles or (), {d: n for d, n in (grants or {}).items() if n}, user.language)
    if roles is not None:
        user.roles = sorted(set(roles))
    for domain, level in (grants or {}).items():
        session.execute(delete(Grant).where(Grant.user_id == user.id, Grant.domain == domain))
        if level:
            session.add(Grant(user_id=user.id, domain=domain, level=level))
    if active is not None:
        user.active = active
    if managed and not _manages(user):
        _keep_an_administrator(session, user)
    if active is False:
        end_sessions(session, user.id)
    audit.append(
        session,
        at=now,
        actor=actor,
        action="user.access_changed",
        subject=f"user:{user.id}",
        details={"roles": user.roles, "grants": dict(grants or {}), "active": user.active},
    )
    return user


def _manages(user: User) -> bool:
    return user.active and Right.USERS in rights_of(user.roles)


def _keep_an_administrator(session: Session, changed: User) -> None:
    """Refuse what would lock everybody out. All rows are locked: two may resign at the same moment."""
    session.flush()
    everybody = select(User).order_by(User.id).with_for_update().execution_options(populate_existing=True)
    if not any(_manages(person) for person in session.scalars(everybody)):
        raise ConflictError(
            f"'{changed.login}' is the last administrator. Give somebody else that role first.",
            login=changed.login,
        )


def set_password(
    session: Session,
    audit: AuditLog,
    actor: str,
    login: str,
    password: str,
    *,
    now: datetime,
    must_change: bool = False,
) -> None:
    """Set a new password and end all the person's sessions."""
    _check_password(password)
    user = find_user(session, login)
    user.password_hash = _hasher.hash(password)
    user.must_change_password = must_change
    end_sessions(session, user.id)
    audit.append(session, at=now, actor=actor, action="user.password_changed", subject=f"user:{user.id}")


def find_user(session: Session, login: str) -> User:
    """The account of that name. Raises NotFoundError."""
    user = session.scalars(select(User).where(User.login == login.strip().lower())).first()
    if user is None:
        raise NotFoundError(
            f"There is no account '{login[:64]}'. 'akta user list' shows all, 'akta user add' adds one.",
            login=login,
        )
    return user


def list_users(session: Session) -> list[User]:
    """All accounts by name, with their grants."""
    query = select(User).options(selectinload(User.grants)).order_by(User.login)
    return list(session.scalars(query))


def check_throttle(session: Session, login: str, origin: str, now: datetime) -> None:
    """Raise ThrottledError after too many recent failures for this name or from this address."""
    since = now - THROTTLE_WINDOW
    by_login = select(func.count()).where(
        LoginAttempt.login == login.strip().lower()[:80], LoginAttempt.at > since
    )
    by_origin = select(func.count()).where(LoginAttempt.origin == origin[:64], LoginAttempt.at > since)
    if (session.scalar(by_login) or 0) >= THROTTLE_LOGIN or (
        session.scalar(by_origin) or 0
    ) >= THROTTLE_ORIGIN:
        raise ThrottledError("Too many failed attempts. Wait a quarter of an hour and try again.")


def record_failure(session: Session, audit: AuditLog, login: str, origin: str, now: datetime) -> None:
    """Remember a failed sign-in; old ones are forgotten."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.at < now - 2 * THROTTLE_WINDOW))
    session.add(LoginAttempt(id=new_id(), login=login.strip().lower()[:80], origin=origin[:64], at=now))
    user_id = session.scalar(select(User.id).where(User.login == login.strip().lower()))
    audit.append(
        session,
        at=now,
        actor="anonymous:",
        action="user.sign_in_failed",
        subject=f"user:{user_id or 'unknown'}",
        details={"origin": origin[:64]},
    )


def check_password(session: Session, login: str, password: str) -> User:
    """The account, if the password fits. Raises SignInError.

    Takes the same time for an unknown name and for an account without a password, so that neither can be
    told by the clock.
    """
    user = session.scalars(select(User).where(User.login == login.strip().lower())).first()
    kept = user.password_hash if user else ""
    try:
        _hasher.verify(kept or _decoy_hash(), password[:1024])
        fits = user is not None and user.active and bool(kept)
    except (VerificationError, InvalidHashError):
        fits = False
    if user is None or not fits:
        raise SignInError("Name or password is wrong.")
    return user


def principal_of(session: Session, user_id: str) -> Principal | None:
    """The person as an actor, with grants as they are now; None if gone or switched off."""
    rows = session.execute(_PERSON, {"person": user_id}).all()
    if not rows or not rows[0][0].active:
        return None
    user: User = rows[0][0]
    return Principal(
        actor=f"user:{user.id}",
        name=user.name,
        rights=rights_of(user.roles),
        levels={domain: level for _, domain, level in rows if domain is not None},
        user_id=user.id,
        language=user.language,
    )


def end_sessions(session: Session, user_id: str) -> None:
    """End a person's sessions, those too that wait for their second step."""
    for model in (WebSession, PendingSignIn):
        session.execute(delete(model).where(model.user_id == user_id))


def revoke_everything(session: Session, user_id: str, now: datetime) -> None:
    """End all sessions and tokens of a person."""
    end_sessions(session, user_id)
    for token in session.scalars(
        select(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    ):
        token.revoked_at = now


def _checked_login(login: str) -> str:
    login = login.strip().lower()
    if not (2 <= len(login) <= 80) or any(c.isspace() or not c.isprintable() for c in login):
        raise InvalidError("An account name has 2 to 80 visible characters and no spaces.", login=login)
    return login


def _check_password(password: str) -> None:
    if len(password) < MINIMUM_PASSWORD:
        raise InvalidError(f"A password needs at least {MINIMUM_PASSWORD} characters.")
    if len(password) > 1024:
        raise InvalidError("A password has at most 1024 characters.")


def _check_roles(roles: Sequence[str], grants: Mapping[str, int], language: str) -> None:
    for role in roles:
        if role not in ROLES:
            raise InvalidError(f"There is no role '{role}'. Roles: {', '.join(ROLES)}.", role=role)
    for domain, level in grants.items():
        if domain not in GRANTABLE or level not in LEVELS:
            raise InvalidError(
                f"A grant names a domain ({', '.join(GRANTABLE)}) and a level (1 to 3).",
                grant=f"{domain}:{level}",
            )
    if language not in ("pl", "en", ""):
        raise InvalidError("Languages are pl and en.", language=language)
