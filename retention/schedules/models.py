"""Drafts of schedules, what they would change, and which classes are locked."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from akta.db.base import Base, Id, Instant, Json


class ScheduleDraft(Base):
    """Classes as somebody proposes them. `text` is what was handed in, `digest` stands for what it says.

    `author` is the person (an account's id, or `operator`), `actor` how the audit log names them. State:
    draft, published (by `approver`, another person), or withdrawn. `valid_from` is the first day it counts.
    """

    __tablename__ = "schedule_drafts"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    format: Mapped[str] = mapped_column(String(4))
    text: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text, default="")
    author: Mapped[str] = mapped_column(String(40))
    actor: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    valid_from: Mapped[date | None] = mapped_column(Date)
    approver: Mapped[str | None] = mapped_column(String(120))
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    recomputation_id: Mapped[str | None] = mapped_column(Id)

    __table_args__ = (Index("ix_schedule_drafts_state", "state", "id"),)


class Simulation(Base):
    """What a draft would change in the whole archive, counted without changing anything.

    `digest` is of the draft and of the classes it would replace: it holds for exactly these. State:
    waiting, running, done, failed. `cursor` is the place it came to; `report` has the counts.
    """

    __tablename__ = "schedule_simulations"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    draft_id: Mapped[str] = mapped_column(ForeignKey("schedule_drafts.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    cursor: Mapped[str] = mapped_column(String(70), default="")
    total: Mapped[int] = mapped_column(Integer, default=0)
    seen: Mapped[int] = mapped_column(Integer, default=0)
    report: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    actor: Mapped[str] = mapped_column(String(120))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class ClassLock(Base):
    """A class whose rules may only become longer and wider. One person asks for it, another locks it."""

    __tablename__ = "class_locks"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    asked_by: Mapped[str] = mapped_column(String(40))
    asked_actor: Mapped[str] = mapped_column(String(120))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    locked_by: Mapped[str | None] = mapped_column(String(120))
    locked_at: Mapped[datetime | None] = mapped_column(Instant)
