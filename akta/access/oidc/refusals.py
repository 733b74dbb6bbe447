"""Refused sign-ins through a provider: what people are told, what the log keeps, how many are taken."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from akta.access.accounts import THROTTLE_ORIGIN, THROTTLE_WINDOW
from akta.access.models import LoginAttempt
from akta.audit.log import AuditLog
from akta.kernel.errors import AktaError
from akta.kernel.ids import new_id


class ProviderRefusedError(AktaError):
    """A sign-in through the provider came to nothing; `why` is a short code, `subject` whom to link."""

    code = "provider_refused"


def refused(why: str, subject: str = "") -> ProviderRefusedError:
    """The error for a reason, with a sentence for the person."""
    return ProviderRefusedError(_sentence(why), why=why, subject=subject)


def _sentence(why: str) -> str:
    # Written out one by one, for each has its Polish in the catalogue.
    match why:
        case "state" | "nonce" | "replayed" | "raced" | "mixed_up" | "code":
            return (
                "This sign-in was begun in another window or browser, took too long, or was used already. "
                "Begin again."
            )
        case "cancelled":
            return "You did not sign in at the provider. Begin again, or use a password."
        case "unknown":
            return (
                "The provider knows you, and Akta does not yet. An administrator links you to an account "
                "with this identifier:"
            )
        case "taken":
            return (
                "There is an account of your name already, which need not be yours. An administrator links "
                "you to it with this identifier:"
            )
        case "no_groups":
            return "The provider did not say which groups you are in, and they decide what you may do here."
        case "groups":
            return "None of your groups at the provider opens anything here. Ask an administrator."
        case "last_administrator":
            return (
                "Your groups would leave nobody who manages people, so nothing was changed. Sign in with a "
                "password."
            )
        case "inactive":
            return "Your account here is switched off. Ask an administrator."
        case "not_fresh":
            return "The provider did not ask you who you are. Begin again, or ask an administrator."
        case "other_person":
            return "You came back from the provider as somebody else. Begin again."
    return "What the provider said about you does not hold, so it was refused. Tell an administrator."


def sentences() -> set[str]:
    """All that people can be told."""
    codes = (
        *("state", "cancelled", "unknown", "taken", "no_groups", "groups"),
        *("last_administrator", "inactive", "not_fresh", "other_person", ""),
    )
    return {_sentence(code) for code in codes}


class Refusals:
    """Writes refusals down, each with its address.

    They are counted apart from those of passwords: a page elsewhere can send a browser here without the
    person's doing, which must keep nobody from signing in.
    """

    def __init__(self, audit: AuditLog) -> None:
        self._audit = audit

    def too_many(self, session: Session, origin: str, now: datetime, *, ours: bool) -> bool:
        """Whether as many of this address were refused as are taken in a quarter of an hour.

        `ours`: of those that came with a journey begun here; the others are only written down no more.
        """
        counted = select(func.count()).where(
            LoginAttempt.login == _counter(origin, ours=ours), LoginAttempt.at > now - THROTTLE_WINDOW
        )
        return (session.scalar(counted) or 0) >= THROTTLE_ORIGIN

    def note(
        self,
        session: Session,
        why: str,
        origin: str,
        now: datetime,
        *,
        ours: bool,
        user_id: str | None = None,
    ) -> None:
        """Write one down."""
        session.execute(delete(LoginAttempt).where(LoginAttempt.at < now - 2 * THROTTLE_WINDOW))
        if self.too_many(session, origin, now, ours=ours):
            return
        session.add(LoginAttempt(id=new_id(), login=_counter(origin, ours=ours), origin="", at=now))
        self._audit.append(
            session,
            at=now,
            actor="anonymous:",
            action="user.sign_in_failed",
            subject=f"user:{user_id or 'unknown'}",
            details={"origin": origin[:64], "by": "provider", "why": why},
        )


def _counter(origin: str, *, ours: bool) -> str:
    # No account can have this name: there is a blank in it.
    return f"{'provider' if ours else 'strange'} {origin[:64]}"
