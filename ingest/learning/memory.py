"""Lessons as they are kept, asked for and taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from akta.events.jobs import PRIORITY_INDEX, PRIORITY_READ, enqueue
from akta.kernel.ids import new_id
from akta.records.models import Correction, SenderKey
from akta.records.models import Lesson as LessonRow
from ingest.jobnames import JOB_LEARN, JOB_LOOK_AGAIN, JOB_UNLEARN
from ingest.learning.lessons import Anchor, Lesson
from ingest.learning.senders import SAME, alike

_MOST_BATCHES = 200  # corrections of one sender that are looked at


def ask_to_learn(session: Session, record_id: str, batch: str, now: datetime) -> None:
    """Have a correction learnt from: by a job, because patterns meet the paper's text there."""
    payload = {"record_id": record_id, "batch": batch}
    enqueue(session, JOB_LEARN, payload, key=f"learn:{batch}", now=now, priority=PRIORITY_INDEX)


def ask_to_look_again(session: Session, batch: str, after: str, now: datetime) -> None:
    """Have papers of the sender that wait in review looked at again, those after the record `after`."""
    payload = {"batch": batch, "after": after}
    enqueue(session, JOB_LOOK_AGAIN, payload, key=f"again:{batch}:{after}", now=now, priority=PRIORITY_READ)


def ask_to_unlearn(
    session: Session, record_id: str, batch: str, since: datetime, now: datetime, after: str = ""
) -> None:
    """Have what came after a correction that is taken back looked at again, without what it taught.

    `since` is when it was made; papers after the record `after` are looked at.
    """
    payload = {"record_id": record_id, "batch": batch, "since": since.isoformat(), "after": after}
    enqueue(session, JOB_UNLEARN, payload, key=f"unlearn:{batch}:{after}", now=now, priority=PRIORITY_READ)


def made_at(session: Session, batch: str) -> datetime | None:
    """When the correction was made that a lesson comes from; None if nothing was learnt from it."""
    return session.scalar(select(LessonRow.at).where(LessonRow.batch == batch).limit(1))


def keys_of(session: Session, batch: str) -> dict[str, float]:
    """The keys of the sender that a correction taught of; none if it was taken back."""
    asked = select(SenderKey.key, SenderKey.weight).where(SenderKey.batch == batch)
    return {row.key: row.weight for row in session.execute(asked)}


def keep(
    session: Session,
    record_id: str,
    batch: str,
    actor: str,
    keys: Mapping[str, float],
    lessons: Sequence[Lesson],
    now: datetime,
) -> None:
    """Keep what a correction teaches, in place of what was kept of it before."""
    forget(session, batch)
    for key, weight in keys.items():
        session.add(SenderKey(batch=batch, key=key, record_id=record_id, weight=weight))
    for lesson in lessons:
        session.add(
            LessonRow(
                id=new_id(),
                record_id=record_id,
                batch=batch,
                at=now,
                actor=actor,
                field=lesson.field,
                before=lesson.before,
                after=lesson.after,
                anchor=asdict(lesson.anchor) if lesson.anchor else None,
            )
        )


def forget(session: Session, batch: str) -> None:
    """Unlearn a correction that was taken back."""
    session.execute(delete(LessonRow).where(LessonRow.batch == batch))
    session.execute(delete(SenderKey).where(SenderKey.batch == batch))


def lessons_for(session: Session, keys: Mapping[str, float], record_id: str) -> list[Lesson]:
    """The lessons of the sender whose keys these are, the newest first; not those of the paper itself."""
    if not keys:
        return []
    near = (
        select(SenderKey.batch)
        .where(SenderKey.key.in_(keys), SenderKey.record_id != record_id)
        .group_by(SenderKey.batch)
        .order_by(SenderKey.batch.desc())
        .limit(_MOST_BATCHES)
    )
    batches = session.scalars(near).all()
    theirs: dict[str, dict[str, float]] = {}
    asked = select(SenderKey.batch, SenderKey.key, SenderKey.weight).where(SenderKey.batch.in_(batches))
    for batch, key, weight in session.execute(asked):
        theirs.setdefault(batch, {})[key] = weight
    same = [batch for batch, their in theirs.items() if alike(keys, their) >= SAME]
    if not same:
        return []
    rows = session.scalars(select(LessonRow).where(LessonRow.batch.in_(same)).order_by(LessonRow.id.desc()))
    return [Lesson(r.field, r.before, r.after, Anchor(**r.anchor) if r.anchor else None) for r in rows]


def taken_back(session: Session, batch: str) -> bool:
    """Whether a correction was undone."""
    return session.scalar(select(Correction.id).where(Correction.undoes == batch).limit(1)) is not None
