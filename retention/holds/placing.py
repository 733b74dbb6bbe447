"""Placing a hold and letting it reach further. A hold over a case, a party or a query is placed by a job.

The hold's row is there first, and from its commit on nothing at all is destroyed until the job
has brought all records of its scope under it (see `akta.records.guard.refuse_if_kept`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import literal, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.events.jobs import PRIORITY_INDEX, enqueue
from akta.kernel.errors import ConflictError, InvalidError, NotFoundError
from akta.kernel.ids import new_id
from akta.records.guard import meet_placing
from akta.records.holds import REMIND_DAYS, Hold, HoldPending
from akta.records.models import IndexPending
from retention.events.days import check_day
from retention.holds.covering import NAMED, cover
from retention.holds.listing import list_holds as list_holds
from retention.holds.listing import records_of as records_of
from retention.holds.notices import person, send
from retention.holds.releasing import release_hold as release_hold
from retention.holds.scopes import Scope, add_scopes, as_told, check_scope

JOB_PLACE: Final = "retention.place_hold"
#: Before reading, after the index: destruction waits for it, and somebody looks on.
_PRIORITY: Final = PRIORITY_INDEX + 2
MOST_CUSTODIANS: Final = 500
MOST_REMIND_DAYS: Final = 365


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """What is asked for: a matter, its reason and authority, what it covers, who answers and who is told.

    `owner` and `custodians` are logins or numbers of accounts; without an owner it is who places it.
    `notice` is what custodians read; they are reminded every `remind_days` days (0: never by itself).
    """

    matter: str
    reason: str
    record_ids: tuple[str, ...] = ()
    authority: str = ""
    review_on: date | None = None
    case_ids: tuple[str, ...] = ()
    party_ids: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    owner: str = ""
    custodians: tuple[str, ...] = ()
    notice: str = ""
    remind_days: int = REMIND_DAYS

    @property
    def scope(self) -> Scope:
        return Scope(self.record_ids, self.case_ids, self.party_ids, self.queries)


@dataclass(frozen=True, slots=True)
class ExtendHold:
    """More records, cases, parties, queries or custodians; a later review; another owner or interval."""

    record_ids: tuple[str, ...] = ()
    case_ids: tuple[str, ...] = ()
    party_ids: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    review_on: date | None = None
    owner: str = ""
    custodians: tuple[str, ...] = field(default=())
    remind_days: int | None = None

    @property
    def scope(self) -> Scope:
        return Scope(self.record_ids, self.case_ids, self.party_ids, self.queries)


def no_queries(_text: str) -> None:
    """Where no index is at hand."""
    raise InvalidError("Queries cannot be looked at here.")


def place_hold(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    command: PlaceHold,
    now: datetime,
    *,
    check_query: Callable[[str], None] = no_queries,
) -> Hold:
    """Place a hold; from its commit on nothing can change or destroy the records.

    It covers what was found in them too, and what will be. Each record's row is
    locked first, so a destruction under way either finishes before or fails. Of cases, parties and
    queries all papers are covered, those that come later too; the hold is `placing` until a job has
    found those that are there. Raises NotFoundError if anything is not there (nothing is placed
    then), InvalidError, QueryError.
    """
    principal.require(Right.HOLD)
    if not command.matter.strip() or not command.reason.strip() or not command.scope:
        raise InvalidError("A hold needs a matter, a reason and at least one record.")
    if len(command.custodians) > MOST_CUSTODIANS:
        raise InvalidError(f"A hold has at most {MOST_CUSTODIANS} custodians.")
    _check_interval(command.remind_days)
    if command.scope.wide:
        meet_placing(session, placing=True)
    checked = check_scope(session, principal, command.scope, check_query)
    hold = Hold(
        id=new_id(),
        matter=command.matter.strip()[:200],
        reason=command.reason.strip(),
        authority=command.authority.strip()[:200],
        placed_by=principal.actor,
        placed_at=now,
        review_on=check_day(command.review_on) if command.review_on is not None else None,
        state="placing" if command.scope.wide else "active",
        owner=_owner(session, principal, command.owner),
        notice=command.notice.strip()[:4000],
        remind_days=command.remind_days,
    )
    session.add(hold)
    session.flush()
    scopes = add_scopes(session, hold.id, principal, checked, now)
    details: dict[str, Any] = {"reason": hold.reason[:500], "scopes": as_told(scopes)}
    if command.scope.wide:  # what is named too: no record's lock is taken after that of placing
        note_unindexed(session)
        details |= {"named": len(set(command.record_ids)), "added": 0}
        ask_to_place(session, hold.id, [row.id for row in scopes], command.record_ids, now)
    else:
        covered, bytes_of = cover(session, hold.id, command.record_ids, NAMED, now)
        _must_be_all(covered.fresh, command.record_ids)
        details |= covered.as_details(bytes_of)
    audit.append(
        session,
        at=now,
        actor=principal.actor,
        action="hold.placed",
        subject=f"hold:{hold.id}",
        details=details,
    )
    if command.custodians:
        send(session, audit, principal, hold, command.custodians, now)
    return hold


def extend_hold(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    hold_id: str,
    command: ExtendHold,
    now: datetime,
    *,
    check_query: Callable[[str], None] = no_queries,
) -> Hold:
    """Let a hold reach further, be reviewed later, belong to somebody else, or be told to more people.

    Records released from it before are covered again if they are named. Raises NotFoundError,
    ConflictError for one that is being placed or released or is over, InvalidError.
    """
    principal.require(Right.HOLD)
    if command.scope.wide:
        meet_placing(session, placing=True)
    hold = get_hold(session, hold_id, lock=True)
    if hold.state != "active":
        raise ConflictError("This hold is being placed, or it was released; it cannot be extended now.")
    said = command.review_on or command.owner or command.custodians or command.remind_days is not None
    if not (command.scope or said):
        raise InvalidError("Say what is to be added to the hold.")
    if command.review_on is not None and hold.review_on is not None and command.review_on < hold.review_on:
        raise InvalidError("A review can be put off to a later day only.")
    if len(command.custodians) > MOST_CUSTODIANS:
        raise InvalidError(f"A hold has at most {MOST_CUSTODIANS} custodians.")
    if command.remind_days is not None:
        _check_interval(command.remind_days)
    checked = check_scope(session, principal, command.scope, check_query)
    scopes = add_scopes(session, hold.id, principal, checked, now)
    details: dict[str, Any] = {"scopes": as_told(scopes), "added": 0}
    if command.record_ids and not command.scope.wide:
        covered, bytes_of = cover(session, hold.id, command.record_ids, NAMED, now, again=True)
        details |= covered.as_details(bytes_of)
    elif command.scope.wide:
        hold.state = "placing"
        note_unindexed(session)
        ask_to_place(session, hold.id, [row.id for row in scopes], command.record_ids, now)
        details["named"] = len(set(command.record_ids))
    if command.review_on is not None:
        hold.review_on = check_day(command.review_on)
        details["review_on"] = command.review_on.isoformat()
    if command.remind_days is not None:
        hold.remind_days = command.remind_days
        details["remind_days"] = command.remind_days
    if command.owner:
        hold.owner = _owner(session, principal, command.owner)
        details["owner"] = hold.owner
    audit.append(
        session,
        at=now,
        actor=principal.actor,
        action="hold.extended",
        subject=f"hold:{hold.id}",
        details=details,
    )
    if command.custodians:
        send(session, audit, principal, hold, command.custodians, now)
    return hold


def get_hold(session: Session, hold_id: str, *, lock: bool = False) -> Hold:
    """Raises NotFoundError."""
    hold = session.get(Hold, hold_id, with_for_update=lock or None, populate_existing=lock)
    if hold is None:
        raise NotFoundError("There is no such hold.", hold=hold_id[:40])
    return hold


def ask_to_place(
    session: Session, hold_id: str, scope_ids: Sequence[str], record_ids: Sequence[str], now: datetime
) -> None:
    """Ask for a hold's scopes to be looked through, in the caller's transaction."""
    enqueue(
        session,
        JOB_PLACE,
        {"hold_id": hold_id, "scopes": list(scope_ids), "named": sorted(set(record_ids))},
        key=f"place-hold:{hold_id}",
        now=now,
        priority=_PRIORITY,
        max_attempts=1000,
    )


def note_unindexed(session: Session) -> None:
    """Have what the index has not taken in yet held against the holds by itself: a search misses it."""
    add = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    waiting = select(IndexPending.record_id, literal(1)).where(true()).order_by(IndexPending.record_id)
    session.execute(
        add(HoldPending)
        .from_select(["record_id", "turn"], waiting)
        .on_conflict_do_update(index_elements=[HoldPending.record_id], set_={"turn": HoldPending.turn + 1})
    )


def _must_be_all(covered: tuple[str, ...], named: tuple[str, ...]) -> None:
    missing = sorted(set(named) - set(covered))
    if missing:
        raise NotFoundError("There is no such record.", record=missing[0])


def _check_interval(days: int) -> None:
    if not 0 <= days <= MOST_REMIND_DAYS:
        raise InvalidError(
            f"Custodians are reminded every 1 to {MOST_REMIND_DAYS} days; 0 means never by itself."
        )


def _owner(session: Session, principal: Principal, name: str) -> str:
    return f"user:{person(session, name).id}" if name.strip() else principal.actor
