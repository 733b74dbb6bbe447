"""What people correct on a paper: kept with what stood there before, so that it can be taken back."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.kernel.errors import ConflictError, InvalidError
from akta.kernel.ids import new_id
from akta.records.models import ACCEPTANCE, KIND, Correction, Field, Record
from ingest.fields.checks import SUM, outcomes
from ingest.fields.names import FIELDS
from ingest.fields.typed import typed
from ingest.places import Places

#: Names of corrections that are of no field.
NO_FIELDS: Final = frozenset([KIND, ACCEPTANCE])
#: What stood of a field before and after, None where there was nothing.
Changes = dict[str, tuple[dict[str, Any] | None, dict[str, Any] | None]]
_KEPT: Final = (
    *("position", "value", "raw", "confidence", "page", "box"),
    *("reader", "supported_by", "confirmed_by", "alternatives"),
)
_WAITED: Final = ("reason", "reason_params", "doubts", "confidence")


def kind_now(record: Record) -> dict[str, Any]:
    """Domain and type as a correction keeps them; `subtype` only where there is one."""
    kind: dict[str, Any] = {"domain": record.domain, "doc_type": record.doc_type}
    return kind | ({"subtype": record.subtype} if record.subtype else {})


def change_fields(
    session: Session,
    principal: Principal,
    record: Record,
    values: Mapping[str, str],
    chosen: Mapping[str, int] | None = None,
) -> Changes:
    """Set fields to what was typed or `chosen`; an empty value removes one.

    Returns (before, after) by field. `chosen` are numbers of a field's alternatives, from 0.
    What stands after remembers in
    `origin` whether it was chosen or typed; a value that is found on the paper has its place.
    Raises InvalidError for an unknown field, a value that is none of its type, and a number
    there is not.
    """
    rows = _rows(session, record.id)
    picked = {
        name: _alternative(record, rows.get(name), name, index) for name, index in (chosen or {}).items()
    }
    if doubly := picked.keys() & values.keys():
        raise InvalidError("A field is either typed or chosen, not both.", field=min(doubly))
    given = {name: typed(name, value) for name, value in values.items()}
    given |= {name: str(other["value"]) for name, other in picked.items()}
    find = Places(session, record.id)
    origins: dict[str, dict[str, Any]] = {}
    before = {name: _state(rows.get(name)) for name in given}
    for name, value in given.items():
        row = rows.get(name)
        if row is None and not value:
            continue
        if row is None:
            others = (record.suggestions or {}).get(name, [])
            row = Field(id=new_id(), record_id=record.id, name=name, position=999, raw="", value="")
            row.confidence, row.reader = 1.0, "person"  # looking for the next one's place writes this one
            row.alternatives = others
            rows[name] = row
            session.add(row)
        elif not value:
            session.delete(rows.pop(name))
            continue
        if row.value != value:
            if name in picked:
                other = picked[name]
                row.raw, row.page, row.box = other["raw"], other["page"], other["box"]
                origins[name] = {"from": "suggestion", "index": (chosen or {})[name], "why": other["why"]}
            else:
                place = find.of(name, value)
                row.page, row.box = (place.page, list(place.box)) if place else (None, None)
                row.raw = place.raw if place else row.raw
                origins[name] = {"from": "paper" if place else "typed"}
        row.value, row.confidence = value, 1.0
        row.reader, row.confirmed_by = "person", principal.actor
    _check(rows, given)
    session.flush()
    after = {name: _state(rows.get(name)) for name in given}
    changes: Changes = {}
    for name in given:
        now = after[name]
        if before[name] != now:
            changes[name] = (
                before[name],
                {**now, "origin": origins[name]} if now and name in origins else now,
            )
    return changes


def acceptance(record: Record, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """What makes a paper wait, as kept when it is accepted at `now`, so that it can wait again."""
    return {column: getattr(record, column) for column in _WAITED}, {"state": "filed", "at": now.isoformat()}


def _alternative(record: Record, row: Field | None, name: str, index: int) -> dict[str, Any]:
    others = row.alternatives if row is not None else (record.suggestions or {}).get(name, [])
    if name not in FIELDS or not 0 <= index < len(others):
        raise InvalidError(f"There is no alternative {index} for '{name[:40]}'.", field=name[:40])
    found: dict[str, Any] = others[index]
    return found


def remember(
    session: Session,
    principal: Principal,
    record: Record,
    now: datetime,
    changes: Changes,
    undoes: str | None = None,
) -> str | None:
    """Keep what was changed together; the name of the batch, None if nothing was."""
    if not changes:
        return None
    batch = new_id()
    for name, (before, after) in changes.items():
        session.add(
            Correction(
                id=new_id(),
                record_id=record.id,
                batch=batch,
                at=now,
                actor=principal.actor,
                field=name,
                before=before,
                after=after,
                undoes=undoes,
            )
        )
    return batch


def newest(session: Session, record_id: str) -> str | None:
    """The last batch that has not been taken back; None if there is none."""
    asked = select(Correction.batch, Correction.undoes).where(Correction.record_id == record_id)
    taken_back: set[str] = set()
    for batch, undoes in session.execute(asked.order_by(Correction.id.desc())):
        if undoes is not None:
            taken_back.add(undoes)
        elif batch not in taken_back:
            return str(batch)
    return None


def put_back(session: Session, record: Record, batch: str) -> Changes:
    """Bring back what stood before a batch. Returns (before, after) by field, `kind` among them.

    Raises ConflictError if it is not the newest one, or something else has changed since.
    """
    if newest(session, record.id) != batch:
        raise ConflictError("This was taken back already, or something was corrected after it.")
    asked = select(Correction).where(Correction.record_id == record.id, Correction.batch == batch)
    kept = session.scalars(asked).all()
    rows = _rows(session, record.id)
    out: Changes = {}
    for item in kept:
        if item.field == ACCEPTANCE:
            ended = record.ended_at.isoformat() if record.ended_at else None
            if record.state != "filed" or item.before is None or (item.after or {}).get("at") != ended:
                raise ConflictError("The paper has come to another end since.", state=record.state)
            record.state, record.ended_at = "review", None
            for column in _WAITED:
                setattr(record, column, item.before[column])
            out[ACCEPTANCE] = ({"state": "filed"}, item.before)
            continue
        if item.field == KIND:
            now_there = kind_now(record)
            set_then = {key: value for key, value in (item.after or {}).items() if key != "origin"}
            if now_there != set_then or item.before is None:
                raise ConflictError("The kind has been changed since; correct it instead.")
            record.domain, record.doc_type = item.before["domain"], item.before["doc_type"]
            record.subtype = item.before.get("subtype")
            out[KIND] = (now_there, item.before)
            continue
        row = rows.get(item.field)
        if (row.value if row else None) != (item.after["value"] if item.after else None):
            raise ConflictError("A field has been read anew since; correct it instead.", field=item.field)
        there = _state(row)
        if item.before is None:
            session.delete(rows.pop(item.field))
        else:
            if row is None:
                row = Field(id=new_id(), record_id=record.id, name=item.field)
                rows[item.field] = row
                session.add(row)
            for column in _KEPT:
                setattr(row, column, item.before.get(column, []))  # alternatives were not always kept
        out[item.field] = (there, item.before)
    _check(rows, out)
    session.flush()
    return out


def _rows(session: Session, record_id: str) -> dict[str, Field]:
    return {row.name: row for row in session.scalars(select(Field).where(Field.record_id == record_id))}


def _state(row: Field | None) -> dict[str, Any] | None:
    return None if row is None else {column: getattr(row, column) for column in _KEPT}


def _check(rows: Mapping[str, Field], touched: Iterable[str]) -> None:
    """Check again what the change bears upon; what stands untouched keeps what was found of it."""
    found = outcomes({name: row.value for name, row in rows.items()})
    names = set(touched)
    if names & set(SUM):
        names |= set(SUM)
    if "birth_date" in names:
        names.add("pesel")  # which tells it too
    for name in names & set(rows):
        rows[name].supported_by = found.get(name)
