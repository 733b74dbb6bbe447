"""Registering what a person asks about their data, finding their papers, and deciding on each of them.

GDPR, art. 12: an answer within one month, two more where it is hard; art. 15 to 18 and 21: what may be
asked. A decision is about a paper, never about a person's papers as a whole: of ten, one may be
evidence in a claim (art. 17(3)(e)) and nine go. What was refused or restricted because of a hold or a
duty to keep is asked again when that ends.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.kernel.clock import Clock, civil_date
from akta.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from akta.kernel.ids import new_id
from akta.records.guard import changed, lock
from akta.records.models import Party, Record, RecordParty
from akta.records.redactions import Redaction
from akta.records.visibility import visible_to
from retention.disposition.facts import parts
from retention.disposition.models import Disposition
from retention.disposition.proposing import Proposal
from retention.events.days import check_day
from retention.requests.models import DECISIONS, KINDS, SubjectItem, SubjectRequest
from retention.rules.compute import add
from retention.rules.model import Period

#: Grounds of a refusal or a restriction, and whether they end by themselves (a hold, a duty to keep).
ARTICLES: Final[dict[str, bool]] = {
    "17(3)(a)": False,  # freedom of expression and information
    "17(3)(b)": True,  # a legal duty to keep
    "17(3)(c)": True,  # public health
    "17(3)(d)": False,  # archiving in the public interest
    "17(3)(e)": True,  # legal claims
    "18(1)(a)": True,  # accuracy contested
    "18(1)(b)": True,  # unlawful, but the person wants it kept
    "18(1)(c)": True,  # the person needs it for claims
    "18(1)(d)": True,  # objection pending
    "15(4)": False,  # rights of others
    "12(5)": False,  # manifestly unfounded or excessive
    "11(2)": False,  # the person cannot be told
}
MOST: Final = 5_000
_AT_ONCE: Final = 500

#: Proposes a disposition: (session, principal, what) to it.
Propose = Callable[[Session, Principal, Proposal], Disposition]


@dataclass(frozen=True, slots=True)
class Registration:
    """What came in: `received_on` is the civil day of its receipt."""

    kind: str
    subject: str
    received_on: date
    contact: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ItemDecision:
    """What is decided on records. `article` (of `ARTICLES`) is needed to refuse and to restrict."""

    decision: str
    records: tuple[str, ...]
    article: str = ""
    reason: str = ""


class SubjectRequests:
    """Requests of persons. Erasure is proposed as a disposition, so a second person releases it."""

    def __init__(self, audit: AuditLog, clock: Clock, zone: str, propose: Propose) -> None:
        self._audit = audit
        self._clock = clock
        self._zone = zone
        self._propose = propose

    @property
    def today(self) -> date:
        return civil_date(self._clock.now(), self._zone)

    def register(self, session: Session, principal: Principal, asked: Registration) -> SubjectRequest:
        """Write a request down; it must be answered within a month of its receipt."""
        principal.require(Right.DISPOSE)
        if asked.kind not in KINDS:
            raise InvalidError(f"A request is one of: {', '.join(KINDS)}.")
        if not asked.subject.strip():
            raise InvalidError("Say who asks.")
        if check_day(asked.received_on) > self.today:
            raise InvalidError("The request cannot have come in the future.")
        now = self._clock.now()
        made = SubjectRequest(
            id=new_id(),
            kind=asked.kind,
            subject=asked.subject.strip()[:300],
            contact=asked.contact.strip()[:1000],
            note=asked.note.strip()[:4000],
            received_on=asked.received_on,
            due_on=add(asked.received_on, Period(months=1)),
            extended=False,
            state="open",
            identity_how="",
            registered_by=principal.actor,
            registered_at=now,
        )
        session.add(made)
        session.flush()
        # The person's name stays out of the log, which is kept for good.
        self._note(
            session, principal, "request.registered", made, kind=made.kind, due=made.due_on.isoformat()
        )
        return made

    def get(self, session: Session, principal: Principal, request_id: str) -> SubjectRequest:
        """A request. Raises NotFoundError."""
        if not {Right.DISPOSE, Right.AUDIT} & principal.rights:
            raise ForbiddenError("Requests of persons are for officers and auditors.")
        made = session.get(SubjectRequest, request_id, populate_existing=True)
        if made is None:
            raise NotFoundError("There is no such request.", request=request_id)
        return made

    def confirm_identity(
        self, session: Session, principal: Principal, request_id: str, how: str
    ) -> SubjectRequest:
        """Write down that and how it was made sure that the person is who they say."""
        made = self._locked(session, principal, request_id)
        if not how.strip():
            raise InvalidError("Say how the person was recognised.")
        made.identity_how, made.identity_by = how.strip()[:200], principal.actor
        made.identity_at = self._clock.now()
        self._note(session, principal, "request.identity_confirmed", made)
        return made

    def extend(self, session: Session, principal: Principal, request_id: str, reason: str) -> SubjectRequest:
        """Take two more months, once; the person must be told why within the first (art. 12(3))."""
        made = self._locked(session, principal, request_id)
        if made.extended:
            raise ConflictError("The time for this request was extended already.")
        if self.today > made.due_on:
            raise ConflictError("The month is over, so it cannot be extended any more.")
        if not reason.strip():
            raise InvalidError("Say why it takes longer; the person must be told, too.")
        made.extended, made.due_on = True, add(made.received_on, Period(months=3))
        self._note(session, principal, "request.extended", made, reason=reason.strip()[:500])
        return made

    # -- finding -----------------------------------------------------------

    def add_records(
        self, session: Session, principal: Principal, request_id: str, record_ids: Sequence[str]
    ) -> int:
        """Say that the request is about these records; returns how many were added."""
        made = self._locked(session, principal, request_id)
        wanted = sorted(set(record_ids))
        if not wanted or len(wanted) > MOST:
            raise InvalidError(f"Name 1 to {MOST} records.")
        added = 0
        for part in parts(wanted, _AT_ONCE):
            seen = set(
                session.scalars(
                    select(Record.id).where(
                        Record.id.in_(part), Record.state != "destroyed", visible_to(principal)
                    )
                )
            )
            if missing := sorted(set(part) - seen):
                raise NotFoundError(f"There is no such record: {missing[0][:40]}.", record=missing[0][:40])
            known = set(
                session.scalars(
                    select(SubjectItem.record_id).where(
                        SubjectItem.request_id == made.id, SubjectItem.record_id.in_(part)
                    )
                )
            )
            for record_id in sorted(seen - known):
                session.add(SubjectItem(request_id=made.id, record_id=record_id, article="", reason=""))
                added += 1
        session.flush()
        self._note(session, principal, "request.records_added", made, records=added)
        return added

    def add_party(self, session: Session, principal: Principal, request_id: str, party_id: str) -> int:
        """Add the records that name a party, under any of its spellings; returns how many are new."""
        root = session.scalar(select(Party.root_id).where(Party.id == party_id))
        named = (
            select(RecordParty.record_id)
            .join(Party, Party.id == RecordParty.party_id)
            .join(Record, Record.id == RecordParty.record_id)
            .where(Party.root_id == (root or ""), Record.state != "destroyed", visible_to(principal))
            .distinct()
        )
        ids = list(session.scalars(named.limit(MOST + 1)))
        if not ids:
            raise NotFoundError("There is no such party.", party=party_id)
        return self.add_records(session, principal, request_id, ids)

    # -- deciding ----------------------------------------------------------

    def decide(
        self, session: Session, principal: Principal, request_id: str, said: ItemDecision
    ) -> Disposition | None:
        """Decide on records of a request; for an erasure returns the disposition that was proposed.

        Raises InvalidError, NotFoundError; ConflictError for what cannot be: erasing what must still be kept,
        or giving out before it is known who asks.
        """
        made = self._locked(session, principal, request_id)
        self._check(made, said)
        items = self._items(session, principal, made, said.records)
        proposed = self._act(session, principal, made, said)
        now = self._clock.now()
        for item in items:
            item.decision, item.article, item.reason = said.decision, said.article, said.reason.strip()[:2000]
            item.decided_by, item.decided_at = principal.actor, now
            item.disposition_id = proposed.id if proposed is not None else None
            item.asked_again_at = None
            self._audit.note(
                session,
                now,
                principal.actor,
                "request.decided",
                f"record:{item.record_id}",
                request=made.id,
                decision=said.decision,
                article=said.article,
            )
        session.flush()
        return proposed

    def _check(self, made: SubjectRequest, said: ItemDecision) -> None:
        if said.decision not in DECISIONS:
            raise InvalidError(f"Decide one of: {', '.join(DECISIONS)}.")
        if said.decision in ("refuse", "restrict"):
            if said.article not in ARTICLES:
                raise InvalidError(f"Name the article: {', '.join(ARTICLES)}.")
            if not said.reason.strip():
                raise InvalidError("Say why.")
        if said.decision in ("erase", "give", "redact") and made.identity_at is None:
            raise ConflictError("First make sure who asks, and write down how.")

    def _act(
        self, session: Session, principal: Principal, made: SubjectRequest, said: ItemDecision
    ) -> Disposition | None:
        match said.decision:
            case "erase":
                ground = f"GDPR, art. 17(1); request {made.id}. {said.reason.strip()}".strip()
                asked = Proposal(f"Request {made.id}", ground, records=said.records, action="erase")
                return self._propose(session, principal, asked)
            case "restrict":
                for record_id in sorted(said.records):
                    restrict(session, self._audit, principal, record_id, True, made.id, self._clock.now())
            case "redact":
                there = set(
                    session.scalars(
                        select(Redaction.record_id).where(
                            Redaction.record_id.in_(said.records), Redaction.state == "made"
                        )
                    )
                )
                if missing := sorted(set(said.records) - there):
                    raise ConflictError(
                        f"Record {missing[0]} has no redacted copy yet. Make one first.", record=missing[0]
                    )
        return None

    def _items(
        self, session: Session, principal: Principal, made: SubjectRequest, records: Sequence[str]
    ) -> list[SubjectItem]:
        wanted = sorted(set(records))
        found: list[SubjectItem] = []
        for part in parts(wanted, _AT_ONCE):
            query = (
                select(SubjectItem)
                .join(Record, Record.id == SubjectItem.record_id)
                .where(SubjectItem.request_id == made.id, SubjectItem.record_id.in_(part))
                .where(Record.state != "destroyed", visible_to(principal))
                .order_by(SubjectItem.record_id)
            )
            found += session.scalars(query).all()
        if not wanted or len(found) != len(wanted):
            raise NotFoundError("There is no such record in this request.", request=made.id)
        return found

    def leave(
        self, session: Session, principal: Principal, request_id: str, record_id: str, reason: str
    ) -> None:
        """Say that a decision that came up again stays as it is, and why."""
        principal.require(Right.DISPOSE)
        self.get(session, principal, request_id)
        item = session.get(SubjectItem, (request_id, record_id), with_for_update=True)
        if item is None or item.decision is None:
            raise NotFoundError("There is no such record in this request.", request=request_id)
        if not reason.strip():
            raise InvalidError("Say why it stays as it was decided.")
        item.asked_again_at = self._clock.now()
        item.reason = f"{item.reason}\n{self.today.isoformat()}: {reason.strip()}"[:4000]
        self._audit.note(
            session,
            self._clock.now(),
            principal.actor,
            "request.left_as_it_is",
            f"record:{record_id}",
            request=request_id,
        )

    def close(self, session: Session, principal: Principal, request_id: str) -> SubjectRequest:
        """End a request that was answered. Raises ConflictError while a record of it is undecided."""
        made = self._locked(session, principal, request_id)
        waiting = select(SubjectItem.record_id).where(
            SubjectItem.request_id == made.id, SubjectItem.decision.is_(None)
        )
        if session.scalar(waiting.limit(1)) is not None:
            raise ConflictError("Nobody has decided on some of its records yet.")
        made.state, made.closed_by, made.closed_at = "closed", principal.actor, self._clock.now()
        self._note(session, principal, "request.closed", made)
        return made

    # -- parts -------------------------------------------------------------

    def _locked(self, session: Session, principal: Principal, request_id: str) -> SubjectRequest:
        principal.require(Right.DISPOSE)
        self.get(session, principal, request_id)
        return session.get_one(SubjectRequest, request_id, with_for_update=True, populate_existing=True)

    def _note(
        self, session: Session, principal: Principal, action: str, made: SubjectRequest, **details: object
    ) -> None:
        self._audit.note(session, self._clock.now(), principal.actor, action, f"request:{made.id}", **details)
        session.flush()


def restrict(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    record_id: str,
    on: bool,
    ground: str,
    now: datetime,
) -> Record:
    """Let only officers see a record, or all again who may. As nothing is lost, a hold is no hindrance."""
    principal.require(Right.DISPOSE)
    query = select(Record.id).where(
        Record.id == record_id, Record.state != "destroyed", visible_to(principal)
    )
    if session.scalar(query) is None:
        raise NotFoundError("There is no such record.", record=record_id)
    record = lock(session, record_id)
    if record.restricted != on:
        record.restricted = on
        action = "record.restricted" if on else "record.unrestricted"
        audit.note(session, now, principal.actor, action, f"record:{record_id}", ground=ground[:200])
        changed(session, record)
    return record
