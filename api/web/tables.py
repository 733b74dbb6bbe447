"""The tables of a paper, as they are shown beside its page."""

import json
import re
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.records.models import Rendition
from akta.records.renditions import TABLES
from akta.storage.port import BlobStore
from ingest.tables import Cell, Table, of_json

#: Rows of one table on the page; all of them are in the workbook.
_MOST_ROWS = 100
#: Amounts with two decimals in the Polish, the English or the plain form; all else stays text,
#: so that numbers of accounts keep their noughts and nothing becomes a formula.
_AMOUNT = re.compile(r"-?(?:\d{1,3}(?:[ \u00a0\u202f]\d{3})+|\d{1,3}(?:[.,]\d{3})+|\d{1,12})[.,]\d{2}")


def stored_tables(session: Session, store: BlobStore, record_id: str) -> list[Table]:
    """All tables that were found on a record's pages, in their order."""
    found = session.scalars(
        select(Rendition).where(Rendition.record_id == record_id, Rendition.kind == TABLES)
    ).first()
    if found is None:
        return []
    with store.open(found.sha256) as source:
        return of_json(json.loads(source.read()))


def shown(tables: list[Table], number: int) -> dict[str, Any]:
    """For the record's page: the tables of page `number`, and which other pages have some."""
    here = [
        {
            "headed": t.headed,
            "rows": [[_shown_cell(c) for c in row] for row in t.rows[:_MOST_ROWS]],
            "more": max(0, len(t.rows) - _MOST_ROWS),
        }
        for t in tables
        if t.page == number
    ]
    return {"here": here, "elsewhere": sorted({t.page for t in tables} - {number})}


def _shown_cell(cell: Cell | None) -> dict[str, Any] | None:
    if cell is None:
        return None
    return {"text": cell.text, "box": cell.box, "amount": amount_of(cell.text) is not None}


def amount_of(text: str) -> Decimal | None:
    """The number that a cell holds, if it is an amount with two decimals and nothing else."""
    text = text.strip().replace("\u2212", "-")
    if not _AMOUNT.fullmatch(text):
        return None
    whole, cents = text[:-3], text[-2:]
    return Decimal(f"{re.sub(r'[^0-9-]', '', whole)}.{cents}")
