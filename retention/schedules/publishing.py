"""Publishing a draft: a second person puts it into force, and every record is computed anew.

Whoever wrote a draft cannot publish it, whatever roles and tokens they have, and neither can the person
at the command line nor Akta itself: accounts are told apart by their ids. A draft that changes classes in
use must have been simulated as it is, and where records would be kept for less time it must be said what
becomes of them.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.hands import refuse_one_hand, ties
from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.events.jobs import Claim, enqueue, finish
from akta.kernel.clock import Clock, civil_date
from akta.kernel.errors import ConflictError, ForbiddenError, InvalidError
from akta.records.models import RecordClass
from retention.keeping.facts import facts_may_change
from retention.keeping.recomputing import ask
from retention.schedules.drafts import Change, changes_of, classes_in, digest_now, locked_draft, person_of
from retention.schedules.fileplan import current_class, digest_of, lock_plan, row_of
from retention.schedules.models import ScheduleDraft
from retention.schedules.simulation import latest_simulation, sum_of

JOB_ACTIVATE: Final = "retention.activate"
#: What becomes of records that would be kept for less time.
Shortened = Literal["approve", "keep"]
_FARTHEST: Final = timedelta(days=3660)


class SamePersonError(ForbiddenError):
    """It needs a second person."""

    code = "second_person_needed"


class LockedClassError(ConflictError):
    """A locked class may only become longer and wider."""

    code = "class_locked"


class SimulationNeededError(ConflictError):
    """The draft must be simulated as it is first."""

    code = "simulation_needed"


def publish(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    draft_id: str,
    *,
    now: datetime,
    zone: str,
    shortened: Shortened | None = None,
    valid_from: date | None = None,
) -> ScheduleDraft:
    """Put a draft into force on `valid_from` (today if not said).

    `shortened` says what becomes of records that would be kept for less time: `approve` shortens them,
    `keep` leaves them as they are and lists them for approval one by one. Raises SamePersonError,
    LockedClassError, SimulationNeededError, ConflictError, InvalidError.
    """
    principal.require(Right.SCHEDULE)
    lock_plan(session)
    draft = locked_draft(session, draft_id)
    second_person(session, principal, draft.author, now)
    today = civil_date(now, zone)
    starts = valid_from or today
    if not today <= starts <= today + _FARTHEST:
        raise InvalidError("A schedule counts from today, or from a day within the next ten years.")
    changes = changes_of(session, classes_in(draft))
    if not changes:
        raise ConflictError("The draft says what counts already; nothing would change.")
    _refuse_locked(changes)
    _refuse_taken(session, changes)
    simulation = _simulated(session, draft, changes, shortened)
    for change in changes:
        _refuse_waiting(session, change)
        row = row_of(change.new, change.version, now)
        row.current, row.valid_from = False, starts
        row.author, row.approver, row.draft_id = draft.actor, principal.actor, draft.id
        session.add(row)
    draft.state, draft.valid_from = "published", starts
    draft.approver, draft.published_at = principal.actor, now
    session.flush()
    audit.note(
        session,
        now,
        principal.actor,
        "schedule.published",
        f"schedule:{draft.id}",
        author=draft.actor,
        valid_from=starts.isoformat(),
        classes={change.new.code: change.version for change in changes},
        digests={change.new.code: digest_of(change.new) for change in changes},
        simulation=simulation,
        shortened=shortened,
        digest=draft.digest,
        accounts=ties(session, (draft.author, principal.user_id or ""), now),
    )
    approved = shortened == "approve"
    if starts == today:
        put_into_force(session, draft, approved, now)
    else:
        enqueue(
            session,
            JOB_ACTIVATE,
            {"draft": draft.id, "approved": approved},
            key=f"activate:{draft.id}",
            now=now,
            delay=datetime.combine(starts, time(), ZoneInfo(zone)).astimezone(UTC) - now,
        )
    facts_may_change(session)
    return draft


def put_into_force(session: Session, draft: ScheduleDraft, approved: bool, now: datetime) -> None:
    """Make the versions of a draft those that count, and ask for their records to be computed anew."""
    for row in session.scalars(select(RecordClass).where(RecordClass.draft_id == draft.id)):
        before = current_class(session, row.code)
        if before is not None and before.version < row.version:
            before.current = False
            before.valid_to = row.valid_from - timedelta(days=1) if row.valid_from else None
        session.flush()
        row.current = True
    session.flush()
    cause = f"schedule:{draft.id}"
    asked = ask(session, "draft", draft.id, cause, draft.approver or "", now, may_shorten=approved)
    draft.recomputation_id = asked.id


def second_person(session: Session, principal: Principal, first: str, now: datetime) -> str:
    """The principal's person, if it is an account that is not the first person.

    Raises SamePersonError; ForbiddenError if both accounts may be in one hand (`akta.access.hands`).
    """
    if principal.user_id is None:
        raise SamePersonError(
            "The second person signs in with an account of their own; the command line alone is not enough."
        )
    if principal.user_id == first:
        raise SamePersonError("Somebody else must do this: nobody approves what they asked for themselves.")
    refuse_one_hand(session, principal.user_id, (first,), now)
    return person_of(principal)


class Activator:
    """Runs `retention.activate` jobs: a published schedule whose day has come."""

    def __init__(self, database: Database, audit: AuditLog, clock: Clock) -> None:
        self._db = database
        self._audit = audit
        self._clock = clock

    def run(self, claim: Claim) -> None:
        now = self._clock.now()
        with self._db.write() as session:
            claim.hold(session, now)
            lock_plan(session)
            draft = session.get_one(ScheduleDraft, claim.payload["draft"], with_for_update=True)
            if draft.recomputation_id is None:
                put_into_force(session, draft, bool(claim.payload["approved"]), now)
                actor = draft.approver or "system:worker"
                self._audit.note(session, now, actor, "schedule.in_force", f"schedule:{draft.id}")
            finish(session, claim, now)
            facts_may_change(session)


def _refuse_locked(changes: list[Change]) -> None:
    for change in changes:
        if change.against:
            raise LockedClassError(
                f"The class {change.new.code} is locked and may only become longer and wider.",
                cls=change.new.code,
                findings=[refusal.words("en") for refusal in change.against],
                detail=" ".join(refusal.words("en") for refusal in change.against),
            )


def _refuse_taken(session: Session, changes: list[Change]) -> None:
    """A type of paper falls into one class: the other one must give it up in the same draft."""
    mine = {doc_type: c.new.code for c in changes for doc_type in c.new.doc_types}
    codes = {c.new.code for c in changes}
    jurisdictions = {c.new.jurisdiction for c in changes}
    others = select(RecordClass).where(
        RecordClass.current, RecordClass.code.not_in(codes), RecordClass.jurisdiction.in_(jurisdictions)
    )
    for other in session.scalars(others):
        both = sorted(set(other.doc_types) & mine.keys())
        if both:
            raise ConflictError(
                f"Papers of the type '{both[0]}' fall into {other.code} already. "
                "Take the type out of that class in the same draft.",
                doc_type=both[0],
                cls=other.code,
            )


def _refuse_waiting(session: Session, change: Change) -> None:
    current = current_class(session, change.new.code)
    waiting = select(RecordClass.id).where(
        RecordClass.code == change.new.code, RecordClass.version > (current.version if current else 0)
    )
    if session.scalar(waiting.limit(1)) is not None:
        raise ConflictError(
            f"A version of {change.new.code} is published already and waits for its day. "
            "Publish this one after it.",
            cls=change.new.code,
        )


def _simulated(
    session: Session, draft: ScheduleDraft, changes: list[Change], shortened: Shortened | None
) -> str | None:
    """The simulation that holds for exactly this draft; None where only new classes come."""
    if all(change.old is None for change in changes):
        return None
    simulation = latest_simulation(session, draft.id)
    if simulation is None or simulation.state != "done" or simulation.digest != digest_now(session, draft):
        raise SimulationNeededError(
            "Simulate this draft as it is now before it is published.", draft=draft.id
        )
    count = sum_of(simulation.report, "shorter")
    if count and shortened is None:
        raise ConflictError(
            f"{count} records would be kept for less time. Say whether that is approved, "
            "or whether they stay as they are until each is approved.",
            shortened=count,
        )
    return simulation.id


def versions_of(session: Session, code: str) -> list[dict[str, Any]]:
    """All versions of a class, newest first, with who wrote and who approved them."""
    rows = session.scalars(
        select(RecordClass).where(RecordClass.code == code).order_by(RecordClass.version.desc())
    )
    return [
        {
            "version": row.version,
            "current": row.current,
            "status": row.status,
            "digest": row.digest,
            "valid_from": row.valid_from.isoformat() if row.valid_from else None,
            "valid_to": row.valid_to.isoformat() if row.valid_to else None,
            "author": row.author,
            "approver": row.approver,
            "legal_basis": sorted({str(rule.get("basis", "")) for rule in row.rules}),
            "created_at": row.created_at.isoformat(),
        }
        for row in rows
    ]
