"""Telling people of what is new and fits a search that they watch.

Each batch that the index takes in is noted, in the transaction that ends its catching up; a job of its
own holds it against the watched searches, so the index does not wait. The batch alone is indexed once
more, in a small engine of the same kind that lives for seconds: a thousand queries over a few hundred
papers cost the same however large the archive is. Grants are in each query, and the database is asked again
before anything is told. The told rows and the end of the notes are one transaction, and a row's key is
(search, person, record): a repeated or doubled job tells nothing twice.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import and_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.db.engine import Database
from akta.events.jobs import PRIORITY_INDEX, Claim, enqueue, finish
from akta.kernel.clock import Clock
from akta.kernel.errors import AktaError
from akta.kernel.scratch import scratch
from akta.records.models import Record
from akta.records.visibility import visible_to
from indexer.model import IndexDocument, SearchEngine
from indexer.parties import with_parties
from indexer.query import ast, parse
from indexer.saved.models import NewsPending, SavedSearch, SearchNews, SearchShare, SearchWatch
from indexer.saved.news import MOST_WAITING
from indexer.saved.people import principal_for, roles_of
from indexer.saved.searches import compose

JOB_TELL = "indexer.tell"
#: After the index and before reading: cheap, and somebody waits for it.
_PRIORITY = PRIORITY_INDEX + 10
#: What comes within this time is held against the searches together.
GATHER = timedelta(seconds=5)
#: Most of the cost is the queries, whatever the number of papers: a job that fell behind takes more at once.
_BATCH = 1000
#: Older papers are no news, whenever they are looked at again; told rows are kept longer than this.
NEWS_FOR = timedelta(days=30)
KEEP_NEWS = timedelta(days=60)
#: A paper that is still being read is not told of: its words are not all there.
_TOLD_STATES = ("filed", "review", "quarantined")

log = structlog.get_logger("akta.alerts")


@dataclass(frozen=True, slots=True)
class _Watch:
    search_id: str
    person: str
    since: datetime
    text: str


def note_taken(clock: Clock) -> Callable[[Session, Sequence[IndexDocument]], None]:
    """What the index calls in the transaction that ends a batch: its records wait for the searches."""

    def note(session: Session, documents: Sequence[IndexDocument]) -> None:
        fresh = [d for d in documents if d.state in _TOLD_STATES]
        if not fresh or session.scalar(select(SearchWatch.search_id).limit(1)) is None:
            return
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        statement = insert(NewsPending)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=[NewsPending.record_id],
                set_={"row_version": statement.excluded.row_version},
            ),
            # In order: two batches at once must not wait for each other in a ring.
            sorted(
                ({"record_id": d.record_id, "row_version": d.version} for d in fresh),
                key=lambda row: str(row["record_id"]),
            ),
        )
        enqueue(
            session,
            JOB_TELL,
            {},
            key="news",
            now=clock.now(),
            priority=_PRIORITY,
            delay=GATHER,
            max_attempts=1000,
        )

    return note


class Alerts:
    """Holds new records against the watched searches.

    `documents` gives records as the index sees them, as many from the first on as fit into memory;
    `open_engine` makes an engine over an empty folder.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        documents: Callable[[Session, Sequence[str]], tuple[list[str], list[IndexDocument]]],
        open_engine: Callable[[Path], SearchEngine],
        folder: Path,
    ) -> None:
        self._db = database
        self._clock = clock
        self._documents = documents
        self._open = open_engine
        self._folder = folder

    def tell(self, claim: Claim) -> None:
        """The handler of `indexer.tell`."""
        while self._batch(claim):
            claim.check()
        with self._db.write() as session:
            finish(session, claim, self._clock.now())

    def _batch(self, claim: Claim) -> bool:
        now = self._clock.now()
        with self._db.read() as session:
            rows = session.execute(
                select(NewsPending.record_id, NewsPending.row_version)
                .order_by(NewsPending.record_id)
                .limit(_BATCH)
            ).all()
            if not rows:
                return False
            taken, documents = self._documents(session, [row[0] for row in rows])
            ended = _news_of(session, documents, now - NEWS_FOR)
            fresh = [d for d in documents if d.record_id in ended]
            told: dict[tuple[str, str], list[str]] = {}
            if fresh:
                told = self._held_against(session, fresh, ended)
        gone = [(i, v) for i, v in rows if i in set(taken)]
        with self._db.write() as session:
            claim.hold(session, now)
            self._write(session, told, now)
            pending = NewsPending.__table__.c
            session.connection().execute(
                delete(NewsPending.__table__).where(  # type: ignore[arg-type]
                    pending.record_id == bindparam("i"), pending.row_version == bindparam("v")
                ),
                [{"i": i, "v": v} for i, v in gone],
            )
        return True

    def _held_against(
        self, session: Session, documents: Sequence[IndexDocument], ended: dict[str, datetime]
    ) -> dict[tuple[str, str], list[str]]:
        """Which of the documents each watch fits: by the engine, then by the database."""
        found: dict[tuple[str, str], list[str]] = {}
        by_person: dict[str, list[_Watch]] = {}
        for watch in _watches(session):
            by_person.setdefault(watch.person, []).append(watch)
        trees: dict[str, ast.Query | None] = {}
        with scratch(self._folder) as folder:
            engine = self._open(folder)
            try:
                engine.apply(documents, ())
                for person, watches in by_person.items():
                    principal = principal_for(session, person)
                    if principal is None:
                        continue
                    fits = {
                        watch.search_id: self._fitting(session, engine, principal, watch, trees, ended)
                        for watch in _readable(session, person, watches)
                    }
                    seen = _seen_by(session, principal, {i for ids in fits.values() for i in ids})
                    for search_id, ids in fits.items():
                        if told := [i for i in ids if i in seen]:
                            found[search_id, person] = told
            finally:
                engine.close()
        return found

    def _fitting(
        self,
        session: Session,
        engine: SearchEngine,
        principal: Principal,
        watch: _Watch,
        trees: dict[str, ast.Query | None],
        ended: dict[str, datetime],
    ) -> list[str]:
        if watch.text not in trees:
            try:
                trees[watch.text] = parse(watch.text)
            except AktaError as error:  # a type was taken away; running the search says so
                log.warning("search.broken", search=watch.search_id, error=error.code)
                trees[watch.text] = None
        tree = trees[watch.text]
        if tree is None:
            return []
        query = with_parties(session, principal, tree)
        page = engine.search(query, scopes=principal.tokens(), limit=_BATCH)
        return [hit.record_id for hit in page.hits if ended[hit.record_id] >= watch.since]

    def _write(self, session: Session, told: dict[tuple[str, str], list[str]], now: datetime) -> None:
        """Add what was not told yet, as much as there is room for; a watch that ended meanwhile gets none."""
        if not told:
            return
        ids = sorted({i for found in told.values() for i in found})
        known = {
            (search_id, person, record_id)
            for search_id, person, record_id in session.execute(
                select(SearchNews.search_id, SearchNews.person, SearchNews.record_id).where(
                    SearchNews.record_id.in_(ids)
                )
            )
        }
        destroyed = set(
            session.scalars(select(Record.id).where(Record.id.in_(ids), Record.state == "destroyed"))
        )
        searches = {search_id for search_id, _ in told}
        # The searches before their watches, as those who share or delete one lock them; adding a row of
        # news would lock them anyhow.
        session.execute(
            select(SavedSearch.id)
            .where(SavedSearch.id.in_(searches))
            .order_by(SavedSearch.id)
            .with_for_update(read=True, key_share=True)
        ).all()
        rows: list[dict[str, object]] = []
        more: list[dict[str, object]] = []
        room = {
            (search_id, person): MOST_WAITING - waiting
            for search_id, person, waiting in session.execute(
                select(SearchWatch.search_id, SearchWatch.person, SearchWatch.waiting)
                .where(SearchWatch.search_id.in_(searches))
                .order_by(SearchWatch.search_id, SearchWatch.person)
                .with_for_update()
            )
        }
        for (search_id, person), found in sorted(told.items()):
            new = [i for i in found if (search_id, person, i) not in known and i not in destroyed]
            new = new[: max(0, room.get((search_id, person), 0))]
            if not new:
                continue
            rows += [{"search_id": search_id, "person": person, "record_id": i, "at": now} for i in new]
            more.append({"s": search_id, "p": person, "n": len(new)})
        if not rows:
            return
        watches = SearchWatch.__table__.c
        session.connection().execute(
            update(SearchWatch.__table__)  # type: ignore[arg-type]
            .where(watches.search_id == bindparam("s"), watches.person == bindparam("p"))
            .values(waiting=watches.waiting + bindparam("n")),
            more,
        )
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        session.execute(insert(SearchNews).on_conflict_do_nothing(), rows)


