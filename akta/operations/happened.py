"""Business events and versions of classes as the rows have them, against what the log says of them.

From events and rules follows until when a record is kept; a day that was moved, an event put in or taken
out, or a rule rewritten past Akta would have it destroyed too early. Triggers of the database refuse most
of that; here it is found.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.audit.models import AuditEntry
from akta.audit.reading import details_of
from akta.records.models import RecordClass
from retention.events.importing import said_of
from retention.events.models import BusinessEvent
from retention.schedules.fileplan import digest_of_row

_BATCH = 2000


@dataclass(slots=True)
class _Told:
    """An event by the log; `value` is None where the log does not say it."""

    subject: str
    kind: str
    day: str
    value: str | None
    state: str = "recorded"


@dataclass(frozen=True, slots=True)
class _Import:
    """Events brought in together: how many, and what stands for them; `said` also for their days."""

    count: int
    ids: str
    said: str | None


def compare(session: Session, say: Callable[[str], None]) -> int:
    """Say each disagreement, in one snapshot; returns how many events and versions were looked at."""
    return _events(session, say) + _classes(session, say)


def _events(session: Session, say: Callable[[str], None]) -> int:
    told, imports = _by_log(session)
    counted = {id_ for id_, one in told.items() if one.state == "recorded"}
    brought: dict[str, list[BusinessEvent]] = {batch: [] for batch in imports}
    seen = 0
    rows = select(BusinessEvent).where(BusinessEvent.state.in_(("recorded", "cancelled")))
    for row in session.scalars(rows.execution_options(yield_per=_BATCH)):
        seen += 1
        known = told.get(row.id)
        if row.batch in brought and (known is None or known.subject == ""):
            brought[row.batch].append(row)
            if row.state == "cancelled" and (known is None or known.state != "cancelled"):
                say(f"Event {row.id} counts no more, but by the log it does.")
            elif row.state == "recorded" and known is not None and known.state == "cancelled":
                say(f"Event {row.id} counts, but by the log it does not.")
            counted.discard(row.id)
        elif known is None:
            say(f"Event {row.id} is not in the log.")
        elif row.state != known.state:
            is_, was = ("counts", "does not") if row.state == "recorded" else ("counts no more", "does")
            say(f"Event {row.id} {is_}, but by the log it {was}.")
            counted.discard(row.id)
        else:
            counted.discard(row.id)
            stands = (f"{row.subject_kind}:{row.subject_id}", row.kind, row.effective.isoformat())
            value = row.value if known.value is None else known.value
            if stands != (known.subject, known.kind, known.day) or row.value != value:
                say(f"Event {row.id} does not say what the log says of it.")
        session.expunge(row)
    for id_ in sorted(counted):
        say(f"The log says that event {id_} was recorded, but no such event counts.")
    for batch, asked in sorted(imports.items()):
        there = sorted(brought[batch], key=lambda row: row.id)
        ids = sha256("\n".join(row.id for row in there).encode()).hexdigest()
        if (len(there), ids) != (asked.count, asked.ids) or asked.said not in (None, said_of(there)):
            say(f"The events of import {batch} are not those that the log has.")
    return seen


def _by_log(session: Session) -> tuple[dict[str, _Told], dict[str, _Import]]:
    """What the log says of each event, and of each import."""
    told: dict[str, _Told] = {}
    imports: dict[str, _Import] = {}
    query = (
        select(AuditEntry.action, AuditEntry.subject, AuditEntry.body)
        .where(AuditEntry.action.startswith("event."))
        .order_by(AuditEntry.seq)
        .execution_options(yield_per=_BATCH)
    )
    for action, subject, body in session.execute(query):
        details = details_of(body)
        id_, kind = str(details.get("event")), str(details.get("kind"))
        value = details.get("value")
        value = None if value is None else str(value)
        match action:
            case "event.recorded" | "event.confirmed":
                told[id_] = _Told(subject, kind, str(details.get("effective")), value)
            case "event.corrected":
                _end(told, str(details.get("corrects")))
                told[id_] = _Told(subject, kind, str(details.get("after")), value)
            case "event.cancelled":
                _end(told, id_)
            case "event.imported":
                said = details.get("said")
                imports[subject.removeprefix("batch:")] = _Import(
                    _number(details.get("recorded")),
                    str(details.get("events")),
                    None if said is None else str(said),
                )
    return told, imports


def _end(told: dict[str, _Told], id_: str) -> None:
    if id_ in told:
        told[id_].state = "cancelled"
    else:  # one of an import, whose entry names no single event
        told[id_] = _Told("", "", "", None, "cancelled")


def _number(told: object) -> int:
    """A count or version of an entry; -1, which nothing has, of one that was forged."""
    return told if isinstance(told, int) else -1


def _mapping(told: object) -> dict[str, object]:
    return told if isinstance(told, dict) else {}


def _classes(session: Session, say: Callable[[str], None]) -> int:
    told: dict[tuple[str, int], str | None] = {}
    query = (
        select(AuditEntry.action, AuditEntry.subject, AuditEntry.body)
        .where(AuditEntry.action.in_(("class.versioned", "schedule.published")))
        .order_by(AuditEntry.seq)
    )
    for action, subject, body in session.execute(query):
        details = details_of(body)
        if action == "class.versioned":
            told[subject.removeprefix("class:"), _number(details.get("version"))] = str(details.get("digest"))
        else:
            digests = _mapping(details.get("digests"))
            for code, version in _mapping(details.get("classes")).items():
                digest = digests.get(code)
                told[code, _number(version)] = None if digest is None else str(digest)
    seen = 0
    for row in session.scalars(select(RecordClass)):
        seen += 1
        name = f"version {row.version} of class {row.code}"
        if (row.code, row.version) not in told:
            say(f"The {name} is not in the log.")
            continue
        digest = told.pop((row.code, row.version))
        if row.digest != digest_of_row(row) or digest not in (None, row.digest):
            say(f"The {name} does not say what the log says of it.")
    for code, version in sorted(told):
        say(f"The log says that there is version {version} of class {code}, but there is none.")
    return seen
