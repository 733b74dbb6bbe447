"""The review queue's own tables: a row for each paper in review, its sender's keys, who put it off."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Float, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from akta.db.base import Base, Instant, Json


class ReviewItem(Base):
    """A paper in review and its place in the order; see `ingest.review.ranking`.

    `rank` is in minutes, the smallest first; it is `base` less what `alike` (papers of this
    sender that wait, in steps of powers of two) is worth. `terms` say why it stands there.
    `taken_by` looks at it until `taken_until`, so that others are given another paper.
    """

    __tablename__ = "review_items"

    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), primary_key=True)
    rank: Mapped[int] = mapped_column(BigInteger)
    base: Mapped[int] = mapped_column(BigInteger)
    alike: Mapped[int] = mapped_column(Integer, default=1)
    terms: Mapped[list[Any]] = mapped_column(Json, default=list)
    sender: Mapped[str | None] = mapped_column(String(120))
    taken_by: Mapped[str | None] = mapped_column(String(120), index=True)
    taken_until: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_review_items_rank", "rank", "record_id"),
        Index("ix_review_items_sender", "sender", "record_id"),
    )


class ReviewKey(Base):
    """A key by which the sender of a paper that went to review is known; it goes with its content."""

    __tablename__ = "review_keys"

    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True, index=True)
    weight: Mapped[float] = mapped_column(Float)


class ReviewSkip(Base):
    """A person who put a paper off: it comes back to them after `until`, to others at once."""

    __tablename__ = "review_skips"

    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), primary_key=True)
    person: Mapped[str] = mapped_column(String(120), primary_key=True)
    until: Mapped[datetime] = mapped_column(Instant)
