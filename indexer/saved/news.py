"""Who is told of what: watching a search, the list of news, marking as seen.

A row of news is a record's number and nothing else. What it is, and whether it may be told of at all, is
asked of the database each time, so what a person may no longer see is not in the list and not in a count.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.audit.log import AuditLog
from akta.kernel.clock import Clock
from akta.kernel.errors import ConflictError
from akta.records.events import RecordDestroyed
from akta.records.models import Record
from akta.records.visibility import visible_to
from indexer.saved.models import SavedSearch, SearchNews, SearchWatch
from indexer.saved.people import person_of
from indexer.saved.searches import get_search, readable_by

#: Searches that one person watches.
MOST_WATCHED = 100
#: News of one search that wait for one person; what comes then is found by running the search.
MOST_WAITING = 1000
#: The badge counts no further.
MOST_COUNTED = 100


class News:
    """Watching searches and reading the news."""

    def __init__(self, audit: AuditLog, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock

    def watch(self, session: Session, principal: Principal, search_id: str) -> SearchWatch:
        """Tell the principal of what is filed from now on and fits. Watching twice changes nothing."""
        found = get_search(session, principal, search_id)
        person = person_of(principal)
        watch = session.get(SearchWatch, (found.id, person))
        if watch is not None:
            return watch
        count = select(func.count()).where(SearchWatch.person == person)
        if (session.scalar(count) or 0) >= MOST_WATCHED:
            raise ConflictError(f"You are told of {MOST_WATCHED} searches already. Stop one first.")
        watch = SearchWatch(search_id=found.id, person=person, since=self._clock.now(), waiting=0)
        session.add(watch)
        self._note(session, principal, "search.watched", found.id)
        return watch

    def unwatch(self, session: Session, principal: Principal, search_id: str) -> None:
        """Tell no more, and forget what was told."""
        found = get_search(session, principal, search_id)
        person = person_of(principal)
        # Locked first, as the job that adds news does.
        watch = session.get(SearchWatch, (found.id, person), with_for_update=True, populate_existing=True)
        if watch is None:
            return
        session.execute(
            delete(SearchNews).where(SearchNews.search_id == found.id, SearchNews.person == person)
        )
        session.delete(watch)
        self._note(session, principal, "search.unwatched", found.id)

    def see(
        self,
        session: Session,
        principal: Principal,
        search_id: str,
        *,
        records: Sequence[str] | None = None,
        until: datetime | None = None,
    ) -> int:
        """Mark news as seen: these records, or all that were told up to `until`; returns how many.

        What is told after `until`, while a person looks at the list, stays unseen.
        """
        found = get_search(session, principal, search_id)
        person = person_of(principal)
        mine = (SearchNews.search_id == found.id, SearchNews.person == person, SearchNews.seen_at.is_(None))
        # Locked first, as the job that adds news does.
        watch = session.get(SearchWatch, (found.id, person), with_for_update=True, populate_existing=True)
        marking = update(SearchNews).where(*mine).values(seen_at=self._clock.now())
        if records is not None:
            marking = marking.where(SearchNews.record_id.in_(records))
        if until is not None:
            marking = marking.where(SearchNews.at <= until)
        marked = int(session.execute(marking).rowcount)  # type: ignore[attr-defined]
        if watch is not None:
            watch.waiting = session.scalar(select(func.count()).select_from(SearchNews).where(*mine)) or 0
        return marked

    def _note(self, session: Session, principal: Principal, action: str, search_id: str) -> None:
        self._audit.append(
            session,
            at=self._clock.now(),
            actor=principal.actor,
            action=action,
            subject=f"search:{search_id}",
        )


def list_news(
    session: Session,
    principal: Principal,
    search_id: str,
    *,
    seen: bool = False,
    limit: int = 50,
    after: tuple[datetime, str] | None = None,
) -> list[tuple[Record, SearchNews]]:
    """The records that a person was told of for one search, the newest first; with `seen` all of them."""
    found = get_search(session, principal, search_id)
    query = (
        _told(principal)
        .where(SearchNews.search_id == found.id)
        .order_by(SearchNews.at.desc(), SearchNews.record_id.desc())
        .limit(limit)
    )
    if not seen:
        query = query.where(SearchNews.seen_at.is_(None))
    if after is not None:
        at, record_id = after
        query = query.where(
            (SearchNews.at < at) | and_(SearchNews.at == at, SearchNews.record_id < record_id)
        )
    return [(row[0], row[1]) for row in session.execute(query)]


def _told(principal: Principal) -> Any:
    return (
        select(Record, SearchNews)
        .join(SearchNews, SearchNews.record_id == Record.id)
        .where(SearchNews.person == person_of(principal), Record.state != "destroyed", visible_to(principal))
    )


def watched(session: Session, principal: Principal) -> dict[str, datetime]:
    """The searches that a person is told of, and since when."""
    rows = select(SearchWatch.search_id, SearchWatch.since).where(SearchWatch.person == person_of(principal))
    return {row[0]: row[1] for row in session.execute(rows)}


def unseen(session: Session, principal: Principal) -> dict[str, int]:
    """How many unseen news each search has, of records that the person may see."""
    rows = (
        select(SearchNews.search_id, func.count())
        .join(Record, Record.id == SearchNews.record_id)
        .where(*_unseen(principal))
        .group_by(SearchNews.search_id)
    )
    return {row[0]: row[1] for row in session.execute(rows)}


def unseen_count(session: Session, principal: Principal) -> int:
    """How many records are news over all searches one may read, counted up to `MOST_COUNTED`."""
    some = (
        select(SearchNews.record_id)
        .join(Record, Record.id == SearchNews.record_id)
        .join(SavedSearch, SavedSearch.id == SearchNews.search_id)
        .where(*_unseen(principal), readable_by(session, principal))
        .distinct()
        .limit(MOST_COUNTED)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(some)) or 0


def _unseen(principal: Principal) -> tuple[Any, ...]:
    return (
        SearchNews.person == person_of(principal),
        SearchNews.seen_at.is_(None),
        Record.state != "destroyed",
        visible_to(principal),
    )


def forget_destroyed(session: Session, event: RecordDestroyed) -> None:
    """The subscriber that takes a destroyed record out of all news, in the transaction of its destruction."""
    session.execute(delete(SearchNews).where(SearchNews.record_id == event.record_id))
