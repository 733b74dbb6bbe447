"""Entries of the log and its signed head."""

from datetime import datetime

from sqlalchemy import BigInteger, Float, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from akta.db.base import Base, Id, Instant, Json

_Sequence = BigInteger().with_variant(Integer(), "sqlite")


class AuditEntry(Base):
    """One act. `body` is the canonical JSON that `hash` covers together with `previous`.

    The other columns repeat parts of the body so that they can be searched; the
    verifier compares them with it. `signature` (hex) is that of the last entry of a
    transaction; entries of before they were signed one by one have none.
    """

    __tablename__ = "audit_entries"

    seq: Mapped[int] = mapped_column(_Sequence, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str | None] = mapped_column(String(128))

    __table_args__ = (
        Index("ix_audit_entries_subject", "subject", "seq"),
        Index("ix_audit_entries_actor", "actor", "seq"),
        Index("ix_audit_entries_action", "action", "seq"),
        Index("ix_audit_entries_at", "at"),
    )


class AuditHead(Base):
    """The last entry's number and hash, signed with a key that is not in the database."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(_Sequence)
    hash: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(128))


class AuditCheck(Base):
    """What a verification of the log found: sentences, `problems` and `notes`. Kept for those who ask."""

    __tablename__ = "audit_checks"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[str] = mapped_column(String(120))
    entries: Mapped[int] = mapped_column(_Sequence)
    problems: Mapped[list[str]] = mapped_column(Json)
    notes: Mapped[list[str]] = mapped_column(Json)
    seconds: Mapped[float] = mapped_column(Float)
