"""Fields that stand plainly beside their label: serial numbers, samples, balances, forms."""

import re
from collections.abc import Sequence
from typing import Final

from ingest.classify.words import plain
from ingest.fields.amounts import amounts_in, normal
from ingest.fields.dates import find_dates
from ingest.fields.found import FoundField, at
from ingest.fields.identifiers import find_ibans
from ingest.fields.ksef import find_ksef
from ingest.fields.labels import beside_or_below, label_text, phrases
from ingest.fields.names import FIELDS
from ingest.fields.numbers import numbers_in
from ingest.fields.rows import Row
from ingest.fields.taxforms import find_tax_form

#: Fields looked for by type of paper; their labels are the sections `plain.*` of `phrases.txt`.
WANTED: Final = {
    "bank_statement": "holder account opening_balance closing_balance date_from date_to",
    "account_statement": "opening_balance closing_balance",
    "payslip": "gross_pay pay_date period_end employee employer",
    "employment_contract": "position hire_date effective_date",
    "employment_certificate": "position hire_date termination_date",
    "resignation_letter": "termination_date",
    "contractor_agreement": "contractor client effective_date",
    "benefits_document": "insurer effective_date employee",
    "leave_request": "date_from date_to",
    "medical_certificate": "position valid_until",
    "training_certificate": "valid_until",
    "instrument_result": "serial_number software software_version model manufacturer analyst",
    "equipment_log": "serial_number software software_version model manufacturer analyst asset",
    "lab_report": "specimen patient analyst batch_number",
    "lab_order": "specimen patient ordering_provider",
    "calibration_certificate": "serial_number manufacturer model valid_until",
    "incident_report": "event asset severity",
    "service_report": "serial_number model asset",
    "asset_handover": "serial_number asset_number asset model employee",
    "warranty": "serial_number model valid_until",
    "invoice": "po_number account",
    "quotation": "valid_until",
    "purchase_order": "ship_to",
    "packing_list": "po_number weight_kg ship_to",
    "despatch_advice": "order_number ship_to",
    "waybill": "consignor consignee carrier weight_kg",
    "transport_document": "consignor consignee carrier bl_number",
    "booking_confirmation": "contract_number bl_number customer_reference carrier reference",
    "upo": "invoice_number vendor_nip",
    "invoice_correction": "corrected_number correction_reason",
    "it_contract": "effective_date",
}
_LABELLED: Final = tuple(sorted({name for names in WANTED.values() for name in names.split()} - {"title"}))
_REGISTERED: Final = re.compile(
    r"((?:[A-Z][a-z]+ )?[A-Z][\w-]*\d[\w-]*),? (?:registration|nr rejestracyjny|rej\.) "
    r"([A-Z0-9]{1,3}-?[A-Z0-9]{2,6})\b"
)
#: Where a name ends because something else follows it: `KOWALIK ADAM PESEL: …`, `…, ul. Hutnicza 3`.
_NEXT_LABEL: Final = re.compile(
    r"\s(?=(?:PESEL|NIP|REGON|KRS|DOB|Płeć|Wiek|Sex|Age|ur\.|tel\.|Tel\.)(?:\W|$))"
    r"|\s(?=[^\W\d_][\w.]{1,18}:\s)"
    r"|,\s(?=(?:ul|al|pl|os|tel|zam)\.\s|\d\d-\d{3}\b|NIP\b|PESEL\b|tel\b)"
)
_BOX: Final = re.compile(r"\d{1,2}\s[^\W\d_]")
_HOURS: Final = re.compile(
    r",?\s(?=w (?:pełnym |niepełnym )?wymiarze\b|na pełny etat\b)|,\s(?=full[- ]time|part[- ]time)"
)
_LEGAL_END: Final = re.compile(r"(?:o\.\s?o|S\.\s?A|Sp\.\s?[kjpKJP]|\bInc|\bLtd|\bCo|\bCorp|\bs\.c)\.$")
_SERIES: Final = re.compile(r"[A-Z]{1,4} \d[\w./-]*/[\w./-]*\d")
_GROUPS: Final = re.compile(r"\d{2,}(?:[ -]\d{2,})+")
_SEVERITY: Final = ("fatal", "critical", "error", "warning", "info")
_SEVERE: Final = re.compile(r"\b(fatal|critical|crit|emerg|panic|error|err|warning|warn|info|notice)\b", re.I)
_SAME: Final = {
    "crit": "critical",
    "emerg": "fatal",
    "panic": "fatal",
    "err": "error",
    "warn": "warning",
    "notice": "info",
}
_PROCESS: Final = re.compile(r"\s([A-Za-z][\w./-]{1,30})(?:\[\d+\])?:\s")


def find_simple(rows: Sequence[Row], doc_type: str, ocr: bool) -> list[FoundField]:
    """The plainly labelled fields of a type, at most one of each name."""
    out: list[FoundField] = []
    for name in WANTED.get(doc_type, "").split():
        found = _labelled(rows, name, ocr)
        if found is not None:
            out.append(found)
    if doc_type == "incident_report":
        out = [*_registered(rows), *(f for f in out if f.name != "asset")] if _registered(rows) else out
    if doc_type == "tax_form":
        out.extend(find_tax_form(rows, ocr))
    if doc_type == "system_log":
        out.extend(_log(rows))
    if doc_type in ("invoice", "invoice_correction", "upo"):
        out = [*find_ksef(rows, doc_type == "upo"), *out]
    return out


