"""Disposition runs, what is in them, their certificates, and packages handed to others."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from akta.db.base import Base, Id, Instant, Json

#: Where a disposition can be. The first may be changed; the next two are bound to the released list.
STATES = ("proposed", "released", "running", "done", "void", "cancelled")
OPEN = ("proposed", "released", "running")
DECISIONS = ("open", "accept", "extend", "relabel", "exclude")
#: What can be done with a record in the end. `review` means that a person says which of the others.
ACTIONS = ("destroy", "erase", "transfer", "review")


class Disposition(Base):
    """A list of records proposed to be let go, and who proposed, reviewed and released it.

    `asked` is what was asked for (day, class, domain), `consents` what others have said: each key of
    `retention.disposition.needs` with reference, person and instant. `reviewers`, `proposer` and
    `releaser` are ids of people, never of their tokens. `digest` binds the release to the list; `ending`
    says why it ended without a certificate. `confirm_by` is the day by which it should be released.
    """

    __tablename__ = "dispositions"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    ground: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12), default="proposed", index=True)
    asked: Mapped[dict[str, Any]] = mapped_column(Json)
    consents: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    reviewers: Mapped[list[str]] = mapped_column(Json, default=list)
    proposed_by: Mapped[str] = mapped_column(String(120))
    proposer: Mapped[str] = mapped_column(Id)
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    confirm_by: Mapped[date] = mapped_column(Date)
    overdue_noted_at: Mapped[datetime | None] = mapped_column(Instant)
    released_by: Mapped[str | None] = mapped_column(String(120))
    releaser: Mapped[str | None] = mapped_column(Id)
    released_at: Mapped[datetime | None] = mapped_column(Instant)
    digest: Mapped[str | None] = mapped_column(String(64))
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ending: Mapped[str] = mapped_column(Text, default="")


class DispositionItem(Base):
    """A record in a disposition: what is to be done with it, who decided, what became of it.

    `facts` are those the decision rests on (see `retention.disposition.facts`). `outcome` is
    destroyed, transferred or failed, None until then; `failure` a code of `retention.disposition.words`.
    `remains` says where bytes of it are left and why.
    """

    __tablename__ = "disposition_items"

    disposition_id: Mapped[str] = mapped_column(ForeignKey("dispositions.id"), primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), primary_key=True, index=True)
    action: Mapped[str] = mapped_column(String(24))
    decision: Mapped[str] = mapped_column(String(12), default="open")
    until: Mapped[date | None] = mapped_column(Date)
    class_code: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    outcome: Mapped[str | None] = mapped_column(String(12))
    failure: Mapped[str | None] = mapped_column(String(40))
    remains: Mapped[list[Any]] = mapped_column(Json, default=list)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (Index("ix_disposition_items_waiting", "disposition_id", "outcome", "record_id"),)


class Certificate(Base):
    """The signed certificate of a run: its JSON and its PDF among the blobs. It never changes."""

    __tablename__ = "certificates"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    disposition_id: Mapped[str] = mapped_column(ForeignKey("dispositions.id"), unique=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    pdf_sha256: Mapped[str] = mapped_column(String(64))
    pdf_size: Mapped[int] = mapped_column(BigInteger)
    signature: Mapped[str] = mapped_column(String(128))
    counts: Mapped[dict[str, Any]] = mapped_column(Json)


class Transfer(Base):
    """A package made to be handed to somebody.

    `kind`: of a disposition (`batch`), of a case (`case`, or `pl_hr` for an employee's file), or of what a
    person is given of their own data (`subject`).

    `state` is waiting, running, ready, failed or removed. `file` is its name in the transfers' folder.
    The receipt is what the recipient gave: a reference, and a file kept as evidence if there is one.
    """

    __tablename__ = "transfers"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    disposition_id: Mapped[str | None] = mapped_column(ForeignKey("dispositions.id"), index=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), index=True)
    request_id: Mapped[str | None] = mapped_column(Id, index=True)
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12), default="waiting", index=True)
    reason: Mapped[str | None] = mapped_column(String(40))
    recipient: Mapped[str] = mapped_column(String(200))
    asked_by: Mapped[str] = mapped_column(String(120))
    person: Mapped[str] = mapped_column(Id)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    records: Mapped[int] = mapped_column(Integer, default=0)
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[str | None] = mapped_column(String(64))
    file: Mapped[str | None] = mapped_column(String(80))
    receipt_reference: Mapped[str | None] = mapped_column(String(200))
    receipt_sha256: Mapped[str | None] = mapped_column(String(64))
    receipt_by: Mapped[str | None] = mapped_column(String(120))
    receipt_at: Mapped[datetime | None] = mapped_column(Instant)


class TransferRecord(Base):
    """A record in a package, and the hash of the original that is in it."""

    __tablename__ = "transfer_records"

    transfer_id: Mapped[str] = mapped_column(ForeignKey("transfers.id"), primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), primary_key=True, index=True)
    sha256: Mapped[str] = mapped_column(String(64))
