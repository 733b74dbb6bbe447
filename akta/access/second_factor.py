"""The second factor of local accounts: codes of an app, and recovery codes for when it is lost.

See docs/decisions/0041. A secret is set up, then confirmed by one of its codes; only then it counts. Each
code is taken once. Secrets are sealed with a key that is not in the database, recovery codes are kept as
hashes. Nothing here counts failures: that is done at the door, by `akta.access.signing_in`.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from akta.access import accounts, totp
from akta.access.models import RecoveryCode, SecondFactor, SecondFactorRole, User
from akta.access.principal import Principal
from akta.access.roles import ROLES, Right
from akta.audit.log import AuditLog
from akta.kernel.clock import Clock
from akta.kernel.errors import AktaError, ConflictError, InvalidError, NotFoundError
from akta.kernel.ids import new_id

ISSUER = "Akta"
RECOVERY_CODES = 10
#: A secret that was shown and not confirmed is of no use afterwards.
SETUP_LIFE = timedelta(minutes=15)
_NONCE = 12
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class WrongCodeError(AktaError):
    """The code is wrong, was used before, or is of another time; it is not said which."""

    code = "wrong_code"


class SecretUnreadableError(AktaError):
    """A secret was sealed with another archive's key, or for somebody else."""

    code = "second_factor_unreadable"


@dataclass(frozen=True, slots=True)
class Setup:
    """A secret to be put into an app: as text in groups of four, and as the address in a QR code."""

    text: str
    uri: str


@dataclass(frozen=True, slots=True)
class FactorState:
    """What somebody has: since when it counts (None: it does not), and how many recovery codes are left.

    `required` says whether one of the person's roles asks for a second factor.
    """

    since: datetime | None
    codes_left: int
    required: bool


