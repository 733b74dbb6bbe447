"""The number of a paper: invoice number, order number, receipt number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ingest.fields.dates import raw_dates
from ingest.fields.found import FoundField, at
from ingest.fields.ksef import NUMBER as KSEF_NUMBER
from ingest.fields.labels import beside_or_below, label_text
from ingest.fields.rows import Row

_NO: Final = r"(?:\s?(?:# ?no|number|numer|nummer|num|no|nr|n|id|ref|#|°|º)\b\.?)"
#: The letters of a series, parted by a blank from a number of several parts: `FS 1482/04/2026`.
_SERIES: Final = (
    r"(?!(?:vat|nip|nr|no|z|do|dn|of|from|pln|eur|usd|gbp|tel|art|ust|poz|str|page) )[a-z]{1,4} \d{1,7}/\d"
)
_NO_NUMBER: Final = re.compile(r"\d{1,6}\.\d\d|(?:PIT|CIT|ZUS|JPK)[- ]?[A-Z0-9]{1,3}[A-Z]?|VAT-\d{1,2}[A-Z]?")
_ANOTHERS: Final = re.compile(
    r"(?<![a-z])(?:your|ihre?|wasz[ea]?|panstwa|customer|votre|dotyczy|do)\s(?:\w+\s)?"
)
_BOXED: Final = re.compile(r"\W{0,3}\d{1,3}[a-z]?\.\s+[^\W\d_]{3}")  # the label of a form's next box
_KINDS: Final = {
    "invoice_number": (
        r"(?:faktur\w*(?: vat| korygujac\w*| zaliczkow\w*| koncow\w*| pro ?forma| uproszczon\w*| marza|"
        r" rozliczeniow\w*| szacunkow\w*| prognozow\w*| sprzedazy| zbiorcz\w*| wewnetrzn\w*| okresow\w*|"
        r" uslugow\w*| kosztow\w*| walutow\w*| eksportow\w*| elektroniczn\w*)*|"
        r"(?:tax |vat |commercial )?invoice|inv|rechnungs?|\w*rechnung|gutschrift|facture|avoir|"
        r"factuur|fattura|credit (?:note|memo)|debit note|rechnungskorrektur|korekta|nota korygujaca|"
        r"beleg|bill|receipt|document|dokument|reference|doc)"
    ),
    "order_number": (
        r"(?:(?:purchase )?order|p\.?o\.?|zamowieni[ea]|bestell(?:ung|nummer)?s?|bon de commande|"
        r"inkooporder|orderid|klant order)"
    ),
    "document_number": (
        r"(?:document|dokument\w*|beleg|reference|ref|quotation|quote|oferta|angebot|devis|"
        r"packing list|delivery note|wz|pz|lieferschein|certificate|swiadectw[oa]|report|sprawozdanie|"
        r"protokol|zlecenie|kp|kw|dowod wplaty|dowod wyplaty|"
        r"booking|contract|umowa|trade|confirmation|receipt|paragon|statement|"
        r"wyciag|invoice|faktura|sample|probka|order|zamowienie|waybill|cmr|bl|b/l|rma|incident|"
        r"ticket|zgloszenie)"
    ),
}
_LABELS: Final = {
    name: (
        re.compile(rf"(?<![a-z]){kind}\W{{0,3}}{_NO}\W{{0,4}}"),
        re.compile(rf"(?<![a-z]){kind}(?=\W{{0,4}}\s?(?:[a-z]{{0,4}}[-/]?\d|{_SERIES}))\W{{0,4}}"),
        re.compile(rf"(?:^|(?<=\t)){kind}[ :#]{{0,2}}(?=\t|$)|(?:^|(?<=\t))#(?= ?\w*\d)"),
        re.compile(  # a bare `No.` in the head; further down it may be anything's
            r"(?:^|(?<=\t))(?:no|nr|number|numer)\b[ .:]{1,3}(?=[a-z]{0,4}[-/]?(?:[a-z]{2,4}[-/])?\d)"
        ),
    )
    for name, kind in _KINDS.items()
}
_VALUE: Final = re.compile(
    r"[#:\s]{0,3}(?P<value>(?:[A-Za-z]{1,4}[ ])?[A-Za-z0-9_][\w./\\-]{0,38}(?:[ ]?/[ ]?[\w./-]{1,12})*)"
)
_STOP: Final = re.compile(
    r"^(?:date|datum|data|due|of|page|strona|seite|total|tel|nip|vat|amount|customer|terms|invoice|to|sha|md5)\b(?![/-]\d)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Number:
    text: str
    start: int
    end: int


def numbers_in(row: Row, start: int = 0) -> list[_Number]:
    """Runs of words, one to a table cell, that may be a number, the first from `start`."""
    out = []
    cell_start = start
    for cell in row.text[start:].split("\t"):
        number = _number_at(row, cell_start, cell)
        if number is not None:
            out.append(number)
        cell_start += len(cell) + 1
    return out


def _words_in(row: Row) -> list[_Number]:
    """Every single word that may be a number: for tables whose columns stand close."""
    found = (_number_at(row, t.start, t.text) for t in row.tokens)
    return [n for n in found if n is not None]


def _number_at(row: Row, start: int, text: str) -> _Number | None:
    match = None if _BOXED.match(text) else _VALUE.match(text)
    if (
        match is None
        or not any(c.isdigit() for c in match.group("value"))
        or _STOP.match(match.group("value"))
    ):
        return None
    value = match.group("value").rstrip(".,-/")
    if KSEF_NUMBER.fullmatch(value):
        return None  # the system's number of the invoice, not its seller's
    if re.match(r"\s?%|,\d\d(?!\d)", text[match.end("value") :]) or _NO_NUMBER.fullmatch(value):
        return None  # a rate, an amount; what a form is called
    begin = start + match.start("value")
    if _is_date(row, begin, begin + len(value)):
        return None
    return _Number(value, begin, begin + len(value))


def _is_date(row: Row, start: int, end: int) -> bool:
    """Whether the place is a date; `2/11/2023` is as likely the eleventh month's second invoice."""
    for kind, match in raw_dates(row):
        if kind != "compact" and match.start() <= start and match.end() >= end - 1:
            return not re.fullmatch(
                r"[1-9]\d{0,3}/(?:\d{1,2}/)?20\d\d", row.text[match.start() : match.end()]
            )
    return False


