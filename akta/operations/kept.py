"""Keeping as the rows have it against its history and the log.

A day in a row is what lists and dispositions look at. It must be the one that the stored derivation says,
and that its history, whose rows are never changed, ends with; its class must be the one it was derived by;
and no extension may be missing.
"""

from collections.abc import Callable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from akta.audit.models import AuditEntry
from akta.audit.reading import details_of
from akta.records.models import Record
from retention.keeping.length import day_of
from retention.keeping.models import Extension, KeepingEntry

_BATCH = 2000


def compare(session: Session, say: Callable[[str], None]) -> int:
    """Say each disagreement, in one snapshot; returns how many records were looked at."""
    seen = _rows(session, say)
    _extensions(session, say)
    return seen


def _rows(session: Session, say: Callable[[str], None]) -> int:
    last = (
        select(KeepingEntry.record_id, func.max(KeepingEntry.number).label("number"))
        .group_by(KeepingEntry.record_id)
        .subquery()
    )
    query = (
        select(
            Record.id,
            Record.retention_state,
            Record.retain_through,
            Record.retention,
            Record.class_code,
            KeepingEntry.outcome,
            KeepingEntry.retain_through,
        )
        .outerjoin(last, last.c.record_id == Record.id)
        .outerjoin(
            KeepingEntry, (KeepingEntry.record_id == Record.id) & (KeepingEntry.number == last.c.number)
        )
        .where(Record.state != "destroyed")
        .execution_options(yield_per=_BATCH)
    )
    seen = 0
    for record_id, state, through, derivation, class_code, outcome, until in session.execute(query):
        seen += 1
        if derivation is not None and derivation.get("class", class_code) != class_code:
            say(f"Record {record_id} is in another class than the one its keeping was derived by.")
        said = derivation if derivation is not None and "retain_through" in derivation else None
        if said is not None and (state, through) != (said.get("outcome"), day_of(said)):
            say(f"Record {record_id} is not kept as its own derivation says.")
        elif outcome is not None and (state or "none", through) != (outcome, until):
            say(f"Record {record_id} is not kept as its history says.")
    return seen


def _extensions(session: Session, say: Callable[[str], None]) -> None:
    rows: dict[str, tuple[str, bool]] = {}
    for number, until, cancelled in session.execute(
        select(Extension.id, Extension.until, Extension.cancelled_at)
    ):
        rows[number] = (until.isoformat(), cancelled is not None)
    told: dict[str, tuple[str, bool]] = {}
    query = (
        select(AuditEntry.action, AuditEntry.body)
        .where(AuditEntry.action.in_(("retention.extended", "retention.extension_cancelled")))
        .order_by(AuditEntry.seq)
    )
    for action, body in session.execute(query):
        details = details_of(body)
        number = str(details.get("extension"))
        if action == "retention.extended":
            told[number] = (str(details.get("until")), False)
        elif number in told:
            told[number] = (told[number][0], True)
    for number in sorted(told.keys() | rows.keys()):
        if rows.get(number) != told.get(number):
            say(f"Extension {number} of a record's keeping is not as the log has it.")
