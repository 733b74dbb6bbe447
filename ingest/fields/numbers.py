"""The number of a paper: invoice number, order number, receipt number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ingest.fields.dates import raw_dates
from ingest.fields.found import FoundField, at
from ingest.fields.labels import beside_or_below, label_text
from ingest.fields.rows import Row

_NO: Final = r"(?:\s?(?:number|numer|nummer|num|no|nr|n|id|ref|#|°|º)\b\.?)"
_KINDS: Final = {
    "invoice_number": (
        r"(?:faktur\w*(?: vat| korygujac\w*| zaliczkow\w*| koncow\w*| pro ?forma| uproszczon\w*)*|"
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
        r"packing list|delivery note|wz|pz|lieferschein|certificate|swiadectwo|report|sprawozdanie|"
        r"protokol|zlecenie|booking|contract|umowa|trade|confirmation|receipt|paragon|statement|"
        r"wyciag|invoice|faktura|sample|probka|order|zamowienie|waybill|cmr|bl|b/l|rma|incident|"
        r"ticket|zgloszenie)"
    ),
}
_LABELS: Final = {
    name: (
        re.compile(rf"(?<![a-z]){kind}\W{{0,3}}{_NO}\W{{0,4}}"),
        re.compile(rf"(?<![a-z]){kind}(?=\W{{0,4}}\s?[a-z]{{0,4}}[-/]?\d)\W{{0,4}}"),
    )
    for name, kind in _KINDS.items()
}
_VALUE: Final = re.compile(
    r"[#:\s]{0,3}(?P<value>(?:[A-Za-z]{1,4}[ ])?[A-Za-z0-9_][\w./\\-]{0,38}(?:[ ]?/[ ]?[\w./-]{1,12})*)"
)
_STOP: Final = re.compile(
    r"^(?:date|datum|data|due|of|page|strona|seite|total|tel|nip|vat|amount|customer|terms|invoice|to)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Number:
    text: str
    start: int
    end: int


def _numbers_in(row: Row, start: int = 0) -> list[_Number]:
    out = []
    cell_start = start
    for cell in row.text[start:].split("\t"):
        match = _VALUE.match(cell)
        if match and any(c.isdigit() for c in match.group("value")) and not _STOP.match(match.group("value")):
            value = match.group("value").rstrip(".,-/")
            at_ = cell_start + match.start("value")
            if not _is_date(row, at_, at_ + len(value)):
                out.append(_Number(value, at_, at_ + len(value)))
        cell_start += len(cell) + 1
    return out


def _is_date(row: Row, start: int, end: int) -> bool:
    return any(kind != "compact" and m.start() <= start and m.end() >= end - 1 for kind, m in raw_dates(row))


def find_number(rows: Sequence[Row], name: str) -> FoundField | None:
    """The value labelled as `name` (a key of the kinds above), the earliest and best labelled one."""
    best: tuple[float, FoundField] | None = None
    for row in rows[:150]:
        text = label_text(row)
        for rank, pattern in enumerate(_LABELS[name]):
            for match in pattern.finditer(text):
                hit = _after(rows, row, match.start(), match.end())
                if hit is None:
                    continue
                where, number = hit
                score = (3.0 if rank == 0 else 2.0) - row.index / 60 + (0.4 if where is row else 0.0)
                if name == "invoice_number" and re.match(
                    r"(?:document|dokument|doc|reference|bill|receipt|beleg)", match.group()
                ):
                    score -= 1.2
                if (
                    re.search(r"order|zam|purchase", text[max(0, match.start() - 10) : match.start()])
                    and name != "order_number"
                ):
                    score -= 1.5
                if len(re.sub(r"\W", "", number.text)) < 3:
                    score -= 0.7
                if best is None or score > best[0]:
                    field = at(
                        where,
                        number.start,
                        number.end,
                        name,
                        number.text.strip(),
                        min(0.93, 0.62 + 0.1 * score),
                        "label",
                    )
                    best = (score, field)
    return best[1] if best and best[0] > 0 else None


def _after(rows: Sequence[Row], row: Row, start: int, end: int) -> tuple[Row, _Number] | None:
    same = _numbers_in(row, end)
    if same and row.text.count("\t", end, same[0].start) <= 1:
        return row, same[0]
    rest = row.text[end:].split("\t")[0].strip(" :#.")
    if rest and not same and len(rest) > 14:
        return None
    return beside_or_below(rows, row, start, end, lambda r: [] if r is row else _numbers_in(r))