class SecondFactors:
    """Sets second factors up, checks them, takes them away. `key` is a secret of the data folder."""

    def __init__(self, audit: AuditLog, clock: Clock, key: bytes) -> None:
        self._audit = audit
        self._clock = clock
        derived = HKDF(SHA256(), 32, salt=None, info=b"akta second factor").derive(key)
        self._cipher = AESGCM(derived)

    # -- one's own -------------------------------------------------------------

    def state(self, session: Session, user: User) -> FactorState:
        """What the person has, and whether a role asks for it."""
        factor = session.get(SecondFactor, user.id)
        left = select(func.count()).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
        return FactorState(
            since=factor.confirmed_at if factor else None,
            codes_left=session.scalar(left) or 0,
            required=asked_for(session, user.roles),
        )

    def begin(self, session: Session, user: User) -> None:
        """Make a secret that waits to be confirmed; an earlier one that waits is forgotten.

        Raises ConflictError if there is a factor that counts already.
        """
        if has_factor(session, user.id):
            raise ConflictError("You have a second factor already. Take it away before you set up another.")
        session.execute(delete(SecondFactor).where(SecondFactor.user_id == user.id))
        sealed = self._seal(user.id, totp.new_secret())
        session.add(SecondFactor(user_id=user.id, secret=sealed, begun_at=self._clock.now(), last_step=0))

    def setup(self, session: Session, user: User) -> Setup | None:
        """The secret that waits to be confirmed; None if there is none or it has waited too long."""
        factor = session.get(SecondFactor, user.id)
        if factor is None or factor.confirmed_at or factor.begun_at <= self._clock.now() - SETUP_LIFE:
            return None
        secret = self._open(user.id, factor.secret)
        text = totp.as_text(secret)
        groups = " ".join(text[i : i + 4] for i in range(0, len(text), 4))
        return Setup(groups, totp.otpauth_uri(secret, user.login, ISSUER))

    def confirm(self, session: Session, user: User, code: str) -> list[str] | None:
        """Let the factor count if the code is one of its secret's; the recovery codes, shown this once.

        None for a wrong code. Raises ConflictError if nothing waits to be confirmed.
        """
        now = self._clock.now()
        factor = session.get(SecondFactor, user.id, with_for_update=True)
        if factor is None or factor.confirmed_at or factor.begun_at <= now - SETUP_LIFE:
            raise ConflictError("Nothing waits to be confirmed here. Begin anew.")
        step = totp.matching_step(self._open(user.id, factor.secret), plain(code), now)
        if step is None:
            return None
        factor.confirmed_at, factor.last_step = now, step
        codes = self._fresh_codes(session, user.id)
        self._note(session, f"user:{user.id}", "user.second_factor_set_up", user.id)
        return codes

    def new_codes(self, session: Session, user: User) -> list[str]:
        """Ten new recovery codes, shown this once; the old ones are worth nothing any more."""
        if not has_factor(session, user.id):
            raise ConflictError("Recovery codes belong to a second factor. Set one up first.")
        codes = self._fresh_codes(session, user.id)
        self._note(session, f"user:{user.id}", "user.recovery_codes_made", user.id)
        return codes

    def remove(self, session: Session, user: User) -> None:
        """Take one's own factor away; what proves that it is oneself is asked for at the door."""
        _forget(session, user.id)
        self._note(session, f"user:{user.id}", "user.second_factor_removed", user.id)

    def fits(self, session: Session, user: User, code: str) -> bool:
        """Whether this is a code of the app that was not used yet, or a recovery code; it is used up by that.

        The caller holds the lock on the person's row, so that of two at the same moment one is refused.
        """
        factor = session.get(SecondFactor, user.id)
        if factor is None or factor.confirmed_at is None:
            return False
        given = plain(code)
        step = totp.matching_step(self._open(user.id, factor.secret), given, self._clock.now())
        if step is not None:
            used = update(SecondFactor).where(SecondFactor.user_id == user.id, SecondFactor.last_step < step)
            return bool(session.execute(used.values(last_step=step)).rowcount)  # type: ignore[attr-defined]
        now = self._clock.now()
        spent = update(RecoveryCode).where(
            RecoveryCode.user_id == user.id,
            RecoveryCode.hash == _hash(user.id, given),
            RecoveryCode.used_at.is_(None),
        )
        if not session.execute(spent.values(used_at=now)).rowcount:  # type: ignore[attr-defined]
            return False
        self._note(session, f"user:{user.id}", "user.recovery_code_used", user.id)
        return True

    # -- for administrators ----------------------------------------------------

    def take_away(self, session: Session, principal: Principal, login: str) -> User:
        """Take a lost factor from somebody; all their sessions end. Raises ConflictError if there is none."""
        principal.require(Right.USERS)
        user = accounts.find_user(session, login)
        if session.get(SecondFactor, user.id) is None:
            raise ConflictError("This account has no second factor.")
        _forget(session, user.id)
        accounts.end_sessions(session, user.id)
        self._note(session, principal.actor, "user.second_factor_taken_away", user.id)
        return user

    def require(self, session: Session, principal: Principal, role: str, *, required: bool) -> None:
        """Ask everybody with a role for a second factor, or no longer. Whoever has none sets one up next."""
        principal.require(Right.USERS)
        if role not in ROLES:
            raise InvalidError(f"There is no role '{role}'. Roles: {', '.join(ROLES)}.", role=role)
        if (session.get(SecondFactorRole, role) is not None) == required:
            return
        if required:
            session.add(SecondFactorRole(role=role, since=self._clock.now()))
        else:
            session.execute(delete(SecondFactorRole).where(SecondFactorRole.role == role))
        action = "role.second_factor_required" if required else "role.second_factor_optional"
        self._audit.append(
            session, at=self._clock.now(), actor=principal.actor, action=action, subject=f"role:{role}"
        )

    # -- inside ----------------------------------------------------------------

    def _note(self, session: Session, actor: str, action: str, user_id: str) -> None:
        self._audit.append(
            session, at=self._clock.now(), actor=actor, action=action, subject=f"user:{user_id}"
        )

    def _fresh_codes(self, session: Session, user_id: str) -> list[str]:
        session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
        codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
        session.add_all(RecoveryCode(id=new_id(), user_id=user_id, hash=_hash(user_id, c)) for c in codes)
        return codes

    def _seal(self, user_id: str, secret: bytes) -> str:
        nonce = secrets.token_bytes(_NONCE)
        # Bound to the person: a row that was copied to another account opens there to nothing.
        return (nonce + self._cipher.encrypt(nonce, secret, user_id.encode())).hex()

    def _open(self, user_id: str, sealed: str) -> bytes:
        raw = bytes.fromhex(sealed)
        try:
            return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], user_id.encode())
        except InvalidTag as error:
            raise SecretUnreadableError(
                "The second factor of this account cannot be read here. An administrator can take it away."
            ) from error


def has_factor(session: Session, user_id: str) -> bool:
    """Whether a second factor counts for this account."""
    factor = session.get(SecondFactor, user_id)
    return factor is not None and factor.confirmed_at is not None


def asked_for(session: Session, roles: Iterable[str]) -> bool:
    """Whether one of these roles asks for a second factor."""
    return bool(required_roles(session) & set(roles))


def required_roles(session: Session) -> set[str]:
    """The roles that ask for a second factor."""
    return set(session.scalars(select(SecondFactorRole.role)))


def with_factor(session: Session) -> set[str]:
    """The ids of the people for whom a second factor counts."""
    return set(session.scalars(select(SecondFactor.user_id).where(SecondFactor.confirmed_at.is_not(None))))


def plain(code: str) -> str:
    """A code as typed, without the spaces and dashes that people put between groups."""
    return "".join(c for c in code.lower()[:80] if c.isalnum())


def _forget(session: Session, user_id: str) -> None:
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    gone = session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))
    if not gone.rowcount:  # type: ignore[attr-defined]
        raise NotFoundError("This account has no second factor.")


def _recovery_code() -> str:
    """Some 74 bits, so that a plain hash of it cannot be guessed back."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(3))


def _hash(user_id: str, code: str) -> str:
    return sha256(f"{user_id}:{plain(code)}".encode()).hexdigest()
