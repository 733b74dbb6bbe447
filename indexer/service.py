"""Keeping the index in step with the database.

Each change of a record leaves its id and version in `index_pending`, in the
change's own transaction. Catching up takes what is pending in batches, applies
them in one commit of the engine, and only then forgets them, so a crash repeats
work but loses none; the engine ignores versions it already has.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.db.engine import Database
from akta.events.jobs import PRIORITY_INDEX, PRIORITY_RENDER, Claim, enqueue, finish
from akta.kernel.clock import Clock
from akta.records.doctypes.current import refresh
from akta.records.events import HoldsChanged, RecordChanged, RecordDestroyed, RecordsChanged
from akta.records.models import (
    IndexPending,
    Record,
)
from akta.records.visibility import visible_to
from indexer.loading import fitting, load
from indexer.model import IndexDocument, SearchEngine, SearchPage
from indexer.paging import load as read_cursor
from indexer.parties import with_parties, with_party_names
from indexer.query import parse
from indexer.similar import Related, related
from indexer.suggesting import Suggestion, did_you_mean, suggest, up_the_tree

JOB_CATCH_UP = "indexer.catch_up"
JOB_PURGE = "indexer.purge"
#: How long what was destroyed may leave words in the files of the index, so that one rebuild serves many.
_PURGE_AFTER = timedelta(hours=1)
_BATCH = 200
#: So many records are indexed before another process has started and read its dictionaries.
_LARGE = 5000
#: Seconds for which one writer takes in what keeps coming, while others that want to write wait.
_TOGETHER = 15.0


def note_change(clock: Clock) -> Callable[[Session, RecordChanged], None]:
    """The subscriber that writes a changed record into the queue of the index."""

    def subscriber(session: Session, event: RecordChanged) -> None:
        note_pending(session, event.record_id, event.row_version, clock.now())

    return subscriber


def note_changes(clock: Clock) -> Callable[[Session, RecordsChanged], None]:
    """The subscriber that writes many changed records into the queue of the index."""

    def subscriber(session: Session, event: RecordsChanged) -> None:
        if not event.versions:
            return
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        rows = [{"record_id": record_id, "row_version": version} for record_id, version in event.versions]
        statement = insert(IndexPending)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=[IndexPending.record_id],
                set_={"row_version": statement.excluded.row_version},
            ),
            rows,
        )
        _ask_for_index(session, clock.now())

    return subscriber


def note_pending(session: Session, record_id: str, row_version: int, now: datetime) -> None:
    """Ask for one record to be indexed again, in the caller's transaction."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(IndexPending).values(record_id=record_id, row_version=row_version)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[IndexPending.record_id], set_={"row_version": row_version}
        )
    )
    _ask_for_index(session, now)


def _ask_for_index(session: Session, now: datetime) -> None:
    enqueue(session, JOB_CATCH_UP, {}, key="index", now=now, priority=PRIORITY_INDEX, max_attempts=1000)


def purge_later(clock: Clock) -> Callable[[Session, RecordDestroyed], None]:
    """The subscriber that has the words of what is destroyed taken out of the files of the index.

    It cannot be found from the next commit on; but the engines keep the words of a removed
    document until its part of the index is written anew.
    """

    def subscriber(session: Session, _event: RecordDestroyed) -> None:
        now = clock.now()
        enqueue(
            session, JOB_PURGE, {}, key="index-purge", now=now, priority=PRIORITY_RENDER, delay=_PURGE_AFTER
        )

    return subscriber


def note_held(clock: Clock) -> Callable[[Session, HoldsChanged], None]:
    """The subscriber that notes all records at once that holds cover now, or no more."""

    def subscriber(session: Session, event: HoldsChanged) -> None:
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        rows = select(Record.id, Record.row_version).where(Record.id.in_(event.record_ids))
        statement = insert(IndexPending).from_select(["record_id", "row_version"], rows.order_by(Record.id))
        session.execute(
            statement.on_conflict_do_update(
                index_elements=[IndexPending.record_id],
                set_={"row_version": statement.excluded.row_version},
            )
        )
        _ask_for_index(session, clock.now())

    return subscriber


@dataclass(frozen=True, slots=True)
class IndexReport:
    """How index and database agree; `missing`, `stale` and `extra` are record ids (at most 100 each)."""

    documents: int
    missing: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    pending: int = 0

    @property
    def agrees(self) -> bool:
        return not (self.missing or self.stale or self.extra)


