"""Reading the log: by what an entry is about, who acted, what was done and when."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from akta.audit.models import AuditCheck, AuditEntry
from akta.audit.verifier import read_instant, read_object
from akta.kernel.errors import InvalidError
from akta.kernel.text import fit_all

_MOST_ACTORS = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """What entries are wanted; what is None or empty does not narrow.

    `actors` and `subject` are as the log has them (`user:01j…`, `record:01j…`, `hold:01j…`). An `action`
    that ends in a point or in `.*` means all of its kind (`hold.*`). `since` is included, `until` is not.
    """

    subject: str | None = None
    actors: Collection[str] | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is told. `details` are None where the reader may not see what it is about.

    `at` is None of an entry that was changed so that neither its column nor its body says when it was.
    """

    seq: int
    at: datetime | None
    actor: str
    action: str
    subject: str
    hash: str
    details: dict[str, Any] | None = field(default_factory=dict)


def read(
    session: Session,
    asked: Asked,
    *,
    before: int | None = None,
    limit: int = 50,
    hidden: Callable[[Session, Sequence[str]], set[str]] = lambda _session, _subjects: set(),
) -> list[Entry]:
    """The entries wanted, the newest first, from number `before` (not included) down.

    `hidden` says which of some subjects the reader may not see: of these an entry tells that something was
    done, by whom and when, and not its details. Rights are the caller's to ask. Raises InvalidError.
    """
    query = _narrowed(asked)
    if before is not None:
        query = query.where(AuditEntry.seq < before)
    rows = session.execute(query.order_by(AuditEntry.seq.desc()).limit(limit)).all()
    unseen = hidden(session, sorted({row.subject for row in rows}))
    return [
        Entry(
            row.seq,
            _written_at(row.at, row.body),
            row.actor,
            row.action,
            row.subject,
            row.hash,
            None if row.subject in unseen else details_of(row.body),
        )
        for row in rows
    ]


def newest_check(session: Session) -> AuditCheck | None:
    """What the last verification of the log found; None if there was none."""
    return session.scalars(select(AuditCheck).order_by(AuditCheck.id.desc()).limit(1)).first()


def _narrowed(asked: Asked) -> Select[*tuple[Any, ...]]:
    query = select(
        AuditEntry.seq,
        type_coerce(AuditEntry.at, NullType()).label("at"),  # as it is: one that is none stops no list
        AuditEntry.actor,
        AuditEntry.action,
        AuditEntry.subject,
        AuditEntry.body,
        AuditEntry.hash,
    )
    if asked.subject:
        query = query.where(AuditEntry.subject == asked.subject)
    if asked.actors is not None:
        if len(asked.actors) > _MOST_ACTORS:
            raise InvalidError("That is too many actors at once.")
        query = query.where(AuditEntry.actor.in_(sorted(asked.actors)))
    if asked.action:
        kind = asked.action.removesuffix("*")
        if kind.endswith("."):
            query = query.where(AuditEntry.action.startswith(kind, autoescape=True))
        else:
            query = query.where(AuditEntry.action == kind)
    if asked.since is not None:
        query = query.where(AuditEntry.at >= asked.since)
    if asked.until is not None:
        query = query.where(AuditEntry.at < asked.until)
    return query


def details_of(body: str) -> dict[str, Any]:
    """The details of an entry's body; none of one that was changed, which the verifier names."""
    told = read_object(body).get("details")
    return fit_all(told) if isinstance(told, dict) else {}


def _written_at(stored: object, body: str) -> datetime | None:
    """When an entry was written: by its column, or by its body if the column holds no time."""
    try:
        at = stored if isinstance(stored, datetime) else datetime.fromisoformat(str(stored))
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return read_instant(read_object(body).get("at"))