def find_number(rows: Sequence[Row], name: str) -> FoundField | None:
    """The value labelled as `name` (a key of the kinds above), the earliest and best labelled one."""
    best = max(labelled_numbers(rows, name), key=lambda scored: scored[0], default=None)
    return best[1] if best and best[0] > 0 else None


def labelled_numbers(rows: Sequence[Row], name: str) -> list[tuple[float, FoundField]]:
    """Every value labelled as `name`, from the top, with a score of its label and place."""
    out = []
    for row in rows[:150]:
        text = label_text(row)
        for rank, pattern in enumerate(_LABELS[name]):
            for match in pattern.finditer(text):
                hit = _after(rows, row, match.start(), match.end()) if rank < 3 or row.index < 12 else None
                if hit is None or (rank >= 2 and sum(c.isdigit() for c in hit[1].text) < 4):
                    continue
                where, number = hit
                number = _with_kind(row, match, where, number)
                score = (3.0, 2.0, 0.9, 0.45)[rank] - row.index / 60 + (0.4 if where is row else 0.0)
                if name == "invoice_number" and re.match(
                    r"(?:document|dokument|doc|reference|bill|receipt|beleg)", match.group()
                ):
                    score -= 1.2
                if (
                    re.search(r"order|zam|purchase", text[max(0, match.start() - 10) : match.start()])
                    and name != "order_number"
                ):
                    score -= 1.5
                if name != "order_number" and _ANOTHERS.search(
                    text[max(0, match.start() - 12) : match.end()]
                ):
                    score -= 1.5  # the number of a paper that this one names
                if name == "document_number" and re.match(r"invoice|faktur|order|zamow", match.group()):
                    score -= 1.2
                if rank == 1 and re.match(r"po\b", row.text[match.start() :]):
                    continue  # the Polish word: `po 100 zł`
                if len(match.group()) <= 4 and text[match.start() - 1 : match.start()] in ("-", "/", "_"):
                    continue  # part of a number: `PL-INV-2026-118204`
                if len(re.sub(r"\W", "", number.text)) < 3:
                    score -= 0.7
                likely = min(0.93, 0.62 + 0.1 * score)
                found = at(where, number.start, number.end, name, number.text.strip(), likely, "label")
                out.append((score, found))
    return out


def _with_kind(row: Row, label: re.Match[str], where: Row, number: _Number) -> _Number:
    """`WZ/188/05/2026` whole: the letters that a stroke joins to the number are its own."""
    joined = where is row and row.text[label.end() - 1 : number.start] in ("/", "-", "")
    kind = re.fullmatch(r"(wz|pz|zam|cmr|rma)[/-]", label.group())
    if not joined or kind is None or label.end() != number.start:
        return number
    return _Number(row.text[label.start() : number.end], label.start(), number.end)


def numbers_at_head(rows: Sequence[Row], name: str, most: int) -> list[FoundField]:
    """What may be a number though no label says so, from the top of the paper."""
    out: list[FoundField] = []
    for row in rows[:60]:
        for number in _words_in(row):
            if sum(c.isdigit() for c in number.text) >= 3 and len(out) < most:
                out.append(at(row, number.start, number.end, name, number.text.strip(), 0.3, "position"))
    return out


def _after(rows: Sequence[Row], row: Row, start: int, end: int) -> tuple[Row, _Number] | None:
    same = numbers_in(row, end)
    if same and row.text.count("\t", end, same[0].start) <= 1:
        return row, same[0]
    rest = row.text[end:].split("\t")[0].strip(" :#.")
    if rest and not same and len(rest) > 40:
        return None
    found = beside_or_below(rows, row, start, end, lambda r: [] if r is row else numbers_in(r))
    # A cell that only begins left of the label holds several columns: look at its single words.
    if found is not None:
        tokens = found[0].span(found[1].start, found[1].end)
        label = row.span(start, end)
        if tokens and label and tokens[0].x0 < label[0].x0 - 0.04:
            found = None
    return found or beside_or_below(rows, row, start, end, lambda r: [] if r is row else _words_in(r))
