"""What Akta judged by itself, and what people said of it afterwards.

A judgement is kept when a paper is understood and never changed: type, confidence,
whether it was filed unseen, and a digest of each field's value. What people say is
compared with it each time they accept, confirm, correct or take back, so that the
sums of `akta.operations.quality` are always those of what stands now.

Papers that Akta doubted are seen by people anyway. Of those it filed unseen a few are
asked about (spot checks), chosen by a hash of the record's number with a known chance;
without them Akta would be judged by its doubts alone. See docs/decisions/0021.
"""

import hashlib
import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Boolean, Float, ForeignKey, Index, String, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from akta.db.base import Base, Id, Instant, Json
from akta.kernel.ids import new_id
from akta.records.models import Field, Record

#: How a paper was answered: accepted in review, confirmed or corrected when filed.
ACCEPTED: Final = "accepted"
CONFIRMED: Final = "confirmed"
CORRECTED: Final = "corrected"
#: What became of a field: right, wrong (also: not on the paper), or not found by Akta.
RIGHT: Final = "right"
WRONG: Final = "wrong"
MISSED: Final = "missed"

_WEEK: Final = timedelta(days=7)
_NOBODY: Final = "other"


class Judgement(Base):
    """What Akta made of a record at one reading. Only the `current` one of a record is counted.

    `alone`: filed without a person. `asked`: a spot check is wanted. `weight` is one over the
    chance with which the paper was to be looked at: 1 for what was doubted, 0 for what was filed
    unseen and is not asked about. `how` says that and how a person answered; `domain_right`
    and `kind_right` (domain and type) hold from then on.
    """

    __tablename__ = "judgements"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    current: Mapped[bool] = mapped_column(Boolean)
    model_version: Mapped[str] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(20))
    domain: Mapped[str] = mapped_column(String(16))
    doc_type: Mapped[str] = mapped_column(String(40))
    confidence: Mapped[float] = mapped_column(Float)
    domain_confidence: Mapped[float] = mapped_column(Float)
    alone: Mapped[bool] = mapped_column(Boolean)
    taught: Mapped[bool] = mapped_column(Boolean)
    asked: Mapped[bool] = mapped_column(Boolean)
    weight: Mapped[float] = mapped_column(Float)
    how: Mapped[str | None] = mapped_column(String(10))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    domain_right: Mapped[bool | None] = mapped_column(Boolean)
    kind_right: Mapped[bool | None] = mapped_column(Boolean)

    __table_args__ = (
        Index("ix_judgements_domain_at", "domain", "at"),
        Index("ix_judgements_asked_how", "asked", "how"),
    )


class JudgedFields(Base):
    """The fields of a judgement: a list of name, confidence, check, reader and digest of the value.

    Apart from the judgement, so that sums over many judgements need not read it.
    """

    __tablename__ = "judged_fields"

    judgement_id: Mapped[str] = mapped_column(ForeignKey("judgements.id"), primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), index=True)
    fields: Mapped[list[Any]] = mapped_column(Json)


