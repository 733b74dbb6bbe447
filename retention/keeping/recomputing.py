"""Computing the keeping of many records anew: the job, and how it is asked for.

Each batch is one transaction with the place it came to, so a worker that dies loses no batch and repeats
none. A batch locks its records, looks up all their facts with a few queries, and writes only what differs.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.events.jobs import Claim, enqueue, finish
from akta.kernel.clock import Clock, civil_date
from akta.kernel.ids import new_id
from akta.records.models import Party, Record, RecordClass, RecordParty
from retention.events.models import BusinessEvent
from retention.keeping.computing import deriver_of, recompute_records
from retention.keeping.deciding import Deriver
from retention.keeping.models import DeferredKeeping, LegalEntity, Recomputation
from retention.keeping.walking import next_of_classes
from retention.keeping.writing import Change, Origin, Tally, merge_reports

JOB_RECOMPUTE: Final = "retention.recompute"
SCOPES: Final = ("all", "record", "case", "party", "class", "entity", "batch", "deferred", "draft")
_PRIORITY: Final = 60  # after reading, before what can be made again
_BATCH: Final = 500


def ask(
    session: Session,
    scope: str,
    subject: str,
    cause: str,
    actor: str,
    now: datetime,
    *,
    may_shorten: bool = False,
) -> Recomputation:
    """Ask for the keeping of a scope's records to be computed anew, in the caller's transaction."""
    if scope not in SCOPES:
        raise ValueError(scope)
    made = Recomputation(
        id=new_id(),
        scope=scope,
        subject=subject[:64],
        cause=cause[:60],
        actor=actor[:120],
        may_shorten=may_shorten,
        state="waiting",
        cursor="",
        seen=0,
        changed=0,
        report={},
        asked_at=now,
    )
    session.add(made)
    session.flush()
    enqueue(
        session,
        JOB_RECOMPUTE,
        {"recomputation": made.id},
        key=f"recompute:{made.id}",
        now=now,
        priority=_PRIORITY,
    )
    return made


def ask_deferred(session: Session, actor: str, now: datetime) -> bool:
    """Ask for what waited for the end of holds, unless none of it is free or it was asked for already."""
    free = (
        select(DeferredKeeping.record_id)
        .join(Record, Record.id == DeferredKeeping.record_id)
        .where(Record.held.is_(False))
    )
    if session.scalar(free.limit(1)) is None:
        return False
    asked = select(Recomputation.id).where(
        Recomputation.scope == "deferred", Recomputation.state.in_(("waiting", "running"))
    )
    if session.scalar(asked.limit(1)) is not None:
        return False
    ask(session, "deferred", "", "hold_ended", actor, now)
    return True


def roots_of(session: Session, party_ids: Iterable[str]) -> set[str]:
    """The parties that these leaves belong to now."""
    return set(session.scalars(select(Party.root_id).where(Party.id.in_(list(party_ids)))))


def any_event_on(session: Session, roots: Iterable[str]) -> bool:
    """Whether any event is recorded of one of these parties, on any of their leaves."""
    query = (
        select(BusinessEvent.id)
        .join(Party, Party.id == BusinessEvent.subject_id)
        .where(
            BusinessEvent.subject_kind == "party",
            BusinessEvent.state == "recorded",
            Party.root_id.in_(list(roots)),
        )
    )
    return session.scalar(query.limit(1)) is not None


def in_scope(session: Session, scope: str, subject: str) -> ColumnElement[bool]:
    """The condition on `Record` for a scope's records that have a class."""
    kept = and_(Record.class_code.is_not(None), Record.state != "destroyed")
    match scope:
        case "record":
            return and_(kept, Record.id == subject)
        case "case":
            return and_(kept, Record.case_id == subject)
        case "class":
            return and_(kept, Record.class_code == subject)
        case "party":
            return and_(kept, Record.id.in_(_naming(select(Party.root_id).where(Party.id == subject))))
        case "entity":
            return and_(kept, _of_entity(session, subject))
        case "batch":
            return and_(kept, _of_batch(session, subject))
        case "draft":
            published = select(RecordClass.code).where(RecordClass.draft_id == subject)
            return and_(kept, Record.class_code.in_(published))
        case "deferred":
            return and_(kept, Record.id.in_(select(DeferredKeeping.record_id)), Record.held.is_(False))
        case _:
            return kept


def _naming(roots: Any) -> Any:
    """The records that name a party of these roots, under any of its leaves."""
    return (
        select(RecordParty.record_id)
        .join(Party, Party.id == RecordParty.party_id)
        .where(Party.root_id.in_(roots))
    )


def _of_entity(session: Session, entity_id: str) -> ColumnElement[bool]:
    """Records that were the entity's, that name it, or that are nobody's: its calendar may count for them."""
    parts: list[ColumnElement[bool]] = [Record.entity_id == entity_id, Record.entity_id.is_(None)]
    entity = session.get(LegalEntity, entity_id)
    if entity is not None and entity.nip:
        named = (
            select(RecordParty.record_id)
            .join(Party, Party.id == RecordParty.party_id)
            .where(Party.nip == entity.nip)
        )
        parts.append(Record.id.in_(named))
    return or_(*parts)


