"""Cases: what papers belong to together, from their opening to the cut-off.

A closed case takes nothing in and lets nothing out. Opening it again is an act of its own in the log, and
the keeping of its records is computed anew each time. A record under a legal hold is not moved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import DOMAINS, LEVELS, Right
from akta.audit.log import AuditLog
from akta.events.bus import bus
from akta.kernel.errors import (
    AktaError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    StaleError,
)
from akta.kernel.ids import new_id
from akta.records.events import CaseChanged, RecordMoved
from akta.records.guard import changed, lock_for_change
from akta.records.models import Case, Record
from akta.records.parties.visible import root_of
from akta.records.visibility import get_visible, visible_to

#: Kinds of cases, with the domain and the confidentiality that the case itself has unless it is told.
KINDS: Final = {
    "employee": ("hr", 2),
    "order": ("order", 1),
    "supplier_invoice": ("accounting", 1),
    "sample": ("lab", 2),
    "asset": ("it", 1),
    "matter": ("other", 2),
    "other": ("other", 1),
}
#: Records that are filed into a case, or out of it, at a time.
MOST_RECORDS: Final = 500
_KEY, _TITLE, _REASON = 200, 300, 500
_FIRST_YEAR: Final = 1900


class CaseClosedError(ConflictError):
    """The case is closed: nothing is filed into it or taken out."""

    code = "case_closed"


@dataclass(frozen=True, slots=True)
class OpenCase:
    """What is asked for. `key` is how the company names the case: a number of an employee, of an order…"""

    kind: str
    key: str
    title: str
    party_id: str | None = None
    domain: str | None = None
    confidentiality: int | None = None


def visible_cases(principal: Principal) -> ColumnElement[bool]:
    """The condition on `Case` for those that a principal may know of."""
    if Right.READ not in principal.rights:
        return false()
    return or_(
        false(),
        *(
            and_(Case.domain == domain, Case.confidentiality <= level)
            for domain, level in principal.levels.items()
        ),
    )


def open_case(
    session: Session, audit: AuditLog, principal: Principal, command: OpenCase, now: datetime
) -> Case:
    """Open a case. Raises InvalidError, ConflictError if there is one of this kind with this key."""
    principal.require(Right.EVENT)
    if command.kind not in KINDS:
        raise InvalidError(f"There is no kind of case '{command.kind[:40]}'. Kinds: {', '.join(KINDS)}.")
    key, title = (" ".join(text.split()) for text in (command.key, command.title))
    if not key or len(key) > _KEY or not key.isprintable() or "/" in key[:1]:
        raise InvalidError(f"A case needs a key of at most {_KEY} characters, such as a number.")
    if len(title) > _TITLE or not title.isprintable():
        raise InvalidError(f"The title of a case has at most {_TITLE} characters.")
    domain, level = KINDS[command.kind]
    domain, level = command.domain or domain, command.confidentiality or level
    if domain not in DOMAINS:
        raise InvalidError(f"There is no domain '{domain[:40]}'. Domains: {', '.join(DOMAINS)}.")
    if level not in LEVELS or principal.levels.get(domain, 0) < level:
        raise InvalidError("You may open only cases that you may then see; choose another domain or level.")
    party = root_of(session, principal, command.party_id).id if command.party_id else None
    made = Case(
        id=new_id(),
        kind=command.kind,
        key=key,
        title=title or key,
        state="open",
        party_id=party,
        domain=domain,
        confidentiality=level,
        opened_by=principal.actor,
        opened_at=now,
        row_version=1,
    )
    session.add(made)
    try:
        session.flush()
    except IntegrityError as error:
        raise ConflictError(f"There is a case of the kind '{command.kind}' with this key already.") from error
    audit.note(session, now, principal.actor, "case.opened", f"case:{made.id}", kind=made.kind)
    return made


def get_case(session: Session, principal: Principal, case_id: str) -> Case:
    """A case that the principal may know of. Raises NotFoundError."""
    found = session.scalars(select(Case).where(Case.id == case_id, visible_cases(principal))).first()
    if found is None:
        raise NotFoundError("There is no such case.", case=case_id[:40])
    return found


def find_case(session: Session, principal: Principal, text: str) -> Case:
    """A case by its number, or by `kind/key`. Raises NotFoundError."""
    kind, slash, key = text.strip().partition("/")
    wanted = Case.id == text.strip().lower()
    if slash:
        wanted = or_(wanted, and_(Case.kind == kind, Case.key == " ".join(key.split())))
    found = session.scalars(select(Case).where(wanted, visible_cases(principal))).first()
    if found is None:
        raise NotFoundError("There is no such case.", case=text[:120])
    return found


def list_cases(
    session: Session,
    principal: Principal,
    *,
    kind: str | None = None,
    state: str | None = None,
    text: str = "",
    after: str | None = None,
    limit: int = 50,
) -> list[Case]:
    """Cases, newest first; `text` is in the title or the key, `after` is the id of the last one seen."""
    principal.require(Right.READ)
    query = select(Case).where(visible_cases(principal))
    if kind:
        query = query.where(Case.kind == kind)
    if state:
        query = query.where(Case.state == state)
    if words := " ".join(text.split()):
        # SQLite folds only the letters of English, so that other letters are asked for both ways.
        spelt = {words, words.lower(), words.upper(), words.title()}
        columns = (Case.title, Case.key)
        query = query.where(or_(*(c.icontains(s, autoescape=True) for c in columns for s in spelt)))
    if after:
        query = query.where(Case.id < after)
    return list(session.scalars(query.order_by(Case.id.desc()).limit(limit)))


def file_into(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    case_id: str,
    record_ids: Sequence[str],
    now: datetime,
) -> int:
    """File records into a case, out of the one they are in; returns how many moved. All of them or none.

    Raises NotFoundError, CaseClosedError, HeldError for a record under a legal hold.
    """
    require_filing(principal)
    get_case(session, principal, case_id)
    return _move(session, audit, principal, record_ids, case_id, now)


def file_what_may(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    case_id: str,
    record_ids: Sequence[str],
    now: datetime,
) -> tuple[int, list[tuple[str, AktaError]]]:
    """File those records into a case that nothing stands in the way of.

    Returns how many moved, and of each that did not what stood in its way: a legal hold, or the closed case
    that it is in. Raises NotFoundError and CaseClosedError of the case itself.
    """
    require_filing(principal)
    get_case(session, principal, case_id)
    refused: list[tuple[str, AktaError]] = []
    moved = _move(session, audit, principal, record_ids, case_id, now, refused)
    return moved, refused


def take_out(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    case_id: str,
    record_ids: Sequence[str],
    now: datetime,
) -> int:
    """Take records out of a case; those that are not in it are left alone. Raises as `file_into`."""
    require_filing(principal)
    get_case(session, principal, case_id)
    inside = select(Record.id).where(Record.id.in_(record_ids), Record.case_id == case_id)
    return _move(session, audit, principal, session.scalars(inside).all(), None, now)


def close_case(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    case_id: str,
    *,
    today: date,
    now: datetime,
    on: date | None = None,
    expected_version: int | None = None,
) -> Case:
    """Close a case: its cut-off is the civil day `on` (today if not said; past days are allowed)."""
    principal.require(Right.EVENT)
    case = _locked(session, principal, case_id, expected_version)
    if case.state == "closed":
        raise CaseClosedError("The case is closed already.", case=case_id)
    day = on or today
    if not date(_FIRST_YEAR, 1, 1) <= day <= today:
        raise InvalidError(f"A case is closed on a day from {_FIRST_YEAR} to today.")
    case.state, case.closed_at, case.closed_on = "closed", now, day
    case.row_version += 1
    audit.note(session, now, principal.actor, "case.closed", f"case:{case_id}", on=day.isoformat())
    bus.publish(session, CaseChanged(case_id, principal.actor))
    return case


def reopen_case(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    case_id: str,
    reason: str,
    now: datetime,
    *,
    expected_version: int | None = None,
) -> Case:
    """Open a closed case again. Raises InvalidError without a reason, ConflictError if it is open."""
    principal.require(Right.EVENT)
    if not reason.strip():
        raise InvalidError("Say why the case is opened again.")
    case = _locked(session, principal, case_id, expected_version)
    if case.state != "closed":
        raise ConflictError("The case is open.", case=case_id)
    was = case.closed_on
    case.state, case.closed_at, case.closed_on = "open", None, None
    case.row_version += 1
    audit.note(
        session,
        now,
        principal.actor,
        "case.reopened",
        f"case:{case_id}",
        reason=reason.strip()[:_REASON],
        was_closed_on=was.isoformat() if was else None,
    )
    bus.publish(session, CaseChanged(case_id, principal.actor))
    return case


def records_in(
    session: Session, principal: Principal, case_id: str, *, after: str = "", limit: int = 50
) -> tuple[list[Record], int]:
    """The records of a case that the principal may see, by number, and how many there are of these."""
    inside = (Record.case_id == case_id, Record.state != "destroyed", visible_to(principal))
    count = session.scalar(select(func.count()).select_from(Record).where(*inside)) or 0
    page = select(Record).where(*inside, Record.id > after).order_by(Record.id).limit(limit)
    return list(session.scalars(page)), count


def count_records(session: Session, principal: Principal, case_ids: Sequence[str]) -> dict[str, int]:
    """How many records that the principal may see are in each of some cases; those with none are left out."""
    counted = (
        select(Record.case_id, func.count())
        .where(Record.case_id.in_(case_ids), Record.state != "destroyed", visible_to(principal))
        .group_by(Record.case_id)
    )
    return {case_id: count for case_id, count in session.execute(counted) if case_id is not None}


def as_data(case: Case) -> dict[str, Any]:
    """A case as plain data."""
    return {
        "id": case.id,
        "version": case.row_version,
        "kind": case.kind,
        "key": case.key,
        "title": case.title,
        "state": case.state,
        "domain": case.domain,
        "confidentiality": case.confidentiality,
        "party": case.party_id,
        "opened_at": case.opened_at.isoformat(),
        "closed_on": case.closed_on.isoformat() if case.closed_on else None,
    }


# -- parts -----------------------------------------------------------------


def require_filing(principal: Principal) -> None:
    """Raise ForbiddenError for those who may not file into cases."""
    if not {Right.CORRECT, Right.EVENT} & principal.rights:
        raise ForbiddenError("This needs the right 'correct' or 'event', which you do not have.")


def _locked(session: Session, principal: Principal, case_id: str, expected_version: int | None) -> Case:
    get_case(session, principal, case_id)
    case = session.get_one(Case, case_id, with_for_update=True, populate_existing=True)
    if expected_version is not None and case.row_version != expected_version:
        raise StaleError(
            "This case was changed meanwhile. Load it again and repeat your change.", version=case.row_version
        )
    return case


def _move(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    record_ids: Sequence[str],
    target: str | None,
    now: datetime,
    refused: list[tuple[str, AktaError]] | None = None,
) -> int:
    """Set the case of records; every lock is taken before anything is told.

    All or none, unless `refused` takes up what cannot be moved: nothing of a record is written before it is
    known that it may move.
    """
    wanted = sorted(set(record_ids))
    if len(wanted) > MOST_RECORDS:
        raise InvalidError(f"At most {MOST_RECORDS} records can be moved at a time.")
    if refused is None:
        for record_id in wanted:
            get_visible(session, principal, record_id)
    from_cases = set(session.scalars(select(Record.case_id).where(Record.id.in_(wanted))))
    cases: dict[str, CaseClosedError | None] = {}
    for case_id in sorted({case for case in (*from_cases, target) if case is not None}):
        try:
            refuse_closed(session.get_one(Case, case_id, with_for_update=True, populate_existing=True))
            cases[case_id] = None
        except CaseClosedError as error:
            if refused is None or case_id == target:
                raise
            cases[case_id] = error
    moved: list[RecordMoved] = []
    for record_id in wanted:
        try:
            record = _movable(session, principal, record_id, target, cases)
        except AktaError as error:
            if refused is None:
                raise
            refused.append((record_id, error))
            continue
        if record is None:
            continue
        before = record.case_id
        record.case_id = target
        audit.note(
            session,
            now,
            principal.actor,
            "record.moved",
            f"record:{record_id}",
            from_case=before,
            to_case=target,
        )
        changed(session, record)
        moved.append(RecordMoved(record_id, before, target, principal.actor))
    for event in moved:
        bus.publish(session, event)
    return len(moved)


def _movable(
    session: Session,
    principal: Principal,
    record_id: str,
    target: str | None,
    cases: Mapping[str, CaseClosedError | None],
) -> Record | None:
    """The record, locked, if it may move; None if it is there already. `cases` are locked, closed or not."""
    get_visible(session, principal, record_id)
    record = lock_for_change(session, record_id)
    before = record.case_id
    if before == target:
        return None
    if before is not None:
        if before not in cases:  # moved since it was looked at
            raise StaleError("Someone else moved a record meanwhile. Load it again.", record=record_id)
        if (closed := cases[before]) is not None:
            raise closed
    return record


def refuse_closed(case: Case) -> None:
    """Raise CaseClosedError if a case is closed."""
    if case.state == "closed":
        closed = case.closed_on.isoformat() if case.closed_on else ""
        raise CaseClosedError(
            f"The case '{case.kind}/{case.key}' was closed on {closed}. "
            "Open it again first if the record belongs there.",
            case=case.id,
        )