def _labelled(rows: Sequence[Row], name: str, ocr: bool) -> FoundField | None:
    pattern = phrases("plain." + name)
    kind = FIELDS[name].type
    for row in rows[:200]:
        text = label_text(row)
        for match in pattern.finditer(text):
            if match.start() and text[match.start() - 1] not in " \t(\"'":
                continue
            found = _value(rows, row, match.start(), match.end(), name, kind, ocr)
            if found is not None:
                return found
    return None


def _value(
    rows: Sequence[Row], row: Row, start: int, end: int, name: str, kind: str, ocr: bool
) -> FoundField | None:
    if kind == "date":
        dated = beside_or_below(rows, row, start, end, lambda r: find_dates([r], american=False)[0])
        if dated is None:
            return None
        where, day = dated
        return at(where, day.start, day.end, name, day.value.isoformat(), 0.75, "label")
    if kind == "amount":
        priced = beside_or_below(rows, row, start, end, lambda r: amounts_in(r, ocr))
        if priced is None:
            return None
        where, amount = priced
        return at(where, amount.start, amount.end, name, normal(amount.value), 0.75, "label")
    text = row.text[end:]
    lead = re.match(r"[\s:.#=,;\t\"]{1,8}", text)
    if kind == "identifier" and not text.strip(" :.#").split("\t")[0]:
        under = beside_or_below(rows, row, start, end, lambda r: [] if r is row else numbers_in(r))
        if under is not None:  # the heading of a column or a box
            where, number = under
            return at(where, number.start, number.end, name, number.text, 0.65, "label")
    if lead is None:
        return None
    begin = end + lead.end()
    value = re.split(
        r"\t|\s{2,}|;|\.\s+(?=[^\W\d_][^.:]{2,40}:)|\.\s+(?=\d{1,2}\.\s)", row.text[begin:], maxsplit=1
    )[0]
    value = value if _LEGAL_END.search(value) else value.strip(' .,:_"')
    if kind == "party":
        value = _NEXT_LABEL.split(value, maxsplit=1)[0].strip(" ,;")
        if _BOX.match(value):
            return None  # the label of a form's next box
    elif name == "position":
        value = _HOURS.split(value, maxsplit=1)[0].strip(" ,;.")
    elif name in ("account", "bank_account"):
        account = next((a for a in find_ibans(row.text[begin : begin + 48]) if a[1] <= 3 and a[3]), None)
        if account is not None:
            return at(row, begin + account[1], begin + account[2], name, account[0], 0.9, "label")
    clear = ":" in lead.group() or "\t" in lead.group() or "," in lead.group() or "=" in lead.group()
    if kind == "identifier":
        series = _SERIES.match(value) or (_GROUPS.match(value) if name == "account" else None)
        value = series.group() if series else value.split(" ")[0] if " " in value else value
        clear = any(c.isdigit() for c in value)
    value = value.split(",")[0] if "," in lead.group() else value
    if not clear or not 2 <= len(value) <= 80 or not any(c.isalnum() for c in value):
        return None
    if kind in ("party", "text") and _is_label(value):
        return None  # the heading of the next column
    return at(row, begin, begin + len(value), name, value, 0.7, "label")


def _is_label(value: str) -> bool:
    """Whether a text is itself what stands before or above a value: `Account number`, `Nr seryjny`."""
    folded = plain(value)
    if re.search(r"\b(?:no|nr|number|numer|id|code|kod|date|data)\.?$", folded):
        return True
    return any(phrases("plain." + name).fullmatch(folded) for name in _LABELLED)


def _registered(rows: Sequence[Row]) -> list[FoundField]:
    """An aircraft or a vehicle by its make and mark: `Airbus A319-100, registration N740UW`."""
    for row in rows[:60]:
        match = _REGISTERED.search(row.text)
        if match:
            value = f"{match.group(1)} {match.group(2)}"
            return [at(row, match.start(), match.end(), "asset", value, 0.75, "pattern")]
    return []


def _log(rows: Sequence[Row]) -> list[FoundField]:
    worst: tuple[int, FoundField] | None = None
    errors = 0
    services: dict[str, int] = {}
    for row in rows:
        match = _SEVERE.search(row.text)
        if match:
            word = _SAME.get(match.group().lower(), match.group().lower())
            rank = _SEVERITY.index(word)
            errors += rank <= 2
            if worst is None or rank < worst[0]:
                worst = (rank, at(row, match.start(), match.end(), "severity", word, 0.8, "pattern"))
        process = _PROCESS.search(row.text[:120])
        if process:
            services[process.group(1)] = services.get(process.group(1), 0) + 1
    page = rows[0].page if rows else None
    out = [worst[1]] if worst else []
    out.append(FoundField("errors", str(errors), str(errors), 0.8, page, None, "pattern"))
    out.append(FoundField("lines", str(len(rows)), str(len(rows)), 0.9, page, None, "pattern"))
    if services:
        service = max(sorted(services), key=lambda s: services[s])
        if services[service] >= 0.3 * len(rows):
            out.append(FoundField("service", service, service, 0.7, page, None, "pattern"))
    return out
