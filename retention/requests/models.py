"""Requests of persons about their data, and what was decided on each record."""

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from akta.db.base import Base, Id, Instant

KINDS = ("access", "erasure", "restriction", "objection")
DECISIONS = ("erase", "redact", "restrict", "refuse", "give")


class SubjectRequest(Base):
    """What a person (`subject`) asked for and by when it must be answered.

    `due_on` is the civil day a month after the receipt (GDPR, art. 12(3)), two more if `extended`.
    `state` is open or closed. What is decided here is kept as evidence; it names the person.
    """

    __tablename__ = "subject_requests"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(Text)
    contact: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    received_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    extended: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[str] = mapped_column(String(12), default="open", index=True)
    identity_how: Mapped[str] = mapped_column(String(200), default="")
    identity_by: Mapped[str | None] = mapped_column(String(120))
    identity_at: Mapped[datetime | None] = mapped_column(Instant)
    registered_by: Mapped[str] = mapped_column(String(120))
    registered_at: Mapped[datetime] = mapped_column(Instant)
    closed_by: Mapped[str | None] = mapped_column(String(120))
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class SubjectItem(Base):
    """A record that a request is about. `decision` is None until somebody has decided.

    `article` is the ground of a refusal or restriction. `asked_again_at` is when a decision that was put
    off by a hold or a duty came up again and was left as it is.
    """

    __tablename__ = "subject_items"

    request_id: Mapped[str] = mapped_column(ForeignKey("subject_requests.id"), primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), primary_key=True, index=True)
    decision: Mapped[str | None] = mapped_column(String(12), index=True)
    article: Mapped[str] = mapped_column(String(40), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    disposition_id: Mapped[str | None] = mapped_column(ForeignKey("dispositions.id"))
    asked_again_at: Mapped[datetime | None] = mapped_column(Instant)
