"""Evidence from how a paper looks: log lines, tables of figures, running text, a narrow slip."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ingest.classify.words import plain
from ingest.fields.rows import Row
from ingest.model import Reading

_STAMP: Final = re.compile(
    r"""^\W{0,3}(?:\w{1,12}[]=: ]{1,2}\W?)?(?:
        \d{4}[-/]\d\d[-/]\d\d[T\s]\d\d:\d\d
      | \d{1,2}[-/.](?:\d\d|[A-Z][a-z]{2})[-/.]\d{2,4}[\s:T]\d\d:\d\d
      | [A-Z][a-z]{2}\s+\d{1,2}\s+(?:\d{4}\s+)?\d\d:\d\d:\d\d
      | [A-Z][a-z]{2}\s[A-Z][a-z]{2}\s+\d{1,2}\s\d\d:\d\d
      | \d\d:\d\d:\d\d[.,]\d+
      | \d{10}(?:\.\d+)?\s )""",
    re.VERBOSE,
)
_LOGGED: Final = re.compile(
    r"type=[A-Z_]+ msg=audit|^<Event[ >]|^\S+ \S+ \S+ \[\d|\"(?:GET|POST|HEAD|PUT|OPTIONS) |"
    r"^<\d+>|\blevel=\w+ |\bmsg=|"
    r"^\{\".{0,2000}\"(?:time|ts|timestamp|eventTime|level|msg|@timestamp|\$date|event_type)"
    r"|\[(?:INFO|WARN|WARNING|ERROR|DEBUG|FATAL|NOTICE)\]|^(?:INFO|WARN|WARNING|ERROR|DEBUG|FATAL)\b"
)
_STAMP_INSIDE: Final = re.compile(
    r"\d{4}[-/]\d\d[-/]\d\d(?:[T ]| - )\d\d:\d\d:\d\d|\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}:\d{2,5}\b"
    r"|SystemTime=|\bSRC=\d"
)
_CLOCK: Final = re.compile(r"(?<![\d:])(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?![\d:])")
_TILL: Final = re.compile(
    r"\b(?:cash|change|tunai|got[oó]wka|reszta|kasjer|cashier|gegeben|r[uü]ckgeld|kartenzahlung|visa|mastercard|"
    r"tendered|esp[eè]ces?|carte bancaire|wisselgeld|paragon)\b",
    re.I,
)
_BILLED: Final = re.compile(
    r"\b(?:bill(?:ed)? to|ship(?:ped)? to|due date|payment terms|remit to|"
    r"sprzedawca|nabywca|termin p[lł]atno[sś]ci|"
    r"amount due|balance due|faktura|rechnungsnummer|factuurnummer|zahlungsziel|"
    r"purchase order|p\.?o\.? number)\b",
    re.I,
)
# What makes a paper one particular paper: a full date, or a number of its own. Adverts, price lists
# and menus have neither.
_DATED: Final = re.compile(
    r"(?<!\d)(?:\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?(?:\d{4}|\d{2})|\d{4}[./-]\d{1,2}[./-]\d{1,2}"
    r"|\d{1,2}\.?(?:st|nd|rd|th)?\s+[^\W\d]{3,11}\.?,?\s+(?:19|20)\d\d|[^\W\d]{3,10}\.?\s+\d{1,2},?\s+(?:19|20)\d\d)(?!\d)"
)
_NUMBERED: Final = re.compile(
    r"(?:\b(?:nr|no|num(?:ber|er|mer|ero)|nummer|ref(?:erence)?|id|invoice|faktura|rechnung|order|quote|estimate"
    r"|nip)\b|n°|#)[.:#\s]{0,4}[A-Z]{0,5}[-/ ]?\d[\w/-]{2,}"
    r"|\b[A-Z]{1,5}[-/]?\d{3,}|\b\d{1,5}/\d{1,6}(?:/\d{2,4})?\b|\b\d{6,}\b",
    re.I,
)
# Who asks for money or took it says how much in all; price lists and menus do not.
_SUMMED: Final = re.compile(
    r"total|sum[am]|summe|razem|og[oó][lł]em|betrag|amount|\bdue\b|balance|zap[lł]a[tc]|gesamt|brutto|netto|paid|pay"
    r"|zahl|p[lł]atn|montant|ttc|totaal|importo|fee|jumlah|t0tal",
    re.I,
)
_NUMBER: Final = re.compile(r"^[-+]?[\d.,:/%E-]*\d[\d.,:/%E-]*$")
_MONEY: Final = re.compile(r"(?<![\d.,])\d{1,3}(?:[ .,]?\d{3})*[.,]\d{2}(?![\d.,])")
_FUNCTION: Final = frozenset(
    [
        "the",
        "of",
        "and",
        "to",
        "in",
        "is",
        "that",
        "for",
        "it",
        "was",
        "with",
        "as",
        "be",
        "by",
        "on",
        "are",
        "this",
        "not",
        "or",
        "from",
        "at",
        "an",
        "which",
        "have",
        "has",
        "had",
        "he",
        "she",
        "his",
        "her",
        "they",
        "their",
        "will",
        "shall",
        "may",
        "any",
        "such",
        "we",
        "you",
        "your",
        "our",
        "i",
        "w",
        "na",
        "z",
        "do",
        "sie",
        "nie",
        "ze",
        "jest",
        "o",
        "przez",
        "oraz",
        "lub",
        "od",
        "dla",
        "po",
        "jak",
        "za",
        "co",
        "przy",
        "sa",
        "byl",
        "jego",
        "der",
        "die",
        "und",
        "das",
        "von",
        "zu",
        "den",
        "des",
        "mit",
        "ist",
        "im",
        "auf",
        "fur",
        "nicht",
        "ein",
        "eine",
        "als",
        "auch",
        "werden",
        "le",
        "la",
        "les",
        "et",
        "du",
        "en",
        "un",
        "une",
        "que",
        "est",
        "pour",
        "dans",
        "qui",
        "sur",
        "pas",
        "au",
        "par",
        "het",
        "een",
        "van",
        "dat",
        "op",
        "te",
        "zijn",
        "czy",
        "kto",
        "dlaczego",
        "tez",
        "ktore",
        "ktora",
        "ktory",
        "jesli",
        "tym",
        "tego",
        "moze",
        "byc",
        "aby",
        "ma",
        "tak",
        "jej",
        "ich",
        "był",
        "byla",
        "kiedy",
        "gdy",
        "wiec",
        "ale",
        "tylko",
        "juz",
        "nad",
        "pod",
        "sobie",
    ]
)


@dataclass(frozen=True, slots=True)
class Shape:
    """Shares are of rows or words, 0 to 1; `aspect` is the first page's height over its width."""

    rows: int
    words: int
    pages: int
    logged: float
    numbers: float
    running: float
    money: float
    tabular: float
    columns: float
    aspect: float
    ocr: bool
    mail: bool
    sheet: bool
    text_file: bool