class IndexService:
    """Search and upkeep of the index over one engine."""

    def __init__(
        self,
        database: Database,
        open_engine: Callable[[], SearchEngine],
        zone: str,
        clock: Clock,
        on_taken: Callable[[Session, Sequence[IndexDocument]], None] = lambda _session, _documents: None,
    ) -> None:
        """`on_taken` is called in the transaction that ends a batch, with what the index took in."""
        self._db = database
        self._open = open_engine
        self._zone = zone
        self._clock = clock
        self._on_taken = on_taken
        self._engine: SearchEngine | None = None

    @property
    def engine(self) -> SearchEngine:
        if self._engine is None:
            self._engine = self._open()
        return self._engine

    def catch_up_job(self, claim: Claim) -> None:
        """The handler of `indexer.catch_up`."""
        self.catch_up(on_batch=claim.check)
        with self._db.write() as session:
            finish(session, claim, self._clock.now())

    def catch_up(self, on_batch: Callable[[], None] = lambda: None) -> int:
        """Apply all that is pending; returns how many records were taken in."""
        done = 0
        while self._anything_pending():
            with self.engine.together():
                until = time.monotonic() + _TOGETHER
                while taken := self._catch_up_once():
                    done += taken
                    on_batch()
                    if time.monotonic() > until:
                        break
        return done

    def _anything_pending(self) -> bool:
        with self._db.read() as session:
            return session.scalar(select(IndexPending.record_id).limit(1)) is not None

    def _catch_up_once(self) -> int:
        """Apply one batch of what is pending; returns of how many records."""
        with self._db.read() as session:
            rows = session.execute(
                select(IndexPending.record_id, IndexPending.row_version).limit(_BATCH)
            ).all()
            fit = fitting(session, [r[0] for r in rows])
            pending: list[tuple[str, int]] = [(r[0], r[1]) for r in rows if r[0] in fit]
            upserts, removals = load(session, pending, self._zone)
        if not pending:
            return 0
        self.engine.apply(upserts, removals)
        with self._db.write() as session:
            self._on_taken(session, upserts)
            session.execute(
                delete(IndexPending).where(
                    or_(
                        *(
                            and_(IndexPending.record_id == i, IndexPending.row_version == v)
                            for i, v in _applied(pending, upserts, removals)
                        )
                    )
                )
            )
        return len(pending)

    def search(
        self,
        principal: Principal,
        text: str,
        *,
        limit: int = 20,
        offset: int = 0,
        facets: Sequence[str] = (),
        sort: str = "relevance",
        cursor: str | None = None,
    ) -> tuple[SearchPage, list[Record]]:
        """What the principal may see of what fits, best first.

        The engine filters by access tokens; the database is asked again, so a hit
        whose record has changed hands meanwhile is left out. A facet of types counts a paper
        under its finest type and under those above it; one of parties counts under the number of
        the party, and `page.names` has the names of those that are most named. `cursor` is the text
        of an earlier page's `next` and goes before `offset`. Raises QueryError; InvalidError for an
        unknown order or a wrong cursor.
        """
        after = None if cursor is None else read_cursor(cursor, sort)
        with self._db.read() as session:
            types = refresh(session)
            query = with_parties(session, principal, parse(text))
        page = self.engine.search(
            query,
            scopes=principal.tokens(),
            limit=limit,
            offset=offset,
            facets=tuple(facets),
            sort=sort,
            after=after,
        )
        with self._db.read() as session:
            if "party" in page.facets:
                page = with_party_names(session, principal, page)
            found = _still_visible(session, principal, [hit.record_id for hit in page.hits])
        if "type" in page.facets:
            page = replace(page, facets={**page.facets, "type": up_the_tree(page.facets["type"], types)})
        return page, [found[hit.record_id] for hit in page.hits if hit.record_id in found]

    def suggest(
        self, principal: Principal, text: str, position: int | None = None, *, limit: int = 8
    ) -> list[Suggestion]:
        """How the query may go on at a position (code points; None: its end), from what may be seen."""
        at = len(text) if position is None else max(0, min(position, len(text)))
        with self._db.read() as session:
            refresh(session)
            return suggest(session, self.engine, principal, text, at, limit)

    def related(self, principal: Principal, record_id: str, *, limit: int = 10) -> Related:
        """Records like one and such as share numbers, parties or the case with it. Raises NotFoundError."""
        with self._db.read() as session:
            return related(session, self.engine, principal, record_id, limit)

    def did_you_mean(self, principal: Principal, text: str) -> str | None:
        """The query with words that the principal's papers have instead of misspelt ones, if there are any.

        Meant for a query with few hits. Raises QueryError.
        """
        with self._db.read() as session:
            refresh(session)
            return did_you_mean(session, self.engine, principal, text)

    def documents(self, session: Session, ids: Sequence[str]) -> tuple[list[str], list[IndexDocument]]:
        """Records as the index sees them, as many from the first on as fit into memory.

        Returns which were looked at, and the documents of those that can be found.
        """
        fit = fitting(session, ids)
        return fit, load(session, [(i, 0) for i in fit], self._zone)[0]

    def check(self) -> IndexReport:
        """Compare the index with the database, record by record."""
        indexed = dict(self.engine.versions())
        documents = len(indexed)
        missing, stale = [], []
        with self._db.read() as session:
            pending = session.scalar(select(func.count()).select_from(IndexPending)) or 0
            waiting = set(session.scalars(select(IndexPending.record_id)))
            for record_id, version, state in session.execute(
                select(Record.id, Record.row_version, Record.state).execution_options(yield_per=5000)
            ):
                if state == "destroyed":
                    continue
                have = indexed.pop(record_id, None)
                if record_id in waiting:
                    continue
                if have is None:
                    missing.append(record_id)
                elif have != version:
                    stale.append(record_id)
        extra = [i for i in indexed if i not in waiting]
        return IndexReport(documents, missing[:100], stale[:100], extra[:100], pending)

    def mend(self, report: IndexReport) -> None:
        """Ask for what disagrees to be indexed again."""
        now = self._clock.now()
        with self._db.write() as session:
            for record_id in (*report.missing, *report.stale, *report.extra):
                record = session.get(Record, record_id)
                note_pending(session, record_id, record.row_version if record else 1 << 30, now)

    def rebuild(self, progress: Callable[[int], None] = lambda _: None, processes: int = 1) -> int:
        """Build a new index from the database beside the live one and swap it in.

        Of a large archive up to so many `processes` analyse the words.
        """

        def batches() -> Iterator[list[IndexDocument]]:
            last = ""
            total = 0
            while True:
                with self._db.read() as session:
                    ids = session.scalars(
                        select(Record.id)
                        .where(Record.id > last, Record.state != "destroyed")
                        .order_by(Record.id)
                        .limit(_BATCH)
                    ).all()
                    if not ids:
                        return
                    fit = fitting(session, ids)
                    documents, _ = load(session, [(i, 0) for i in fit], self._zone)
                last = fit[-1]
                total += len(documents)
                progress(total)
                yield documents

        count = self.engine.rebuild(batches(), self._late, processes if self._large() else 1)
        self.catch_up()
        return count

    def _large(self) -> bool:
        with self._db.read() as session:
            return session.scalar(select(Record.id).order_by(Record.id).offset(_LARGE).limit(1)) is not None

    def _late(
        self, ids: Sequence[str]
    ) -> Iterator[tuple[Sequence[IndexDocument], Sequence[tuple[str, int]]]]:
        """Records that changed while the index was built, as they are now."""
        rest = list(ids)
        while rest:
            with self._db.read() as session:
                fit = fitting(session, rest[:_BATCH]) or rest[:1]
                yield load(session, [(i, 0) for i in fit], self._zone)
            rest = rest[len(fit) :]

    def purge_job(self, claim: Claim) -> None:
        """The handler of `indexer.purge`: no words of what was destroyed stay in the files of the index."""
        if self.engine.traces():
            self.rebuild(progress=lambda _done: claim.check())
        with self._db.write() as session:
            finish(session, claim, self._clock.now())

    def purge(self) -> bool:
        """Leave no word of what was removed in any file of the index; whether it was built anew for that.

        An engine keeps the words of what was removed until it is built anew, which takes as long as the
        archive is large.
        """
        self.catch_up()
        if not self.engine.traces():
            return False
        self.rebuild()
        return True

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None


def _still_visible(session: Session, principal: Principal, ids: Sequence[str]) -> dict[str, Record]:
    """Those of the records that may be seen now, by id."""
    if not ids:
        return {}  # SQLite looks through the whole table for an empty list
    records = session.scalars(
        select(Record).where(Record.id.in_(ids), Record.state != "destroyed", visible_to(principal))
    )
    return {record.id: record for record in records}


def _applied(
    pending: Sequence[tuple[str, int]], upserts: Sequence[IndexDocument], removals: Sequence[tuple[str, int]]
) -> list[tuple[str, int]]:
    # What was loaded may be newer than what was noted; then the newer note stays and costs one repeat.
    loaded = {d.record_id: d.version for d in upserts} | dict(removals)
    return [(i, v) for i, v in pending if loaded.get(i, v) >= v]


def index_folder(home: Path, engine: str) -> Path:
    """Where an engine keeps its index."""
    return home / "index" / engine
