"""The jobs that bring the records of a hold's scopes under it, and that free those of a large hold.

Each batch is a transaction of its own. A job that died begins again and leaves out what is done; only a
search that was not written down to its end is made anew, and both stay.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.events.jobs import Claim, finish
from akta.kernel.clock import Clock
from akta.kernel.errors import OutageError
from akta.kernel.ids import new_id
from akta.records.guard import batches, newest_bytes
from akta.records.holds import Hold, HoldFound, HoldItem, HoldScope, HoldSearch
from akta.records.models import Record
from retention.holds.covering import CASE, NAMED, PARTY, QUERY, cover, digest_of, keep_unread
from retention.holds.matching import ACTOR, ask_to_match
from retention.holds.releasing import end, free_items
from retention.holds.scopes import QuerySearch, not_in, of_scope, unread

#: Records in one transaction.
BATCH: Final = 2000


class IndexIncompleteError(OutageError):
    """The index lacks records, so a search of it would miss them. The hold waits, and stops destruction."""

    code = "index_incomplete"


class HoldPlacer:
    """Runs `retention.place_hold` and `retention.release_hold` jobs."""

    def __init__(self, database: Database, audit: AuditLog, clock: Clock, search: QuerySearch) -> None:
        self._db = database
        self._audit = audit
        self._clock = clock
        self._search = search

    def place(self, claim: Claim) -> None:
        """Bring all records of the job's scopes under the hold; then it is active."""
        hold_id = claim.payload["hold_id"]
        named = claim.payload["named"]
        for some in _lots(named):
            self._cover(claim, hold_id, some, NAMED, again=True)
        with self._db.read() as session:
            wanted = select(HoldScope).where(HoldScope.id.in_(claim.payload["scopes"])).order_by(HoldScope.id)
            scopes = list(session.scalars(wanted))
        for scope in scopes:
            if scope.kind == QUERY:
                self._place_query(claim, scope)
            else:
                self._place_scope(claim, scope)
        if any(scope.kind == QUERY for scope in scopes):
            self._keep_unread(claim, hold_id)
        now = self._clock.now()
        with self._db.write() as session:
            claim.hold(session, now)
            hold = session.get(Hold, hold_id, with_for_update=True)
            if hold is not None and hold.state == "placing":
                hold.state = "active"
                covered = select(func.count()).where(HoldItem.hold_id == hold_id, HoldItem.active)
                self._note(session, now, hold_id, "hold.in_force", {"records": session.scalar(covered) or 0})
            ask_to_match(session, now)
            finish(session, claim, now)

    def release(self, claim: Claim) -> None:
        """Free the records of a hold that is being released; then it is over."""
        hold_id = claim.payload["hold_id"]
        total = 0
        while True:
            claim.check()
            now = self._clock.now()
            with self._db.write() as session:
                claim.hold(session, now)
                hold = session.get(Hold, hold_id)
                if hold is None or hold.state != "releasing" or hold.grace_until is None:
                    finish(session, claim, now)
                    return
                held = select(HoldItem.record_id).where(HoldItem.hold_id == hold_id, HoldItem.active)
                ids = list(session.scalars(held.order_by(HoldItem.record_id).limit(BATCH)))
                if ids:
                    actor = hold.released_by or ""
                    total += free_items(session, hold_id, ids, actor, now, hold.grace_until)
                    continue
                session.refresh(hold, with_for_update=True)
                end(session, self._audit, hold, now, {"reason": (hold.release_reason or "")[:500]})
                finish(session, claim, now)
                return

    # -- parts ---------------------------------------------------------------------

    def _place_scope(self, claim: Claim, scope: HoldScope) -> None:
        """The papers of a case or a party; those that come meanwhile have a note of their own."""
        how, after = CASE if scope.kind == "case" else PARTY, ""
        while True:
            with self._db.read() as session:
                wanted = select(Record.id).where(
                    of_scope(scope),
                    Record.state != "destroyed",
                    not_in(scope.hold_id),
                    Record.id > after,
                )
                ids = list(session.scalars(wanted.order_by(Record.id).limit(BATCH)))
            if not ids:
                return
            self._cover(claim, scope.hold_id, ids, how)
            after = ids[-1]

    def _place_query(self, claim: Claim, scope: HoldScope) -> None:
        """Search, freeze what is found, and bring it under the hold."""
        with self._db.read() as session:
            done = select(HoldSearch.id).where(
                HoldSearch.scope_id == scope.id, HoldSearch.digest.is_not(None)
            )
            search_id = session.scalar(done.limit(1))
        if search_id is None:
            search_id = self._freeze(claim, scope)
        after = ""
        while True:
            with self._db.read() as session:
                wanted = (
                    select(HoldFound.record_id)
                    .join(Record, Record.id == HoldFound.record_id)
                    .where(
                        HoldFound.search_id == search_id,
                        HoldFound.record_id > after,
                        Record.state != "destroyed",
                        not_in(scope.hold_id),
                    )
                )
                ids = list(session.scalars(wanted.order_by(HoldFound.record_id).limit(BATCH)))
            if not ids:
                return
            self._cover(claim, scope.hold_id, ids, QUERY)
            after = ids[-1]

    def _freeze(self, claim: Claim, scope: HoldScope) -> str:
        """Write down what the search finds, with the bytes of each record as they are now."""
        if not self._search.complete():
            raise IndexIncompleteError(
                "The search index lacks papers, so the hold cannot be placed yet. Run 'akta verify --mend'."
            )
        now = self._clock.now()
        ids = self._search.find(dict(scope.reach), scope.value)
        search_id = new_id()
        with self._db.write() as session:
            claim.hold(session, now)
            session.add(
                HoldSearch(id=search_id, hold_id=scope.hold_id, scope_id=scope.id, query=scope.value, at=now)
            )
        for some in _lots(ids):
            claim.check()
            with self._db.write() as session:
                claim.hold(session, self._clock.now())
                self._write_found(session, search_id, some)
        with self._db.write() as session:
            claim.hold(session, self._clock.now())
            rows = session.execute(
                select(HoldFound.record_id, HoldFound.sha256)
                .where(HoldFound.search_id == search_id)
                .order_by(HoldFound.record_id)
                .execution_options(yield_per=5000)
            )
            count = 0

            def lines() -> Iterable[tuple[str, str | None]]:
                nonlocal count
                for record_id, sha256 in rows:
                    count += 1
                    yield record_id, sha256

            digest = digest_of(lines())
            search = session.get_one(HoldSearch, search_id)
            search.found, search.digest = count, digest
            self._note(
                session,
                now,
                scope.hold_id,
                "hold.searched",
                {
                    "search": search_id,
                    "query": scope.value,
                    "reach": dict(scope.reach),
                    "found": count,
                    "digest": digest,
                },
            )
        return search_id

    def _write_found(self, session: Session, search_id: str, ids: Sequence[str]) -> None:
        rows = session.execute(
            select(Record.id, Record.sha256, Record.row_version)
            .where(Record.id.in_(ids), Record.state != "destroyed")
            .order_by(Record.id)
        ).all()
        bytes_of = newest_bytes(session, [row.id for row in rows])
        if rows:
            session.execute(
                insert(HoldFound),
                [
                    {
                        "search_id": search_id,
                        "record_id": row.id,
                        "sha256": bytes_of.get(row.id, row.sha256),
                        "row_version": row.row_version,
                    }
                    for row in rows
                ],
            )

    def _keep_unread(self, claim: Claim, hold_id: str) -> None:
        """Keep what nobody could read from being destroyed: the words looked for may stand there."""
        after = ""
        while True:
            claim.check()
            now = self._clock.now()
            with self._db.write() as session:
                claim.hold(session, now)
                wanted = select(Record.id).where(unread(), not_in(hold_id), Record.id > after)
                ids = list(session.scalars(wanted.order_by(Record.id).limit(BATCH)))
                fresh = keep_unread(session, hold_id, ids, now) if ids else []
                if fresh:
                    details = {"records": fresh[:200], "count": len(fresh), "added": len(fresh)}
                    self._note(session, now, hold_id, "hold.kept_unread", details)
            if not ids:
                return
            after = ids[-1]

    def _cover(
        self, claim: Claim, hold_id: str, ids: Sequence[str], how: str, *, again: bool = False
    ) -> None:
        claim.check()
        now: datetime = self._clock.now()
        with self._db.write() as session:
            claim.hold(session, now)
            covered, bytes_of = cover(session, hold_id, ids, how, now, again=again)
            if covered.fresh:
                details = covered.as_details(bytes_of) | {"how": how}
                self._note(session, now, hold_id, "hold.covered", details)

    def _note(
        self, session: Session, now: datetime, hold_id: str, action: str, details: dict[str, object]
    ) -> None:
        self._audit.append(
            session, at=now, actor=ACTOR, action=action, subject=f"hold:{hold_id}", details=details
        )


def _lots(ids: Sequence[str]) -> Iterable[list[str]]:
    for some in batches(ids):
        for start in range(0, len(some), BATCH):
            yield some[start : start + BATCH]
