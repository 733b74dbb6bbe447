"""Areas of a record's pages that were blacked out, as a person asked for."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from akta.db.base import Base, Id, Instant, Json


class Redaction(Base):
    """A request to make a copy of a record without some areas. It goes with the record's content.

    `boxes` are `{"page", "box"}`, the box (x0, y0, x1, y1) in fractions of the page as shown. `version` is
    the version of the bytes that was looked at. `state` is waiting, made or failed.
    """

    __tablename__ = "redactions"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), index=True)
    boxes: Mapped[list[Any]] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    version: Mapped[int] = mapped_column(Integer)
    asked_by: Mapped[str] = mapped_column(String(120))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
