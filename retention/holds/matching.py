"""Holding changed records against the scopes of holds.

Every change of a record, while any hold has a scope, leaves a note in the change's own transaction. Until
the job has taken the note up, the record cannot be destroyed. A paper that is still being read keeps
its note to the end of its reading.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Selectable, bindparam, delete, literal, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.events.jobs import PRIORITY_INDEX, Claim, enqueue, finish
from akta.kernel.clock import Clock
from akta.records.events import PartiesRegrouped, RecordChanged
from akta.records.holds import Hold, HoldItem, HoldPending, HoldScope
from akta.records.models import IN_PROGRESS, Record, RecordParty
from akta.records.parties.models import Party
from retention.holds.covering import CASE, PARTY, QUERY, cover, keep_unread
from retention.holds.scopes import QuerySearch, not_in, of_scope, unread

JOB_MATCH: Final = "retention.match_holds"
ACTOR: Final = "system:holds"
_PRIORITY: Final = PRIORITY_INDEX + 1
#: The fewer, the sooner others can write; the queries cost the same for one as for many.
_BATCH: Final = 500


def ask_to_match(session: Session, now: datetime) -> None:
    """Ask for what waits to be held against the holds, in the caller's transaction."""
    enqueue(session, JOB_MATCH, {}, key="match-holds", now=now, priority=_PRIORITY, max_attempts=1000)


def live_scopes(session: Session) -> list[HoldScope]:
    """The scopes of all holds that are not over, nor being released."""
    asked = (
        select(HoldScope)
        .join(Hold, Hold.id == HoldScope.hold_id)
        .where(Hold.released_at.is_(None), Hold.state.in_(("placing", "active")))
    )
    return list(session.scalars(asked.order_by(HoldScope.hold_id, HoldScope.id)))


def note_change(clock: Clock) -> Callable[[Session, RecordChanged], None]:
    """The subscriber that notes a changed record, if any hold has a scope."""

    def subscriber(session: Session, event: RecordChanged) -> None:
        record = session.get(Record, event.record_id)
        if record is None or record.state == "destroyed" or not _any_scope(session):
            return
        _add_pending(session, select(literal(event.record_id), literal(1)).where(true()))
        ask_to_match(session, clock.now())

    return subscriber


def note_parties(clock: Clock) -> Callable[[Session, PartiesRegrouped], None]:
    """The subscriber for linked or parted parties: if a hold is over one, papers of all are looked at."""

    def subscriber(session: Session, event: PartiesRegrouped) -> None:
        if not any(scope.kind == "party" for scope in live_scopes(session)):
            return
        leaves = select(Party.id).where(Party.root_id.in_(event.party_ids))
        named = (
            select(RecordParty.record_id, literal(1))
            .join(Record, Record.id == RecordParty.record_id)
            .where(RecordParty.party_id.in_(leaves), Record.state != "destroyed")
            .distinct()
            .order_by(RecordParty.record_id)
        )
        _add_pending(session, named)
        ask_to_match(session, clock.now())

    return subscriber


