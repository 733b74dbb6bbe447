"""What comes due, what never will because something is not known, and what contradicts itself.

Pure queries by index: reading them changes nothing. Pages go by the place of the last record seen, so they
stay right while records come, go and move.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, text, true, tuple_
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import GRANTABLE, LEVELS, UNFILED, Right
from akta.kernel.errors import ForbiddenError, InvalidError
from akta.kernel.ids import is_id
from akta.records.grace import grace_of
from akta.records.models import Record
from retention.keeping.pending import pending_of

#: Actions after which nothing is left.
_GONE: Final = ("destroy", "erase", "remove")
_DUE_COLUMNS: Final = (Record.retain_through, Record.class_code, Record.id)
_UNTIL: Final = (Record.state == "filed", Record.retention_state == "until")
# As text: no database matches a partial index by a parameter of a prepared statement.
_OPEN: Final = (Record.state == "filed", text("records.retention_state = 'open'"))
_OPEN_COLUMNS: Final = (Record.class_code, Record.retention_missing, Record.id)
_OPEN_ORDER: Final = tuple_(*_OPEN_COLUMNS)
#: In words that lead to no other index than that of conflicts.
_CONFLICT: Final = (text("records.retention_conflict AND records.state || '' = 'filed'"),)


@dataclass(frozen=True, slots=True)
class Narrow:
    """By what a list is narrowed: classes, domains, the action that follows."""

    class_code: str | None = None
    domain: str | None = None
    action: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        pairs = (
            (Record.class_code, self.class_code),
            (Record.domain, self.domain),
            (Record.retention_action, self.action),
        )
        return [column == wanted for column, wanted in pairs if wanted]


def due(
    session: Session,
    principal: Principal,
    on: date,
    *,
    narrow: Narrow | None = None,
    after: str | None = None,
    limit: int = 100,
) -> list[Record]:
    """Filed records whose keeping has ended before `on`: those that ended first come first, then by class.

    Held ones are among them, marked by `held`; what follows is their `retention_action`. `after` is the
    cursor of the last one seen (`cursor_of`).
    """
    require_reading(principal)
    query = select(Record).where(*_UNTIL, granted(principal), Record.retain_through < on)
    query = query.where(*(narrow or Narrow()).conditions())
    if after is not None:
        day, code, record_id = _cursor(after)
        query = query.where(
            tuple_(*_DUE_COLUMNS) > tuple_(literal(day), literal(code), literal(record_id)),
            Record.retain_through >= day,  # where the index begins
        )
    return list(session.scalars(query.order_by(*_DUE_COLUMNS).limit(limit)))


def cursor_of(record: Record) -> str:
    """The place of a record in the list of what is due."""
    assert record.retain_through is not None
    return f"{record.retain_through.isoformat()}~{record.class_code}~{record.id}"


def due_by_month(session: Session, principal: Principal, start: date, end: date) -> list[dict[str, Any]]:
    """How many records' keeping ends in each month of a span, by class, with how many are held.

    `start` and `end` are both included. What ended before `start` is not in it: see `due_before`.
    """
    require_reading(principal)
    span = and_(Record.retain_through >= start, Record.retain_through <= end)
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for day, code, count, held, _ in session.execute(_counts(principal, span)):
        counts[f"{day:%Y-%m}", code or ""].update(records=count, held=held)
    return [
        {"month": month, "class": code, "records": found["records"], "held": found["held"]}
        for (month, code), found in sorted(counts.items())
    ]


def due_before(session: Session, principal: Principal, day: date) -> list[dict[str, Any]]:
    """How many records' keeping ended before a day, by class.

    With how many of them are held, and how many are to be looked at or handed over, not destroyed.
    """
    require_reading(principal)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for _, code, count, held, kept in session.execute(_counts(principal, Record.retain_through < day)):
        counts[code or ""].update(records=count, held=held, not_destroyed=kept)
    return [
        {"class": code, **{name: found[name] for name in ("records", "held", "not_destroyed")}}
        for code, found in sorted(counts.items())
    ]


def _counts(principal: Principal, condition: ColumnElement[bool]) -> Any:
    """Counts by day and class, which the index is in the order of: added up to more by the caller."""
    return (
        select(
            Record.retain_through,
            Record.class_code,
            func.count(),
            func.count().filter(Record.held.is_(True)),
            func.count().filter(Record.retention_action.not_in(_GONE)),
        )
        .where(*_UNTIL, granted(principal), condition)
        .group_by(Record.retain_through, Record.class_code)
    )


def no_trigger(session: Session, principal: Principal) -> list[dict[str, Any]]:
    """Filed records kept without end because facts are not known: how many, by class and missing facts."""
    require_reading(principal)
    query = (
        select(Record.class_code, Record.retention_missing, func.count())
        .where(*_OPEN, granted(principal))
        .group_by(Record.class_code, Record.retention_missing)
    )
    rows = sorted(session.execute(query).all(), key=lambda row: (-row[2], row[0] or "", row[1] or ""))
    return [
        {"class": code, "missing": (missing or "").split(",") if missing else [], "records": count}
        for code, missing, count in rows
    ]


def no_trigger_records(
    session: Session,
    principal: Principal,
    *,
    class_code: str | None = None,
    missing: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> list[Record]:
    """The records behind a line of `no_trigger`, by class, what is missing, and number.

    `missing` is one of the facts; `after` is the cursor of the last one seen (`open_cursor_of`).
    """
    require_reading(principal)
    query = select(Record).where(*_OPEN, granted(principal))
    if after is not None:
        query = query.where(tuple_(*_open_cursor(after)) < _OPEN_ORDER)
    if class_code:
        query = query.where(Record.class_code == class_code)
    if missing:
        # Names of facts have no commas, and begin and end at one.
        listed = "," + func.coalesce(Record.retention_missing, "") + ","
        query = query.where(listed.contains(f",{missing},", autoescape=True))
    return list(session.scalars(query.order_by(*_OPEN_COLUMNS).limit(limit)))


def open_cursor_of(record: Record) -> str:
    """The place of a record in the list of what has no trigger."""
    return f"{record.class_code}~{record.retention_missing or ''}~{record.id}"


def conflicts(session: Session, principal: Principal, *, after: str = "", limit: int = 100) -> list[Record]:
    """Records that must be kept longer than they may be kept, by number; their derivation names the rules."""
    require_reading(principal)
    query = select(Record).where(*_CONFLICT, granted(principal), Record.id > after)
    return list(session.scalars(query.order_by(Record.id).limit(limit)))


def without_class(
    session: Session, principal: Principal, *, after: str = "", limit: int = 100
) -> list[Record]:
    """Papers that no class takes, so that they are not filed: they wait in review until they have one."""
    require_reading(principal)
    query = select(Record).where(
        Record.state == "review", Record.class_code.is_(None), granted(principal), Record.id > after
    )
    return list(session.scalars(query.order_by(Record.id).limit(limit)))


def as_data(record: Record) -> dict[str, Any]:
    """A line of these lists as plain data."""
    derivation = record.retention or {}
    return {
        "record": record.id,
        "title": record.title,
        "domain": record.domain,
        "doc_type": record.doc_type,
        "class": record.class_code,
        "retain_through": record.retain_through.isoformat() if record.retain_through else None,
        "outcome": record.retention_state,
        "action": record.retention_action,
        "needs": derivation.get("needs", []),
        "missing": (record.retention_missing or "").split(",") if record.retention_missing else [],
        "conflicts": derivation.get("conflicts", []),
        "limit_through": derivation.get("limit_through"),
        "held": record.held,
        "grace": None,  # see `lines`
        "recomputing": None,
    }


def lines(
    session: Session,
    principal: Principal,
    records: Sequence[Record],
    now: datetime,
    zone: str,
    language: str = "en",
) -> list[dict[str, Any]]:
    """Lines as plain data; `grace` says until when nothing is destroyed as a hold was released, if so.

    `recomputing` says that a line is old: it waits to be computed anew, or that failed.
    """
    ids = [record.id for record in records]
    graces, waiting = grace_of(session, ids, now), pending_of(session, ids)
    return [
        {
            **as_data(record),
            "grace": graces[record.id].as_data(zone, principal.sees_matters) if record.id in graces else None,
            "recomputing": waiting[record.id].as_data(language, zone) if record.id in waiting else None,
        }
        for record in records
    ]


def granted(principal: Principal) -> ColumnElement[bool]:
    """What a principal sees of filed records: as `visible_to`, which no owner adds to once they are filed.

    It is in the columns of the indexes alone: counting needs no row.
    """
    if Right.READ not in principal.rights:
        return Record.id.is_(None)
    levels = principal.levels
    if all(levels.get(domain, 0) >= max(LEVELS) for domain in GRANTABLE):
        return true() if principal.sees_restricted else ~Record.restricted  # nothing to ask of each
    parts = [
        and_(
            Record.domain.is_(None) if domain == UNFILED else Record.domain == domain,
            Record.confidentiality <= level,
        )
        for domain, level in levels.items()
    ]
    seen = or_(Record.id.is_(None), *parts)
    return seen if principal.sees_restricted else and_(seen, ~Record.restricted)


def require_reading(principal: Principal) -> None:
    """Raise ForbiddenError for those whom keeping is no business of."""
    if not {Right.SCHEDULE, Right.DISPOSE, Right.AUDIT} & principal.rights:
        raise ForbiddenError("What is due is for officers and auditors.")


def _open_cursor(text: str) -> tuple[str, str, str]:
    code, missing, record_id = (*text.split("~"), "", "", "")[:3]
    if not code or not is_id(record_id) or text.count("~") != 2:
        raise InvalidError("That is not a cursor of this list.", cursor=text[:80])
    return code, missing, record_id


def _cursor(text: str) -> tuple[date, str, str]:
    day, code, record_id = (*text.split("~"), "", "", "")[:3]
    try:
        found = date.fromisoformat(day)
    except ValueError:
        found = None
    if found is None or not is_id(record_id) or text.count("~") != 2:
        raise InvalidError("That is not a cursor of this list.", cursor=text[:80])
    return found, code, record_id
