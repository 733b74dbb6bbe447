"""Exports and the records in them."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from akta.db.base import Base, Id, Instant

#: Where an export can be. `withdrawn`: a record in it was destroyed, so the file went with it.
STATES = ("waiting", "running", "ready", "failed", "cancelled", "expired", "withdrawn")
IN_PROGRESS = ("waiting", "running")


class Export(Base):
    """A result that somebody asked to carry away.

    `person` may download it, `actor` asked for it (a token must still be good when it is made).
    `found` is how many records fitted, `done` how many of them were looked at, `records` how many are in
    the file, `left_out` how many were not to be seen any more, `problems` how many originals are
    missing or damaged. `sensitive`: what sensitive fields say was asked for, else it is masked. `file` is its
    name in the exports' folder; `size` is in bytes.
    """

    __tablename__ = "exports"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    person: Mapped[str] = mapped_column(Id)
    actor: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(120))
    query: Mapped[str] = mapped_column(Text)
    sort: Mapped[str] = mapped_column(String(16))
    format: Mapped[str] = mapped_column(String(4))
    language: Mapped[str] = mapped_column(String(2))
    for_excel: Mapped[bool] = mapped_column(Boolean, default=False)
    sensitive: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    state: Mapped[str] = mapped_column(String(12), default="waiting", index=True)
    reason: Mapped[str | None] = mapped_column(String(24))
    found: Mapped[int] = mapped_column(Integer, default=0)
    done: Mapped[int] = mapped_column(Integer, default=0)
    records: Mapped[int] = mapped_column(Integer, default=0)
    left_out: Mapped[int] = mapped_column(Integer, default=0)
    problems: Mapped[int] = mapped_column(Integer, default=0)
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[str | None] = mapped_column(String(64))
    file: Mapped[str | None] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (Index("ix_exports_person_id", "person", "id"),)


class ExportRecord(Base):
    """A record whose data is in an export's file, written before its data is."""

    __tablename__ = "export_records"

    export_id: Mapped[str] = mapped_column(ForeignKey("exports.id"), primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), primary_key=True, index=True)
