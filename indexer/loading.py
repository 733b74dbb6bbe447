"""From a record in the database to the document that the index takes in."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from akta.kernel.clock import civil_date
from akta.records.masking import sensitive_on
from akta.records.models import Field, PageText, Receipt, Record, RecordParty
from akta.records.visibility import scopes_of
from indexer.model import IndexDocument

#: Text of one record that is indexed; more belongs to splitting, not to a search.
_MAX_TEXT = 2_000_000
#: Characters of text that are in memory at once, unless one record alone has more.
_BATCH_TEXT = 8_000_000
IDENTIFIERS = (
    "invoice_number",
    "document_number",
    "order_number",
    "po_number",
    "vendor_nip",
    "buyer_nip",
    "iban",
    "account",
    "ksef_number",
    "serial_number",
    "sample_id",
    "message_control_id",
    "pesel",
    "regon",
    "reference",
)
_AMOUNTS = ("total", "net", "vat", "subtotal", "tax", "amount_due", "gross_pay", "net_pay")


def load(
    session: Session, pending: Sequence[tuple[str, int]], zone: str
) -> tuple[list[IndexDocument], list[tuple[str, int]]]:
    """The documents of records (id, noted version), and the removals of those that are no more."""
    ids = [i for i, _ in pending]
    records = {r.id: r for r in session.scalars(select(Record).where(Record.id.in_(ids)))}
    texts = texts_of(session, ids)
    fields: dict[str, dict[str, str]] = {}
    for record_id, name, value in session.execute(
        select(Field.record_id, Field.name, Field.value).where(Field.record_id.in_(ids))
    ):
        fields.setdefault(record_id, {})[name] = value
    # Each record has the names as it spells them; the other spellings of its parties are
    # found by the parties' numbers (`indexer.parties`), for those who may see them.
    # Whom a record names in a sensitive role can be searched for by name, and is counted in no facet.
    parties: dict[str, list[str]] = {}
    leaves: dict[str, list[str]] = {}
    hidden = {record_id: sensitive_on(record) for record_id, record in records.items()}
    for record_id, name, leaf, role in session.execute(
        select(RecordParty.record_id, RecordParty.name, RecordParty.party_id, RecordParty.role)
        .where(RecordParty.record_id.in_(ids))
        .order_by(RecordParty.record_id, RecordParty.role)
    ):
        parties.setdefault(record_id, []).append(name)
        if role not in hidden[record_id]:
            leaves.setdefault(record_id, []).append(leaf)
    receipts: dict[str, list[str]] = {}
    for record_id, receipt in session.execute(
        select(Receipt.record_id, Receipt.id).where(Receipt.record_id.in_(ids))
    ):
        receipts.setdefault(record_id, []).append(receipt)
    upserts, removals = [], []
    for record_id, version in pending:
        record = records.get(record_id)
        if record is None or record.state == "destroyed":
            removals.append((record_id, record.row_version if record else version))
            continue
        upserts.append(
            _document(
                record,
                "\n".join(texts.get(record_id, ()))[:_MAX_TEXT],
                fields.get(record_id, {}),
                parties.get(record_id, []),
                leaves.get(record_id, []),
                receipts.get(record_id, []),
                zone,
            )
        )
    return upserts, removals


def _document(
    record: Record,
    text: str,
    fields: dict[str, str],
    parties: list[str],
    leaves: list[str],
    numbers: list[str],
    zone: str,
) -> IndexDocument:
    # A search by amount would find out a salary by halves: sensitive amounts are found as words of the page.
    told = [n for n in _AMOUNTS if n not in sensitive_on(record)]
    amounts = {n: a for n in told if (a := _amount(fields.get(n))) is not None}
    return IndexDocument(
        record_id=record.id,
        version=record.row_version,
        scopes=scopes_of(record),
        title=record.title,
        text=text,
        domain=record.domain,
        doc_type=record.subtype or record.doc_type,
        state=record.state,
        language=record.language,
        parties=tuple(dict.fromkeys(parties)),
        identifiers=tuple(
            dict.fromkeys([fields[n] for n in IDENTIFIERS if fields.get(n)] + numbers + [record.id])
        ),
        amounts=tuple(dict.fromkeys(amounts.values())),
        total=amounts.get("total"),
        currency=fields.get("currency"),
        document_date=record.document_date,
        due_date=_iso_date(fields.get("due_date")),
        received_on=civil_date(record.received_at, zone),
        keep_until=record.retain_through,
        record_class=record.class_code,
        on_hold=record.held,
        confidence=record.confidence,
        channel=record.channel,
        file_name=record.file_name,
        party_ids=tuple(dict.fromkeys(leaves)),
    )


def fitting(session: Session, ids: Sequence[str]) -> list[str]:
    """As many of the records, from the first on, as their texts leave room for; at least one."""
    lengths = (
        select(PageText.record_id, func.sum(func.length(PageText.text) + 1))
        .where(PageText.record_id.in_(ids))
        .group_by(PageText.record_id)
    )
    sizes = {record_id: int(size) for record_id, size in session.execute(lengths)}
    room = _BATCH_TEXT
    fit: list[str] = []
    for record_id in ids:
        room -= min(_MAX_TEXT, sizes.get(record_id, 0))
        if fit and room < 0:
            break
        fit.append(record_id)
    return fit


def texts_of(session: Session, ids: Sequence[str]) -> dict[str, list[str]]:
    """The texts of the records' pages in their order, of each record so many as are indexed."""
    before = func.sum(func.length(PageText.text) + 1).over(
        partition_by=PageText.record_id, order_by=PageText.number, rows=(None, -1)
    )
    pages = (
        select(PageText.record_id, PageText.number, func.coalesce(before, 0).label("before"))
        .where(PageText.record_id.in_(ids))
        .subquery()
    )
    wanted = (
        select(PageText.record_id, func.substr(PageText.text, 1, _MAX_TEXT))
        .join(pages, (pages.c.record_id == PageText.record_id) & (pages.c.number == PageText.number))
        .where(pages.c.before < _MAX_TEXT)
        .order_by(PageText.record_id, PageText.number)
    )
    texts: dict[str, list[str]] = {}
    for record_id, text in session.execute(wanted):
        texts.setdefault(record_id, []).append(text)
    return texts


def _amount(value: str | None) -> Decimal | None:
    try:
        amount = Decimal(value) if value else None
    except InvalidOperation:
        return None
    return amount if amount is not None and amount.is_finite() and abs(amount) < 10**12 else None


def _iso_date(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if value else None
    except ValueError:
        return None
