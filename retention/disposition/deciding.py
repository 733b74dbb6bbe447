"""Reviewing what is proposed, and releasing it: by a second person, for exactly this list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from akta.access.hands import ties
from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.events.jobs import PRIORITY_RENDER, enqueue
from akta.kernel.clock import Clock, civil_date
from akta.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, StaleError
from akta.records.models import Record
from akta.records.visibility import visible_to
from retention.disposition.facts import digest_of, facts_of, parts
from retention.disposition.models import Disposition, DispositionItem
from retention.disposition.needs import KNOWN, RECEIPT, ending, needs_for
from retention.disposition.obstacles import amiss
from retention.disposition.proposing import Proposal, person_of, propose
from retention.disposition.releasing import (
    accepted_items,
    check_consents,
    check_facts,
    check_second_person,
)
from retention.disposition.words import FAILURES, say

JOB_EXECUTE = "retention.execute"
_AT_ONCE = 500
#: Records whose keeping is changed in one go: each is computed anew.
_MOST_CHANGED = 500

#: (session, audit, principal, record, until, reason, now): keep it longer.
Extend = Callable[[Session, AuditLog, Principal, str, date, str, datetime], object]
#: (session, audit, principal, record, class, reason, now): put it into another class.
Relabel = Callable[[Session, AuditLog, Principal, str, str, str, datetime], object]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reviewer says of records. None as `records` are all that nobody has reviewed yet.

    `until` belongs to extend, `class_code` to relabel; `action` says for accept what is to be done where the
    rule leaves that to a person, and may choose handing over instead of destroying.
    """

    decision: str
    records: tuple[str, ...] | None = None
    reason: str = ""
    until: date | None = None
    class_code: str = ""
    action: str = ""


