"""Which of a paper's dates is its own, which says when payment is due, and the rest."""

import re
from collections.abc import Sequence
from typing import Final

from ingest.fields.dates import FoundDate, find_dates
from ingest.fields.found import FoundField, at
from ingest.fields.labels import beside_or_below, label_text, phrases
from ingest.fields.rows import Row

_OWN: Final = phrases("date.own")
_STRONG: Final = phrases("date.strong")
_DUE: Final = phrases("date.due")
_SALE: Final = phrases("date.sale")
_NOT: Final = phrases("date.not")

_PLACE: Final = re.compile(r"^[^\W\d_]{3,}(?:[ -][^\W\d_]{3,})?,?\s(?:dnia\s|den\s|dn\.?\s|le\s)?$")
_ORDERED: Final = re.compile(r"(?<![a-z])(?:order|po|zamowieni|bestell|commande)")
#: What makes another label of a word that may name the paper's own day: `data urodzenia`, `date of birth`.
_NOT_AFTER: Final = re.compile(
    r"\s(?:of |waznosci )?(?:urodz|birth|nastepn|wazn|expir|zakup|gwarancj|otrzym|badania nast)"
)
_INVOICES: Final = ("invoice", "invoice_correction", "proforma_invoice")
_STRONG_WORDS: Final = ("data wystawienia", "invoice date", "date of issue", "issue date", "rechnungsdatum")
_SHORT_DUE: Final = ("due", "fallig", "echeance", "scadenza")
#: Another paper whose day is named: an invoice names the contract and the order it is for, a medical
#: certificate the referral. `z dnia`, `of` and `vom` after these say nothing of the paper's own day.
_REFERRED: Final = {
    "invoice": r"zamowieni|umow[aye]|kontrakt|paragon|ofert|protokol|zlecen|wz nr|tabela|"
    r"order|contract|auftrag|bestell",
    "medical_certificate": r"skierowani",
    "training_certificate": r"rozporzadzeni|ustaw",
    "lab_report": r"skierowani|zlecen|umow[aye]",
    "payment_reminder": r"faktur|umow[aye]|rachun|invoice|contract",
}
_HOPELESS: Final = -2.0  # a date that only ever stands for something else


class DateChoice:
    """The fields found, and the names of those whose day and month could change places."""

    def __init__(self, fields: tuple[FoundField, ...], doubtful: tuple[str, ...]) -> None:
        self.fields = fields
        self.doubtful = doubtful


