"""Proposing records to be let go. Nothing happens to them by it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from akta.kernel.ids import new_id
from akta.records.models import Record
from akta.records.visibility import visible_to
from retention.disposition.due import Wanted, due, in_open_disposition
from retention.disposition.facts import facts_of, parts
from retention.disposition.models import Disposition, DispositionItem
from retention.disposition.needs import ending
from retention.disposition.obstacles import amiss, released_lately
from retention.disposition.words import FAILURES, say

#: Records of one disposition; more is another one.
MOST = 10_000
#: So many days a proposal waits before it is told as overdue.
CONFIRM_DAYS = 14
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is asked for. With `records` exactly those, else all that is due and fits.

    `before`: kept through a day before it; None is today. `confirm_by` is the civil day by which a second
    person should have released it. `action` replaces that of the rules, where they allow it.
    """

    title: str
    ground: str
    before: date | None = None
    domain: str = ""
    class_code: str = ""
    records: tuple[str, ...] = field(default=())
    confirm_by: date | None = None
    action: str = ""


def person_of(principal: Principal) -> str:
    """The id of the person behind an actor, the same for all their tokens.

    Raises ForbiddenError for Akta itself and the command line: who they are cannot be told apart.
    """
    if principal.user_id is None:
        raise ForbiddenError(
            "A disposition needs people with accounts, so that a second person can be told from the first. "
            "Use a token of your account."
        )
    return principal.user_id


def propose(
    session: Session, audit: AuditLog, principal: Principal, asked: Proposal, today: date, now: datetime
) -> Disposition:
    """Propose records to be let go; returns the disposition.

    Raises InvalidError if nothing fits or a named record is not due, NotFoundError for one that is not there,
    ConflictError for one that another disposition holds.
    """
    principal.require(Right.DISPOSE)
    person = person_of(principal)
    if not asked.title.strip() or not asked.ground.strip():
        raise InvalidError("A disposition needs a title and a ground: say by what right the records go.")
    before = min(asked.before or today, today)
    confirm_by = asked.confirm_by or today + timedelta(days=CONFIRM_DAYS)
    if confirm_by < today:
        raise InvalidError("The day by which it is to be released lies in the past.")
    wanted = Wanted(before, asked.domain, asked.class_code)
    ids = _named(session, principal, asked.records) if asked.records else _found(session, principal, wanted)
    made = Disposition(
        id=new_id(),
        title=asked.title.strip()[:200],
        ground=asked.ground.strip()[:4000],
        state="proposed",
        asked={
            "before": before.isoformat(),
            "domain": asked.domain,
            "class": asked.class_code,
            "named": bool(asked.records),
        },
        consents={},
        reviewers=[],
        proposed_by=principal.actor,
        proposer=person,
        proposed_at=now,
        confirm_by=confirm_by,
        ending="",
    )
    session.add(made)
    session.flush()
    _add_items(session, made, ids, today, asked.action)
    audit.note(
        session, now, principal.actor, "disposition.proposed", f"disposition:{made.id}", records=len(ids)
    )
    return made


def _found(session: Session, principal: Principal, wanted: Wanted) -> list[str]:
    query = due(principal, wanted).with_only_columns(Record.id).order_by(Record.id).limit(MOST + 1)
    ids = list(session.scalars(query))
    if not ids:
        raise InvalidError("Nothing that you may see is due and fits.")
    if len(ids) > MOST:
        raise InvalidError(f"More than {MOST} records are due. Narrow it: by class, domain or day.")
    return ids


def _named(session: Session, principal: Principal, records: Sequence[str]) -> list[str]:
    ids = sorted(set(records))
    if len(ids) > MOST:
        raise InvalidError(f"A disposition has at most {MOST} records.")
    for part in parts(ids, _AT_ONCE):
        seen = set(
            session.scalars(
                select(Record.id).where(
                    Record.id.in_(part), Record.state != "destroyed", visible_to(principal)
                )
            )
        )
        if missing := sorted(set(part) - seen):
            raise NotFoundError(f"There is no such record: {missing[0][:40]}.", record=missing[0][:40])
        if taken := in_open_disposition(session, part):
            raise ConflictError(
                f"Record {taken[0]} is in another disposition that has not ended.", record=taken[0]
            )
    return ids


def _add_items(
    session: Session, made: Disposition, ids: Sequence[str], today: date, action_wanted: str
) -> None:
    for part in parts(ids, _AT_ONCE):
        known = facts_of(session, part)
        for record_id in part:
            facts = known[record_id]
            action = (ending(facts["action"]) or "review") if facts["state"] == "filed" else "destroy"
            action = action_wanted or action
            wrong = amiss(facts, action, today)
            if wrong is None and released_lately(session, record_id, today):
                wrong = "grace"
            if wrong is not None:
                raise InvalidError(
                    f"Record {record_id} cannot be let go: {say(FAILURES, wrong, 'en')}", record=record_id
                )
            session.add(
                DispositionItem(
                    disposition_id=made.id,
                    record_id=record_id,
                    action=action,
                    decision="open",
                    reason="",
                    facts=facts,
                    remains=[],
                )
            )
        session.flush()
