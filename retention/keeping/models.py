"""What was computed of a record's keeping and when, what lengthens it, and what computes it anew."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from akta.db.base import Base, Id, Instant, Json


class KeepingEntry(Base):
    """A derivation that differed from the one before it. Rows are never changed and never removed.

    `number` counts a record's entries from 1. `cause` says why it was computed: `filed`, `reclassified`,
    `event:…`, `events:…` (of one file), `case:…`, `extension:…`, `schedule:…`, `entity:…`, `approval:…`,
    `day:…` (on which a rule began or ceased to count).
    `outcome` is `none` where the record has no class. The stub of a destroyed record keeps its entries, so
    they hold no words of papers: dates, names of facts, and numbers of events; a date of birth is withheld.
    """

    __tablename__ = "retention_history"

    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)
    cause: Mapped[str] = mapped_column(String(60))
    actor: Mapped[str] = mapped_column(String(120))
    outcome: Mapped[str] = mapped_column(String(16))
    retain_through: Mapped[date | None] = mapped_column(Date)
    class_code: Mapped[str | None] = mapped_column(String(40))
    class_version: Mapped[int | None] = mapped_column(Integer)
    derivation: Mapped[dict[str, Any] | None] = mapped_column(Json)

    __table_args__ = (Index("ix_retention_history_cause", "cause"),)


class Extension(Base):
    """A further duty to keep a record through `until`, given by a person. It only ever lengthens."""

    __tablename__ = "retention_extensions"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), index=True)
    until: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(Instant)
    cancelled_by: Mapped[str | None] = mapped_column(String(120))
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)
    cancel_reason: Mapped[str] = mapped_column(Text, default="")


class LegalEntity(Base):
    """A company or office whose records these are, and its fiscal years as `[start, end]` days in order."""

    __tablename__ = "legal_entities"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    nip: Mapped[str | None] = mapped_column(String(20), unique=True)
    is_default: Mapped[bool] = mapped_column(Boolean, default=False)
    fiscal_years: Mapped[list[Any]] = mapped_column(Json)
    row_version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        Index(
            "uq_legal_entities_default",
            "is_default",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
    )


class Recomputation(Base):
    """Computing the keeping of many records anew: which ones, why, how far it is, and what came of it.

    `scope` is all, record, case, party, class, entity or batch (the subjects of events recorded together).
    `cursor` is the place it came to. `report` counts by class. `may_shorten`: a person has approved that
    records are kept for less time than before.
    """

    __tablename__ = "recomputations"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    scope: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(String(64), default="")
    cause: Mapped[str] = mapped_column(String(60))
    actor: Mapped[str] = mapped_column(String(120))
    may_shorten: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    cursor: Mapped[str] = mapped_column(String(70), default="")
    seen: Mapped[int] = mapped_column(Integer, default=0)
    changed: Mapped[int] = mapped_column(Integer, default=0)
    report: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (Index("ix_recomputations_state", "state", "id"),)


class Shortening(Base):
    """A record that a change of the schedule would keep for less time: not done until a person agrees.

    `state` is open, approved, refused, or gone (nothing is left to decide).
    """

    __tablename__ = "retention_shortenings"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"))
    recomputation_id: Mapped[str | None] = mapped_column(Id, index=True)
    cause: Mapped[str] = mapped_column(String(60))
    class_code: Mapped[str] = mapped_column(String(40))
    class_version: Mapped[int] = mapped_column(Integer)
    before_outcome: Mapped[str] = mapped_column(String(16))
    before_through: Mapped[date | None] = mapped_column(Date)
    after_outcome: Mapped[str] = mapped_column(String(16))
    after_through: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(8), default="open")
    found_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_retention_shortenings_record_id", "record_id", "state"),
        Index("ix_retention_shortenings_state", "state", "id"),
    )


class DeferredKeeping(Base):
    """A held record whose keeping would have become shorter: computed anew once no hold covers it."""

    __tablename__ = "retention_deferred"

    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), primary_key=True)
    cause: Mapped[str] = mapped_column(String(60))
    since: Mapped[datetime] = mapped_column(Instant)


class KeptDay(Base):
    """The last civil day whose coming was seen to (`retention.keeping.days`). There is one row, number 1."""

    __tablename__ = "retention_days"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date)
    seen_at: Mapped[datetime] = mapped_column(Instant)