def shape_of(reading: Reading, rows: Sequence[Row]) -> Shape:
    """Measures a reading; looks at no more than its first 400 rows."""
    head = rows[:400]
    words = [t.text for r in head for t in r.tokens]
    logged = sum(1 for r in head if _logged(r.text[:2000]))
    tabular = sum(
        1 for r in head if r.text.count("\t") >= 3 or r.text.count(",") >= 4 or r.text.count(";") >= 4
    )
    low = [plain(w.strip(".,;:()\"'")) for w in words]
    first = reading.pages[0] if reading.pages else None
    media = reading.media_type
    figures = 0.0
    for word in words:
        parts = re.split(r"[,;]", word) if word.count(",") + word.count(";") > 2 else [word]
        figures += sum(1 for p in parts if _NUMBER.match(p)) / len(parts)
    return Shape(
        rows=len(rows),
        words=len(words),
        pages=max(reading.total_pages, len(reading.pages)),
        logged=logged / max(1, len(head)),
        numbers=figures / max(1, len(words)),
        running=sum(1 for w in low if w in _FUNCTION) / max(1, len(low)),
        money=sum(1 for r in head if _MONEY.search(r.text)) / max(1, len(head)),
        tabular=tabular / max(1, len(head)),
        columns=sum(1 for r in head if r.text.count("\t") >= 4) / max(1, len(head)),
        aspect=first.height / first.width if first and first.width else 0.0,
        ocr=any(p.confidence is not None and p.confidence < 0.999 for p in reading.pages),
        mail=media in ("message/rfc822", "application/vnd.ms-outlook"),
        sheet="spreadsheet" in media
        or "excel" in media
        or media in ("text/csv", "text/tab-separated-values"),
        text_file=media.startswith("text/"),
    )


