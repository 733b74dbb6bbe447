"""Uploads that are under way."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from akta.db.base import Base, Id, Instant


class PartialUpload(Base):
    """A file that comes in pieces, until it has a receipt.

    `size` are the bytes it will have, `done` those that are safe on the disk: what may lie in its file
    beyond them was never promised and is cut off. `modified` is what the sender's computer says of the
    file's last change, in milliseconds since 1970, by which a browser knows it again. The name is emptied
    when the receipt has it.
    """

    __tablename__ = "partial_uploads"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("users.id"))
    channel: Mapped[str] = mapped_column(String(20))
    file_name: Mapped[str] = mapped_column(String(400))
    modified: Mapped[int | None] = mapped_column(BigInteger)
    size: Mapped[int] = mapped_column(BigInteger)
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    begun_at: Mapped[datetime] = mapped_column(Instant)
    touched_at: Mapped[datetime] = mapped_column(Instant, index=True)
    receipt_id: Mapped[str | None] = mapped_column(ForeignKey("receipts.id"))

    __table_args__ = (Index("ix_partial_uploads_person_id", "person", "id"),)