class FieldVerdict(Base):
    """What a person's answer says of one field: `right`, `wrong`, or `missed` (then without confidence)."""

    __tablename__ = "field_verdicts"

    judgement_id: Mapped[str] = mapped_column(ForeignKey("judgements.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("records.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(8))
    confidence: Mapped[float | None] = mapped_column(Float)


#: All that hangs on a record here, what refers to others first.
TABLES: Final = (FieldVerdict, JudgedFields, Judgement)


@dataclass(frozen=True, slots=True)
class SpotChecks:
    """How many of the papers filed unseen are asked about: a share (0 to 1), and at least so many a week.

    The least number holds for each domain. Both 0: none.
    """

    share: float = 0.02
    a_week: int = 3

    def chance(self, filed_this_week: int) -> float:
        """The chance of the next paper of a domain, after so many filed unseen in seven days."""
        return min(1.0, max(self.share, self.a_week / (filed_this_week + 1)))

    @property
    def enough(self) -> int:
        """From so many papers in a week on the share alone decides."""
        return math.ceil(self.a_week / self.share) if self.share > 0 else 100_000


@dataclass(frozen=True, slots=True)
class Said:
    """What is kept of a judgement; `fields` are (name, value, confidence, check, reader)."""

    domain: str
    doc_type: str
    confidence: float
    domain_confidence: float
    model_version: str
    taught: bool
    fields: Iterable[tuple[str, str, float, str | None, str]]


def keep(session: Session, record: Record, said: Said, spot: SpotChecks, now: datetime) -> Judgement:
    """Keep what Akta judged of a record that has just come to its end; it replaces what it judged before."""
    retire(session, record.id)
    alone = record.state == "filed"
    chance = _chance(session, said.domain, spot, now) if alone else 1.0
    asked = alone and lot(record.id) < chance
    made = Judgement(
        id=new_id(),
        record_id=record.id,
        at=now,
        current=True,
        model_version=said.model_version[:40],
        channel=record.channel,
        domain=said.domain,
        doc_type=said.doc_type,
        confidence=said.confidence,
        domain_confidence=said.domain_confidence,
        alone=alone,
        taught=said.taught,
        asked=asked,
        weight=(1.0 / chance if asked else 0.0) if alone else 1.0,
    )
    session.add(made)
    session.flush()  # what refers to it follows
    fields: dict[str, list[Any]] = {}
    for name, value, confidence, check, reader in said.fields:
        row = [name[:40], round(confidence, 4), check, reader, _digest(made.id, value)]
        fields.setdefault(name[:40], row)
    session.add(JudgedFields(judgement_id=made.id, record_id=record.id, fields=list(fields.values())))
    return made


def retire(session: Session, record_id: str) -> None:
    """What was judged of a record so far is out of date: it is read anew, or no paper of its own."""
    session.execute(
        update(Judgement)
        .where(Judgement.record_id == record_id, Judgement.current)
        .values(current=False, asked=False)
    )


def answer(session: Session, record: Record, how: str, now: datetime) -> Judgement | None:
    """Take a person's word for the record as it now stands; None if nothing was judged.

    A later correction of what was accepted or confirmed changes the verdict, not how it came about.
    """
    judged = judgement_of(session, record.id)
    if judged is None:
        return None
    if judged.how is None or judged.how == CORRECTED:
        judged.how = how
    judged.answered_at = now
    _compare(session, judged, record)
    return judged


def reconsider(session: Session, record: Record) -> None:
    """After a correction was taken back: compare again. What only that had answered is open again."""
    judged = judgement_of(session, record.id)
    if judged is None or judged.how is None:
        return
    agrees = _compare(session, judged, record)
    if record.state != "filed" or (agrees and judged.how == CORRECTED):  # also an acceptance is taken back
        judged.how = judged.answered_at = judged.domain_right = judged.kind_right = None
        session.execute(delete(FieldVerdict).where(FieldVerdict.judgement_id == judged.id))


def judgement_of(session: Session, record_id: str) -> Judgement | None:
    """The judgement of a record that counts."""
    return session.scalars(
        select(Judgement)
        .where(Judgement.record_id == record_id, Judgement.current)
        .order_by(Judgement.id.desc())
        .limit(1)
    ).first()


def lot(record_id: str) -> float:
    """A number from 0 to below 1 that only depends on the record's number."""
    return int.from_bytes(hashlib.sha256(f"spot:{record_id}".encode()).digest()[:6]) / 2**48


def _chance(session: Session, domain: str, spot: SpotChecks, now: datetime) -> float:
    if spot.share <= 0 and spot.a_week <= 0:
        return 0.0
    some = (
        select(Judgement.id)
        .where(Judgement.domain == domain, Judgement.at >= now - _WEEK, Judgement.alone)
        .limit(spot.enough)
    )
    return spot.chance(session.scalar(select(func.count()).select_from(some.subquery())) or 0)


def _compare(session: Session, judged: Judgement, record: Record) -> bool:
    """Set what was right and wrong; True if all was right and nothing missed."""
    judged.domain_right = judged.domain == record.domain
    # The types of nobody's papers are not told apart.
    same_type = judged.domain == _NOBODY or judged.doc_type == record.doc_type
    judged.kind_right = judged.domain_right and same_type
    kept = session.get(JudgedFields, judged.id)
    rows = session.execute(select(Field.name, Field.value).where(Field.record_id == record.id)).all()
    there: dict[str, str] = {row.name: row.value for row in rows}
    session.execute(delete(FieldVerdict).where(FieldVerdict.judgement_id == judged.id))
    agrees = judged.kind_right
    names = set()
    for name, confidence, _check, _reader, digest in kept.fields if kept else ():
        names.add(name)
        right = name in there and _digest(judged.id, there[name]) == digest
        agrees = agrees and right
        _add(session, judged, name, RIGHT if right else WRONG, confidence)
    for name in there.keys() - names:
        agrees = False
        _add(session, judged, name, MISSED, None)
    session.flush()
    return agrees


def _add(session: Session, judged: Judgement, name: str, verdict: str, confidence: float | None) -> None:
    session.add(
        FieldVerdict(
            judgement_id=judged.id,
            record_id=judged.record_id,
            name=name,
            verdict=verdict,
            confidence=confidence,
        )
    )


def _digest(key: str, value: str) -> str:
    """A value as it is compared: white space and case aside. Keyed, so equal values do not look equal."""
    plain = " ".join(unicodedata.normalize("NFKC", value).casefold().split())
    return hashlib.blake2b(plain.encode(), key=key.encode(), digest_size=8).hexdigest()
