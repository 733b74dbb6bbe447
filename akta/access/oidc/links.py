"""Which account belongs to whom at the provider: linked by administrators, seen by the person."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from akta.access.accounts import end_sessions, find_user
from akta.access.models import IdentityLink, User
from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.kernel.errors import ConflictError, InvalidError, NotFoundError
from akta.kernel.ids import new_id

LONGEST_SUBJECT = 255


def links_of(session: Session, user_id: str) -> Sequence[IdentityLink]:
    """A person's links, the oldest first; one of another provider than the present one signs nobody in."""
    return session.scalars(
        select(IdentityLink).where(IdentityLink.user_id == user_id).order_by(IdentityLink.id)
    ).all()


def linked_people(session: Session, issuer: str) -> set[str]:
    """The ids of the people whom the provider signs in."""
    return set(session.scalars(select(IdentityLink.user_id).where(IdentityLink.issuer == issuer)))


def find_link(session: Session, issuer: str, subject: str) -> IdentityLink | None:
    """The link of somebody at a provider. Subjects that differ in one capital letter are two persons."""
    found = select(IdentityLink).where(IdentityLink.issuer == issuer, IdentityLink.subject == subject)
    return session.scalars(found).first()


def link(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    login: str,
    *,
    issuer: str,
    subject: str,
    follows_groups: bool,
    now: datetime,
) -> IdentityLink:
    """Link an account to who its person is at the provider, for administrators.

    Raises InvalidError, ConflictError, NotFoundError, ForbiddenError.
    """
    principal.require(Right.USERS)
    subject = subject.strip()
    if not 1 <= len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise InvalidError(
            "Enter the identifier that the provider has for the person, as the refused sign-in shows it."
        )
    user = find_user(session, login)
    return add_link(
        session,
        audit,
        principal.actor,
        user,
        issuer=issuer,
        subject=subject,
        follows_groups=follows_groups,
        now=now,
    )


def add_link(
    session: Session,
    audit: AuditLog,
    actor: str,
    user: User,
    *,
    issuer: str,
    subject: str,
    follows_groups: bool,
    now: datetime,
) -> IdentityLink:
    """Link an account. Raises ConflictError if either side is linked already."""
    other = find_link(session, issuer, subject)
    if other is not None:
        taken = session.get_one(User, other.user_id).login
        raise ConflictError(f"This identifier is linked to the account '{taken}' already.")
    if any(one.issuer == issuer for one in links_of(session, user.id)):
        raise ConflictError("This account is linked to this provider already. Unlink it first.")
    made = IdentityLink(
        id=new_id(),
        user_id=user.id,
        issuer=issuer,
        subject=subject,
        follows_groups=follows_groups,
        linked_by=actor,
        linked_at=now,
    )
    session.add(made)
    try:
        session.flush()
    except IntegrityError as error:
        raise ConflictError("Somebody linked one of the two just now. Load the page again.") from error
    _note(session, audit, actor, "user.linked", made, now)
    return made


def end_link(
    session: Session, audit: AuditLog, principal: Principal, login: str, link_id: str, now: datetime
) -> None:
    """Take a link away, for administrators; all sessions of the person end.

    Raises NotFoundError, ForbiddenError.
    """
    principal.require(Right.USERS)
    user = find_user(session, login)
    found = session.get(IdentityLink, link_id)
    if found is None or found.user_id != user.id:
        raise NotFoundError("This account has no such link to a provider.")
    session.delete(found)
    end_sessions(session, user.id)
    _note(session, audit, principal.actor, "user.unlinked", found, now)


def _note(
    session: Session, audit: AuditLog, actor: str, action: str, made: IdentityLink, now: datetime
) -> None:
    details = {"issuer": made.issuer, "identifier": made.subject, "follows_groups": made.follows_groups}
    audit.append(session, at=now, actor=actor, action=action, subject=f"user:{made.user_id}", details=details)
