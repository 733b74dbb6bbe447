"""Accounts and what they may see and do."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from akta.db.base import Base, Id, Instant, Json


class User(Base):
    """A person. `roles` are codes of `akta.access.roles`; `language` is pl, en, or empty: none chosen.

    An empty `password_hash` is no password: only a provider signs such a person in.
    """

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2), default="")
    roles: Mapped[list[str]] = mapped_column(Json)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    must_change_password: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(Instant)

    grants: Mapped[list["Grant"]] = relationship(
        back_populates="user", lazy="raise", cascade="all, delete-orphan"
    )


class Grant(Base):
    """A person may see papers of a domain up to a level of confidentiality (1 to 3)."""

    __tablename__ = "grants"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    domain: Mapped[str] = mapped_column(String(16), primary_key=True)
    level: Mapped[int] = mapped_column(Integer)

    user: Mapped[User] = relationship(back_populates="grants", lazy="raise")


class WebSession(Base):
    """A signed-in browser. `id` is the hash of the cookie's secret, `browser` its family.

    `by_provider`: an OpenID provider signed the person in, and saw them at `proved_at` if it says so;
    `provider_factor`: what it asserts stands for our second factor.
    """

    __tablename__ = "web_sessions"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    browser: Mapped[str] = mapped_column(String(40), default="", server_default="")
    by_provider: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    proved_at: Mapped[datetime | None] = mapped_column(Instant)
    provider_factor: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())


class PendingSignIn(Base):
    """Somebody who passed the first step and owes the code. `id` is the hash of a cookie's secret.

    It lies in a table of its own, so that its secret opens no session whatever else goes wrong.
    """

    __tablename__ = "pending_sign_ins"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(Instant)
    by_provider: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    proved_at: Mapped[datetime | None] = mapped_column(Instant)


class IdentityLink(Base):
    """An account and who its person is at an OpenID provider.

    `follows_groups`: roles and grants are taken from the person's groups there at each sign-in.
    """

    __tablename__ = "identity_links"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    issuer: Mapped[str] = mapped_column(String(400))
    subject: Mapped[str] = mapped_column(String(255))
    follows_groups: Mapped[bool] = mapped_column(Boolean)
    linked_by: Mapped[str] = mapped_column(String(120))
    linked_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("user_id", "issuer"))


class SpentSignIn(Base):
    """A sign-in through a provider that was completed, so that its answer is worth nothing again."""

    __tablename__ = "spent_sign_ins"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class SecondFactor(Base):
    """The secret of a person's app, sealed. It counts from `confirmed_at` on.

    `last_step` is the time step of the last code that was taken: none of it or before it is taken again.
    """

    __tablename__ = "second_factors"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(200))
    begun_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    last_step: Mapped[int] = mapped_column(BigInteger)


class RecoveryCode(Base):
    """A code for when the app is lost; only its hash is kept, and it is good once."""

    __tablename__ = "recovery_codes"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class SecondFactorRole(Base):
    """A role that asks for a second factor."""

    __tablename__ = "second_factor_roles"

    role: Mapped[str] = mapped_column(String(40), primary_key=True)
    since: Mapped[datetime] = mapped_column(Instant)


class ApiToken(Base):
    """A program's key. Only the hash of its secret is kept; `scopes` narrow its owner's rights."""

    __tablename__ = "api_tokens"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class LoginAttempt(Base):
    """A failed sign-in, kept for throttling; `origin` is an address, `login` as typed (lower case)."""

    __tablename__ = "login_attempts"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    login: Mapped[str] = mapped_column(String(80))
    origin: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_login_attempts_login", "login", "at"),
        Index("ix_login_attempts_origin", "origin", "at"),
    )