def choose_dates(
    rows: Sequence[Row],
    american: bool,
    prefer_timed: bool,
    certain: bool = False,
    ordered: bool = True,
    doc_type: str = "",
) -> DateChoice:
    """`date` and, where stated, `due_date` and `sale_date`.

    `american` says how the paper's country writes dates, and `certain` that the paper names its country.
    With `prefer_timed` (receipts) a date with a time of day beside it is the likelier one. `ordered`
    says that the day of an order may be the paper's own. `doc_type` tells which other papers it may name.
    """
    dates, settled = find_dates(list(rows), american, certain)
    if not dates:
        return DateChoice((), ())
    by_row: dict[int, list[FoundDate]] = {}
    for found in dates:
        by_row.setdefault(found.row, []).append(found)

    def in_row(row: Row) -> list[FoundDate]:
        return by_row.get(row.index, [])

    words = _REFERRED.get("invoice" if doc_type in _INVOICES else doc_type)
    referred = re.compile(rf"(?<![a-z])(?:{words})") if words else None
    own: dict[tuple[int, int], float] = {}
    due: tuple[Row, FoundDate] | None = None
    sale: tuple[Row, FoundDate] | None = None
    taken: set[tuple[int, int]] = set()
    for row in rows[:600]:
        text = label_text(row)
        for match in _DUE.finditer(text):
            hit = beside_or_below(rows, row, match.start(), match.end(), in_row)
            if hit and hit[0] is not row and match.group() in _SHORT_DUE:
                continue  # `change due` over a date says nothing of that date
            if hit and due is None:
                due = hit
                taken.add((hit[1].row, hit[1].start))
        for match in _SALE.finditer(text):
            hit = beside_or_below(rows, row, match.start(), match.end(), in_row)
            if hit and sale is None:
                sale = hit
        for match in _OWN.finditer(text):
            before = text[max(0, match.start() - 14) : match.start()]
            if (
                _DUE.search(before + match.group())
                or _NOT.search(text[max(0, match.start() - 40) : match.end()].split("\t")[-1])
                or _SALE.search(before + match.group())
                or _NOT_AFTER.match(text, match.end())
            ):
                continue
            if referred is not None and match.group() not in _STRONG_WORDS:
                sentence = text[max(0, match.start() - 60) : match.start()].split("\t")[-1]
                if referred.search(sentence):
                    continue
            hit = beside_or_below(rows, row, match.start(), match.end(), in_row)
            if hit:
                key = (hit[1].row, hit[1].start)
                gain = 4.0 if _STRONG.fullmatch(match.group()) else 2.5
                if not ordered and _ORDERED.search(before + match.group()):
                    gain = 0.5
                own[key] = max(own.get(key, 0.0), gain)
    best, best_score = None, -9.0
    last = max(1, rows[-1].index)
    counts: dict[str, int] = {}
    for found in dates:
        counts[found.value.isoformat()] = counts.get(found.value.isoformat(), 0) + 1
    for found in dates[:200]:
        key = (found.row, found.start)
        text = label_text(rows[found.row])
        score = own.get(key, 0.0) - 1.0 * found.row / last + 0.3 * min(3, counts[found.value.isoformat()] - 1)
        if key in taken and key not in own:
            score -= 4.0
        if sale is not None and key == (sale[1].row, sale[1].start) and key not in own:
            score -= 1.0
        if _NOT.search(_before(text, found.start)):
            score -= 3.0
        elif key not in own and referred is not None and referred.search(_before(text, found.start, 60)):
            score -= 2.0
        if prefer_timed and found.timed:
            score += 1.5
        if found.row < 6 and _PLACE.search(rows[found.row].text[: found.start].split("\t")[-1]):
            score += 3.0  # `Gdańsk, dnia 30 czerwca 2026` heads a letter
        if not 1995 <= found.value.year <= 2040:
            score -= 2.0
        if score > best_score:
            best, best_score = found, score
    fields: list[FoundField] = []
    doubtful: list[str] = []
    assert best is not None
    if best_score < _HOPELESS:
        return DateChoice(_stated(rows, due, sale), ())
    labelled = (best.row, best.start) in own
    chosen = [
        ("date", best, min(0.95, 0.6 + 0.09 * max(0.0, best_score)), "label" if labelled else "position")
    ]
    if due is not None:
        chosen.append(("due_date", due[1], 0.9, "label"))
    if sale is not None:
        chosen.append(("sale_date", sale[1], 0.85, "label"))
    for name, found, likely, source in chosen:
        confidence = likely
        unsure = found.other is not None and not settled and not found.named
        if unsure and name == "date" and due is not None and found.other is not None:
            unsure = abs((due[1].value - found.value).days) > 120 or (due[1].value - found.other).days >= 0
        if unsure:
            doubtful.append(name)
            confidence = min(confidence, 0.7)
        fields.append(
            at(rows[found.row], found.start, found.end, name, found.value.isoformat(), confidence, source)
        )
    return DateChoice(tuple(fields), tuple(doubtful))


def _before(text: str, start: int, most: int = 38) -> str:
    """What stands before a date in its cell; the cell before it, where that is a label of its own."""
    *cells, mine = text[max(0, start - most - 14) : start].split("\t")
    return mine[-most:] if mine.strip() or not cells else cells[-1][-most:]


def _stated(
    rows: Sequence[Row], due: tuple[Row, FoundDate] | None, sale: tuple[Row, FoundDate] | None
) -> tuple[FoundField, ...]:
    return tuple(
        at(rows[hit[1].row], hit[1].start, hit[1].end, name, hit[1].value.isoformat(), 0.85, "label")
        for name, hit in (("due_date", due), ("sale_date", sale))
        if hit is not None
    )
