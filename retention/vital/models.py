"""Which records are vital, and when somebody last made sure of them."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from akta.db.base import Base, Instant


class VitalRecord(Base):
    """A record without which the company could not go on.

    `review_on` is the civil day of the next review, `every_months` the cycle. `copy_place` says where a
    copy lies outside the house, `copy_checked_on` when somebody last saw that it does.
    """

    __tablename__ = "vital_records"

    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    every_months: Mapped[int] = mapped_column(Integer)
    review_on: Mapped[date] = mapped_column(Date, index=True)
    flagged_by: Mapped[str] = mapped_column(String(120))
    flagged_at: Mapped[datetime] = mapped_column(Instant)
    reviewed_by: Mapped[str | None] = mapped_column(String(120))
    reviewed_at: Mapped[datetime | None] = mapped_column(Instant)
    copy_place: Mapped[str] = mapped_column(String(200), default="")
    copy_checked_on: Mapped[date | None] = mapped_column(Date)
