"""Recording many events from a CSV file: all of them or none, and harmless when it is repeated."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.log import AuditLog
from akta.kernel.errors import AktaError, InvalidError
from akta.kernel.ids import new_id
from retention.events.days import parse_day
from retention.events.kinds import check_kind, known_kinds
from retention.events.models import BusinessEvent
from retention.events.recording import RecordEvent, checked_key, checked_value, prepare
from retention.events.subjects import Subject, Subjects
from retention.keeping.facts import facts_may_change
from retention.keeping.recomputing import ask

MOST_ROWS: Final = 20_000
_MOST_BYTES: Final = 10_000_000
_MOST_ERRORS: Final = 20
_NEEDED: Final = ("kind", "subject", "date")
_COLUMNS: Final = (*_NEEDED, "value", "evidence", "record", "key")


class ImportRefusedError(InvalidError):
    """The file has mistakes; nothing was recorded. `errors` point at lines and columns."""

    code = "import_refused"


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import: how many events are new, and how many were there already."""

    batch: str
    recorded: int
    known: int


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: dict[str, str]


def import_events(
    session: Session, audit: AuditLog, principal: Principal, text: str, now: datetime
) -> Imported:
    """Record the events of a CSV file in one transaction.

    Columns: kind, subject (`case:employee/1234`, `party:nip/5260001246`, …), date, and if wanted value,
    evidence, record (as evidence) and key. A row without a key gets one from what it says, so that the
    same file twice records nothing twice. Raises ImportRefusedError with every mistake (up to 20).
    """
    principal.require(Right.EVENT)
    known, subjects = known_kinds(session), Subjects(session, principal)
    errors: list[dict[str, object]] = []
    made: list[tuple[RecordEvent, Subject]] = []
    for row in _rows(text):
        try:
            made.append(_event(row, known, subjects))
        except _CellError as error:
            errors.append({"line": row.line, "column": error.column, "problem": error.problem})
            if len(errors) >= _MOST_ERRORS:
                break
    if errors:
        _refuse(errors)
    if not made:
        raise InvalidError("The file has no events, only the line of its columns.")
    return _record(session, audit, principal, made, now)


def _record(
    session: Session,
    audit: AuditLog,
    principal: Principal,
    rows: list[tuple[RecordEvent, Subject]],
    now: datetime,
) -> Imported:
    batch = new_id()
    made: list[BusinessEvent] = []
    for command, subject in rows:
        event, new = prepare(session, principal, command, subject, now)
        if new:
            event.batch = batch
            made.append(event)
    session.flush()
    made.sort(key=lambda event: event.id)
    result = Imported(batch, len(made), len(rows) - len(made))
    audit.note(
        session,
        now,
        principal.actor,
        "event.imported",
        f"batch:{batch}",
        recorded=result.recorded,
        known=result.known,
        events=sha256("\n".join(event.id for event in made).encode()).hexdigest(),
        said=said_of(made),
    )
    if made:
        ask(session, "batch", batch, f"events:{batch}", principal.actor, now)
        facts_may_change(session)
    return result


def said_of(events: Iterable[BusinessEvent]) -> str:
    """What stands for all that events say, in this order: what each is, of whom, when, and its value."""
    said = [[e.id, e.kind, e.subject_kind, e.subject_id, e.effective.isoformat(), e.value] for e in events]
    return sha256(json.dumps(said).encode()).hexdigest()


class _CellError(Exception):
    """What is wrong in one cell."""

    def __init__(self, column: str, problem: str) -> None:
        super().__init__(problem)
        self.column = column
        self.problem = problem


def _event(row: _Row, known: set[str], subjects: Subjects) -> tuple[RecordEvent, Subject]:
    cells = row.cells
    column = "subject"
    try:
        subject = subjects.named(cells.get("subject", ""))
        column = "kind"
        kind = check_kind(cells.get("kind", ""), known)
        column = "date"
        effective = parse_day(cells.get("date", ""))
        column = "record"
        record = cells.get("record") or None
        if record:
            record = subjects.of("record", record).id
        column = "value"
        value = checked_value(cells.get("value", ""))
        column = "key"
        key = checked_key(cells.get("key") or _key_of(kind, subject, effective.isoformat(), value))
    except AktaError as error:
        raise _CellError(column, error.message) from error
    evidence = cells.get("evidence", "")
    return RecordEvent(kind, subject.kind, subject.id, effective, value, record, evidence, key), subject


def _key_of(*said: object) -> str:
    return "row:" + sha256("\x00".join(map(str, said)).encode()).hexdigest()[:40]


def _rows(text: str) -> Iterator[_Row]:
    """The lines of the file with their numbers. Raises InvalidError for what is no such file."""
    if len(text) > _MOST_BYTES:
        raise InvalidError("The file is too large. Import it in parts.")
    text = text.removeprefix("\ufeff")
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    names: list[str] = []
    count = 0
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not names:
                names = _columns(cells)
                continue
            count += 1
            if count > MOST_ROWS:
                raise InvalidError(f"The file has more than {MOST_ROWS} events. Import it in parts.")
            if len(cells) > len(names):
                raise InvalidError(f"line {reader.line_num}: there are more cells than columns.")
            yield _Row(reader.line_num, dict(zip(names, (c.strip() for c in cells), strict=False)))
    except csv.Error as error:
        raise InvalidError(f"line {reader.line_num}: this is no CSV ({error}).") from error


def _columns(cells: list[str]) -> list[str]:
    names = [cell.strip().casefold() for cell in cells]
    unknown = [name for name in names if name not in _COLUMNS]
    missing = [name for name in _NEEDED if name not in names]
    if unknown or missing or len(set(names)) != len(names):
        raise InvalidError(
            f"line 1: the columns are {', '.join(_COLUMNS)}; {', '.join(_NEEDED)} are needed, each once."
        )
    return names


def _refuse(errors: list[dict[str, object]]) -> None:
    told = " ".join(f"line {e['line']}, {e['column']}: {e['problem']}" for e in errors[:3])
    more = f" And {len(errors) - 3} more." if len(errors) > 3 else ""
    raise ImportRefusedError(f"Nothing was recorded. {told}{more}", errors=errors)
