"""The fields of a paper, by the kind of paper it is."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from ingest.classify.types import kind_of
from ingest.fields.address import find_address
from ingest.fields.amounts import currency_of
from ingest.fields.checks import FAILED, IBAN_RIGHT, IBAN_WRONG, SUM_DIFFERS
from ingest.fields.country import date_order
from ingest.fields.dated import choose_dates
from ingest.fields.found import SURE, FoundField, at
from ingest.fields.identifiers import find_ibans
from ingest.fields.labels import label_text
from ingest.fields.lineitems import find_lines, find_rates
from ingest.fields.misread import mended_address, mended_name
from ingest.fields.numbers import find_number
from ingest.fields.parties import find_buyer, find_vendor
from ingest.fields.people import find_person
from ingest.fields.printed import NAMES as PRINTED
from ingest.fields.printed import find_printed
from ingest.fields.rows import Row
from ingest.fields.simple import WANTED, find_simple
from ingest.fields.statements import find_statement
from ingest.fields.taxnumbers import BUYER, SELLER, find_tax_numbers
from ingest.fields.titles import TITLED, find_title
from ingest.fields.totals import find_totals

Keep = Callable[[FoundField | None], None]

_MONEY: Final = frozenset(
    [
        "invoice",
        "invoice_correction",
        "proforma_invoice",
        "receipt",
        "purchase_order",
        "order_form",
        "order_response",
        "order_change",
        "quotation",
        "payslip",
        "payment_reminder",
        "remittance_advice",
        "payment_confirmation",
        "expense_report",
        "cash_voucher",
        "trade_confirmation",
    ]
)
_VENDOR: Final = _MONEY | frozenset(
    [
        "bank_statement",
        "account_statement",
        "packing_list",
        "despatch_advice",
        "receipt_advice",
        "booking_confirmation",
        "waybill",
        "warranty",
        "transport_document",
        "request_for_quotation",
        "calibration_certificate",
        "lab_report",
        "service_report",
    ]
)
_NUMBERED: Final = {
    "invoice": "invoice_number",
    "invoice_correction": "invoice_number",
    "proforma_invoice": "invoice_number",
    "receipt": "invoice_number",
    "purchase_order": "order_number",
    "order_response": "order_number",
    "order_change": "order_number",
    "order_cancellation": "order_number",
}
_PEOPLE: Final = frozenset(
    [
        "resume",
        "employment_contract",
        "contractor_agreement",
        "employment_certificate",
        "leave_request",
        "medical_certificate",
        "payslip",
        "personal_questionnaire",
        "resignation_letter",
        "training_certificate",
        "benefits_document",
    ]
)
_LISTED: Final = frozenset(
    ["invoice", "invoice_correction", "proforma_invoice", "receipt", "purchase_order", "quotation"]
)
_ENOUGH: Final = 4  # a file that states this many fields itself is not searched for more
_HARVESTED: Final = frozenset(["instrument_result", "equipment_log"])
_UNDATED: Final = frozenset(
    ["system_log", "resume", "book_page", "hr_policy", "it_policy", "regulation", "catalogue"]
)
_LABELLED_VENDOR: Final = frozenset(_VENDOR - {"receipt", "bank_statement"})
_ISSUED_BY_BUYER: Final = frozenset(
    ["purchase_order", "order_change", "order_cancellation", "request_for_quotation"]
)
#: Fields a paper of a kind must have; doubt in these sends it to a person.
REQUIRED: Final = {
    "invoice": ("total", "date", "vendor"),
    "invoice_correction": ("date", "vendor"),
    "proforma_invoice": ("total", "date"),
    "receipt": ("total", "date"),
    "purchase_order": ("date",),
    "payment_reminder": ("total",),
    "payslip": ("net_pay",),
}
_INVOICES: Final = frozenset(["invoice", "invoice_correction", "proforma_invoice"])
#: Papers about what should have been paid before they were written.
_OVERDUE: Final = frozenset(["payment_reminder", "account_statement"])
_PAID: Final = ("accounting", "order", "other")  # elsewhere `do dnia` ends a contract, not a time to pay
_TAX_NUMBERS: Final = ("vendor_nip", "buyer_nip", "bank_account")
# A Polish trade paper that names no currency means złoty: tax is reckoned in it (VAT act, art. 106e(11)).
_POLISH_TRADE: Final = re.compile(r"\bNIP\W{0,3}\d|\b(?:Sprzedawca|Nabywca|Stawka VAT)\b")
#: Values made of words that a scan may have one letter wrong.
_MENDED: Final = {"address": mended_address, "vendor": mended_name, "buyer": mended_name}
_ACCOUNT: Final = re.compile(r"iban|kont[oau]|rachun|account|bank|kto\b|compte")
_SUMS: Final = frozenset(["total", "net_pay"])


@dataclass(frozen=True, slots=True)
class Findings:
    """The fields, and the names of those a person should look at."""

    fields: tuple[FoundField, ...]
    doubtful: tuple[str, ...]


def find_fields(rows: Sequence[Row], doc_type: str, ocr: bool, structured: dict[str, str]) -> Findings:
    """Reads the fields that papers of `doc_type` have; what the file states itself comes first.

    Runs in time linear in the rows (bounded by `ingest.fields.rows`).
    """
    found: dict[str, FoundField] = {
        name: FoundField(name, value, value, 1.0, None, None, "structured")
        for name, value in structured.items()
        if value
    }
    # The head of an instrument's export may tell much and leave the day to its columns.
    undated = doc_type in _HARVESTED and "date" not in structured
    if not rows or (len(structured) >= _ENOUGH and not undated):
        return Findings(tuple(found.values()), ())
    doubtful: list[str] = []

    def keep(field: FoundField | None) -> None:
        if field is not None and field.value:
            mend = _MENDED.get(field.name) if ocr else None
            field = field if mend is None else replace(field, value=mend(field.value))
            found.setdefault(field.name, field)

    everything = "\n".join(r.text for r in rows[:400])
    if doc_type not in _UNDATED:
        american, certain = date_order(everything)
        ordered = doc_type not in _INVOICES  # an invoice's day is not that of the order
        dates = choose_dates(rows, american, doc_type == "receipt", certain, ordered, doc_type)
        for field in dates.fields:
            if field.name != "due_date" or kind_of(doc_type).domain in _PAID:
                keep(field)
        doubtful.extend(name for name in dates.doubtful if name == "date")
    if doc_type in _MONEY:
        totals = find_totals(rows, ocr, "net_pay" if doc_type == "payslip" else "total")
        for field in totals.fields:
            if doc_type != "payslip" or field.name == "net_pay":
                keep(field)
        if totals.doubtful:
            doubtful.append("total")
        if doc_type != "payslip":
            total = found.get("total")
            for field in find_printed(rows, ocr, Decimal(total.value) if total else None):
                keep(field)
            if doc_type in _LISTED:
                for field in _listed(rows, ocr, doc_type, found):
                    keep(field)
        _currency(rows, keep)
    elif doc_type in ("bank_statement", "account_statement"):
        _currency(rows, keep)
    if doc_type in _VENDOR:
        keep(find_vendor(rows, "vendor", labels_first=doc_type in _LABELLED_VENDOR))
        if doc_type in _ISSUED_BY_BUYER:
            keep(find_buyer(rows, strict=True) or find_vendor(rows, "buyer", labels_first=False))
        elif doc_type != "receipt":
            keep(find_buyer(rows, strict=False))
            if doc_type == "invoice":
                keep(find_address(rows, found.get("vendor"), one_column=True))
        else:
            keep(find_buyer(rows, strict=True))
            keep(find_address(rows, found.get("vendor")))
            keep(find_number(rows, "document_number"))
        for field in find_tax_numbers(rows, found, BUYER if doc_type in _ISSUED_BY_BUYER else SELLER):
            keep(field)
        _identifiers(rows, keep)
    name = _NUMBERED.get(doc_type)
    if name:
        own = find_number(rows, name)
        keep(own)
        if name == "order_number" and own is not None:
            keep(replace(own, name="document_number"))  # an order's own number
        if name == "invoice_number" and doc_type != "receipt":
            keep(find_number(rows, "order_number"))
    elif doc_type not in _UNDATED and doc_type not in ("email", "memo"):
        keep(find_number(rows, "document_number"))
    if doc_type in TITLED:
        keep(find_title(rows, doc_type))
    if doc_type in _PEOPLE:
        for field in find_person(rows, doc_type):
            keep(field)
    logged = doc_type == "system_log" and "lines" in structured  # its grammar told more than its look
    for field in () if logged else find_simple(rows, doc_type, ocr):
        keep(field)
    if doc_type == "bank_statement":
        found |= find_statement(rows, found, ocr)
    for required in REQUIRED.get(doc_type, ()):
        have = found.get(required)
        if have is None or have.confidence < SURE or (required in _SUMS and _nothing(have.value)):
            doubtful.append(required)
    for name in _TAX_NUMBERS if doc_type in _INVOICES else ():
        stated = found.get(name)
        if stated is not None and stated.confidence < SURE:
            doubtful.append(name)  # money goes to whom the number names
    for field in found.values() if doc_type in _INVOICES else ():
        if field.check in FAILED and field.source != "structured":
            doubtful.append("total" if field.check == SUM_DIFFERS else field.name)
    due, own = found.get("due_date"), found.get("date")
    if due and own and due.value < own.value and doc_type not in _OVERDUE:
        doubtful.append("due_date")
    return Findings(tuple(found.values()), tuple(dict.fromkeys(doubtful)))


def _listed(
    rows: Sequence[Row], ocr: bool, doc_type: str, found: Mapping[str, FoundField]
) -> list[FoundField]:
    """Lines and tax by rate, held against the sums found."""
    sums = [Decimal(found[name].value) for name in ("total", "net", "subtotal") if name in found]
    rates = find_rates(rows, ocr, Decimal(found["total"].value) if "total" in found else None)
    lines = find_lines(rows, ocr, doc_type == "receipt", sums)
    return [*lines, *([rates] if rates else [])]


def _nothing(amount: str) -> bool:
    """Whether it is zero: a paper on which nothing is owed is rarer than a zero read for a total."""
    return not amount.strip("-0.")


def usual_fields(doc_type: str) -> frozenset[str]:
    """The names of the fields that papers of a kind have, as far as Akta looks for them."""
    names = {*REQUIRED.get(doc_type, ()), *WANTED.get(doc_type, "").split()}
    if doc_type not in _UNDATED:
        names.add("date")
    if doc_type == "payslip":
        names |= {"net_pay", "currency"}
    elif doc_type in _MONEY:
        names |= {"total", "net", "vat", "currency", "due_date", *PRINTED}
    if doc_type in _VENDOR:
        names |= {"vendor", "vendor_nip", "address" if doc_type == "receipt" else "buyer", "bank_account"}
        names |= set() if doc_type == "receipt" else {"buyer_nip"}
    if doc_type in _NUMBERED:
        names.add(_NUMBERED[doc_type])
    elif doc_type not in _UNDATED and doc_type not in ("email", "memo"):
        names.add("document_number")
    if doc_type in _PEOPLE:
        names |= {"name", "pesel"}
    if doc_type == "email":
        names |= {"sender", "recipient", "subject"}
    return frozenset(names)


def _currency(rows: Sequence[Row], keep: Keep) -> None:
    seen = currency_of(list(rows))
    if seen is None and (polish := next((r for r in rows[:200] if _POLISH_TRADE.search(r.text)), None)):
        keep(FoundField("currency", "PLN", "PLN", 0.6, polish.page, None, "position"))
    if seen is not None:
        code, row = seen
        keep(FoundField("currency", code, code, 0.85, row.page, None, "pattern"))


def _identifiers(rows: Sequence[Row], keep: Keep) -> None:
    """The bank account that is right, else the one that is named as one and wrong."""
    wrong: FoundField | None = None
    for row in rows[:400]:
        for iban, start, end, valid in find_ibans(row.text):
            if valid:
                keep(at(row, start, end, "bank_account", iban, 0.97, "pattern", IBAN_RIGHT))
            elif wrong is None and _ACCOUNT.search(label_text(row)):
                wrong = at(row, start, end, "bank_account", iban, 0.4, "pattern", IBAN_WRONG)
    keep(wrong)  # only where no account on the paper is right
