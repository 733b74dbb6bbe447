"""Filing what a search finds into a case: looked at first, then done in parts that can be repeated.

Only what fits exactly is taken, never what a search guesses, and only records whose use is not restricted.
What is in the case already is left alone, so the same again goes on where an earlier try ended.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.clock import Clock
from akta.kernel.errors import AktaError, ConflictError, InvalidError
from akta.records.cases import MOST_RECORDS, file_what_may, get_case, refuse_closed, require_filing
from akta.records.guard import batches, refuse_if_held
from akta.records.models import Case, Record
from akta.records.visibility import visible_to

#: The longest query; that of a search page.
_LONGEST: Final = 2000
#: Records in one transaction: few enough that others get to write in between.
_PART: Final = min(100, MOST_RECORDS)
_SAMPLE: Final = 10
#: Refused records that are named; all of them are counted.
MOST_NAMED: Final = 1000


class Finds(Protocol):
    """What the index does here. `reach` are levels by domain, as of a principal."""

    def check(self, text: str) -> None:
        """Raises QueryError for what is no query."""
        ...

    def find(self, reach: dict[str, int], text: str) -> list[str]:
        """All records that fit, in no order."""
        ...


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that was not filed, and what stood in its way."""

    record_id: str
    title: str
    error: AktaError


@dataclass(slots=True)
class Gathered:
    """What came of it. `left` are records that could be filed and were not looked at yet."""

    found: int = 0
    moved: int = 0
    already: int = 0
    refused: int = 0
    left: int = 0
    named: list[Refused] = field(default_factory=list)

    def refuse(self, one: Refused) -> None:
        """Count a record that stays where it is, and name it unless there are too many."""
        self.refused += 1
        if len(self.named) < MOST_NAMED:
            self.named.append(one)


@dataclass(slots=True)
class _Sorted:
    """What was found, by what can become of it: ids, and how many are there already or in other cases."""

    free: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    already: int = 0
    elsewhere: int = 0

    @property
    def found(self) -> int:
        return len(self.free) + len(self.stuck) + self.already


class Gathering:
    """Files what a search finds into cases, for people who may file."""

    def __init__(self, database: Database, audit: AuditLog, clock: Clock, search: Finds) -> None:
        self._db = database
        self._audit = audit
        self._clock = clock
        self._search = search

    def preview(
        self, principal: Principal, case_id: str, query: str, tell: Callable[[Record], dict[str, Any]]
    ) -> dict[str, Any]:
        """What `gather` would do now. Nothing is written. Raises as it.

        `from_other_cases` of those that would move are in another case now. `sample` are the newest of
        them as `tell` says it; `refused_records` are `Refused`, the first `MOST_NAMED` of `refused`.
        """
        ids = self._find(principal, case_id, query)
        with self._db.read() as session:
            sorted_ = _sort(session, principal, case_id, ids)
            newest = select(Record).where(Record.id.in_(sorted(sorted_.free, reverse=True)[:_SAMPLE]))
            sample = [tell(record) for record in session.scalars(newest.order_by(Record.id.desc()))]
            refused = list(_named(session, sorted_.stuck[:MOST_NAMED]))
        return {
            "found": sorted_.found,
            "would_move": len(sorted_.free),
            "from_other_cases": sorted_.elsewhere,
            "already_in": sorted_.already,
            "sample": sample,
            "refused": len(sorted_.stuck),
            "refused_records": refused,
        }

    def gather(
        self,
        principal: Principal,
        case_id: str,
        query: str,
        *,
        most: int | None = None,
        after_part: Callable[[Gathered], None] = lambda _: None,
    ) -> Gathered:
        """File all that `query` finds into a case, `most` at a time if given; the rest is `left`.

        Each part of it is one transaction, told to `after_part`. Raises ForbiddenError, NotFoundError,
        CaseClosedError, InvalidError and QueryError; what was filed before one stays filed.
        """
        ids = self._find(principal, case_id, query)
        with self._db.read() as session:
            sorted_ = _sort(session, principal, case_id, ids)
            told = Gathered(sorted_.found, already=sorted_.already)
            told.refused = len(sorted_.stuck)
            told.named = list(_named(session, sorted_.stuck[:MOST_NAMED]))
        now = sorted_.free if most is None else sorted_.free[:most]
        told.left = len(sorted_.free)
        for start in range(0, len(now), _PART):
            self._part(principal, case_id, now[start : start + _PART], told)
            after_part(told)
        return told

    def _part(self, principal: Principal, case_id: str, ids: Sequence[str], told: Gathered) -> None:
        with self._db.write() as session:
            moved, refused = file_what_may(session, self._audit, principal, case_id, ids, self._clock.now())
            asked = select(Record.id, Record.title).where(Record.id.in_([i for i, _ in refused]))
            titles = {row.id: row.title for row in session.execute(asked)} if refused else {}
        told.moved += moved
        told.already += len(ids) - moved - len(refused)
        told.left -= len(ids)
        for record_id, error in refused:
            told.refuse(Refused(record_id, titles.get(record_id, ""), error))

    def _find(self, principal: Principal, case_id: str, query: str) -> list[str]:
        require_filing(principal)
        text = " ".join(query.split())
        if not text or len(text) > _LONGEST:
            raise InvalidError(f"A query has 1 to {_LONGEST} characters.")
        self._search.check(text)
        with self._db.read() as session:
            refuse_closed(get_case(session, principal, case_id))
        reach = dict(principal.levels) if principal.may(Right.READ) else {}
        return self._search.find(reach, text)


def _sort(session: Session, principal: Principal, case_id: str, ids: Sequence[str]) -> _Sorted:
    made = _Sorted()
    closed = set(session.scalars(select(Case.id).where(Case.state == "closed")))
    for some in batches(ids):
        rows = session.execute(
            select(Record.id, Record.case_id, Record.held)
            .where(Record.id.in_(some), Record.state != "destroyed", visible_to(principal))
            .order_by(Record.id)
        )
        for record_id, inside, held in rows:
            if inside == case_id:
                made.already += 1
            elif held or inside in closed:
                made.stuck.append(record_id)
            else:
                made.free.append(record_id)
                made.elsewhere += inside is not None
    return made


def _named(session: Session, ids: Sequence[str]) -> Iterator[Refused]:
    """What stands in the way of each of some records."""
    for some in batches(ids):
        for record in session.scalars(select(Record).where(Record.id.in_(some)).order_by(Record.id)):
            try:
                refuse_if_held(session, record)
                if record.case_id is not None:
                    refuse_closed(session.get_one(Case, record.case_id))
            except ConflictError as error:
                yield Refused(record.id, record.title, error)


def as_data(one: Refused, say: Callable[[AktaError], str] = lambda error: error.message) -> dict[str, Any]:
    """A refused record as plain data, what stood in its way as `say` says it."""
    return {"record": one.record_id, "title": one.title, "code": one.error.code, "why": say(one.error)}
