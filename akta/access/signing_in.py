"""Signing in: a password, then a code for who has a second factor; failures of both are counted together.

Each step opens its own transaction, unlike other services: a failure is kept although the step is refused.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete
from sqlalchemy.orm import Session

from akta.access import accounts, sessions
from akta.access.models import PendingSignIn, User, WebSession
from akta.access.second_factor import SecondFactors, WrongCodeError, has_factor
from akta.access.sessions import BY_PASSWORD, How
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.clock import Clock
from akta.kernel.errors import AktaError, NotFoundError

#: How long the second step may take after the first.
PENDING_LIFE = timedelta(minutes=10)
#: For how long having been seen by a provider proves that it is oneself.
PROOF_LIFE = timedelta(minutes=10)


class PendingGoneError(AktaError):
    """The second step came without the first, too late, or for an account that is switched off."""

    code = "sign_in_expired"


class ProofNeededError(AktaError):
    """The provider has to ask again who somebody is."""

    code = "proof_needed"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where somebody signs in from: the address, the browser's family, and the session it had until now."""

    origin: str
    browser: str = ""
    session: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A session was opened; `secret` is its cookie's."""

    secret: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A second factor counts from now on: its recovery codes, and the session's new secret."""

    codes: list[str]
    secret: str


@dataclass(frozen=True, slots=True)
class CodeNeeded:
    """The password fits and a code is wanted; `secret` is the cookie's of the step between."""

    secret: str


class SignIns:
    """The door."""

    def __init__(self, database: Database, audit: AuditLog, clock: Clock, factors: SecondFactors) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock
        self._factors = factors

    def first_step(self, login: str, password: str, visitor: Visitor) -> Opened | CodeNeeded:
        """Check the password. Raises SignInError, ThrottledError."""
        user = self.prove_password(login, password, visitor.origin)
        with self._database.write() as session:
            return self.admit(session, user, visitor)

    def admit(
        self, session: Session, user: User, visitor: Visitor, how: How = BY_PASSWORD
    ) -> Opened | CodeNeeded:
        """Open a session for who passed the first step, or ask for the second; the caller's transaction."""
        if how.factor or not has_factor(session, user.id):
            return Opened(self._open(session, user, visitor, how))
        now = self._clock.now()
        session.execute(delete(PendingSignIn).where(PendingSignIn.expires_at <= now))
        secret = secrets.token_urlsafe(32)
        session.add(
            PendingSignIn(
                id=_hash(secret),
                user_id=user.id,
                csrf=secrets.token_urlsafe(24),
                expires_at=now + PENDING_LIFE,
                by_provider=how.by_provider,
                proved_at=how.proved_at,
            )
        )
        return CodeNeeded(secret)

    def pending_csrf(self, secret: str) -> str | None:
        """The token that the form of the second step carries; None if there is no first step to it."""
        with self._database.read() as session:
            row = self._pending(session, secret)
            return row.csrf if row else None

    def second_step(self, secret: str, csrf: str, code: str, visitor: Visitor) -> Opened:
        """Check the code and open a session with a secret of its own.

        Raises PendingGoneError, WrongCodeError, ThrottledError.
        """
        with self._database.write() as session:
            row = self._pending(session, secret)
            if row is None or not hmac.compare_digest(row.csrf.encode(), csrf.encode()):
                raise PendingGoneError("This took too long or the page is old. Sign in again.")
            user = session.get_one(User, row.user_id)
            if self._code_fits(session, user, code, visitor.origin):
                session.delete(row)
                how = How(row.by_provider, row.proved_at)
                return Opened(self._open(session, user, visitor, how))
        raise WrongCodeError("The code is wrong or was used before. Take the one that the app shows now.")

    def prove_password(self, login: str, password: str, origin: str) -> User:
        """The account, if the password fits; a failure is counted. Raises SignInError, ThrottledError."""
        now = self._clock.now()
        try:
            with self._database.read() as session:
                accounts.check_throttle(session, login, origin, now)
                return accounts.check_password(session, login, password)
        except accounts.SignInError:
            with self._database.write() as session:
                accounts.record_failure(session, self._audit, login, origin, now)
            raise

    def prove_person(self, secret: str, password: str, origin: str) -> None:
        """Have whoever is in a session prove anew that it is them: where they signed in from, as they did.

        By the password, or for a session that a provider opened by having been seen there just now. Raises
        SignInError, ThrottledError, ProofNeededError, NotFoundError for a session that has ended.
        """
        with self._database.read() as session:
            row = sessions.session_of(session, secret)
            if row is None:
                raise NotFoundError("There is no such session. It may have ended already.")
            login = session.get_one(User, row.user_id).login
        if not row.by_provider:
            self.prove_password(login, password, origin)
        elif not is_fresh(row, self._clock.now()):
            raise ProofNeededError("It is a while since you were asked who you are. Prove it anew.")

    def prove_code(self, user_id: str, code: str, origin: str) -> None:
        """Use up a code of somebody who has a second factor. Raises WrongCodeError, ThrottledError."""
        with self._database.write() as session:
            if self._code_fits(session, session.get_one(User, user_id), code, origin):
                return
        raise WrongCodeError("The code is wrong or was used before. Take the one that the app shows now.")

    def confirm(self, user_id: str, code: str, visitor: Visitor) -> Confirmed:
        """Confirm a factor that was set up. All other sessions end and this one gets another secret.

        They were opened by a password alone, which somebody else may know. Raises WrongCodeError,
        ThrottledError, ConflictError if none waits.
        """
        with self._database.write() as session:
            user = self._locked(session, user_id, visitor.origin)
            codes = self._factors.confirm(session, user, code)
            now = self._clock.now()
            if codes is not None:
                return Confirmed(codes, sessions.renew_session(session, visitor.session or "", now))
            accounts.record_failure(session, self._audit, user.login, visitor.origin, now)
        raise WrongCodeError("The code is wrong or was used before. Take the one that the app shows now.")

    def _code_fits(self, session: Session, user: User, code: str, origin: str) -> bool:
        """Whether the code fits; a failure is counted in the same transaction."""
        user = self._locked(session, user.id, origin)
        if user.active and self._factors.fits(session, user, code):
            return True
        accounts.record_failure(session, self._audit, user.login, origin, self._clock.now())
        return False

    def _locked(self, session: Session, user_id: str, origin: str) -> User:
        """The account under a lock, unless it failed too often: guesses at one moment wait for each other.

        Without the lock each of them would find the count as it was before all of them.
        """
        user = session.get_one(User, user_id, with_for_update=True, populate_existing=True)
        accounts.check_throttle(session, user.login, origin, self._clock.now())
        return user

    def _pending(self, session: Session, secret: str) -> PendingSignIn | None:
        row = session.get(PendingSignIn, _hash(secret)) if secret else None
        return row if row and row.expires_at > self._clock.now() else None

    def _open(self, session: Session, user: User, visitor: Visitor, how: How) -> str:
        if visitor.session:
            sessions.close_session(session, visitor.session)
        now = self._clock.now()
        return sessions.open_session(session, self._audit, user, now, browser=visitor.browser, how=how)


def is_fresh(row: WebSession, now: datetime) -> bool:
    """Whether a provider saw the person of a session so short a while ago that it counts as proof."""
    return row.proved_at is not None and now - row.proved_at <= PROOF_LIFE


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
