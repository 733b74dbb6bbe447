"""The audit log against the rows: what was received, filed and destroyed, on both sides."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from akta.audit.models import AuditEntry
from akta.audit.reading import details_of
from akta.records.models import Receipt, Record, Version

_RECEIVED = ("record.received", "record.received_again")
_ACTS = (*_RECEIVED, "record.filed", "record.destroyed")
_BATCH = 500


def compare(session: Session, say: Callable[[str], None]) -> int:
    """Say each disagreement of log and rows, in one snapshot; returns how many entries were looked at.

    The entries themselves are judged by `akta.audit.log.verify`.
    """
    entries = 0
    known: set[str] = set()
    for batch in _batches(session):
        entries += len(batch)
        _records_of(session, batch, say)
        _receipts_of(session, batch, known, say)
    for receipt_id in session.scalars(select(Receipt.id).execution_options(yield_per=5000)):
        if receipt_id not in known:
            say(f"Receipt {receipt_id} is not in the log.")
    for state, action in (("filed", "record.filed"), ("destroyed", "record.destroyed")):
        for record_id in session.scalars(_without_entry(action).where(Record.state == state)):
            say(f"Record {record_id} is {state}, but the log does not say so.")
    for record_id in session.scalars(_without_entry("record.received")):
        say(f"Record {record_id} has no entry in the log that it was received.")
    first = select(Record.id).join(Version, (Version.record_id == Record.id) & (Version.number == 1))
    for record_id in session.scalars(first.where(Version.sha256 != Record.sha256)):
        say(f"Record {record_id} names other bytes than its first version.")
    return entries


def _batches(session: Session) -> Iterator[list[tuple[int, str, str, dict[str, Any]]]]:
    """Number, action, record and details of the entries."""
    query = (
        select(AuditEntry.seq, AuditEntry.action, AuditEntry.subject, AuditEntry.body)
        .where(AuditEntry.action.in_(_ACTS))
        .order_by(AuditEntry.seq)
        .execution_options(yield_per=_BATCH)
    )
    for rows in session.execute(query).partitions(_BATCH):
        yield [
            (seq, action, subject.removeprefix("record:"), details_of(body))
            for seq, action, subject, body in rows
        ]


def _records_of(
    session: Session, batch: Sequence[tuple[int, str, str, dict[str, Any]]], say: Callable[[str], None]
) -> None:
    query = select(Record.id, Record.state, Record.sha256).where(Record.id.in_({entry[2] for entry in batch}))
    rows = {record_id: (state, sha256) for record_id, state, sha256 in session.execute(query)}
    for seq, action, record_id, details in batch:
        act = action.removeprefix("record.").removesuffix("_again")
        if record_id not in rows:
            say(f"Entry {seq} says that record {record_id} was {act}, but there is no such record.")
            continue
        state, sha256 = rows[record_id]
        if act == "destroyed" and state != "destroyed":
            say(f"Entry {seq} says that record {record_id} was destroyed, but it is {state}.")
        if details.get("sha256", sha256) != sha256:
            say(f"Record {record_id} names other bytes than entry {seq}, by which it was {act}.")


def _receipts_of(
    session: Session,
    batch: Sequence[tuple[int, str, str, dict[str, Any]]],
    known: set[str],
    say: Callable[[str], None],
) -> None:
    given = [(record_id, details) for _, action, record_id, details in batch if action in _RECEIVED]
    ids = {str(details.get("receipt")) for _, details in given}
    query = select(Receipt.id, Receipt.record_id, Receipt.sha256).where(Receipt.id.in_(ids))
    rows = {receipt_id: (owner, sha256) for receipt_id, owner, sha256 in session.execute(query)}
    known |= ids
    for record_id, details in given:
        receipt_id = str(details.get("receipt"))
        if receipt_id not in rows:
            say(f"The log knows receipt {receipt_id} of record {record_id}, but there is no such receipt.")
            continue
        owner, sha256 = rows[receipt_id]
        if owner != record_id:
            say(f"Receipt {receipt_id} of record {record_id} is now that of another record.")
        if sha256 != details.get("sha256"):
            say(f"Receipt {receipt_id} of record {record_id} names other bytes than the log.")


def _without_entry(action: str) -> Any:
    entry = select(AuditEntry.seq).where(
        AuditEntry.subject == literal("record:") + Record.id, AuditEntry.action == action
    )
    return select(Record.id).where(~entry.exists()).order_by(Record.id).execution_options(yield_per=500)