class Matcher:
    """Runs `retention.match_holds` jobs."""

    def __init__(self, database: Database, audit: AuditLog, clock: Clock, search: QuerySearch) -> None:
        self._db = database
        self._audit = audit
        self._clock = clock
        self._search = search

    def match(self, claim: Claim) -> None:
        """Take all notes up that can be; each batch is a transaction."""
        while self._batch(claim):
            claim.check()
        with self._db.write() as session:
            if not live_scopes(session):
                session.execute(delete(HoldPending))
            finish(session, claim, self._clock.now())

    def _batch(self, claim: Claim) -> bool:
        with self._db.read() as session:
            rows = session.execute(
                select(HoldPending.record_id, HoldPending.turn)
                .outerjoin(Record, Record.id == HoldPending.record_id)
                .where(Record.id.is_(None) | Record.state.not_in(IN_PROGRESS))
                .order_by(HoldPending.record_id)
                .limit(_BATCH)
            ).all()
            if not rows:
                return False
            scopes = live_scopes(session)
            ids = [record_id for record_id, _ in rows]
            asked = [(s.id, s.value, dict(s.reach)) for s in scopes if s.kind == QUERY]
            taken, fits = self._search.match(session, ids, asked) if asked else (ids, {})
        now = self._clock.now()
        done = set(taken)
        with self._db.write() as session:
            claim.hold(session, now)
            # Records first, in their order, then their notes: as those who change records lock them.
            caught = self._caught(session, scopes, sorted(done), fits)
            for (hold_id, how), found in sorted(caught.items()):
                covered, bytes_of = cover(session, hold_id, found, how, now)
                if covered.fresh:
                    self._note(
                        session, now, hold_id, "hold.caught", covered.as_details(bytes_of) | {"how": how}
                    )
            self._unread(session, scopes, sorted(done), now)
            session.connection().execute(
                delete(HoldPending.__table__).where(  # type: ignore[arg-type]
                    HoldPending.__table__.c.record_id == bindparam("i"),
                    HoldPending.__table__.c.turn == bindparam("t"),
                ),
                [{"i": i, "t": turn} for i, turn in rows if i in done],
            )
        return True

    def _caught(
        self, session: Session, scopes: Sequence[HoldScope], ids: list[str], fits: dict[str, set[str]]
    ) -> dict[tuple[str, str], set[str]]:
        """The records by hold and how they came under it, without those that it has already."""
        session.scalars(
            select(Record.id).where(Record.id.in_(ids)).order_by(Record.id).with_for_update()
        ).all()
        live = {scope.id for scope in live_scopes(session)}
        caught: dict[tuple[str, str], set[str]] = {}
        for scope in scopes:
            if scope.id not in live:  # released meanwhile
                continue
            among = (Record.id.in_(ids), Record.state != "destroyed", not_in(scope.hold_id))
            if scope.kind == QUERY:
                found = select(Record.id).where(*among, Record.id.in_(sorted(fits.get(scope.id, ()))))
            else:
                found = select(Record.id).where(*among, of_scope(scope))
            how = {"case": CASE, "party": PARTY}.get(scope.kind, QUERY)
            got = set(session.scalars(found))
            if got:
                caught.setdefault((scope.hold_id, how), set()).update(got)
        return caught

    def _unread(
        self,
        session: Session,
        scopes: Sequence[HoldScope],
        ids: list[str],
        now: datetime,
    ) -> None:
        """Keep what nobody could read under each hold that looks for words; let go what is read by now."""
        holds = sorted({scope.hold_id for scope in scopes if scope.kind == QUERY})
        dark = set(session.scalars(select(Record.id).where(Record.id.in_(ids), unread())))
        for hold_id in holds:
            kept = session.scalars(
                select(Record.id).where(Record.id.in_(sorted(dark)), not_in(hold_id))
            ).all()
            fresh = keep_unread(session, hold_id, kept, now) if kept else []
            if fresh:
                details = {"records": fresh[:200], "count": len(fresh), "added": len(fresh)}
                self._note(session, now, hold_id, "hold.kept_unread", details)
        read = [i for i in ids if i not in dark]
        items = session.scalars(
            select(HoldItem).where(HoldItem.record_id.in_(read), HoldItem.provisional, HoldItem.active)
        )
        for item in items:
            item.active = False
        session.flush()

    def _note(
        self, session: Session, now: datetime, hold_id: str, action: str, details: dict[str, object]
    ) -> None:
        self._audit.append(
            session, at=now, actor=ACTOR, action=action, subject=f"hold:{hold_id}", details=details
        )


def _any_scope(session: Session) -> bool:
    asked = (
        select(HoldScope.id)
        .join(Hold, Hold.id == HoldScope.hold_id)
        .where(Hold.released_at.is_(None), Hold.state.in_(("placing", "active")))
    )
    return session.scalar(asked.limit(1)) is not None


def _add_pending(session: Session, rows: Selectable) -> None:
    add = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(
        add(HoldPending)
        .from_select(["record_id", "turn"], rows)
        .on_conflict_do_update(index_elements=[HoldPending.record_id], set_={"turn": HoldPending.turn + 1})
    )
