"""What people correct on a paper: kept with what stood there before, so that it can be taken back."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.kernel.errors import ConflictError
from akta.kernel.ids import new_id
from akta.records.models import Correction, Field, Record
from ingest.fields.checks import SUM, outcomes
from ingest.fields.typed import typed

#: The name under which a change of domain and type is kept.
KIND: Final = "kind"
#: What stood of a field before and after, None where there was nothing.
Changes = dict[str, tuple[dict[str, Any] | None, dict[str, Any] | None]]
_KEPT: Final = (
    *("position", "value", "raw", "confidence", "page", "box"),
    *("reader", "supported_by", "confirmed_by"),
)


def change_fields(
    session: Session, principal: Principal, record: Record, values: Mapping[str, str]
) -> Changes:
    """Set fields to what was typed; an empty value removes one. Returns (before, after) by field.

    Raises InvalidError for an unknown field and for a value that is none of its type.
    """
    given = {name: typed(name, value) for name, value in values.items()}
    rows = _rows(session, record.id)
    before = {name: _state(rows.get(name)) for name in given}
    for name, value in given.items():
        row = rows.get(name)
        if row is None and not value:
            continue
        if row is None:
            row = Field(id=new_id(), record_id=record.id, name=name, position=999, raw="", value=value)
            rows[name] = row
            session.add(row)
        elif not value:
            session.delete(rows.pop(name))
            continue
        elif row.value != value:
            row.page, row.box = None, None
        row.value, row.confidence = value, 1.0
        row.reader, row.confirmed_by = "person", principal.actor
    _check(rows, given)
    session.flush()
    after = {name: _state(rows.get(name)) for name in given}
    return {name: (before[name], after[name]) for name in given if before[name] != after[name]}


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
        if item.field == KIND:
            now_there = {"domain": record.domain, "doc_type": record.doc_type}
            if now_there != item.after or item.before is None:
                raise ConflictError("The kind has been changed since; correct it instead.")
            record.domain, record.doc_type = item.before["domain"], item.before["doc_type"]
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
                setattr(row, column, item.before[column])
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
    for name in names & set(rows):
        rows[name].supported_by = found.get(name)
