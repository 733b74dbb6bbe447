"""Papers whose kind a person has confirmed: what a model learns from and is judged by."""

from typing import Final

from sqlalchemy import ColumnElement, exists, func, not_, or_, select
from sqlalchemy.orm import Session, aliased

from akta.records.models import ACCEPTANCE, KIND, Correction, PageText, Record
from ingest.classify.decide import HINTS
from ingest.model import Reading, Structured
from ingest.pagerows import page_of_row

#: Fewer reviewed papers than this teach nothing.
LEAST_REVIEWED: Final = 30
#: As many of the newest are looked at.
MOST_REVIEWED: Final = 3000
#: Pages of each that are looked at: what a paper is stands at its beginning.
PAGES: Final = 3


def _reviewed() -> tuple[ColumnElement[bool], ...]:
    """Accepted by a person, or its kind corrected, and not taken back; not what its file states by itself."""
    said, undoing = aliased(Correction), aliased(Correction)
    taken_back = exists().where(undoing.record_id == said.record_id, undoing.undoes == said.batch)
    said_so = exists().where(
        said.record_id == Record.id,
        said.field.in_((KIND, ACCEPTANCE)),
        said.undoes.is_(None),
        not_(taken_back),
    )
    return (
        Record.state.in_(("filed", "review")),
        Record.doc_type.is_not(None),
        or_(Record.syntax.is_(None), Record.syntax.in_(tuple(HINTS))),
        said_so,
    )


def count_reviewed(session: Session) -> int:
    """How many there are, counted up to the most that are looked at."""
    some = select(Record.id).where(*_reviewed()).limit(MOST_REVIEWED).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def reviewed(session: Session) -> list[tuple[str, str]]:
    """(id, type) of the newest, oldest first."""
    asked = select(Record.id, Record.doc_type).where(*_reviewed()).order_by(Record.id.desc())
    return [(row.id, row.doc_type) for row in reversed(session.execute(asked.limit(MOST_REVIEWED)).all())]


def reading_of(session: Session, record_id: str) -> Reading | None:
    """The first pages of a record as they were read; None if nothing of it is left."""
    record = session.get(Record, record_id)
    if record is None or record.state == "destroyed":
        return None
    rows = session.scalars(
        select(PageText)
        .where(PageText.record_id == record_id, PageText.number <= PAGES)
        .order_by(PageText.number)
    ).all()
    if not rows:
        return None
    structured = Structured(record.syntax, "") if record.syntax else None
    return Reading(
        record.media_type or "application/octet-stream",
        tuple(page_of_row(row) for row in rows),
        structured,
        language=record.language,
        total_pages=record.page_count,
    )
