"""Business events as they were recorded, corrected and cancelled; nothing of them is ever overwritten."""

from datetime import date, datetime

from sqlalchemy import Date, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from akta.db.base import Base, Id, Instant

#: What an event can be about.
SUBJECTS = ("record", "case", "party", "class", "entity")
#: `proposed` counts for nothing; `recorded` counts; `cancelled` and `dismissed` are ends.
STATES = ("proposed", "recorded", "cancelled", "dismissed")


class BusinessEvent(Base):
    """Something that happened, on the civil day `effective`, to `subject_kind` `subject_id`.

    `kind` is the name of the fact that rules ask for. `value` is empty for a date, else `yes`, `no` or a
    word. `corrects` is the event in whose place this one stands. `evidence_record` and `evidence` say what
    proves it. `key` makes an import harmless when it is repeated; `batch` names what was recorded
    together. `source_record` and `source_field` are the paper that a proposal was read on. What happened
    never changes; only state, decision, and evidence (which goes with a destroyed record) may.
    """

    __tablename__ = "business_events"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    subject_kind: Mapped[str] = mapped_column(String(8))
    subject_id: Mapped[str] = mapped_column(String(40))
    effective: Mapped[date] = mapped_column(Date)
    value: Mapped[str] = mapped_column(String(40), default="")
    evidence_record: Mapped[str | None] = mapped_column(Id)
    evidence: Mapped[str] = mapped_column(Text, default="")
    actor: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(10))
    corrects: Mapped[str | None] = mapped_column(Id)
    key: Mapped[str | None] = mapped_column(String(120), unique=True)
    batch: Mapped[str | None] = mapped_column(Id, index=True)
    source_record: Mapped[str | None] = mapped_column(Id, index=True)
    source_field: Mapped[str | None] = mapped_column(String(40))
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        Index("ix_business_events_subject", "subject_kind", "subject_id", "state"),
        Index("ix_business_events_state_id", "state", "id"),
        Index(
            "uq_business_events_proposed",
            *("source_record", "source_field", "subject_kind", "subject_id"),
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
    )
