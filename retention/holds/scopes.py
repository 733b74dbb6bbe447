"""What a hold reaches: records, cases, parties, queries; checked when it is given, and as conditions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.kernel.errors import InvalidError, NotFoundError
from akta.kernel.ids import new_id
from akta.records.guard import batches
from akta.records.holds import HoldItem, HoldScope
from akta.records.models import Case, PageText, Record, RecordParty
from akta.records.parties.models import Party
from akta.records.parties.visible import root_of
from akta.records.visibility import visible_to

MOST_NAMED: Final = 10_000
MOST_SCOPES: Final = 200
#: The longest query; that of a search page.
LONGEST: Final = 2000


class QuerySearch(Protocol):
    """What the index does for holds. `reach` are levels by domain, as of a principal."""

    def check(self, text: str) -> None:
        """Raises QueryError for what is no query."""
        ...

    def complete(self) -> bool:
        """Whether the index has all records that do not wait for it."""
        ...

    def find(self, reach: dict[str, int], text: str) -> list[str]:
        """All records that fit, in no order."""
        ...

    def match(
        self, session: Session, record_ids: Sequence[str], asked: Sequence[tuple[str, str, dict[str, int]]]
    ) -> tuple[list[str], dict[str, set[str]]]:
        """Which of the records fit each of `asked` (name, text, reach), as they are in the database now.

        Looks at as many from the first on as fit into memory; returns which, and the fitting by name.
        """
        ...


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked for: numbers of records, cases and parties, and queries."""

    record_ids: tuple[str, ...] = ()
    case_ids: tuple[str, ...] = ()
    party_ids: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.record_ids or self.case_ids or self.party_ids or self.queries)

    @property
    def wide(self) -> bool:
        """Whether it reaches further than the records that it names, so that a job has to look."""
        return bool(self.case_ids or self.party_ids or self.queries)


@dataclass(frozen=True, slots=True)
class Checked:
    """A scope whose parts are all there for the principal."""

    scope: Scope
    parties: tuple[Party, ...] = ()
    queries: tuple[str, ...] = field(default=())


def check_scope(
    session: Session, principal: Principal, scope: Scope, check_query: Callable[[str], None]
) -> Checked:
    """Raises NotFoundError for what is not there or not to be seen, InvalidError, QueryError."""
    if len(scope.record_ids) > MOST_NAMED:
        raise InvalidError(f"At most {MOST_NAMED} records can be named at a time.")
    if len(scope.case_ids) + len(scope.party_ids) + len(scope.queries) > MOST_SCOPES:
        raise InvalidError(f"A hold takes at most {MOST_SCOPES} cases, parties and queries at a time.")
    seen: set[str] = set()
    for some in batches(scope.record_ids):
        there = select(Record.id).where(
            Record.id.in_(some), visible_to(principal), Record.state != "destroyed"
        )
        seen.update(session.scalars(there))
    for missing in sorted(set(scope.record_ids) - seen)[:1]:
        raise NotFoundError("There is no such record.", record=missing[:40])
    for case_id in scope.case_ids:
        if not _case_is_there(session, principal, case_id):
            raise NotFoundError("There is no such case.", case=case_id[:40])
    parties = [root_of(session, principal, party_id) for party_id in scope.party_ids]
    queries = []
    for text in scope.queries:
        query = " ".join(text.split())
        if not query or len(query) > LONGEST:
            raise InvalidError(f"A query has 1 to {LONGEST} characters.")
        check_query(query)
        queries.append(query)
    return Checked(scope, tuple({p.id: p for p in parties}.values()), tuple(dict.fromkeys(queries)))


def add_scopes(
    session: Session, hold_id: str, principal: Principal, checked: Checked, now: datetime
) -> list[HoldScope]:
    """Keep the wide parts of a scope that the hold has not got yet; returns those."""
    asked = select(HoldScope.kind, HoldScope.value).where(HoldScope.hold_id == hold_id)
    known = {(kind, value) for kind, value in session.execute(asked)}
    wanted: list[tuple[str, str, str, dict[str, int]]] = [
        *(("case", case_id, "", {}) for case_id in dict.fromkeys(checked.scope.case_ids)),
        *(("party", party.id, party.key, {}) for party in checked.parties),
    ]
    reach = reach_of(principal)
    rows = []
    # A query again is a new search, and maybe one that reaches further.
    for kind, value, key, levels in [
        *(w for w in wanted if w[:2] not in known),
        *(("query", query, "", reach) for query in checked.queries),
    ]:
        row = HoldScope(
            id=new_id(),
            hold_id=hold_id,
            kind=kind,
            value=value,
            key=key[:200],
            reach=levels,
            added_by=principal.actor,
            added_at=now,
        )
        session.add(row)
        rows.append(row)
    session.flush()
    return rows


def reach_of(principal: Principal) -> dict[str, int]:
    """How far a query of this person looks: what they may see by their grants."""
    return dict(principal.levels) if principal.may(Right.READ) else {}


def as_told(rows: Iterable[HoldScope]) -> list[dict[str, Any]]:
    """Scopes for the log."""
    return [
        {"kind": row.kind, "value": row.value, "reach": row.reach}
        if row.kind == "query"
        else {"kind": row.kind, "value": row.value}
        for row in rows
    ]


# -- as conditions on `Record` ---------------------------------------------------


def in_cases(case_ids: Sequence[str]) -> ColumnElement[bool]:
    return Record.case_id.in_(case_ids)


def of_party(party_id: str, key: str) -> ColumnElement[bool]:
    """Records that name the party, or one that it is linked with now."""
    own, group = aliased(Party), aliased(Party)
    named = (
        select(RecordParty.record_id)
        .join(own, own.id == RecordParty.party_id)
        .where(
            RecordParty.record_id == Record.id,
            own.root_id.in_(select(group.root_id).where(or_(group.id == party_id, group.key == key))),
        )
    )
    return named.exists()


def of_scope(row: HoldScope) -> ColumnElement[bool]:
    """The records of a case or a party."""
    return in_cases([row.value]) if row.kind == "case" else of_party(row.value, row.key)


def not_in(hold_id: str) -> ColumnElement[bool]:
    """Records that have no item of the hold, but for provisional ones."""
    item = aliased(HoldItem)
    return ~exists(
        select(item.record_id).where(
            item.hold_id == hold_id, item.record_id == Record.id, item.provisional.is_(False)
        )
    )


def unread() -> ColumnElement[bool]:
    """Records whose words nobody knows: quarantined, with a page that failed, or without any page.

    What only carries others is known by what it carries.
    """
    page, child = aliased(PageText), aliased(Record)
    failed = select(page.record_id).where(page.record_id == Record.id, page.outcome == "failed")
    pages = select(func.count()).where(PageText.record_id == Record.id).scalar_subquery()
    inside = select(child.id).where(child.parent_id == Record.id)
    return and_(
        Record.state.not_in(("received", "reading", "destroyed")),
        or_(Record.state == "quarantined", failed.exists(), and_(pages == 0, ~inside.exists())),
    )


def _case_is_there(session: Session, principal: Principal, case_id: str) -> bool:
    """A case is seen by a paper in it that may be seen; one without papers by all who place holds."""
    if session.get(Case, case_id) is None:
        return False
    papers = select(Record.id).where(Record.case_id == case_id, Record.state != "destroyed")
    if session.scalar(papers.where(visible_to(principal)).limit(1)) is not None:
        return True
    return session.scalar(papers.limit(1)) is None
