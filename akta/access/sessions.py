"""Browser sessions and API tokens: secrets are shown once and kept only as hashes."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from akta.access.accounts import end_sessions, principal_of
from akta.access.models import ApiToken, Grant, User, WebSession
from akta.access.principal import Principal
from akta.access.roles import TOKEN_SCOPES, Right, rights_of
from akta.audit.log import AuditLog
from akta.kernel.errors import InvalidError, NotFoundError
from akta.kernel.ids import new_id

SESSION_IDLE = timedelta(hours=12)
SESSION_LIFE = timedelta(days=7)
#: What a session keeps when it gets another secret.
_RENEWED = (
    *("user_id", "created_at", "expires_at", "browser"),
    *("by_provider", "proved_at", "provider_factor"),
)
# Asked with every request of a program, so all at once, made once, and of columns: to load rows as objects
# takes longer than to ask for them.
_OF_TOKEN = (
    select(
        ApiToken.id,
        ApiToken.name,
        ApiToken.scopes,
        ApiToken.expires_at,
        ApiToken.revoked_at,
        ApiToken.user_id,
        User.name.label("owner"),
        User.roles,
        User.language,
        User.active,
        Grant.domain,
        Grant.level,
    )
    .select_from(ApiToken)
    .join(User, User.id == ApiToken.user_id)
    .outerjoin(Grant, Grant.user_id == User.id)
    .where(ApiToken.secret_hash == bindparam("secret_hash"))
)
TOKEN_PREFIX = "akta_"  # noqa: S105 - a prefix that secret scanners can know, not a secret


@dataclass(frozen=True, slots=True)
class How:
    """How somebody came in: by a password, or by a provider, which saw them at `proved_at` if it says so.

    `factor`: what the provider asserts stands for our second factor.
    """

    by_provider: bool = False
    proved_at: datetime | None = None
    factor: bool = False


BY_PASSWORD = How()


def open_session(
    session: Session,
    audit: AuditLog,
    user: User,
    now: datetime,
    *,
    browser: str = "",
    how: How = BY_PASSWORD,
) -> str:
    """Start a browser session; returns the cookie's secret. `browser` is the family of it, or empty."""
    secret = secrets.token_urlsafe(32)
    session.add(
        WebSession(
            id=_hash(secret),
            user_id=user.id,
            csrf=secrets.token_urlsafe(24),
            created_at=now,
            seen_at=now,
            expires_at=now + SESSION_LIFE,
            browser=browser[:40],
            by_provider=how.by_provider,
            proved_at=how.proved_at,
            provider_factor=how.factor,
        )
    )
    audit.append(
        session,
        at=now,
        actor=f"user:{user.id}",
        action="user.signed_in",
        subject=f"user:{user.id}",
        details={"by": "provider", "factor": how.factor} if how.by_provider else None,
    )
    return secret


def session_of(session: Session, secret: str) -> WebSession | None:
    """The row of a cookie's secret, however old."""
    return session.get(WebSession, _hash(secret)) if secret else None


def find_session(session: Session, secret: str, now: datetime) -> tuple[WebSession, Principal] | None:
    """The live session of a cookie and its person; None if it ended."""
    row = session.get(WebSession, _hash(secret))
    if row is None or row.expires_at <= now or row.seen_at <= now - SESSION_IDLE:
        return None
    principal = principal_of(session, row.user_id)
    return None if principal is None else (row, principal)


def touch_session(session: Session, secret: str, now: datetime) -> None:
    """Note that the session is in use."""
    row = session.get(WebSession, _hash(secret))
    if row is not None:
        row.seen_at = now


def close_session(session: Session, secret: str) -> None:
    """End a browser session; an unknown one is fine."""
    row = session.get(WebSession, _hash(secret))
    if row is not None:
        session.delete(row)


def renew_session(session: Session, secret: str, now: datetime) -> str:
    """Give a session another secret and end all others of the person; returns the new secret.

    Raises NotFoundError for a session that has ended.
    """
    row = session.get(WebSession, _hash(secret))
    if row is None:
        raise NotFoundError("There is no such session. It may have ended already.")
    fresh = secrets.token_urlsafe(32)
    kept = {name: getattr(row, name) for name in _RENEWED}
    end_sessions(session, row.user_id)
    session.add(WebSession(id=_hash(fresh), csrf=secrets.token_urlsafe(24), seen_at=now, **kept))
    return fresh


def create_token(
    session: Session,
    audit: AuditLog,
    actor: str,
    user: User,
    *,
    name: str,
    scopes: Sequence[str],
    now: datetime,
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """A token that acts as `user`, narrowed to `scopes`; returns it and its secret, shown this once."""
    unknown = [s for s in scopes if s not in TOKEN_SCOPES]
    if unknown or not scopes:
        raise InvalidError(f"A token needs scopes out of: {', '.join(TOKEN_SCOPES)}.", unknown=unknown)
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        id=new_id(),
        user_id=user.id,
        name=name[:80],
        secret_hash=_hash(secret),
        scopes=sorted(set(scopes)),
        created_at=now,
        expires_at=expires_at,
    )
    session.add(token)
    audit.append(
        session,
        at=now,
        actor=actor,
        action="token.created",
        subject=f"token:{token.id}",
        details={"user": user.id, "scopes": token.scopes},
    )
    return token, secret


def list_tokens(session: Session, user_id: str | None = None) -> list[tuple[ApiToken, str]]:
    """All tokens, or those of one person, each with the name of its owner's account; never their secrets."""
    query = select(ApiToken, User.login).join(User, User.id == ApiToken.user_id).order_by(ApiToken.id)
    if user_id is not None:
        query = query.where(ApiToken.user_id == user_id)
    return [(token, login) for token, login in session.execute(query)]


def revoke_token(session: Session, audit: AuditLog, actor: str, token_id: str, now: datetime) -> None:
    """Make a token useless from now on."""
    token = session.get(ApiToken, token_id)
    if token is None:
        raise NotFoundError("There is no such token.", token=token_id)
    if token.revoked_at is None:
        token.revoked_at = now
        audit.append(session, at=now, actor=actor, action="token.revoked", subject=f"token:{token_id}")


def principal_of_token(session: Session, secret: str, now: datetime) -> Principal | None:
    """Who a bearer token acts for; None if unknown, expired, revoked or its owner is switched off."""
    if not secret.startswith(TOKEN_PREFIX):
        return None
    rows = session.execute(_OF_TOKEN, {"secret_hash": _hash(secret)}).all()
    if not rows:
        return None
    row = rows[0]
    if row.revoked_at is not None or (row.expires_at and row.expires_at <= now) or not row.active:
        return None
    return Principal(
        actor=f"token:{row.id}",
        name=f"{row.owner} ({row.name})",
        rights=rights_of(row.roles) & {Right(scope) for scope in row.scopes},
        levels={grant.domain: grant.level for grant in rows if grant.domain is not None},
        user_id=row.user_id,
        language=row.language,
    )


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
