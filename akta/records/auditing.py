"""The audit log as an auditor reads it: entries with names, and no more of a record than may be seen.

Whoever may read the log sees that something was done, by whom, when and to which number, of everything.
The details of an entry about a record that the reader has no grant for are withheld; none hold text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.accounts import find_user
from akta.access.models import ApiToken, User
from akta.access.principal import Principal
from akta.access.roles import GRANTABLE, LEVELS, Right
from akta.audit.models import AuditCheck
from akta.audit.reading import Asked, Entry, newest_check, read
from akta.kernel.errors import ForbiddenError, InvalidError
from akta.kernel.ids import is_id
from akta.records.models import Record
from akta.records.visibility import visible_to


@dataclass(frozen=True, slots=True)
class TrailQuery:
    """What a person asks of the log; what is empty does not narrow.

    `person` is a sign-in name, and then means what the person's tokens did too, or an actor as the log
    names it (`system:worker`). `subject` is a record's number, or `kind:number` (`hold:01j…`).
    """

    subject: str = ""
    person: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None


def read_trail(
    session: Session, principal: Principal, query: TrailQuery, *, before: int | None = None, limit: int = 50
) -> list[Entry]:
    """The entries, the newest first. Raises ForbiddenError, InvalidError, NotFoundError (no such person)."""
    principal.require(Right.AUDIT)
    if query.since is not None and query.until is not None and query.since >= query.until:
        raise InvalidError("The time asked for ends before it begins.")
    subject = query.subject.strip().lower()
    if subject and ":" not in subject:
        if not is_id(subject):
            raise InvalidError("Say the number of a record, or for example hold:01j… .", subject=subject[:60])
        subject = f"record:{subject}"
    asked = Asked(
        subject=subject or None,
        actors=_actors(session, query.person.strip()) if query.person.strip() else None,
        action=query.action.strip().lower() or None,
        since=query.since,
        until=query.until,
    )
    return read(
        session,
        asked,
        before=before,
        limit=limit,
        hidden=lambda session, subjects: _hidden(session, principal, subjects),
    )


def last_check(session: Session, principal: Principal) -> AuditCheck | None:
    """What the last verification of the log found. Raises ForbiddenError."""
    principal.require(Right.AUDIT)
    return newest_check(session)


def require_all(principal: Principal) -> None:
    """Raise ForbiddenError unless the principal may have the log with every detail, as an export has it."""
    principal.require(Right.AUDIT)
    if any(principal.levels.get(domain, 0) < LEVELS[-1] for domain in GRANTABLE):
        raise ForbiddenError(
            "An export of the log holds every entry whole. It needs a grant for every domain at level 3."
        )


def names_of(session: Session, entries: Sequence[Entry]) -> dict[str, str]:
    """Names of the people behind actors and subjects, by `kind:number`."""
    wanted = {text for entry in entries for text in (entry.actor, entry.subject)}
    ids = {text.partition(":")[2] for text in wanted if text.startswith(("user:", "token:"))}
    people = session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    names = {f"user:{user_id}": name for user_id, name in people}
    programs = session.execute(
        select(ApiToken.id, ApiToken.name, User.name)
        .join(User, User.id == ApiToken.user_id)
        .where(ApiToken.id.in_(ids))
    )
    return names | {f"token:{token_id}": f"{person} ({name})" for token_id, name, person in programs}


def as_data(entry: Entry, names: dict[str, str]) -> dict[str, Any]:
    """An entry as plain data."""
    return {
        "seq": entry.seq,
        "at": entry.at.isoformat() if entry.at is not None else None,
        "actor": entry.actor,
        "name": names.get(entry.actor),
        "action": entry.action,
        "subject": entry.subject,
        "details": entry.details,
        "withheld": entry.details is None,
        "hash": entry.hash,
    }


def check_as_data(check: AuditCheck | None) -> dict[str, Any] | None:
    """What a verification found, as plain data."""
    if check is None:
        return None
    return {
        "at": check.at.isoformat(),
        "asked_by": check.asked_by,
        "entries": check.entries,
        "holds": not check.problems,
        "problems": check.problems,
        "notes": check.notes,
        "seconds": check.seconds,
    }


def _actors(session: Session, person: str) -> set[str]:
    if ":" in person:
        return {person}
    user = find_user(session, person)
    tokens = session.scalars(select(ApiToken.id).where(ApiToken.user_id == user.id))
    return {f"user:{user.id}", *(f"token:{token}" for token in tokens)}


def _hidden(session: Session, principal: Principal, subjects: Sequence[str]) -> set[str]:
    """Those of the subjects that are records which the principal may not see."""
    ids = {text.removeprefix("record:") for text in subjects if text.startswith("record:")}
    if not ids:
        return set()
    seen = select(Record.id).where(Record.id.in_(ids), visible_to(principal))
    return {f"record:{record_id}" for record_id in ids - set(session.scalars(seen))}
