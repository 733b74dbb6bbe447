"""Papers that correct each other are kept as long as the one of them that is kept longest."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from akta.records.duplicates import of_record, ordered
from akta.records.models import Duplicate, Field, Record

#: Fields by which a paper is named, and by which another one names it.
_OWN = ("invoice_number", "document_number", "ksef_number")
_NAMED = ("corrected_number",)
_SELLER = "vendor_nip"
#: No chain is longer; one that seems to be stops its papers from going.
_MOST = 200


class _TooLongError(Exception):
    pass


def chain_of(session: Session, record_id: str) -> list[str]:
    """The records that correct this one or are corrected by it, at any distance, itself included.

    Told by numbers: a paper names the one that it corrects. Papers of two sellers that are both
    known and differ are no chain. Two that people found to be the same paper belong together, too.
    """
    found = {record_id}
    level = [record_id]
    while level:
        near = _neighbours(session, level) - found
        found |= near
        level = sorted(near)
        if len(found) > _MOST:
            raise _TooLongError
    return sorted(found)


def kept_by_chain(session: Session, record_id: str, today: date) -> bool:
    """Whether another paper of the record's chain must still be kept, so that this one must be, too."""
    try:
        others = [i for i in chain_of(session, record_id) if i != record_id]
    except _TooLongError:
        return True
    if not others:
        return False
    keeping = select(Record.id).where(
        Record.id.in_(others),
        Record.state.not_in(("destroyed", "rejected")),
        or_(
            Record.held,
            Record.retention_state.is_(None),
            Record.retention_state != "until",
            Record.retain_through.is_(None),
            Record.retain_through >= today,
        ),
    )
    return session.scalar(keeping.limit(1)) is not None


def _neighbours(session: Session, ids: Sequence[str]) -> set[str]:
    own, named, sellers = _numbers(session, ids)
    near: set[str] = set()
    for record_id in ids:
        seller = sellers.get(record_id)
        near |= _having(session, _OWN, named.get(record_id, set()), seller)
        near |= _having(session, _NAMED, own.get(record_id, set()), seller)
        pairs = select(Duplicate).where(of_record(record_id), Duplicate.state == "confirmed")
        for pair in session.scalars(pairs):
            near |= set(ordered(pair.first_id, pair.second_id))
    return near


def _numbers(
    session: Session, ids: Sequence[str]
) -> tuple[dict[str, set[str]], dict[str, set[str]], dict[str, str]]:
    own: dict[str, set[str]] = {}
    named: dict[str, set[str]] = {}
    sellers: dict[str, str] = {}
    asked = select(Field.record_id, Field.name, Field.value).where(
        Field.record_id.in_(ids), Field.name.in_((*_OWN, *_NAMED, _SELLER))
    )
    for record_id, name, value in session.execute(asked):
        if name == _SELLER:
            sellers[record_id] = value.strip()
        elif value.strip():
            (named if name in _NAMED else own).setdefault(record_id, set()).add(value.strip())
    return own, named, sellers


def _having(session: Session, names: Sequence[str], values: set[str], seller: str | None) -> set[str]:
    """Records with one of these values under one of these names, not of a seller known to be another."""
    if not values:
        return set()
    asked = select(Field.record_id).where(and_(Field.name.in_(names), Field.value.in_(sorted(values))))
    ids = list(session.scalars(asked.limit(_MOST + 1)))
    if seller is None:
        return set(ids)
    known = select(Field.record_id, Field.value).where(Field.record_id.in_(ids), Field.name == _SELLER)
    others = {record_id for record_id, value in session.execute(known) if value.strip() != seller}
    return set(ids) - others
