"""Sums over judgements, made in the database: one row for each kind of paper, not for each paper."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Label, and_, case, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from akta.operations.quality.figures import BINS, Bin, Mean, Tally
from akta.records.judgements import MISSED, RIGHT, FieldVerdict, Judgement


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant (inclusive) to another (exclusive)."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Cell:
    """Papers that are alike: `alone` says whether they were filed unseen.

    `domains` and `kinds` are the answers that count for precision; `noticed` counts papers filed
    unseen whose kind a person found wrong without being asked.
    """

    domain: str
    doc_type: str
    model: str
    channel: str
    alone: bool
    came: int
    asked: int
    waiting: int
    noticed: int
    confidence: Mean
    domains: Tally
    kinds: Tally


@dataclass(frozen=True, slots=True)
class BinCell:
    """Answers of papers that are alike and whose confidence is in the same tenth (0 to 9)."""

    domain: str
    doc_type: str
    model: str
    channel: str
    alone: bool
    number: int
    answers: Bin


@dataclass(frozen=True, slots=True)
class FieldCell:
    """Answers about one field; `stated` are the values Akta gave, `missed` what it did not find."""

    name: str
    domain: str
    alone: bool
    number: int
    stated: Tally
    confidence: float
    missed: Tally


#: Grouped by its name: with bound numbers in it PostgreSQL takes the expression for another one.
_TENTH = "tenth"
_ANSWERED = and_(Judgement.how.is_not(None), Judgement.weight > 0)


def cells(session: Session, span: Span, domains: Collection[str] | None) -> list[Cell]:
    """All papers judged in a span, of these domains (None: of all)."""
    weight = case((_ANSWERED, Judgement.weight), else_=0.0)
    noticed = and_(Judgement.alone, Judgement.weight <= 0, Judgement.kind_right.is_(False))
    query = select(
        Judgement.domain,
        Judgement.doc_type,
        Judgement.model_version,
        Judgement.channel,
        Judgement.alone,
        func.count(),
        _count(Judgement.asked),
        _count(and_(Judgement.asked, Judgement.how.is_(None))),
        _count(noticed),
        func.sum(Judgement.confidence),
        func.sum(Judgement.confidence * Judgement.confidence),
        _count(_ANSWERED),
        func.sum(weight),
        func.sum(weight * weight),
        func.sum(case((Judgement.domain_right.is_(True), weight), else_=0.0)),
        func.sum(case((Judgement.kind_right.is_(True), weight), else_=0.0)),
    ).where(*_within(span, domains))
    rows: Sequence[Any] = session.execute(query.group_by(*_kinds())).all()
    made = []
    for row in rows:
        domain, doc_type, model, channel, alone, came, asked, waiting, noticed_, total, squares = row[:11]
        n, w, w2, domain_right, kind_right = row[11:]
        made.append(
            Cell(
                *(domain, doc_type, model, channel, bool(alone), came, asked, waiting, noticed_),
                Mean(came, total, squares),
                Tally(n, w, w2, domain_right),
                Tally(n, w, w2, kind_right),
            )
        )
    return made


def bins(session: Session, span: Span, domains: Collection[str] | None) -> list[BinCell]:
    """What people answered, by stated confidence."""
    number = _tenth(Judgement.confidence.expression)
    query = (
        select(
            *_kinds(),
            number,
            func.count(),
            func.sum(Judgement.weight),
            func.sum(Judgement.weight * Judgement.confidence),
            func.sum(case((Judgement.kind_right.is_(True), Judgement.weight), else_=0.0)),
        )
        .where(*_within(span, domains), _ANSWERED)
        .group_by(*_kinds(), _TENTH)
    )
    return [
        BinCell(domain, doc_type, model, channel, bool(alone), tenth, Bin(*sums))
        for domain, doc_type, model, channel, alone, tenth, *sums in session.execute(query)
    ]


def fields(session: Session, span: Span, domains: Collection[str] | None) -> list[FieldCell]:
    """What people answered about each field, by stated confidence."""
    number = _tenth(func.coalesce(FieldVerdict.confidence, 0.0))
    stated = FieldVerdict.verdict != MISSED
    weight, right = Judgement.weight, FieldVerdict.verdict == RIGHT
    query = (
        select(
            FieldVerdict.name,
            Judgement.domain,
            Judgement.alone,
            number,
            _count(stated),
            func.sum(case((stated, weight), else_=0.0)),
            func.sum(case((stated, weight * weight), else_=0.0)),
            func.sum(case((right, weight), else_=0.0)),
            func.sum(case((stated, weight * FieldVerdict.confidence), else_=0.0)),
            func.count(),
            func.sum(weight),
            func.sum(weight * weight),
        )
        .join(Judgement, Judgement.id == FieldVerdict.judgement_id)
        .where(*_within(span, domains), _ANSWERED)
        .group_by(FieldVerdict.name, Judgement.domain, Judgement.alone, _TENTH)
    )
    made = []
    for name, domain, alone, tenth, n, w, w2, ok, sure, of, all_w, all_w2 in session.execute(query):
        missed = Tally(of - n, all_w - w, all_w2 - w2, 0.0)
        made.append(FieldCell(name, domain, bool(alone), tenth, Tally(n, w, w2, ok), sure, missed))
    return made


def _kinds() -> tuple[InstrumentedAttribute[Any], ...]:
    kinds = (Judgement.domain, Judgement.doc_type, Judgement.model_version, Judgement.channel)
    return (*kinds, Judgement.alone)


def _within(span: Span, domains: Collection[str] | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Judgement.at >= span.start, Judgement.at < span.end]
    conditions.append(Judgement.current.is_(True))
    if domains is not None:
        conditions.append(Judgement.domain.in_(sorted(domains)))
    return conditions


def _count(condition: ColumnElement[bool] | InstrumentedAttribute[bool]) -> ColumnElement[int]:
    return func.sum(cast(case((condition, 1), else_=0), Integer))


def _tenth(confidence: ColumnElement[float]) -> Label[int]:
    """Which tenth, without a function that rounds here and cuts there."""
    return case(*((confidence >= k / BINS, k) for k in range(BINS - 1, 0, -1)), else_=0).label(_TENTH)
