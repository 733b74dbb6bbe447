"""The file of an employee in parts, with a list of the whole: what is handed over to another keeper.

After the Polish regulation on employee documentation of 10 December 2018 (Dz.U. 2018 poz. 2369): parts A to
E, documents in each in the order of their dates and numbered, and a list of the whole. The list is in our
own form; no official scheme is claimed.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final
from xml.sax.saxutils import quoteattr

#: Part by type of document. What is not here has no part of its own, and a person must place it.
PARTS: Final[dict[str, str]] = {
    **dict.fromkeys(("resume", "cover_letter", "personal_questionnaire", "personnel_questionnaire"), "A"),
    **dict.fromkeys(
        (
            *("employment_contract", "medical_certificate", "training_certificate", "safety_training"),
            *("leave_request", "benefits_document", "payslip", "accident_report"),
        ),
        "B",
    ),
    **dict.fromkeys(("resignation_letter", "employment_certificate"), "C"),
    "disciplinary_note": "D",
    "sobriety_check": "E",
}
UNPLACED: Final = "bez_czesci"
LIST_CSV: Final = "data/documentation/wykaz.csv"
LIST_XML: Final = "data/documentation/wykaz.xml"


def part_of(doc_type: str | None, subtype: str | None) -> str:
    """The part that a document belongs to, by its finer type first."""
    return PARTS.get(subtype or "") or PARTS.get(doc_type or "") or UNPLACED


def in_parts(records: Iterable[Any]) -> list[tuple[str, int, Any]]:
    """Records with their part and their number in it, by date; those without a date come last."""
    found = sorted(
        ((part_of(r.doc_type, r.subtype), r) for r in records),
        key=lambda p: (
            p[0] == UNPLACED,
            p[0],
            p[1].document_date is None,
            p[1].document_date or p[1].received_at.date(),
            p[1].id,
        ),
    )
    made: list[tuple[str, int, Any]] = []
    for part, record in found:
        number = made[-1][1] + 1 if made and made[-1][0] == part else 1
        made.append((part, number, record))
    return made


def list_csv(rows: Sequence[dict[str, str]]) -> str:
    """The list as a table."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, _COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _guarded(row[name]) for name in _COLUMNS})
    return out.getvalue()


def list_xml(rows: Sequence[dict[str, str]]) -> str:
    """The list for programs."""
    lines = "".join(
        "  <dokument" + "".join(f" {name}={quoteattr(row[name])}" for name in _COLUMNS) + "/>\n"
        for row in rows
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<wykaz>\n{lines}</wykaz>\n'


_COLUMNS: Final = ("czesc", "numer", "nazwa", "data", "strony", "plik", "sha256")


def _guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + text if text[:1] in tuple("=+-@\t\r") else text
