"""Looking for records that may be the same paper, whenever what a record says has changed.

Three kinds: the same bytes, the same picture, the same business. Each is found by an index and
then looked at: bytes by their hash, pictures by bands of the first page's fingerprint, business by
the keys of `ingest.duplicates.facts`. Papers found in one another (a letter and what is attached,
a pile and what was cut out of it) are no duplicates.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from akta.records.duplicates import GONE, KINDS, forget_marks, of_record, ordered, sureness
from akta.records.events import RecordDestroyed
from akta.records.guard import active_holds, changed
from akta.records.models import BusinessKey, Duplicate, Field, PageText, PictureBand, Record
from ingest.duplicates.compare import same_picture
from ingest.duplicates.facts import LIKELY, PAYABLE, facts_of, same_business
from ingest.ocr.fingerprint import bands, probes
from ingest.piles.requests import BATCH
from ingest.understand import ARCHIVE

DOUBT: Final = "possible_duplicate"
SETTLED: Final = "duplicate_settled"
#: Papers that only carry others.
_VESSELS: Final = (ARCHIVE, BATCH)
#: Candidates of each kind that are looked at: the most alike, of equally alike ones the newest.
_MOST: Final = 200
#: Pages compared of each; papers of more pages count as having so many.
_PAGES: Final = 8
_DEEPEST: Final = 20

Found = dict[str, dict[str, float]]


def look(session: Session, record: Record, now: datetime) -> None:
    """Find the record's duplicates anew and keep them. Needs its lock and the turn (`take_turn`).

    What people decided of a pair stays, whatever is found.
    """
    session.flush()
    forget_marks(session, record.id)
    found: Found = {}
    if record.doc_type not in _VESSELS:
        _by_bytes(session, record, found)
        _by_picture(session, record, found)
        _by_business(session, record, found)
    family = _relatives(session, record)
    _keep(session, record.id, {other: kinds for other, kinds in found.items() if other not in family}, now)


def stops(session: Session, record: Record) -> bool:
    """Whether the record should wait for a person: it is paid or booked, and may be here already.

    Forms of one paper that came together (an invoice's XML beside its PDF) stop nothing.
    """
    if record.doc_type not in PAYABLE:
        return False
    pairs = session.scalars(
        select(Duplicate).where(of_record(record.id), Duplicate.state.in_(("open", "confirmed")))
    ).all()
    likely = {
        pair.second_id if pair.first_id == record.id else pair.first_id: pair
        for pair in pairs
        if sureness(pair) >= LIKELY
    }
    rows = session.execute(
        select(Record.id, Record.parent_id, Record.media_type).where(
            Record.id.in_(likely), Record.state.not_in(GONE)
        )
    )
    return any(
        not (
            record.parent_id is not None
            and row.parent_id == record.parent_id
            and row.media_type != record.media_type
            and likely[row.id].same_bytes is None
        )
        for row in rows
    )


def follow(session: Session, record: Record) -> None:
    """Bring the doubts of a record in review in line with its pairs.

    Needs its lock; calling `changed` is left to the caller.
    """
    if record.state != "review":
        return
    doubted = any(d["reason"] == DOUBT for d in record.doubts)
    if stops(session, record):
        if not doubted:
            record.doubts = [*record.doubts, {"reason": DOUBT, "params": {}}]
        if record.reason == SETTLED:
            record.reason, record.reason_params = DOUBT, {}
    elif doubted:
        record.doubts = [d for d in record.doubts if d["reason"] != DOUBT]
        if record.reason == DOUBT:
            rest: dict[str, Any] = record.doubts[0] if record.doubts else {"reason": SETTLED, "params": {}}
            record.reason, record.reason_params = rest["reason"], dict(rest["params"])


def follow_others(session: Session, record_id: str, before: Iterable[str]) -> None:
    """The same for the others of a record's pairs, and `before`; rows locked elsewhere are left out."""
    pairs = session.scalars(select(Duplicate).where(of_record(record_id))).all()
    others = {i for pair in pairs for i in (pair.first_id, pair.second_id)} | set(before)
    waiting = select(Record.id).where(Record.id.in_(others - {record_id}), Record.state == "review")
    for other_id in session.scalars(waiting.order_by(Record.id)).all():
        # Never waited for: whoever has it may be waiting for this transaction.
        asked = select(Record).where(Record.id == other_id).with_for_update(skip_locked=True)
        other = session.scalars(asked.execution_options(populate_existing=True)).first()
        if other is None or other.held or active_holds(session, other.id):
            continue
        told = (other.reason, list(other.doubts))
        follow(session, other)
        if told != (other.reason, list(other.doubts)):
            changed(session, other)


def on_destroyed(session: Session, event: RecordDestroyed) -> None:
    """Of what waits because it may be the same paper as one that is no more, the question is settled."""
    follow_others(session, event.record_id, event.twins)


def others_of(session: Session, record_id: str) -> list[str]:
    """The other records of a record's pairs."""
    pairs = session.scalars(select(Duplicate).where(of_record(record_id))).all()
    return [pair.second_id if pair.first_id == record_id else pair.first_id for pair in pairs]


# -- by each kind ------------------------------------------------------------


def _by_bytes(session: Session, record: Record, found: Found) -> None:
    if not record.size:
        return
    same = select(Record.id).where(
        Record.sha256 == record.sha256, Record.id != record.id, Record.state.not_in(GONE)
    )
    for other in session.scalars(same.order_by(Record.id.desc()).limit(_MOST)):
        found.setdefault(other, {})["bytes"] = 1.0


def _by_business(session: Session, record: Record, found: Found) -> None:
    facts = facts_of(record.doc_type, _values(session, [record.id]).get(record.id, {}))
    if facts is None:
        return
    keys = facts.keys()
    session.add_all(BusinessKey(key=key, record_id=record.id) for key in keys)
    near = (
        select(BusinessKey.record_id)
        .where(BusinessKey.key.in_(keys), BusinessKey.record_id != record.id)
        .group_by(BusinessKey.record_id)
        .order_by(func.count().desc(), BusinessKey.record_id.desc())
        .limit(_MOST)
    )
    candidates = session.scalars(near).all()
    types = _types(session, candidates)
    values = _values(session, candidates)
    for other, doc_type in types.items():
        theirs = facts_of(doc_type, values.get(other, {}))
        sure = same_business(facts, theirs) if theirs is not None else None
        if sure is not None:
            found.setdefault(other, {})["key"] = sure


def _by_picture(session: Session, record: Record, found: Found) -> None:
    pages = _pages(session, record.id)
    if not pages or pages[0][0] is None:
        return
    kind = len(pages)
    session.add_all(PictureBand(band=b, record_id=record.id) for b in dict.fromkeys(bands(pages[0][0], kind)))
    near = (
        select(PictureBand.record_id)
        .where(PictureBand.band.in_(probes(pages[0][0], kind)), PictureBand.record_id != record.id)
        .group_by(PictureBand.record_id)
        .order_by(func.count().desc(), PictureBand.record_id.desc())
        .limit(_MOST)
    )
    candidates = list(_types(session, session.scalars(near).all()))
    values = _values(session, [record.id, *candidates])
    for other in candidates:
        sure = _same_pages(pages, _pages(session, other), values.get(record.id, {}), values.get(other, {}))
        if sure is not None:
            found.setdefault(other, {})["picture"] = sure


def _same_pages(
    ours: list[tuple[str | None, str]],
    theirs: list[tuple[str | None, str]],
    our_fields: Mapping[str, str],
    their_fields: Mapping[str, str],
) -> float | None:
    """How sure the least alike of all pages makes it."""
    if len(ours) != len(theirs):
        return None
    least = 1.0
    for (mark, text), (their_mark, their_text) in zip(ours, theirs, strict=True):
        if mark is None or their_mark is None:
            return None
        sure = same_picture((mark, their_mark), (text, their_text), (our_fields, their_fields))
        if sure is None:
            return None
        least = min(least, sure)
    return least


# -- what is stored ----------------------------------------------------------


def _pages(session: Session, record_id: str) -> list[tuple[str | None, str]]:
    """Fingerprint and text of the first pages that are not blank."""
    asked = (
        select(PageText.picture, PageText.text)
        .where(PageText.record_id == record_id, PageText.outcome != "blank")
        .order_by(PageText.number)
        .limit(_PAGES)
    )
    return [(mark, text) for mark, text in session.execute(asked)]


def _values(session: Session, record_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    asked = select(Field.record_id, Field.name, Field.value).where(Field.record_id.in_(list(record_ids)))
    values: dict[str, dict[str, str]] = {}
    for record_id, name, value in session.execute(asked):
        values.setdefault(record_id, {})[name] = value
    return values


def _types(session: Session, record_ids: Iterable[str]) -> dict[str, str | None]:
    """The types of those that are still here."""
    asked = select(Record.id, Record.doc_type).where(
        Record.id.in_(list(record_ids)), Record.state.not_in(GONE)
    )
    return {row.id: row.doc_type for row in session.execute(asked)}


def _relatives(session: Session, record: Record) -> set[str]:
    """What the record was found in, at any depth, and what was found in it."""
    family: set[str] = {record.id}
    parent = record.parent_id
    for _ in range(_DEEPEST):
        if parent is None or parent in family:
            break
        family.add(parent)
        parent = session.scalar(select(Record.parent_id).where(Record.id == parent))
    level = {record.id}
    for _ in range(_DEEPEST):
        level = set(session.scalars(select(Record.id).where(Record.parent_id.in_(level)))) - family
        if not level:
            break
        family |= level
    return family


def _keep(session: Session, record_id: str, found: Found, now: datetime) -> None:
    pairs = {
        (pair.first_id, pair.second_id): pair
        for pair in session.scalars(select(Duplicate).where(of_record(record_id)))
    }
    wanted = {ordered(record_id, other): kinds for other, kinds in found.items()}
    for ids in wanted.keys() - pairs.keys():
        pair = Duplicate(first_id=ids[0], second_id=ids[1], found_at=now, state="open")
        pairs[ids] = pair
        session.add(pair)
    for ids, pair in pairs.items():
        kinds = wanted.get(ids, {})
        if not kinds and pair.state == "open":
            session.delete(pair)
            continue
        for kind, column in KINDS.items():
            setattr(pair, column, kinds.get(kind))
    session.flush()
