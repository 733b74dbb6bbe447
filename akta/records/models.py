"""The record and everything that hangs on it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from akta.db.base import Base, Id, Instant, Json
from akta.records.holds import Hold as Hold
from akta.records.holds import HoldItem as HoldItem
from akta.records.parties.models import Party as Party
from akta.records.parties.models import RecordParty as RecordParty
from akta.records.places import Case as Case
from akta.records.places import RecordClass as RecordClass

#: Where a record can be. The first two are "in progress", the others are ends.
STATES = ("received", "reading", "filed", "review", "quarantined", "rejected", "destroyed")
IN_PROGRESS = ("received", "reading")


def _partial(name: str, *columns: str, where: str) -> Index:
    """An index of the rows that fit a condition."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Record(Base):
    """A paper from the moment its bytes are safe.

    `row_version` counts every change that others may need to see (index, ETag).
    `reason` and `reason_params` say why it is in review, quarantined or rejected
    (codes of `akta.records.reasons`). `retain_through` is the last day (inclusive,
    civil date) of keeping, None while `retention_state` is open or permanent;
    `retention` is the derivation as computed by `retention`; `retention_action`, `retention_missing`
    (names of facts with commas) and `retention_conflict` are parts of it that reports ask for.
    `locked_through` is the last day that a locked class has fixed: no other class ends sooner.
    `entity_id` is the legal entity whose fiscal calendar counts. `confidentiality` is 1 to 3.
    `owner_id` is who brought it in. `suggestions` are values for fields that were missed, by name, like
    the `alternatives` of those that were found. `restricted`: only officers see it,
    because a person asked for that (GDPR, art. 18).
    """

    __tablename__ = "records"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("records.id"), index=True)
    state: Mapped[str] = mapped_column(String(12), default="received")
    reason: Mapped[str | None] = mapped_column(String(40))
    reason_params: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    row_version: Mapped[int] = mapped_column(Integer, default=1)

    file_name: Mapped[str] = mapped_column(String(400))
    media_type: Mapped[str | None] = mapped_column(String(120))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    depth: Mapped[int] = mapped_column(Integer, default=0)
    channel: Mapped[str] = mapped_column(String(20))
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))

    title: Mapped[str] = mapped_column(String(300), default="")
    domain: Mapped[str | None] = mapped_column(String(16))
    doc_type: Mapped[str | None] = mapped_column(String(40))
    subtype: Mapped[str | None] = mapped_column(String(40))  # a finer type below `doc_type`, if any
    confidence: Mapped[float | None] = mapped_column(Float)
    alternatives: Mapped[list[Any]] = mapped_column(Json, default=list)
    doubts: Mapped[list[Any]] = mapped_column(Json, default=list)
    suggestions: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    flags: Mapped[list[str]] = mapped_column(Json, default=list)
    syntax: Mapped[str | None] = mapped_column(String(60))
    language: Mapped[str | None] = mapped_column(String(2))
    model_version: Mapped[str | None] = mapped_column(String(40))
    document_date: Mapped[date | None] = mapped_column(Date)
    page_count: Mapped[int] = mapped_column(Integer, default=0)
    pages_done: Mapped[int] = mapped_column(Integer, default=0)

    class_code: Mapped[str | None] = mapped_column(String(40))
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"))
    confidentiality: Mapped[int] = mapped_column(Integer, default=1)
    retention_state: Mapped[str | None] = mapped_column(String(16))
    retain_through: Mapped[date | None] = mapped_column(Date)
    retention: Mapped[dict[str, Any] | None] = mapped_column(Json)
    retention_action: Mapped[str | None] = mapped_column(String(24))
    retention_missing: Mapped[str | None] = mapped_column(String(200))
    retention_conflict: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    locked_through: Mapped[date | None] = mapped_column(Date)
    entity_id: Mapped[str | None] = mapped_column(Id, index=True)
    held: Mapped[bool] = mapped_column(Boolean, default=False)
    restricted: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())

    received_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    destroyed_at: Mapped[datetime | None] = mapped_column(Instant)
    work_seconds: Mapped[float] = mapped_column(Float, default=0.0)

    versions: Mapped[list["Version"]] = relationship(lazy="raise", order_by="Version.number")
    fields: Mapped[list["Field"]] = relationship(lazy="raise", order_by="Field.position")
    pages: Mapped[list["PageText"]] = relationship(lazy="raise", order_by="PageText.number")
    renditions: Mapped[list["Rendition"]] = relationship(lazy="raise")

    __table_args__ = (
        Index("ix_records_state_id", "state", "id"),
        Index("ix_records_domain_id", "domain", "id"),
        Index("ix_records_owner_id", "owner_id", "id"),
        Index("ix_records_class_id", "class_code", "id"),
        Index("ix_records_case_order", "case_id", "id"),
        Index("ix_records_retain_through", "retain_through"),
        Index(  # what is due, and how much by month and class, without a look at the rows
            "ix_records_due",
            *("state", "retention_state", "retain_through", "class_code", "id"),
            *("domain", "confidentiality", "held", "retention_action", "restricted"),
        ),
        _partial(  # what is kept without end because something is not known
            "ix_records_open",
            *("state", "retention_state", "class_code", "retention_missing", "id"),
            *("domain", "confidentiality", "restricted"),
            where="retention_state = 'open'",
        ),
        _partial("ix_records_conflict", "id", where="retention_conflict"),
        Index(  # what the counts of the review queue look at, and nothing else
            "ix_records_in_review",
            *("state", "domain", "doc_type", "reason", "confidentiality", "owner_id", "restricted"),
            sqlite_where=text("state = 'review'"),
            postgresql_where=text("state = 'review'"),
        ),
    )


