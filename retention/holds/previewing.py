"""What a hold would cover, before it is placed. Nothing is written."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import DOMAINS, UNFILED, Right
from akta.kernel.errors import InvalidError
from akta.records.guard import batches, family
from akta.records.models import Record
from akta.records.visibility import visible_to
from retention.holds.covering import still_held
from retention.holds.scopes import QuerySearch, Scope, check_scope, in_cases, of_party, reach_of, unread

_SAMPLE: Final = 10
#: Beyond, records are no longer counted one by one.
MOST: Final = 1_000_000


def preview_hold(
    session: Session,
    principal: Principal,
    scope: Scope,
    search: QuerySearch,
    tell: Callable[[Record], dict[str, Any]],
) -> dict[str, Any]:
    """How many records a hold over `scope` would cover now, by domain and class, and what stands apart.

    Counts what the principal may see. `out_of_reach` are the domains whose papers a query would not
    look at, or not all of them; `unread` are papers that a query would keep because nobody can read them.
    """
    principal.require(Right.HOLD)
    if not scope:
        raise InvalidError("Say what the hold should cover: records, cases, parties or a query.")
    checked = check_scope(session, principal, scope, search.check)
    ids: set[str] = set(scope.record_ids)
    if scope.case_ids:
        ids.update(session.scalars(select(Record.id).where(in_cases(scope.case_ids))))
    for party in checked.parties:
        ids.update(session.scalars(select(Record.id).where(of_party(party.id, party.key))))
    reach = reach_of(principal)
    for query in checked.queries:
        ids.update(search.find(reach, query))
    if len(ids) > MOST:
        raise InvalidError(f"This reaches more than {MOST} records. Narrow it down, or place several holds.")
    told = _count(session, principal, sorted(family(session, ids)), tell)
    destroyed = 0
    for some in batches(ids):
        gone = select(func.count()).where(
            Record.id.in_(some), Record.state == "destroyed", visible_to(principal)
        )
        destroyed += session.scalar(gone) or 0
    dark = 0
    if checked.queries:
        dark = (
            session.scalar(select(func.count()).select_from(Record).where(unread(), visible_to(principal)))
            or 0
        )
    return {
        **told,
        "destroyed": destroyed,
        "unread": dark,
        "out_of_reach": [d for d in (*DOMAINS, UNFILED) if reach.get(d, 0) < 3] if checked.queries else [],
    }


def _count(
    session: Session, principal: Principal, ids: list[str], tell: Callable[[Record], dict[str, Any]]
) -> dict[str, Any]:
    domains: Counter[str] = Counter()
    classes: Counter[str] = Counter()
    held, progress = 0, 0
    sample: list[dict[str, Any]] = []
    for some in batches(ids):
        seen = (Record.id.in_(some), Record.state != "destroyed", visible_to(principal))
        rows = session.execute(
            select(Record.domain, Record.class_code, func.count())
            .where(*seen)
            .group_by(Record.domain, Record.class_code)
        )
        for domain, code, count in rows:
            domains[domain or UNFILED] += count
            classes[code or ""] += count
        held += session.scalar(select(func.count()).select_from(Record).where(*seen, still_held())) or 0
        progress += (
            session.scalar(select(func.count()).where(*seen, Record.state.in_(("received", "reading")))) or 0
        )
        if len(sample) < _SAMPLE:
            some_records = select(Record).where(*seen).order_by(Record.id.desc()).limit(_SAMPLE - len(sample))
            sample += [tell(record) for record in session.scalars(some_records)]
    return {
        "records": sum(domains.values()),
        "by_domain": dict(domains.most_common()),
        "by_class": dict(classes.most_common()),
        "already_held": held,
        "in_progress": progress,
        "sample": sample,
    }