class Dispositions:
    """Proposing, reviewing, releasing. `extend` and `relabel` change the keeping of a record."""

    def __init__(self, audit: AuditLog, clock: Clock, zone: str, extend: Extend, relabel: Relabel) -> None:
        self._audit = audit
        self._clock = clock
        self._zone = zone
        self._extend = extend
        self._relabel = relabel

    @property
    def today(self) -> date:
        """The civil day in the archive's zone."""
        return civil_date(self._clock.now(), self._zone)

    def propose(self, session: Session, principal: Principal, asked: Proposal) -> Disposition:
        """See `retention.disposition.proposing.propose`."""
        return propose(session, self._audit, principal, asked, self.today, self._clock.now())

    def locked(self, session: Session, principal: Principal, disposition_id: str) -> Disposition:
        """The disposition for a change. Raises NotFoundError if nothing in it may be seen."""
        principal.require(Right.DISPOSE)
        made = session.get(Disposition, disposition_id, with_for_update=True, populate_existing=True)
        if made is None or not may_see(session, principal, made):
            raise NotFoundError("There is no such disposition.", disposition=disposition_id)
        return made

    # -- reviewing ---------------------------------------------------------

    def decide(
        self, session: Session, principal: Principal, disposition_id: str, said: Decision
    ) -> tuple[Disposition, int]:
        """Review records; returns the disposition and how many were decided on.

        It can be done again until the release; a release that has not been carried out becomes void by it.
        Raises NotFoundError, InvalidError, ConflictError, StaleError.
        """
        made = self.locked(session, principal, disposition_id)
        person = person_of(principal)
        self._check(said)
        self._reopen(session, principal, made)
        items = self._items(session, principal, made, said.records)
        if said.decision in ("extend", "relabel") and len(items) > _MOST_CHANGED:
            raise InvalidError(f"At most {_MOST_CHANGED} records are kept longer or moved in one go.")
        now = self._clock.now()
        if said.decision in ("extend", "relabel"):
            self._change_keeping(session, principal, items, said, now)
        known = facts_of(session, [item.record_id for item in items])
        for item in items:
            item.facts = known[item.record_id]
            self._decide_one(item, said)
            item.decision, item.reason = said.decision, said.reason.strip()[:2000]
            item.until = said.until if said.decision == "extend" else None
            item.class_code = said.class_code if said.decision == "relabel" else None
            item.decided_by, item.decided_at = principal.actor, now
        if person not in made.reviewers:
            made.reviewers = [*made.reviewers, person]
        self._audit.note(
            session,
            now,
            principal.actor,
            "disposition.reviewed",
            f"disposition:{made.id}",
            decision=said.decision,
            records=len(items),
        )
        session.flush()
        return made, len(items)

    def _check(self, said: Decision) -> None:
        if said.decision not in ("accept", "extend", "relabel", "exclude"):
            raise InvalidError("Decide: accept, extend, relabel or exclude.")
        if said.decision != "accept" and not said.reason.strip():
            raise InvalidError("Say why.")
        if said.decision == "extend" and (said.until is None or said.until <= self.today):
            raise InvalidError("Say until what day in the future the records are kept.")
        if said.decision == "relabel" and not said.class_code.strip():
            raise InvalidError("Say into which class the records belong.")
        if said.action not in ("", "destroy", "erase", "transfer"):
            raise InvalidError("What is done is destroy, erase or transfer.")

    def _decide_one(self, item: DispositionItem, said: Decision) -> None:
        if said.decision != "accept":
            return
        action = said.action or item.action
        if action == "review":
            raise InvalidError(
                "The rule leaves it to you what is done: say destroy, erase or transfer, and why.",
                record=item.record_id,
            )
        if (
            ending(item.facts["action"]) == "review"
            and item.facts["state"] == "filed"
            and not said.reason.strip()
        ):
            raise InvalidError("The rule leaves it to you: say why.", record=item.record_id)
        if (wrong := amiss(item.facts, action, self.today)) is not None:
            raise ConflictError(
                f"Record {item.record_id} cannot be let go: {say(FAILURES, wrong, 'en')}",
                record=item.record_id,
            )
        item.action = action

    def _change_keeping(
        self,
        session: Session,
        principal: Principal,
        items: Sequence[DispositionItem],
        said: Decision,
        now: datetime,
    ) -> None:
        reason = said.reason.strip()
        for item in items:
            if said.until is not None and said.decision == "extend":
                self._extend(session, self._audit, principal, item.record_id, said.until, reason, now)
            else:
                self._relabel(
                    session, self._audit, principal, item.record_id, said.class_code.strip(), reason, now
                )

    def _items(
        self, session: Session, principal: Principal, made: Disposition, records: Sequence[str] | None
    ) -> list[DispositionItem]:
        query = (
            select(DispositionItem)
            .join(Record, Record.id == DispositionItem.record_id)
            .where(DispositionItem.disposition_id == made.id, visible_to(principal))
            .order_by(DispositionItem.record_id)
        )
        if records is None:
            found = list(session.scalars(query.where(DispositionItem.decision == "open")))
            if not found:
                raise InvalidError("Everything that you may see in it has been reviewed.")
            return found
        wanted = sorted(set(records))
        found = []
        for part in parts(wanted, _AT_ONCE):
            found += session.scalars(query.where(DispositionItem.record_id.in_(part))).all()
        if len(found) != len(wanted) or not wanted:
            raise NotFoundError("There is no such record in this disposition.", disposition=made.id)
        return found

    def _reopen(self, session: Session, principal: Principal, made: Disposition) -> None:
        if made.state == "released":
            self._void_release(session, principal.actor, made, "the list was changed")
        if made.state != "proposed":
            raise ConflictError("This disposition is not under review any more.", state=made.state)

    def _void_release(self, session: Session, actor: str, made: Disposition, why: str) -> None:
        made.state = "proposed"
        made.digest = made.released_by = made.releaser = made.released_at = None
        self._audit.note(
            session,
            self._clock.now(),
            actor,
            "disposition.release_voided",
            f"disposition:{made.id}",
            reason=why,
        )

    # -- consents ----------------------------------------------------------

    def record_consent(
        self, session: Session, principal: Principal, disposition_id: str, need: str, reference: str
    ) -> Disposition:
        """Write down what somebody outside has said: the archive's consent, the declaration of lost value.

        Raises InvalidError without a reference by which it can be found.
        """
        made = self.locked(session, principal, disposition_id)
        need, reference = need.strip(), reference.strip()
        if need == RECEIPT:
            raise InvalidError("A receipt is recorded with the package that was handed over.")
        asked = {n for item in accepted_items(session, made) for n in needs_for(item.facts, item.action)}
        if need not in {*KNOWN, *asked} or not reference:
            raise InvalidError(
                "Say what was given (archive_consent, declared_no_value, archive_opinion) and its reference."
            )
        self._reopen(session, principal, made)
        now = self._clock.now()
        told = {"reference": reference[:400], "by": principal.actor, "at": now.isoformat()}
        made.consents = {**made.consents, need: told}
        self._audit.note(
            session, now, principal.actor, "disposition.consent_recorded", f"disposition:{made.id}", need=need
        )
        session.flush()
        return made

    # -- releasing ---------------------------------------------------------

    def release(
        self, session: Session, principal: Principal, disposition_id: str, digest: str
    ) -> Disposition:
        """Release the list with this hash to be carried out.

        By a second person: not who proposed it, not who reviewed any of it, not who brought one of its
        records in. No role, right or token changes that. Raises ForbiddenError, ConflictError; StaleError
        if the list or a record is not as it was reviewed.
        """
        made = self.locked(session, principal, disposition_id)
        person = person_of(principal)
        if made.state != "proposed":
            raise ConflictError("This disposition is not waiting for a release.", state=made.state)
        now = self._clock.now()
        check_second_person(session, principal, person, made, now)
        waiting = select(func.count()).where(
            DispositionItem.disposition_id == made.id, DispositionItem.decision == "open"
        )
        if count := session.scalar(waiting):
            raise ConflictError(f"{count} of its records have not been reviewed.")
        accepted = accepted_items(session, made)
        if not accepted:
            raise ConflictError("Nothing in it was accepted, so there is nothing to release. Cancel it.")
        check_facts(session, accepted)
        check_consents(session, made, accepted)
        if digest_of(session, made) != digest:
            raise StaleError("The list is not the one that you saw. Load it again and look at it.")
        made.state, made.digest = "released", digest
        made.released_by, made.releaser, made.released_at = principal.actor, person, now
        self._audit.note(
            session,
            now,
            principal.actor,
            "disposition.released",
            f"disposition:{made.id}",
            digest=digest,
            records=len(accepted),
            accounts=ties(session, (person, made.proposer, *made.reviewers), now),
        )
        session.flush()
        return made

    def why_not_release(self, session: Session, principal: Principal, made: Disposition) -> str:
        """Why somebody is not the second person whom a release takes; empty if they may be."""
        try:
            check_second_person(session, principal, person_of(principal), made, self._clock.now())
        except ForbiddenError as refusal:
            return refusal.message
        return ""

    # -- the rest ----------------------------------------------------------

    def withdraw(
        self, session: Session, principal: Principal, disposition_id: str, reason: str
    ) -> Disposition:
        """Take a release back before it is carried out; the list can be reviewed again."""
        made = self.locked(session, principal, disposition_id)
        if made.state != "released":
            raise ConflictError("There is no release to take back.", state=made.state)
        if not reason.strip():
            raise InvalidError("Say why.")
        self._void_release(session, principal.actor, made, reason.strip()[:500])
        session.flush()
        return made

    def cancel(self, session: Session, principal: Principal, disposition_id: str, reason: str) -> Disposition:
        """End a disposition with nothing done."""
        made = self.locked(session, principal, disposition_id)
        if made.state not in ("proposed", "released"):
            raise ConflictError("This disposition cannot be cancelled any more.", state=made.state)
        if not reason.strip():
            raise InvalidError("Say why.")
        now = self._clock.now()
        made.state, made.ended_at, made.ending = "cancelled", now, reason.strip()[:2000]
        self._audit.note(session, now, principal.actor, "disposition.cancelled", f"disposition:{made.id}")
        session.flush()
        return made

    def execute(self, session: Session, principal: Principal, disposition_id: str) -> Disposition:
        """Have a released disposition carried out by a job. Again changes nothing."""
        made = self.locked(session, principal, disposition_id)
        if made.state == "running":
            return made
        if made.state != "released":
            raise ConflictError("Only a released disposition is carried out.", state=made.state)
        now = self._clock.now()
        made.state, made.started_at = "running", now
        self._audit.note(
            session, now, principal.actor, "disposition.started", f"disposition:{made.id}", digest=made.digest
        )
        enqueue(
            session,
            JOB_EXECUTE,
            {"disposition": made.id},
            key=f"disposition:{made.id}",
            now=now,
            priority=PRIORITY_RENDER,
        )
        session.flush()
        return made

    def note_overdue(self, session: Session) -> int:
        """Say once in the log of each proposal that nobody released it in time; returns how many. Upkeep."""
        late = (
            select(Disposition)
            .where(
                Disposition.state == "proposed",
                Disposition.confirm_by < self.today,
                Disposition.overdue_noted_at.is_(None),
            )
            .order_by(Disposition.id)
            .with_for_update()
        )
        found = session.scalars(late).all()
        now = self._clock.now()
        for made in found:
            session.execute(update(Disposition).where(Disposition.id == made.id).values(overdue_noted_at=now))
            self._audit.note(
                session, now, "system:disposition", "disposition.overdue", f"disposition:{made.id}"
            )
        return len(found)


def may_see(session: Session, principal: Principal, made: Disposition) -> bool:
    """Whether the principal may know of a disposition: its own, or one with a record that they may see."""
    if principal.user_id is not None and principal.user_id == made.proposer:
        return True
    seen = (
        select(DispositionItem.record_id)
        .join(Record, Record.id == DispositionItem.record_id)
        .where(DispositionItem.disposition_id == made.id, visible_to(principal))
    )
    return session.scalar(seen.limit(1)) is not None