def _of_batch(session: Session, batch: str) -> ColumnElement[bool]:
    """Records that the events of a batch are about."""
    kinds = set(
        session.scalars(select(BusinessEvent.subject_kind).where(BusinessEvent.batch == batch).distinct())
    )

    def subjects(kind: str) -> Any:
        return select(BusinessEvent.subject_id).where(
            BusinessEvent.batch == batch, BusinessEvent.subject_kind == kind
        )

    leaf = aliased(Party)
    conditions: dict[str, ColumnElement[bool]] = {
        "record": Record.id.in_(subjects("record")),
        "case": Record.case_id.in_(subjects("case")),
        "class": Record.class_code.in_(subjects("class")),
        "party": Record.id.in_(_naming(select(leaf.root_id).where(leaf.id.in_(subjects("party"))))),
        "entity": or_(Record.entity_id.in_(subjects("entity")), Record.entity_id.is_(None)),
    }
    return or_(*(conditions[kind] for kind in sorted(kinds))) if kinds else Record.id.is_(None)


def _next(session: Session, row: Recomputation) -> tuple[Sequence[str], str]:
    """The next records of a scope, and the place they end at."""
    if row.scope in ("class", "draft"):
        codes = {row.subject}
        if row.scope == "draft":
            published = select(RecordClass.code).where(RecordClass.draft_id == row.subject)
            codes = set(session.scalars(published))
        found, place = next_of_classes(session, [Record.id], codes, row.cursor, _BATCH)
        return [record_id for (record_id,) in found], place
    query = select(Record.id).where(in_scope(session, row.scope, row.subject), Record.id > row.cursor)
    ids = session.scalars(query.order_by(Record.id).limit(_BATCH)).all()
    return ids, ids[-1] if ids else row.cursor


class Recomputer:
    """Runs `retention.recompute` jobs. `zone` is that of civil dates."""

    def __init__(self, database: Database, audit: AuditLog, clock: Clock, zone: str) -> None:
        self._db = database
        self._audit = audit
        self._clock = clock
        self._zone = zone

    def run(self, claim: Claim) -> None:
        """Go through the records of the scope, from where it came to."""
        deriver: Deriver | None = None
        while True:
            deriver = self._batch(claim, deriver)
            if deriver is None:
                return
            claim.check()

    def given_up(self, session: Session, claim: Claim, _error: str) -> None:
        """Say on the recomputation that it failed, in the transaction that parks its job."""
        row = session.get(Recomputation, claim.payload["recomputation"], with_for_update=True)
        if row is not None and row.state != "done":
            row.state, row.ended_at = "failed", self._clock.now()

    def _batch(self, claim: Claim, deriver: Deriver | None) -> Deriver | None:
        """One batch; None once nothing is left, else what derived it, with its memory."""
        now = self._clock.now()
        with self._db.write() as session:
            claim.hold(session, now)
            row = session.get(
                Recomputation, claim.payload["recomputation"], with_for_update=True, populate_existing=True
            )
            if row is None or row.state == "done":
                finish(session, claim, now)
                return None
            row.state = "running"
            ids, place = _next(session, row)
            if not ids:
                self._end(session, row, now)
                finish(session, claim, now)
                return None
            origin = Origin(row.cause, row.actor, now, row.may_shorten, row.id)
            tally = Tally()
            deriver = deriver_of(session, civil_date(now, self._zone), deriver)
            changes = recompute_records(session, ids, self._zone, origin, deriver=deriver, tally=tally)
            row.cursor = place
            row.seen += len(ids)
            row.changed += tally.changed
            row.report = merge_reports(row.report, tally.as_data())
            self._note(session, row, changes, now)
            return deriver

    def _note(self, session: Session, row: Recomputation, changes: list[Change], now: datetime) -> None:
        if changes:
            self._audit.note(
                session,
                now,
                row.actor,
                "retention.recomputed",
                f"recomputation:{row.id}",
                cause=row.cause,
                records=[[c.record_id, c.before, c.after] for c in changes],
            )

    def _end(self, session: Session, row: Recomputation, now: datetime) -> None:
        row.state, row.ended_at = "done", now
        self._audit.note(
            session,
            now,
            row.actor,
            "retention.recomputation_ended",
            f"recomputation:{row.id}",
            cause=row.cause,
            scope=row.scope,
            subject=row.subject,
            seen=row.seen,
            changed=row.changed,
        )


def as_data(row: Recomputation) -> dict[str, Any]:
    """A recomputation as plain data."""
    return {
        "id": row.id,
        "scope": row.scope,
        "subject": row.subject,
        "cause": row.cause,
        "actor": row.actor,
        "state": row.state,
        "seen": row.seen,
        "changed": row.changed,
        "report": row.report,
        "asked_at": row.asked_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
    }
