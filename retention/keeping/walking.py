"""Going through the records of some classes in batches, each from where the one before ended.

One class after the other, by the index of class and id: of a large archive no batch looks at more records
than it takes, whatever order the database would choose for all classes at once.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.records.models import Record

#: Between class and record of a place; no code of a class has it.
_BETWEEN = "\n"


def next_of_classes(
    session: Session, columns: Sequence[Any], codes: Iterable[str], after: str, limit: int
) -> tuple[Sequence[Any], str]:
    """The next records of these classes that are not destroyed, at most `limit`, and the place they end at.

    `after` is the place of the batch before, empty at first. The columns must begin with the record's id.
    """
    code_before, _, id_before = after.partition(_BETWEEN)
    found: list[Any] = []
    place = after
    for code in sorted(set(codes)):
        if code < code_before:
            continue
        query = select(*columns).where(Record.class_code == code, Record.state != "destroyed")
        if code == code_before:
            query = query.where(Record.id > id_before)
        rows = session.execute(query.order_by(Record.id).limit(limit - len(found))).all()
        if rows:
            found += rows
            place = f"{code}{_BETWEEN}{rows[-1][0]}"
        if len(found) == limit:
            break
    return found, place
