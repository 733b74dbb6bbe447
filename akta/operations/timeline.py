"""What happened to a record, from the audit log and from the record's own rows, newest first.

Whoever may see the record sees what concerns it, and no more: who looked at it is for those who read the
audit log, the matter of a hold for those who look after holds, an event only for those who may know of
what it is about. Pages are bounded queries, so a record with a long life answers as fast as a young one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from akta.access.models import ApiToken, User
from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.models import AuditEntry
from akta.audit.reading import details_of
from akta.kernel.errors import InvalidError
from akta.records.cases import visible_cases
from akta.records.holds import Hold, HoldItem
from akta.records.models import Case, Record
from retention.events.models import BusinessEvent
from retention.keeping.models import KeepingEntry

#: The kinds of what happens, in the order in which they are offered. `look` is for readers of the log.
KINDS: Final = ("arrival", "correction", "pages", "event", "keeping", "hold", "away", "look", "other")

_OF_RECORD: Final = {
    "arrival": (
        *("received", "received_again", "filed", "review", "quarantined", "rejected", "released"),
        *("resumed", "stopped", "read_again"),
    ),
    "correction": (
        *("corrected", "confirmed", "correction_undone", "unlearned", "looked_again", "changed"),
        *("reclassified", "relabelled", "moved"),
        *("duplicate_dismissed", "duplicate_confirmed", "duplicate_reopened"),
    ),
    "pages": (
        *("split_asked", "split", "join_asked", "merge_asked", "arrange_asked", "version_added"),
        *("redacted", "redaction_requested"),
    ),
    "away": ("exported", "shared", "share_ended"),
    "look": ("read", "downloaded", "printed", "share_opened"),
}
_KIND_OF: Final = {
    **{f"record.{name}": kind for kind, names in _OF_RECORD.items() for name in names},
    "field.shown": "look",
}
#: Who opened the paper, had hidden values shown or took bytes of it away is not everybody's business.
_LOOKS: Final = tuple(action for action, kind in _KIND_OF.items() if kind == "look")
#: Instant, rank and number of what was told last.
_CURSOR: Final = re.compile(r"(\d{8}T\d{6}\.\d{6})~([0-5])~([0-9a-z]{1,26})", re.ASCII)
#: Which came later of two at the same instant: filing causes a computation, not the other way round.
_ENDED, _BEGUN, _READ_IN, _HAPPENED, _WRITTEN, _COMPUTED = range(6)
#: Of these the number is one, of the others an identifier.
_COUNTED: Final = (_HAPPENED, _WRITTEN, _COMPUTED)


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened at `at`: its kind, its code (`record.filed`, `keeping.computed`), by whom.

    `details` are the facts of it; `cursor` is where the list goes on after it.
    """

    at: datetime
    kind: str
    code: str
    actor: str
    cursor: str
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a list goes on: after what happened at `at`, of this rank and with this number."""

    at: datetime
    rank: int
    number: str


def kinds_for(principal: Principal) -> tuple[str, ...]:
    """The kinds that the principal can be shown."""
    return tuple(kind for kind in KINDS if kind != "look" or principal.may(Right.AUDIT))


def timeline(
    session: Session,
    principal: Principal,
    record: Record,
    *,
    kind: str = "",
    before: str = "",
    limit: int = 20,
) -> tuple[list[Moment], str | None]:
    """What happened, newest first, and the cursor to go on with, None at the end.

    The caller has checked that the record may be seen. Raises InvalidError for an unknown kind or cursor.
    """
    if kind and kind not in kinds_for(principal):
        raise InvalidError("There is no such kind of entry.", known=list(kinds_for(principal)))
    place = _place(before) if before else None
    found: list[tuple[tuple[datetime, int, str], Moment]] = []
    found += _written(session, principal, record, kind, place, limit + 1)
    if kind in ("", "keeping"):
        found += _computed(session, record, place, limit + 1)
    if kind in ("", "event"):
        found += _happened(session, principal, record, place, limit + 1)
    if kind in ("", "hold"):
        found += _held(session, principal, record, place, limit + 1)
    found.sort(key=lambda pair: pair[0], reverse=True)
    moments = [moment for _, moment in found[:limit]]
    return moments, moments[-1].cursor if len(found) > limit else None


def names_of_actors(session: Session, actors: Iterable[str]) -> dict[str, str]:
    """Names of people, and of those whose programs acted, by actor (`user:01j…`)."""
    ids = {actor.partition(":")[2] for actor in actors}
    people = session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    names = {f"user:{user_id}": name for user_id, name in people}
    programs = session.execute(
        select(ApiToken.id, User.name).join(User, User.id == ApiToken.user_id).where(ApiToken.id.in_(ids))
    )
    return names | {f"token:{token_id}": name for token_id, name in programs}


def _written(
    session: Session, principal: Principal, record: Record, kind: str, place: _Place | None, limit: int
) -> list[tuple[tuple[datetime, int, str], Moment]]:
    """The entries of the audit log about the record."""
    query = select(AuditEntry).where(
        AuditEntry.subject == f"record:{record.id}", ~AuditEntry.action.startswith("event.")
    )
    if kind in _OF_RECORD:
        query = query.where(AuditEntry.action.in_([a for a, of in _KIND_OF.items() if of == kind]))
    elif kind == "keeping":
        query = query.where(AuditEntry.action.startswith("retention."))
    elif kind == "other":
        query = query.where(
            AuditEntry.action.not_in(list(_KIND_OF)), ~AuditEntry.action.startswith("retention.")
        )
    elif kind:
        return []
    if not principal.may(Right.AUDIT):
        query = query.where(AuditEntry.action.not_in(_LOOKS))
    rows = session.scalars(_after(query, AuditEntry.at, AuditEntry.seq, _WRITTEN, place, limit))
    return [
        _moment(
            row.at, _WRITTEN, f"{row.seq:020}", _kind(row.action), row.action, row.actor, details_of(row.body)
        )
        for row in rows
    ]


def _kind(action: str) -> str:
    return "keeping" if action.startswith("retention.") else _KIND_OF.get(action, "other")


def _computed(
    session: Session, record: Record, place: _Place | None, limit: int
) -> list[tuple[tuple[datetime, int, str], Moment]]:
    """Every computation of the keeping that changed something."""
    query = select(
        KeepingEntry.at,
        KeepingEntry.number,
        KeepingEntry.actor,
        KeepingEntry.cause,
        KeepingEntry.outcome,
        KeepingEntry.retain_through,
    ).where(KeepingEntry.record_id == record.id)
    rows = session.execute(_after(query, KeepingEntry.at, KeepingEntry.number, _COMPUTED, place, limit))
    return [
        _moment(
            row.at,
            _COMPUTED,
            f"{row.number:020}",
            "keeping",
            "keeping.computed",
            row.actor,
            {
                "cause": row.cause.partition(":")[0],
                "outcome": row.outcome,
                "retain_through": row.retain_through.isoformat() if row.retain_through else None,
            },
        )
        for row in rows
    ]


def _happened(
    session: Session, principal: Principal, record: Record, place: _Place | None, limit: int
) -> list[tuple[tuple[datetime, int, str], Moment]]:
    """Business events on the record, and those of its case, by when they were entered.

    Those of a file stand in the log as one entry for all, so these are told from their own rows.
    """
    entered = AuditEntry.action.startswith("event.")
    which: ColumnElement[bool] = (AuditEntry.subject == f"record:{record.id}") & entered
    known = select(Case.id).where(Case.id == record.case_id, visible_cases(principal))
    about = BusinessEvent.subject_kind == "record", BusinessEvent.subject_id == record.id
    subject: ColumnElement[bool] = and_(*about)
    if record.case_id and session.scalar(known):
        subject |= (BusinessEvent.subject_kind == "case") & (BusinessEvent.subject_id == record.case_id)
        of_case = or_(entered, AuditEntry.action.in_(("case.closed", "case.reopened")))
        which = or_(which, (AuditEntry.subject == f"case:{record.case_id}") & of_case)
    query = select(AuditEntry).where(which)
    rows = session.scalars(_after(query, AuditEntry.at, AuditEntry.seq, _HAPPENED, place, limit))
    out = [
        _moment(row.at, _HAPPENED, f"{row.seq:020}", "event", row.action, row.actor, details_of(row.body))
        for row in rows
    ]
    read_in = select(BusinessEvent).where(
        subject, BusinessEvent.batch.is_not(None), BusinessEvent.source_record.is_(None)
    )
    number = BusinessEvent.id
    for event in session.scalars(_after(read_in, BusinessEvent.recorded_at, number, _READ_IN, place, limit)):
        told = {"event": event.id, "kind": event.kind, "effective": event.effective.isoformat()}
        out.append(
            _moment(event.recorded_at, _READ_IN, event.id, "event", "event.imported", event.actor, told)
        )
    return out


def _held(
    session: Session, principal: Principal, record: Record, place: _Place | None, limit: int
) -> list[tuple[tuple[datetime, int, str], Moment]]:
    """When the record came under each hold, and when it came out of it."""
    matters = principal.sees_matters
    out: list[tuple[tuple[datetime, int, str], Moment]] = []
    ended = func.coalesce(HoldItem.released_at, Hold.released_at)
    by = func.coalesce(HoldItem.released_by, Hold.released_by)
    for rank, code, at, actor in (
        (_BEGUN, "hold.placed", HoldItem.added_at, Hold.placed_by),
        (_ENDED, "hold.released", ended, by),
    ):
        query = (
            select(Hold.id, Hold.matter, HoldItem.how, at.label("at"), actor.label("actor"))
            .join(HoldItem, HoldItem.hold_id == Hold.id)
            .where(HoldItem.record_id == record.id, HoldItem.provisional.is_(False), at.is_not(None))
        )
        for row in session.execute(_after(query, at, Hold.id, rank, place, limit)):
            told = {"how": row.how} | ({"hold": row.id, "matter": row.matter} if matters else {})
            out.append(_moment(row.at, rank, row.id, "hold", code, row.actor or "system:holds", told))
    return out


def _after(query: Any, at: Any, number: Any, rank: int, place: _Place | None, limit: int) -> Any:
    """The query from the place on, newest first."""
    if place is not None:
        query = query.where(_older(at, number, rank, place))
    return query.order_by(at.desc(), number.desc()).limit(limit)


def _older(at: Any, number: Any, rank: int, place: _Place) -> ColumnElement[bool]:
    if rank != place.rank:
        return at <= place.at if rank < place.rank else at < place.at  # type: ignore[no-any-return]
    last: Any = int(place.number) if rank in _COUNTED else place.number
    return or_(at < place.at, and_(at == place.at, number < last))


def _moment(
    at: datetime, rank: int, number: str, kind: str, code: str, actor: str, details: dict[str, Any]
) -> tuple[tuple[datetime, int, str], Moment]:
    cursor = f"{at.astimezone(UTC):%Y%m%dT%H%M%S.%f}~{rank}~{number}"
    return (at, rank, number), Moment(at, kind, code, actor, cursor, details)


def _place(cursor: str) -> _Place:
    found = _CURSOR.fullmatch(cursor)
    try:
        if found is not None:
            at = datetime.strptime(found[1], "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
            rank, number = int(found[2]), found[3]
            if rank not in _COUNTED or (number.isdecimal() and int(number) < 2**63):
                return _Place(at, rank, number)
    except ValueError:  # a day that no calendar has
        pass
    raise InvalidError("That is not a cursor of this list.", cursor=cursor[:40])
