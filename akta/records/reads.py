"""That somebody looked at a confidential record, or had hidden values shown, goes into the audit log."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.audit.log import AuditLog
from akta.audit.models import AuditEntry
from akta.audit.reading import details_of
from akta.db.engine import Database
from akta.kernel.clock import Clock
from akta.records.masking import sensitive_names, sensitive_on
from akta.records.models import Field, Record
from akta.records.visibility import get_visible

#: From this level of confidentiality on each look is written down.
LOGGED_FROM = 2
#: Looking at one page after the other is one look.
ONE_LOOK = timedelta(minutes=15)


def note_read(
    database: Database,
    audit: AuditLog,
    clock: Clock,
    principal: Principal,
    record: Record,
    action: str = "record.read",
    *,
    once: bool = False,
) -> None:
    """Write down that the principal read a record, or took bytes of it away (`record.downloaded`).

    In a transaction of its own, before anything is handed over. With `once`, a look within a quarter of an
    hour after one that was written down is the same look. A record with sensitive fields is confidential
    whatever its level: its pages show what the fields mask.
    """
    if record.confidentiality < LOGGED_FROM and not _says_more(database, record):
        return
    now = clock.now()
    subject = f"record:{record.id}"
    if once:
        mine = (AuditEntry.subject == subject, AuditEntry.actor == principal.actor)
        recent = select(AuditEntry.seq).where(
            *mine, AuditEntry.action == action, AuditEntry.at > now - ONE_LOOK
        )
        with database.read() as session:
            if session.scalar(recent.limit(1)) is not None:
                return
    with database.write() as session:
        audit.append(session, at=now, actor=principal.actor, action=action, subject=subject)


def note_shown(
    database: Database,
    audit: AuditLog,
    clock: Clock,
    principal: Principal,
    record_id: str,
    *,
    once: bool = False,
) -> list[str]:
    """Write down that the principal has the values of a record's sensitive fields shown; their names.

    Whoever may see the record may ask. In a transaction of its own, before anything is handed over; the
    entry has the names of the fields and never a value. Nothing is written where there is nothing to show,
    and with `once` not again for what was shown within a quarter of an hour. Raises NotFoundError.
    """
    now = clock.now()
    with database.write() as session:
        record = get_visible(session, principal, record_id)
        names = sensitive_names(session, record)
        subject = f"record:{record.id}"
        if names and not (once and _shown_lately(session, principal, subject, names, now - ONE_LOOK)):
            audit.append(
                session,
                at=now,
                actor=principal.actor,
                action="field.shown",
                subject=subject,
                details={"fields": names},
            )
    return names


def _shown_lately(
    session: Session, principal: Principal, subject: str, names: list[str], since: datetime
) -> bool:
    query = select(AuditEntry.body).where(
        AuditEntry.subject == subject,
        AuditEntry.actor == principal.actor,
        AuditEntry.action == "field.shown",
        AuditEntry.at > since,
    )
    return any(set(names) <= set(details_of(body)["fields"]) for body in session.scalars(query))


def _says_more(database: Database, record: Record) -> bool:
    """Whether the record has a field whose value is masked."""
    wanted = sensitive_on(record)
    with database.read() as session:
        found = select(Field.id).where(Field.record_id == record.id, Field.name.in_(wanted)).limit(1)
        return session.scalar(found) is not None
