"""Pairs of records that may be the same paper: asked for, told, forgotten."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import delete, or_, select, text
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.records.models import BusinessKey, Duplicate, PictureBand, Record
from akta.records.visibility import visible_to

#: Columns of `Duplicate` by what they are called outside.
KINDS: Final = {"bytes": "same_bytes", "picture": "picture", "key": "business_key"}
#: States in which a record is none that another could be a duplicate of.
GONE: Final = ("rejected", "destroyed")
_MOST_TOLD: Final = 50
_TURN: Final = 0x616B7461  # of the advisory lock: "akta"
#: What to do about a pair, by its state.
_TO_DO: Final = {
    "open": (
        "Compare both. If it is the same paper, mark it as a duplicate and pay it once; else say that "
        "they are different papers.",
        "Porównaj oba. Jeśli to ten sam dokument, oznacz go jako duplikat i zapłać tylko raz; w przeciwnym "
        "razie zaznacz, że to różne dokumenty.",
    ),
    "dismissed": (
        "A person said that they are different papers. It can be taken back.",
        "Uznano, że to różne dokumenty. Można to cofnąć.",
    ),
    "confirmed": (
        "A person said that it is the same paper. Pay it once. It can be taken back.",
        "Uznano, że to ten sam dokument. Zapłać tylko raz. Można to cofnąć.",
    ),
}


def take_turn(session: Session) -> None:
    """Wait until nobody else looks for duplicates, and keep the others waiting to the end of the transaction.

    Of two copies taken in at once the second then sees the first. To be called after the record's
    row is locked and before anything else is. SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})


def forget(session: Session, record_id: str) -> tuple[str, ...]:
    """Remove all by which a record's copies are found, and its pairs. Needs the turn (`take_turn`).

    Returns the records that it made pairs with.
    """
    forget_marks(session, record_id)
    pairs = session.scalars(select(Duplicate).where(of_record(record_id))).all()
    twins = tuple(sorted(_other(pair, record_id) for pair in pairs))
    session.execute(delete(Duplicate).where(of_record(record_id)))
    return twins


def forget_marks(session: Session, record_id: str) -> None:
    """Remove what a record is found by; what was found stays."""
    session.execute(delete(BusinessKey).where(BusinessKey.record_id == record_id))
    session.execute(delete(PictureBand).where(PictureBand.record_id == record_id))


def of_record(record_id: str) -> Any:
    """The condition on `Duplicate` for pairs with a record."""
    return or_(Duplicate.first_id == record_id, Duplicate.second_id == record_id)


def ordered(one: str, other: str) -> tuple[str, str]:
    """Both numbers as a pair is kept: the older record first."""
    return (one, other) if one < other else (other, one)


def sureness(pair: Duplicate) -> float:
    """The most that any kind says, 0 if none does any more."""
    return max((getattr(pair, column) or 0.0 for column in KINDS.values()), default=0.0)


def told(
    session: Session, principal: Principal, record_id: str, language: str = "en"
) -> list[dict[str, Any]]:
    """The record's pairs with others that the principal may see, the surest first.

    Left out are open ones whose other record is rejected, and dismissed ones that nothing speaks for.
    """
    pairs = session.scalars(select(Duplicate).where(of_record(record_id))).all()
    others = {_other(pair, record_id): pair for pair in pairs}
    rows = session.execute(
        select(Record.id, Record.title, Record.file_name, Record.state, Record.parent_id).where(
            Record.id.in_(others), Record.state != "destroyed", visible_to(principal)
        )
    )
    found = []
    for row in rows:
        pair = others[row.id]
        if pair.state != "confirmed" and (row.state in GONE or not sureness(pair)):
            continue
        found.append(
            {
                "record": row.id,
                "title": row.title or row.file_name,
                "record_state": row.state,
                "parent": row.parent_id,
                "kinds": [
                    {"kind": kind, "sure": round(getattr(pair, column), 2)}
                    for kind, column in KINDS.items()
                    if getattr(pair, column) is not None
                ],
                "state": pair.state,
                "decided_by": pair.decided_by,
                "decided_at": pair.decided_at.isoformat() if pair.decided_at else None,
                "way_out": _TO_DO[pair.state][language == "pl"],
            }
        )
    found.sort(key=lambda d: (d["state"] == "dismissed", -_most(d["kinds"]), d["record"]))
    return found[:_MOST_TOLD]


def _most(kinds: Iterable[dict[str, Any]]) -> float:
    return max((float(k["sure"]) for k in kinds), default=0.0)


def _other(pair: Duplicate, record_id: str) -> str:
    return pair.second_id if pair.first_id == record_id else pair.first_id