def _watches(session: Session) -> Iterable[_Watch]:
    rows = session.execute(
        select(
            SearchWatch.search_id,
            SearchWatch.person,
            SearchWatch.since,
            SearchWatch.waiting,
            SavedSearch.query,
            SavedSearch.facets,
        )
        .join(SavedSearch, SavedSearch.id == SearchWatch.search_id)
        .where(SavedSearch.deleted_at.is_(None))
    )
    for search_id, person, since, waiting, query, facets in rows:
        if waiting >= MOST_WAITING:
            continue
        try:
            yield _Watch(search_id, person, since, compose(query, facets))
        except AktaError as error:  # a facet was taken away; running the search says so
            log.warning("search.broken", search=search_id, error=error.code)


def _readable(session: Session, person: str, watches: Sequence[_Watch]) -> list[_Watch]:
    """The watches of searches that the person still owns or is given."""
    ids = [w.search_id for w in watches]
    roles = roles_of(session, person)
    mine = select(SavedSearch.id).where(SavedSearch.id.in_(ids), SavedSearch.owner == person)
    given = select(SearchShare.search_id).where(
        SearchShare.search_id.in_(ids),
        or_(
            and_(SearchShare.kind == "user", SearchShare.who == person),
            and_(SearchShare.kind == "role", SearchShare.who.in_(roles)),
        ),
    )
    readable = set(session.scalars(mine.union(given)))
    return [w for w in watches if w.search_id in readable]