def _logged(line: str) -> bool:
    return bool(_STAMP.match(line) or _LOGGED.search(line) or _STAMP_INSIDE.search(line[:200]))


def _particular(rows: Sequence[Row]) -> bool:
    text = "\n".join(r.text[:300] for r in rows[:150])
    return bool(_DATED.search(text) or _NUMBERED.search(text))


_TRADE: Final = [
    "invoice",
    "receipt",
    "bank_statement",
    "payslip",
    "purchase_order",
    "packing_list",
    "order_form",
    "order_response",
    "quotation",
    "despatch_advice",
    "proforma_invoice",
    "remittance_advice",
    "account_statement",
]


def shape_evidence(shape: Shape, rows: Sequence[Row]) -> dict[str, float]:
    """What the shape says for and against types, on the scale of the lexicon's weights."""
    out: dict[str, float] = {}

    def add(weight: float, *codes: str) -> None:
        for code in codes:
            out[code] = out.get(code, 0.0) + weight

    start = "\n".join(r.text for r in rows[:40])
    if start.startswith("MSH|"):
        add(14.0, "lab_report" if re.search(r"\|OR[UL]\^", start) else "lab_order")
    if re.search(r"^:20:", start, re.M) and re.search(r"^:(?:60[FM]|25):", start, re.M):
        add(16.0, "bank_statement")
    if shape.mail:
        add(9.0, "email")
    elif re.search(r"^(?:From|Od|Von):.*", start, re.M) and re.search(
        r"^(?:Subject|Temat|Betreff):", start, re.M
    ):
        add(5.0, "email")
    if shape.logged >= 0.4 and (shape.sheet or shape.columns > 0.5):
        add(3.0, "instrument_result", "equipment_log")  # measurements with the time of each
        add(1.5, "system_log")
    elif shape.logged >= 0.4:
        add(8.0 * min(1.0, shape.logged + 0.2), "system_log")
        add(5.0 * min(1.0, shape.logged + 0.2), "equipment_log")
        add(-4.0, "invoice", "receipt", "lab_report", "purchase_order")
    elif shape.text_file and shape.logged >= 0.1:
        add(2.5, "system_log", "equipment_log")
    if shape.sheet or (shape.text_file and shape.logged < 0.4):
        if shape.numbers > 0.25 or shape.tabular > 0.4:
            add(2.0, "instrument_result")
        add(-2.0, "receipt", "book_page")
        add(-2.5 if shape.running < 0.15 else 0.0, "resume", "memo", "email")
    if shape.running > 0.27 and shape.words > 120:
        add(-3.0, *_TRADE)
        add(1.2, "book_page", "clinical_note", "hr_policy", "it_policy", "regulation", "memo", "unknown")
    if shape.words > 60 and shape.running > 0.15 and shape.money == 0 and shape.numbers < 0.03:
        add(-6.0, *_TRADE)  # talk about invoices without a single amount is no invoice
    if shape.running < 0.12:
        add(-3.0, "book_page", "hr_policy", "it_policy", "memo")
    if shape.money > 0.12 and shape.words < 450 and shape.running < 0.2:
        add(1.0, *_TRADE)
    if shape.ocr and shape.aspect > 1.75 and shape.words < 500:
        add(2.5, "receipt")
    if not shape.text_file and not shape.sheet and shape.words < 450 and shape.running < 0.25:
        everything = "\n".join(r.text for r in rows[:150])
        if _BILLED.search(everything):
            add(0.8, "invoice")
            add(-1.5, "receipt")
        else:
            if _TILL.search(everything):
                add(3.0, "receipt")
                add(-1.5, "invoice")
            if _CLOCK.search(everything):
                add(1.5, "receipt")
    if shape.words > 20 and shape.words < 600 and not shape.sheet and not _particular(rows):
        add(-3.0, *(code for code in _TRADE if code != "payslip"), "tax_form", "catalogue")
    asks = shape.money > 0 and shape.words < 600 and not shape.sheet
    if asks and not any(_SUMMED.search(r.text[:300]) for r in rows[:150]):
        add(-2.0, "invoice", "receipt", "proforma_invoice")
    if shape.pages > 4:
        add(-2.0, "receipt", "payslip", "waybill")
    return out
