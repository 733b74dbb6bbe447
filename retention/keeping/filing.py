"""Filing a record: its class, and until when it is kept."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.clock import Clock, civil_date
from akta.records.doctypes.current import current
from akta.records.events import RecordUnderstood
from akta.records.models import Field, Record, RecordClass
from retention.rules import Decision, Fact, Step, compute, longest
from retention.schedules.fileplan import class_for, codes, import_plan, lock_plan, rules_of, shipped_plans

#: Fields read on papers that are facts of retention, and the fact's name.
_FIELD_FACTS = {
    "hire_date": "hired_on",
    "termination_date": "employment_end",
}
#: Domains whose papers are about people: without a class they are confidential all the same.
_PERSONAL = frozenset({"hr", "lab"})


class Keeping:
    """Finds classes and computes keeping; subscribes to `RecordUnderstood`."""

    def __init__(self, audit: AuditLog, clock: Clock, zone: str, jurisdiction: str) -> None:
        self._audit = audit
        self._clock = clock
        self._zone = zone
        self._jurisdiction = jurisdiction

    def has_plan(self, database: Database) -> bool:
        """Whether there is any class."""
        with database.read() as session:
            return session.scalar(select(RecordClass.id).limit(1)) is not None

    def load_first_plan(self, database: Database) -> None:
        """Bring the shipped file plan into a database; classes it has stay as the company has them.

        Safe by several processes at once, and after one that died.
        """
        with database.write() as session:
            lock_plan(session)
            there = codes(session)
            new = [cls for cls in shipped_plans() if cls.code not in there]
            import_plan(session, self._audit, "system:setup", new, self._clock.now())

    def on_understood(self, session: Session, event: RecordUnderstood) -> None:
        """File the record in the class of its type and compute its keeping, in the event's transaction."""
        record = session.get_one(Record, event.record_id)
        cls = class_for(session, record.domain, record.doc_type, self._jurisdiction, record.subtype)
        if cls is None:
            record.class_code = None
            if record.domain in _PERSONAL:
                record.confidentiality = max(record.confidentiality, 2)
            record.retention_state = record.retain_through = record.retention = None
            return
        record.class_code = cls.code
        record.confidentiality = max(cls.confidentiality, _level_of_type(record))
        self.compute(session, record, cls)

    def compute(self, session: Session, record: Record, cls: RecordClass) -> Decision:
        """Compute and store until when the record is kept under a class."""
        decision = decide(cls, self.facts(session, record))
        record.retention_state = decision.outcome
        record.retain_through = decision.retain_through
        record.retention = {
            **decision.as_dict(),
            "class": cls.code,
            "class_version": cls.version,
            "computed_at": self._clock.now().isoformat(),
        }
        return decision

    def facts(self, session: Session, record: Record) -> dict[str, Fact]:
        """What is known about a record that a rule may ask for."""
        facts = {"received": Fact(civil_date(record.received_at, self._zone), "receipt")}
        if record.document_date is not None:
            facts["document_date"] = Fact(record.document_date, "paper")
            end = date(record.document_date.year, 12, 31)
            facts["fiscal_year_end"] = Fact(end, "calendar year", assumed="document_date")
        rows = session.execute(
            select(Field.name, Field.value).where(
                Field.record_id == record.id, Field.name.in_(list(_FIELD_FACTS))
            )
        )
        for name, value in rows:
            try:
                facts[_FIELD_FACTS[name]] = Fact(date.fromisoformat(value[:10]), "paper")
            except ValueError:
                continue
        return facts


def _level_of_type(record: Record) -> int:
    """The confidentiality that a definition asks for its papers, also from those above it; 1 for none."""
    types = current()
    path = types.path(record.subtype or record.doc_type or "")
    return max([1, *(t.confidentiality or 1 for t in map(types.get, path) if t is not None)])


def decide(cls: RecordClass, facts: dict[str, Fact]) -> Decision:
    """What the rules of a class say together, beginning with the class itself."""
    decision = longest([compute(rule, facts) for rule in rules_of(cls) if rule.kind == "keep"])
    head = Step("class", {"class": cls.code, "title_pl": cls.title_pl, "title_en": cls.title_en})
    return Decision(
        decision.outcome,
        decision.retain_through,
        (head, *decision.steps),
        decision.rule_id,
        decision.rule_version,
        decision.action,
        decision.missing,
        decision.conflicts,
    )
