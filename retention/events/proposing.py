"""Events that papers speak of, proposed for an officer to confirm or dismiss.

A certificate that names the end of employment says something about the whole file of that employee, but
only once somebody has agreed: until then a proposal counts for nothing. What is a fact of the paper itself
(see `retention.keeping.facts`) counts for that paper at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from akta.audit.log import AuditLog
from akta.kernel.clock import Clock
from akta.kernel.errors import InvalidError
from akta.kernel.ids import new_id
from akta.records.events import RecordDestroyed, RecordFiled, RecordMoved, RecordUnderstood
from akta.records.models import Field, Party, Record, RecordClass, RecordParty
from retention.events.days import check_day
from retention.events.models import BusinessEvent
from retention.schedules.fileplan import rules_of

_ACTOR: Final = "system:proposals"


@dataclass(frozen=True, slots=True)
class _Source:
    """A field that speaks of an event: its kind, on which types of papers, and about whom.

    `whole`: of the file (case, else the person named), not of the paper alone.
    """

    kind: str
    doc_types: frozenset[str]
    whole: bool = False


_SOURCES: Final = {
    "termination_date": _Source(
        "employment_end", frozenset({"employment_certificate", "resignation_letter"}), whole=True
    ),
    "hire_date": _Source(
        "hired_on", frozenset({"employment_contract", "employment_certificate"}), whole=True
    ),
    "due_date": _Source("payment_due", frozenset({"invoice", "invoice_correction"})),
    "period_end": _Source("recorded_period_end", frozenset({"payslip"})),
}
#: What is valid until a day, by type of paper.
_VALID: Final = {"training_certificate": "training_expired", "warranty": "warranty_expired"}
#: When the tax that a yearly form speaks of is due: month and day of the year after it.
_DUE: Final = {"pit_11": (1, 20), "pit_37": (4, 30)}
_FIELDS: Final = frozenset({*_SOURCES, "valid_until", "tax_year"})
#: Whose file a paper about a person belongs to, if it is in no case.
_PERSON: Final = ("employee", "name")


@dataclass(frozen=True, slots=True)
class _Proposal:
    field: str
    kind: str
    effective: date
    subject_kind: str
    subject_id: str


class Proposals:
    """Listens to papers that are filed, corrected, moved and destroyed."""

    def __init__(self, audit: AuditLog, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock

    def on_filed(self, session: Session, event: RecordFiled) -> None:
        self._propose(session, session.get_one(Record, event.record_id))

    def on_understood(self, session: Session, event: RecordUnderstood) -> None:
        record = session.get_one(Record, event.record_id)
        if record.state == "filed":  # a correction; others are filed later
            self._propose(session, record)

    def on_moved(self, session: Session, event: RecordMoved) -> None:
        record = session.get_one(Record, event.record_id)
        if record.state == "filed":
            self._propose(session, record)

    def on_destroyed(self, session: Session, event: RecordDestroyed) -> None:
        """What a destroyed record proposed or proved goes with its words; the event itself stays."""
        mine = BusinessEvent.source_record == event.record_id
        proved = BusinessEvent.evidence_record == event.record_id
        about = (BusinessEvent.subject_kind == "record") & (BusinessEvent.subject_id == event.record_id)
        session.execute(
            update(BusinessEvent)
            .where(mine, BusinessEvent.state == "proposed")
            .values(state="dismissed", decided_by=_ACTOR, decided_at=self._clock.now())
        )
        session.execute(update(BusinessEvent).where(mine | proved | about).values(evidence="", reason=""))

    def _propose(self, session: Session, record: Record) -> None:
        """Bring the open proposals of a record in line with what its paper says now."""
        wanted = {(p.field, p.subject_kind, p.subject_id): p for p in self._found(session, record)}
        mine = select(BusinessEvent).where(BusinessEvent.source_record == record.id)
        for event in session.scalars(mine.where(BusinessEvent.source_field.in_(_FIELDS))):
            key = (event.source_field or "", event.subject_kind, event.subject_id)
            same = key in wanted and (wanted[key].kind, wanted[key].effective) == (
                event.kind,
                event.effective,
            )
            if same:  # also one that was decided about: it is not proposed again
                del wanted[key]
            elif event.state == "proposed":
                event.state, event.decided_by, event.decided_at = "dismissed", _ACTOR, self._clock.now()
        session.flush()
        session.add_all(self._row(record.id, proposal) for proposal in wanted.values())
        for proposal in wanted.values():
            self._audit.note(
                session,
                self._clock.now(),
                _ACTOR,
                "event.proposed",
                f"{proposal.subject_kind}:{proposal.subject_id}",
                kind=proposal.kind,
                effective=proposal.effective.isoformat(),
                record=record.id,
            )

    def _row(self, record_id: str, proposal: _Proposal) -> BusinessEvent:
        return BusinessEvent(
            id=new_id(),
            kind=proposal.kind,
            subject_kind=proposal.subject_kind,
            subject_id=proposal.subject_id,
            effective=proposal.effective,
            value="",
            evidence_record=record_id,
            evidence="",
            actor=_ACTOR,
            recorded_at=self._clock.now(),
            state="proposed",
            source_record=record_id,
            source_field=proposal.field,
            reason="",
        )

    def _found(self, session: Session, record: Record) -> Iterable[_Proposal]:
        asked = _asked_in(session, record.domain)
        rows = session.execute(
            select(Field.name, Field.value).where(Field.record_id == record.id, Field.name.in_(_FIELDS))
        )
        for name, value in rows:
            kind, whole = _kind_of(record, name)
            day = _tax_due(record, value) if name == "tax_year" else _day(value)
            if kind is None or day is None or kind not in asked:
                continue
            subject = _whole(session, record) if whole else ("record", record.id)
            if subject is not None:
                yield _Proposal(name, kind, day, *subject)


def _kind_of(record: Record, name: str) -> tuple[str | None, bool]:
    """The kind of event that a field of the record speaks of, and whether it is about the whole file."""
    if name == "valid_until":
        return _VALID.get(record.doc_type or ""), False
    if record.doc_type == "tax_form":
        return ("tax_due" if name in ("due_date", "tax_year") else None), False
    source = _SOURCES.get(name)
    if source is None or record.doc_type not in source.doc_types:
        return None, False
    return source.kind, source.whole


def _asked_in(session: Session, domain: str | None) -> set[str]:
    """The facts that rules of a domain ask for: what nobody asks for is not proposed."""
    classes = session.scalars(select(RecordClass).where(RecordClass.current, RecordClass.domain == domain))
    return {name for cls in classes for rule in rules_of(cls) for name in rule.asks}


def _whole(session: Session, record: Record) -> tuple[str, str] | None:
    """The file that a paper belongs to: its case, else the person it names."""
    if record.case_id is not None:
        return "case", record.case_id
    root = session.scalar(
        select(Party.root_id)
        .join(RecordParty, RecordParty.party_id == Party.id)
        .where(RecordParty.record_id == record.id, RecordParty.role.in_(_PERSON))
        .order_by(RecordParty.role)
    )
    return ("party", root) if root else None


def _day(value: str) -> date | None:
    try:
        return check_day(date.fromisoformat(value[:10]))
    except (ValueError, InvalidError):
        return None


def _tax_due(record: Record, year: str) -> date | None:
    """The day on which the tax of a yearly form is due; None for other forms and for what is no year."""
    month_and_day = _DUE.get(record.subtype or "")
    try:
        return check_day(date(int(year) + 1, *month_and_day)) if month_and_day else None
    except (ValueError, OverflowError, InvalidError):
        return None