def _news_of(session: Session, documents: Sequence[IndexDocument], oldest: datetime) -> dict[str, datetime]:
    """When each of the documents came to its end, of those that are recent enough to be news."""
    ids = [d.record_id for d in documents]
    rows = session.execute(
        select(Record.id, Record.ended_at).where(
            Record.id.in_(ids), Record.state.in_(_TOLD_STATES), Record.ended_at >= oldest
        )
    )
    return {record_id: ended for record_id, ended in rows if ended is not None}


def _seen_by(session: Session, principal: Principal, ids: set[str]) -> set[str]:
    if not ids:
        return set()
    return set(
        session.scalars(
            select(Record.id).where(Record.id.in_(ids), Record.state.in_(_TOLD_STATES), visible_to(principal))
        )
    )


def prune_news(session: Session, now: datetime) -> int:
    """Forget what was told long ago; returns how many rows."""
    done = session.execute(delete(SearchNews).where(SearchNews.at < now - KEEP_NEWS))
    pruned = int(done.rowcount)  # type: ignore[attr-defined]
    if pruned:
        unseen = select(func.count()).where(
            SearchNews.search_id == SearchWatch.search_id,
            SearchNews.person == SearchWatch.person,
            SearchNews.seen_at.is_(None),
        )
        session.execute(
            update(SearchWatch).where(SearchWatch.waiting > 0).values(waiting=unseen.scalar_subquery())
        )
    return pruned