class Version(Base):
    """The bytes of a record; number 1 is what came in and never changes.

    Later ones hold pages put together anew. `made_of` lists them as
    `{"record", "version", "page", "turn"}`: where each comes from, and by how many
    degrees clockwise it was turned. The newest version is the one that is read and shown.
    """

    __tablename__ = "versions"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"))
    number: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str | None] = mapped_column(String(120))
    actor: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Instant)
    made_of: Mapped[list[Any]] = mapped_column(Json, default=list)

    __table_args__ = (UniqueConstraint("record_id", "number"),)


class Rendition(Base):
    """Something made from a version that can be made again: a preview, a searchable PDF.

    `page` is 0 for the whole document. `agent` names the maker and its version.
    """

    __tablename__ = "renditions"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"))
    kind: Mapped[str] = mapped_column(String(24))
    page: Mapped[int] = mapped_column(Integer, default=0)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(120))
    agent: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (UniqueConstraint("record_id", "kind", "page"),)


class PageText(Base):
    """A page as it was read. `words` is compressed JSON, see `akta.records.pages`."""

    __tablename__ = "pages"

    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    width: Mapped[float] = mapped_column(Float)
    height: Mapped[float] = mapped_column(Float)
    outcome: Mapped[str] = mapped_column(String(12))
    reader: Mapped[str] = mapped_column(String(40))
    reader_version: Mapped[str] = mapped_column(String(60))
    confidence: Mapped[float | None] = mapped_column(Float)
    rotation: Mapped[int] = mapped_column(Integer, default=0)
    marks: Mapped[list[str]] = mapped_column(Json, default=list)
    error: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    words: Mapped[bytes] = mapped_column(LargeBinary)
    picture: Mapped[str | None] = mapped_column(String(64))


class Field(Base):
    """A value read off the paper, where it stands and why it is believed.

    `value` is in normal form (ISO dates, amounts with a point); `raw` as printed.
    `box` is (x0, y0, x1, y1) in fractions of the page. `reader` says what found
    it; `confirmed_by` is the actor who looked at it. `alternatives` are other values it may
    have, the likeliest first: value, raw, page, box and what speaks for it (`why`).
    """

    __tablename__ = "fields"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"))
    position: Mapped[int] = mapped_column(Integer, default=0)
    name: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(Text)
    raw: Mapped[str] = mapped_column(Text, default="")
    confidence: Mapped[float] = mapped_column(Float)
    page: Mapped[int | None] = mapped_column(Integer)
    box: Mapped[list[float] | None] = mapped_column(Json)
    reader: Mapped[str] = mapped_column(String(40))
    supported_by: Mapped[str | None] = mapped_column(String(80))
    confirmed_by: Mapped[str | None] = mapped_column(String(120))
    alternatives: Mapped[list[Any]] = mapped_column(Json, default=list)

    __table_args__ = (UniqueConstraint("record_id", "name"), Index("ix_fields_name_value", "name", "value"))


#: Names of corrections that are of no field: a change of domain and type; that a paper was accepted, and what
#: made it wait before.
KIND, ACCEPTANCE = "kind", "acceptance"


