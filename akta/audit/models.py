"""Entries of the log and its signed head."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from akta.db.base import Base, Instant

_Sequence = BigInteger().with_variant(Integer(), "sqlite")


class AuditEntry(Base):
    """One act. `body` is the canonical JSON that `hash` covers together with `previous`.

    The other columns repeat parts of the body so that they can be searched; the
    verifier compares them with it.
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

    __table_args__ = (
        Index("ix_audit_entries_subject", "subject", "seq"),
        Index("ix_audit_entries_actor", "actor", "seq"),
    )


class AuditHead(Base):
    """The last entry's number and hash, signed with a key that is not in the database."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(_Sequence)
    hash: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(128))
