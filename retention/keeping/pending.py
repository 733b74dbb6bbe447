"""What is being computed anew and what could not be: said of records, and of lists, until it is done.

What is known of a record's keeping is old from the moment something changed until a worker has computed it.
A recomputation that failed leaves it old until somebody tries again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from akta.events.models import Job
from akta.records.models import Party, Record, RecordParty
from retention.keeping.models import Recomputation
from retention.keeping.recomputing import in_scope

_GOING: Final = ("waiting", "running")


@dataclass(frozen=True, slots=True)
class Pending:
    """The newest recomputation that a record still waits for. `since` is when the oldest was asked for.

    `job` is what failed, if the `state` is `failed`; else the state is `waiting` or `running`.
    """

    recomputation: str
    state: str
    cause: str
    since: datetime
    job: str | None = None

    def as_data(self, language: str, zone: str) -> dict[str, Any]:
        """As plain data, with a sentence in a language."""
        return {
            "recomputation": self.recomputation,
            "state": self.state,
            "cause": self.cause,
            "since": self.since.isoformat(),
            "job": self.job,
            "text": self._text(language, zone),
        }

    def _text(self, language: str, zone: str) -> str:
        when = _when(self.since, zone)
        if self.state != "failed":
            if language == "pl":
                return f"Przeliczane od {when}: podany tu okres to stan sprzed przeliczenia."
            return f"Being computed anew since {when}: what is said here was known before."
        again = f"akta job retry {self.job}" if self.job else "akta job list"
        if language == "pl":
            return (
                f"Przeliczenie, o które poproszono {when}, NIE POWIODŁO SIĘ, więc podany tu okres może być "
                f"nieaktualny. Nie polegaj na nim, póki osoba prowadząca Aktę nie powtórzy go: „{again}”."
            )
        return (
            f"Computing it anew, asked for {when}, FAILED, so what is said here may be out of date. "
            f"Do not rely on it until whoever runs Akta has tried again: '{again}'."
        )


def pending_of(session: Session, record_ids: Collection[str]) -> dict[str, Pending]:
    """Of some records (a page of them) those that wait to be computed anew, or of which that failed."""
    if not record_ids:
        return {}
    near = _near(record_ids)
    rows = session.scalars(
        select(Recomputation)
        .where(Recomputation.state.in_((*_GOING, "failed")), near)
        .order_by(Recomputation.id)
    ).all()
    failed = [row.id for row in rows if row.state == "failed"]
    if failed:  # what was computed since makes up for it; of the same again the last is enough
        last = (
            select(func.max(Recomputation.id))
            .where(Recomputation.state == "done", Recomputation.id > failed[0], near)
            .group_by(Recomputation.scope, Recomputation.subject)
        )
        later = select(Recomputation).where(Recomputation.id.in_(last))
        rows = sorted([*rows, *session.scalars(later)], key=lambda row: row.id)
    newest: dict[str, Recomputation] = {}
    since: dict[str, datetime] = {}
    for row in rows:
        passed = Record.id > (row.cursor if row.state != "done" else "")
        asked = select(Record.id).where(Record.id.in_(record_ids), in_scope(session, row.scope, row.subject))
        for record_id in session.scalars(asked.where(passed)):
            newest[record_id] = row
            if row.state in _GOING:
                since.setdefault(record_id, row.asked_at)
    jobs = _jobs(session, {row.id for row in newest.values() if row.state == "failed"})
    return {
        record_id: Pending(
            row.id,
            row.state,
            row.cause,
            row.asked_at if row.state == "failed" else since[record_id],
            jobs.get(row.id),
        )
        for record_id, row in newest.items()
        if row.state != "done"
    }


def unsettled(session: Session, language: str, zone: str) -> dict[str, Any] | None:
    """What makes any list of keeping provisional: how much is computed anew or failed; None if nothing."""
    counted = select(func.count(), func.min(Recomputation.asked_at))
    going, since = session.execute(counted.where(Recomputation.state.in_(_GOING))).one()
    failed = session.scalar(
        select(func.count())
        .select_from(Recomputation)
        .where(Recomputation.state == "failed", ~_made_up_for())
    )
    if not going and not failed:
        return None
    return {
        "waiting": going,
        "since": since.isoformat() if since else None,
        "failed": failed,
        "text": _list_text(going, since, failed or 0, language, zone),
    }


def _list_text(going: int, since: datetime | None, failed: int, language: str, zone: str) -> str:
    parts = []
    if failed:
        parts.append(
            f"Przeliczanie okresów NIE POWIODŁO SIĘ (zadań: {failed}), więc lista może być błędna. Zadania "
            "wymienia „akta job list”, a „akta job retry” powtarza jedno z nich."
            if language == "pl"
            else f"Computing keeping anew FAILED (jobs: {failed}), so this list may be wrong. "
            "'akta job list' names the jobs, and 'akta job retry' tries one again."
        )
    if since is not None:
        when = _when(since, zone)
        parts.append(
            f"Od {when} trwa przeliczanie okresów (zadań: {going}): lista może się jeszcze zmienić."
            if language == "pl"
            else f"Keeping is being computed anew since {when} (jobs: {going}): this list may still change."
        )
    return " ".join(parts)


def _near(record_ids: Collection[str]) -> ColumnElement[bool]:
    """Recomputations that may be about some records: there can be very many that name one each."""
    mine = select(Record.case_id).where(Record.id.in_(record_ids), Record.case_id.is_not(None))
    codes = select(Record.class_code).where(Record.id.in_(record_ids), Record.class_code.is_not(None))
    own, leaf = aliased(Party), aliased(Party)
    roots = (
        select(own.root_id)
        .join(RecordParty, RecordParty.party_id == own.id)
        .where(RecordParty.record_id.in_(record_ids))
    )
    named: dict[str, Any] = {
        "record": list(record_ids),
        "case": mine,
        "class": codes,
        "party": select(leaf.id).where(leaf.root_id.in_(roots)),
    }
    scope, subject = Recomputation.scope, Recomputation.subject
    return or_(
        scope.not_in(list(named)), *(and_(scope == kind, subject.in_(ids)) for kind, ids in named.items())
    )


def _made_up_for() -> ColumnElement[bool]:
    """Whether the same, or everything, was asked for again since and has not failed."""
    later = aliased(Recomputation)
    same = and_(later.scope == Recomputation.scope, later.subject == Recomputation.subject)
    return (
        select(later.id)
        .where(later.id > Recomputation.id, later.state != "failed", or_(later.scope == "all", same))
        .exists()
    )


def _jobs(session: Session, recomputations: Collection[str]) -> dict[str, str]:
    keys = {f"recompute:{number}": number for number in recomputations}
    rows: Sequence[Any] = session.execute(select(Job.key, Job.id).where(Job.key.in_(keys))).all()
    return {keys[key]: job_id for key, job_id in rows}


def _when(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
