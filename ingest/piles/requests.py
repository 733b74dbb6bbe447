"""Asking for a pile to be split or for pages to be put together anew, and ending what is merged."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.audit.log import AuditLog
from akta.events.jobs import enqueue, settle
from akta.kernel.ids import new_id
from akta.records.guard import active_holds, changed
from akta.records.judgements import retire
from akta.records.models import Record
from akta.records.reconciliation import work_on
from ingest.jobnames import JOB_ARRANGE, JOB_SPLIT

#: The channel of papers that were cut out of a pile.
CHANNEL = "split"
#: The type of a pile whose papers are records of their own.
BATCH = "scan_batch"


def request_split(
    session: Session,
    record: Record,
    parts: Sequence[Sequence[int]],
    why: str,
    actor: str,
    now: datetime,
    sealed_password: str | None = None,
) -> None:
    """Ask for the papers `parts` (page numbers) to be cut out of a record, which waits for it."""
    record.state = "reading"
    payload = {
        "record_id": record.id,
        "parts": [list(part) for part in parts],
        "why": why,
        "actor": actor,
        "password": sealed_password,
    }
    settle(session, work_on(record.id), now)
    enqueue(session, JOB_SPLIT, payload, key=f"split:{record.id}", now=now)


def request_pages(
    session: Session,
    record: Record,
    pages: Sequence[dict[str, Any]],
    actor: str,
    now: datetime,
    sealed_password: str | None = None,
) -> None:
    """Ask for a new version made of `pages` (`record`, `page`, `turn`); the record waits for it."""
    record.state = "reading"
    payload = {
        "record_id": record.id,
        "pages": list(pages),
        "version": new_id(),  # of the version to be, so that it is made once
        "actor": actor,
        "password": sealed_password,
    }
    settle(session, work_on(record.id), now)
    enqueue(session, JOB_ARRANGE, payload, key=f"arrange:{record.id}", now=now)


def parts_of(session: Session, record_id: str) -> list[Record]:
    """The papers cut out of a pile that are not ended."""
    return list(
        session.scalars(
            select(Record)
            .where(
                Record.parent_id == record_id,
                Record.channel == CHANNEL,
                Record.state.not_in(("rejected", "destroyed")),
            )
            .order_by(Record.id)
        )
    )


def end_as_merged(
    session: Session, audit: AuditLog, record: Record, into: str, actor: str, now: datetime
) -> None:
    """End a paper whose pages are in another one now. What a hold covers stays as it is."""
    if record.state in ("rejected", "destroyed") or record.held or active_holds(session, record.id):
        return
    record.state, record.reason, record.reason_params = "rejected", "merged", {"record": into}
    record.ended_at = now
    retire(session, record.id)
    audit.append(
        session,
        at=now,
        actor=actor,
        action="record.rejected",
        subject=f"record:{record.id}",
        details={"reason": "merged", "into": into},
    )
    changed(session, record)
