"""The table of an export: one row for each record, the same columns in every format."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.kernel.clock import civil_date
from akta.records.masking import MASK, sensitive_on
from akta.records.models import Field, Record, RecordParty
from indexer.exports import words

#: What a cell holds: a text is always shown as text, whatever it begins with.
Cell = str | int | Decimal | date | None

_NUMBERS = ("invoice_number", "document_number", "order_number", "po_number", "reference", "sample_id")
_FIELDS = (*_NUMBERS, "total", "currency", "due_date")


@dataclass(frozen=True, slots=True)
class _Facts:
    record: Record
    fields: dict[str, str]
    parties: list[str]
    language: str
    zone: str


_COLUMNS: tuple[tuple[tuple[str, str], Callable[[_Facts], Cell]], ...] = (
    (("Record", "Dokument"), lambda f: f.record.id),
    (("Title", "Tytuł"), lambda f: f.record.title),
    (("Domain", "Dziedzina"), lambda f: words.domain(f.record.domain, f.language)),
    (("Type", "Rodzaj"), lambda f: words.doc_type(f.record.subtype or f.record.doc_type, f.language)),
    (("State", "Stan"), lambda f: words.state(f.record.state, f.language)),
    (("Date", "Data"), lambda f: f.record.document_date),
    (("Number", "Numer"), lambda f: next((f.fields[n] for n in _NUMBERS if f.fields.get(n)), None)),
    (("Parties", "Kontrahenci"), lambda f: "; ".join(f.parties)),
    (("Total", "Kwota"), lambda f: _amount(f.fields.get("total"))),
    (("Currency", "Waluta"), lambda f: f.fields.get("currency")),
    (("Due", "Termin"), lambda f: _day(f.fields.get("due_date"))),
    (("Class", "Klasa"), lambda f: f.record.class_code),
    (("Keep until", "Przechowywać do"), lambda f: f.record.retain_through),
    (("On hold", "Wstrzymane"), lambda f: words.pick(words.YES_NO[f.record.held], f.language)),
    (("Language", "Język"), lambda f: f.record.language),
    (("Pages", "Liczba stron"), lambda f: f.record.page_count),
    (("Received", "Przyjęto"), lambda f: civil_date(f.record.received_at, f.zone)),
    (("File", "Plik"), lambda f: f.record.file_name),
    (("Bytes", "Bajty"), lambda f: f.record.size),
    (("SHA-256", "SHA-256"), lambda f: f.record.sha256),
)


def headers(language: str) -> list[str]:
    """The columns' names in pl or en."""
    return [words.pick(name, language) for name, _ in _COLUMNS]


def rows(
    session: Session, records: Sequence[Record], language: str, zone: str, *, show: bool = False
) -> list[list[Cell]]:
    """A row for each of the records, in their order. What sensitive fields say is masked unless `show`."""
    hidden = {record.id: frozenset() if show else sensitive_on(record) for record in records}
    ids = [record.id for record in records]
    fields: dict[str, dict[str, str]] = {}
    found = select(Field.record_id, Field.name, Field.value).where(
        Field.record_id.in_(ids), Field.name.in_(_FIELDS)
    )
    for record_id, name, value in session.execute(found):
        fields.setdefault(record_id, {})[name] = MASK if name in hidden[record_id] else value
    parties: dict[str, list[str]] = {}
    named = select(RecordParty.record_id, RecordParty.role, RecordParty.name)
    named = named.where(RecordParty.record_id.in_(ids))
    for record_id, role, name in session.execute(named.order_by(RecordParty.record_id, RecordParty.role)):
        parties.setdefault(record_id, []).append(MASK if role in hidden[record_id] else name)
    return [
        [
            value(_Facts(r, fields.get(r.id, {}), list(dict.fromkeys(parties.get(r.id, ()))), language, zone))
            for _, value in _COLUMNS
        ]
        for r in records
    ]


def shown_names(session: Session, records: Sequence[Record]) -> dict[str, list[str]]:
    """Which sensitive fields of each record the table shows where it is asked to; others are left out."""
    roles = select(RecordParty.record_id, RecordParty.role)
    names = select(Field.record_id, Field.name).where(Field.name.in_(_FIELDS))
    sensitive = {record.id: sensitive_on(record) for record in records}
    found: dict[str, set[str]] = {}
    for query in (
        roles.where(RecordParty.record_id.in_(sensitive)),
        names.where(Field.record_id.in_(sensitive)),
    ):
        for record_id, name in session.execute(query):
            if name in sensitive[record_id]:
                found.setdefault(record_id, set()).add(name)
    return {record_id: sorted(names) for record_id, names in found.items()}


def _amount(value: str | None) -> Cell:
    try:
        amount = Decimal(value) if value else None
    except InvalidOperation:
        return value
    return amount if amount is None or (amount.is_finite() and abs(amount) < 10**12) else value


def _day(value: str | None) -> Cell:
    try:
        return date.fromisoformat(value[:10]) if value else None
    except ValueError:
        return value
