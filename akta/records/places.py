"""Where records belong: classes of the file plan, and cases."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from akta.db.base import Base, Id, Instant, Json


class Case(Base):
    """What papers belong to together: an employee's file, an order, an asset.

    `closed_on` is the civil day of the cut-off: from then on nothing is filed into it, and rules may
    count from it. `domain` and `confidentiality` say who sees the case itself; its records have their own.
    """

    __tablename__ = "cases"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(16), default="open")
    opened_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    party_id: Mapped[str | None] = mapped_column(Id, index=True)
    domain: Mapped[str] = mapped_column(String(16), default="other", server_default="other")
    confidentiality: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    opened_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    closed_on: Mapped[date | None] = mapped_column(Date)
    row_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")

    __table_args__ = (UniqueConstraint("kind", "key"),)


class RecordClass(Base):
    """A class of the file plan, as one immutable version of it says.

    `rules` are the retention rules as data; `doc_types` fall into it by default.
    Only the current version of a code is used for filing; older ones explain dates computed under
    them, and one that was published for a later day waits for it. `valid_from` and `valid_to` are
    civil days, None for always; `author` and `approver` are two people (empty for what came with Akta).
    """

    __tablename__ = "record_classes"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(Integer)
    current: Mapped[bool] = mapped_column(Boolean, default=True)
    jurisdiction: Mapped[str] = mapped_column(String(8))
    domain: Mapped[str] = mapped_column(String(16))
    title_pl: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    confidentiality: Mapped[int] = mapped_column(Integer, default=1)
    doc_types: Mapped[list[str]] = mapped_column(Json)
    rules: Mapped[list[Any]] = mapped_column(Json)
    status: Mapped[str] = mapped_column(String(12), default="draft")
    digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    author: Mapped[str] = mapped_column(String(120), default="", server_default="")
    approver: Mapped[str] = mapped_column(String(120), default="", server_default="")
    draft_id: Mapped[str | None] = mapped_column(Id)

    __table_args__ = (UniqueConstraint("code", "version"),)
