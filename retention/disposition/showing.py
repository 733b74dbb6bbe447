"""Dispositions as plain data, for command line, API and pages; of records only what may be seen."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from akta.access.models import User
from akta.access.principal import Principal
from akta.access.roles import Right
from akta.kernel.errors import ForbiddenError, NotFoundError
from akta.records.models import Record
from akta.records.visibility import visible_to
from retention.disposition.deciding import may_see
from retention.disposition.facts import digest_of
from retention.disposition.models import Certificate, Disposition, DispositionItem, Transfer
from retention.disposition.needs import needs_for
from retention.disposition.unsigned import drafts_among
from retention.disposition.words import (
    ACTIONS,
    DECISIONS,
    FAILURES,
    NEEDS,
    OUTCOMES,
    REMAINS,
    STATES,
    say,
)


def may_look(principal: Principal) -> bool:
    """Whether somebody may look at dispositions: those who run them and auditors."""
    return bool({Right.DISPOSE, Right.AUDIT} & principal.rights)


def require_look(principal: Principal) -> None:
    """Raise ForbiddenError unless the principal may look at dispositions."""
    if not may_look(principal):
        raise ForbiddenError("Dispositions are for officers and auditors.")


def get_disposition(session: Session, principal: Principal, disposition_id: str) -> Disposition:
    """The disposition. Raises NotFoundError if there is none of which anything may be seen."""
    require_look(principal)
    made = session.get(Disposition, disposition_id, populate_existing=True)
    if made is None or not may_see(session, principal, made):
        raise NotFoundError("There is no such disposition.", disposition=disposition_id)
    return made


def list_dispositions(
    session: Session,
    principal: Principal,
    today: date,
    language: str,
    *,
    state: str = "",
    overdue: bool = False,
    limit: int = 50,
    before: str = "",
) -> list[dict[str, Any]]:
    """The dispositions of which something may be seen, newest first; `overdue`: those that wait too long."""
    require_look(principal)
    seen = (
        select(DispositionItem.record_id)
        .join(Record, Record.id == DispositionItem.record_id)
        .where(DispositionItem.disposition_id == Disposition.id, visible_to(principal))
        .exists()
    )
    query = select(Disposition).where(or_(Disposition.proposer == (principal.user_id or ""), seen))
    if state:
        query = query.where(Disposition.state == state)
    if overdue:
        query = query.where(Disposition.state == "proposed", Disposition.confirm_by < today)
    if before:
        query = query.where(Disposition.id < before)
    rows = session.scalars(query.order_by(Disposition.id.desc()).limit(limit)).all()
    names = _names(session, rows)
    return [_summary(session, principal, made, names, today, language) for made in rows]


def count_to_release(session: Session, principal: Principal, today: date) -> tuple[int, int]:
    """How many dispositions of others wait to be reviewed and released, and how many of them too long."""
    require_look(principal)
    seen = (
        select(DispositionItem.record_id)
        .join(Record, Record.id == DispositionItem.record_id)
        .where(DispositionItem.disposition_id == Disposition.id, visible_to(principal))
        .exists()
    )
    query = select(func.count(), func.count().filter(Disposition.confirm_by < today)).where(
        Disposition.state == "proposed", Disposition.proposer != (principal.user_id or ""), seen
    )
    waiting, late = session.execute(query).one()
    return waiting, late


def disposition_data(
    session: Session, principal: Principal, made: Disposition, today: date, language: str
) -> dict[str, Any]:
    """One disposition with its sums, consents, packages and certificate, and the hash to release it with."""
    data = _summary(session, principal, made, _names(session, [made]), today, language)
    certificate = session.scalars(select(Certificate).where(Certificate.disposition_id == made.id)).first()
    wanted: dict[str, int] = {}
    accepted = select(DispositionItem.facts, DispositionItem.action).where(
        DispositionItem.disposition_id == made.id, DispositionItem.decision.in_(("open", "accept"))
    )
    rows = session.execute(accepted).all()
    for facts, action in rows:
        for need in needs_for(facts, action):
            wanted[need] = wanted.get(need, 0) + 1
    return {
        **data,
        "ground": made.ground,
        "asked": made.asked,
        "ending": made.ending,
        "draft_rules": drafts_among(session, (facts for facts, _ in rows)),
        "needs": [
            {
                "need": need,
                "text": say(NEEDS, need, language),
                "records": wanted.get(need, 0),
                "given": made.consents.get(need),
            }
            for need in sorted({*wanted, *made.consents})
        ],
        "digest": made.digest or digest_of(session, made),
        "transfers": [
            transfer_data(one)
            for one in session.scalars(
                select(Transfer).where(Transfer.disposition_id == made.id).order_by(Transfer.id)
            )
        ],
        "certificate": None
        if certificate is None
        else {"id": certificate.id, "made_at": certificate.made_at.isoformat(), "counts": certificate.counts},
    }


def items_data(
    session: Session,
    principal: Principal,
    made: Disposition,
    language: str,
    *,
    decision: str = "",
    limit: int = 100,
    after: str = "",
) -> list[dict[str, Any]]:
    """The records of a disposition that may be seen, in the order of their numbers."""
    query = _seen_items(principal, made.id)
    if decision:
        query = query.where(DispositionItem.decision == decision)
    if after:
        query = query.where(DispositionItem.record_id > after)
    rows = session.execute(query.order_by(DispositionItem.record_id).limit(limit)).all()
    return [_item(item, record, language) for item, record in rows]


def _seen_items(principal: Principal, disposition_id: str) -> Select[DispositionItem, Record]:
    return (
        select(DispositionItem, Record)
        .join(Record, Record.id == DispositionItem.record_id)
        .where(DispositionItem.disposition_id == disposition_id, visible_to(principal))
    )


def _item(item: DispositionItem, record: Record, language: str) -> dict[str, Any]:
    facts = item.facts
    return {
        "record": item.record_id,
        "title": record.title or record.file_name,
        "record_state": record.state,
        "class": facts["class"],
        "rule": facts["rule"],
        "rule_version": facts["rule_version"],
        "basis": facts["basis"],
        "kept_through": facts["until"],
        "action": item.action,
        "action_text": say(ACTIONS, item.action, language),
        "needs": list(needs_for(facts, item.action)),
        "decision": item.decision,
        "decision_text": say(DECISIONS, item.decision, language),
        "reason": item.reason,
        "until": item.until.isoformat() if item.until else None,
        "new_class": item.class_code,
        "decided_by": item.decided_by,
        "outcome": item.outcome,
        "outcome_text": say(OUTCOMES, item.outcome, language),
        "failure": {"code": item.failure, "text": say(FAILURES, item.failure, language)}
        if item.failure
        else None,
        "remains": [{**left, "text": say(REMAINS, left["why"], language)} for left in item.remains],
        "ended_at": item.ended_at.isoformat() if item.ended_at else None,
    }


def _summary(
    session: Session,
    principal: Principal,
    made: Disposition,
    names: dict[str, str],
    today: date,
    language: str,
) -> dict[str, Any]:
    counts: dict[str, int] = {}
    counted = (
        select(DispositionItem.decision, DispositionItem.outcome, func.count())
        .join(Record, Record.id == DispositionItem.record_id)
        .where(DispositionItem.disposition_id == made.id, visible_to(principal))
        .group_by(DispositionItem.decision, DispositionItem.outcome)
    )
    for decision, outcome, count in session.execute(counted):
        for name in (decision, outcome, "records"):
            if name:
                counts[name] = counts.get(name, 0) + count
    return {
        "id": made.id,
        "title": made.title,
        "state": made.state,
        "state_text": say(STATES, made.state, language),
        "proposed_by": names.get(made.proposer, made.proposer),
        "proposed_at": made.proposed_at.isoformat(),
        "reviewed_by": [names.get(person, person) for person in made.reviewers],
        "released_by": names.get(made.releaser or "", made.releaser),
        "released_at": made.released_at.isoformat() if made.released_at else None,
        "confirm_by": made.confirm_by.isoformat(),
        "overdue": made.state == "proposed" and made.confirm_by < today,
        "started_at": made.started_at.isoformat() if made.started_at else None,
        "ended_at": made.ended_at.isoformat() if made.ended_at else None,
        "counts": counts,
    }


def transfer_data(one: Transfer) -> dict[str, Any]:
    """A package as plain data."""
    return {
        "id": one.id,
        "kind": one.kind,
        "disposition": one.disposition_id,
        "case": one.case_id,
        "state": one.state,
        "reason": one.reason,
        "recipient": one.recipient,
        "asked_at": one.asked_at.isoformat(),
        "records": one.records,
        "size": one.size,
        "sha256": one.sha256,
        "receipt": None
        if one.receipt_at is None
        else {
            "reference": one.receipt_reference,
            "sha256": one.receipt_sha256,
            "by": one.receipt_by,
            "at": one.receipt_at.isoformat(),
        },
    }


def get_certificate(session: Session, principal: Principal, certificate_id: str) -> Certificate:
    """A certificate, if every record in its run may be seen: it names them all. Raises NotFoundError."""
    require_look(principal)
    made = session.get(Certificate, certificate_id)
    if made is None or _hides(session, principal, made.disposition_id):
        raise NotFoundError("There is no such certificate.", certificate=certificate_id)
    return made


def list_certificates(session: Session, principal: Principal, *, limit: int = 100) -> list[Certificate]:
    """The certificates that the principal may read, the newest first."""
    require_look(principal)
    hidden = (
        select(DispositionItem.record_id)
        .join(Record, Record.id == DispositionItem.record_id)
        .where(DispositionItem.disposition_id == Certificate.disposition_id, ~visible_to(principal))
        .exists()
    )
    query = select(Certificate).where(~hidden).order_by(Certificate.id.desc()).limit(limit)
    return list(session.scalars(query))


def _hides(session: Session, principal: Principal, disposition_id: str) -> bool:
    hidden = (
        select(DispositionItem.record_id)
        .join(Record, Record.id == DispositionItem.record_id)
        .where(DispositionItem.disposition_id == disposition_id, ~visible_to(principal))
    )
    return session.scalar(hidden.limit(1)) is not None


def _names(session: Session, rows: Iterable[Disposition]) -> dict[str, str]:
    people = {p for made in rows for p in (made.proposer, made.releaser, *made.reviewers) if p}
    return dict(session.execute(select(User.id, User.name).where(User.id.in_(people))).all())