class Correction(Base):
    """What a person changed on a record: a row for each field. It goes with the record's content.

    `batch` names what was changed together. `field` is the name of a field, or `KIND`, or
    `ACCEPTANCE`. `before` and `after` hold all that was stored of it, None
    where there was nothing: enough to show and to put back. `undoes` is the batch that this one took back.
    """

    __tablename__ = "corrections"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), index=True)
    batch: Mapped[str] = mapped_column(Id, index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(120))
    field: Mapped[str] = mapped_column(String(40))
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    after: Mapped[dict[str, Any] | None] = mapped_column(Json)
    undoes: Mapped[str | None] = mapped_column(Id)


class Lesson(Base):
    """What a correction teaches of the papers of one sender; see `ingest.learning`.

    `batch` is the correction it comes from: taking that back takes the lesson back. `before`
    and `after` are kept only of what is the same on all papers of a sender; of other fields
    the `anchor` says where they stand. It goes with the content of the record it was learnt from.
    """

    __tablename__ = "lessons"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), index=True)
    batch: Mapped[str] = mapped_column(Id, index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(120))
    field: Mapped[str] = mapped_column(String(40))
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    anchor: Mapped[dict[str, Any] | None] = mapped_column(Json)


class SenderKey(Base):
    """A key by which the sender of a corrected paper is known again, and its weight."""

    __tablename__ = "sender_keys"

    batch: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True, index=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), index=True)
    weight: Mapped[float] = mapped_column(Float)


class DocumentType(Base):
    """A document type an officer defined, as one immutable version of it says; or a type disabled.

    `definition` is plain data (see `ingest.doctypes.definition`), empty for a shipped type.
    `revision` counts all changes to all types.
    """

    __tablename__ = "document_types"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, unique=True)
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(Integer)
    current: Mapped[bool] = mapped_column(Boolean, default=True)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    definition: Mapped[dict[str, Any]] = mapped_column(Json)
    digest: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (UniqueConstraint("code", "version"),)


class Receipt(Base):
    """Proof that bytes were accepted. Each belongs to one record; `duplicate` says it was there before."""

    __tablename__ = "receipts"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), index=True)
    duplicate: Mapped[bool] = mapped_column(Boolean, default=False)
    channel: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str] = mapped_column(String(120))
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(400))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime] = mapped_column(Instant, index=True)


class BusinessKey(Base):
    """What a paper is found by as the same business matter; see `ingest.duplicates.keys`."""

    __tablename__ = "business_keys"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), primary_key=True, index=True)

    __table_args__ = ({"sqlite_with_rowid": False},)


class PictureBand(Base):
    """A part of the fingerprint of a record's first page, by which others like it are found."""

    __tablename__ = "picture_bands"

    band: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), primary_key=True, index=True)

    __table_args__ = ({"sqlite_with_rowid": False},)


class Duplicate(Base):
    """Two records that may be the same paper; `first_id` is the lower number.

    `same_bytes`, `picture` and `business_key` say how sure each makes it (0 to 1, None where it
    does not). `state` is open, dismissed (different papers) or confirmed. The numbers are no
    foreign keys: checking them would wait for a record that another transaction has locked,
    while that one waits for its turn to look for duplicates.
    """

    __tablename__ = "duplicates"

    first_id: Mapped[str] = mapped_column(Id, primary_key=True)
    second_id: Mapped[str] = mapped_column(Id, primary_key=True, index=True)
    same_bytes: Mapped[float | None] = mapped_column(Float)
    picture: Mapped[float | None] = mapped_column(Float)
    business_key: Mapped[float | None] = mapped_column(Float)
    found_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(12), default="open")
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class Step(Base):
    """A finished step of the pipeline: what was done, by which agent, with which outcome."""

    __tablename__ = "steps"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), index=True)
    name: Mapped[str] = mapped_column(String(24))
    outcome: Mapped[str] = mapped_column(String(40))
    agent: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime] = mapped_column(Instant)
    seconds: Mapped[float] = mapped_column(Float)
    detail: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class IndexPending(Base):
    """A record whose latest version the search index has not taken in yet."""

    __tablename__ = "index_pending"

    record_id: Mapped[str] = mapped_column(Id, primary_key=True)
    row_version: Mapped[int] = mapped_column(Integer)


class Idempotency(Base):
    """The answer given to a request with an Idempotency-Key; empty while it is under way."""

    __tablename__ = "idempotency"

    actor: Mapped[str] = mapped_column(String(120), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(Instant)
