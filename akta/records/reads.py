"""That somebody looked at a confidential record goes into the audit log."""

from datetime import timedelta

from sqlalchemy import select

from akta.access.principal import Principal
from akta.audit.log import AuditLog
from akta.audit.models import AuditEntry
from akta.db.engine import Database
from akta.kernel.clock import Clock
from akta.records.models import Record

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
    hour after one that was written down is the same look.
    """
    if record.confidentiality < LOGGED_FROM:
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
