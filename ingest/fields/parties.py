"""Who issued a paper and to whom: by labels, else by what stands at its head."""

import re
from collections.abc import Sequence
from typing import Final

from ingest.classify.evidence import lexicon
from ingest.classify.words import plain, tokens
from ingest.fields.dates import raw_dates
from ingest.fields.found import FoundField, at
from ingest.fields.labels import label_text, phrases
from ingest.fields.rows import Row, Token, cells

_SELLER: Final = phrases("party.seller")
_BUYER: Final = phrases("party.buyer")
_PAYEE: Final = phrases("party.payee")  # who is paid: the issuer as a rule, but often a department of it
_A_LABEL: Final = re.compile(_SELLER.pattern + "|" + _BUYER.pattern + r"|[a-z ]{2,20}:")
_ADDRESSEE: Final = phrases("party.addressee")
_SUFFIX: Final = re.compile(
    r"\b(?:sp\.?\s?z\s?o\.?\s?o|s\.\s?a\b|sp\.?\s?[jk]\b|s\.?c\b|p\.?h\.?u|ltd|limited|llc|inc|"
    r"corp|corporation|gmbh|ag|kg|ohg|e\.k|b\.?v|n\.?v|s\.?a\.?r\.?l|s\.?a\.?s|srl|spa|"
    r"sdn\.?\s?bhd|bhd|plc|pty|pvt|co|company|oy|ab|as|enterprise|enterprises|trading|"
    r"restaurant|restoran|store|stores|mart|market|supermarket|hardware|bookstore|"
    r"pharmacy|apotheke|apteka|sklep|hotel|cafe|bakery|kafe|shop|motor|services|industries|"
    r"holdings|group|spolka|fundacja|bank|hospital|clinic|stationers?)\b\.?",
    re.I,
)
_NOT_NAME: Final = re.compile(
    r"\b(?:invoice|faktura|rechnung|facture|factuur|receipt|paragon|tax|date|datum|data|page|"
    r"strona|seite|tel|phone|fax|email|e-mail|www|http|"
    r"nip|regon|krs|vat|gst|iban|bic|swift|total|amount|original|copy|kopia|oryginal|statement|"
    r"order|purchase|cashier|bill|table|qty|description|no\.|reg|"
    r"welcome|thank|number|numer|due|account|ul\.|street|str\.|road|avenue|ave|jalan|jln|lot|"
    r"taman|seksyen|"
    r"kawasan|bandar|lorong|tingkat|offnungszeiten|shopping hours|opening|change|suite|box|"
    r"floor|konto|kwota|termin|"
    r"bestellung|"
    r"krajowy system|roc|co\.?\s?reg|ssm|cash|guest|customer|buyer|seller|from|quote|"
    r"lieferschein|duplicate|cust|document|ref|"
    r"member|counter|server|order|time|uhr|item|price|menge|adres\w*|siege|tva|siret|kvk)\b|@|www\.|https?:",
    re.I,
)
_NAME_LABEL: Final = re.compile(r"^(?:name|nazwa|nom|pełna nazwa|nazwa pełna|firma|company)\s*:?\s*", re.I)
_INNER: Final = re.compile(
    r"^(?:nip|nummer|numer|gln|globale nummer|adres|anschrift|address|ansprechpartner|number|"
    r"kontakt|dane|id)\b",
    re.I,
)
_STREET: Final = re.compile(r"^\d+[\s,]|\b\d{5}\b|\b\d\d-\d{3}\b|\b[A-Z]{2}\s\d{5}\b")


def _clean(text: str) -> str:
    text = re.sub(r"^[\W_]+", "", text.replace("\t", " "))
    return re.sub(r"[\s,;:|_=~-]+$", "", text).strip()


def _plausible(text: str) -> bool:
    letters = sum(c.isalpha() for c in text)
    return letters >= 3 and letters >= 0.55 * len(text.replace(" ", "")) and len(text) <= 90


def _field(row: Row, tokens: Sequence[Token], name: str, confidence: float, source: str) -> FoundField | None:
    start, end = tokens[0].start, tokens[-1].start + len(tokens[-1].text)
    value = _clean(row.text[start:end])
    value = _clean(re.split(r"\.\s+(?=[^\W\d_][^.:]{2,40}:)", _NAME_LABEL.sub("", value))[0])
    if not _plausible(value):
        return None
    return at(row, start, end, name, value, confidence, source)


def _labelled(rows: Sequence[Row], pattern: re.Pattern[str], name: str) -> FoundField | None:
    for row in rows[:120]:
        text = label_text(row)
        for match in pattern.finditer(text):
            cell_start = text.rfind("\t", 0, match.start()) + 1
            if match.start() - cell_start > 3:
                continue  # a label opens its cell
            weak = match.group() in (
                "from",
                "to",
                "client",
                "customer",
                "vendor",
                "attn",
                "buyer",
                "company name",
                "supplier",
                "seller",
            )
            rest_end = text.find("\t", match.end())
            rest = row.text[match.end() : rest_end if rest_end >= 0 else len(row.text)]
            colon = rest.lstrip().startswith(":")
            if len(_clean(rest)) > 2 and (colon or not weak):
                tail = [
                    t
                    for t in row.span(match.end(), match.end() + len(rest))
                    if any(c.isalnum() for c in t.text)
                ]
                tail = [t for t in tail if t.start >= match.end()]
                if (
                    tail
                    and not re.match(r"(?:id|no|nr|number|numer|code|ref|vat|nip)\b", plain(tail[0].text))
                    and not _INNER.match(_clean(rest))
                ):
                    field = _field(row, tail, name, 0.85, "label")
                    if field is not None:
                        return field
            if _clean(rest) and not colon and not rest.startswith("/"):
                continue
            if colon and not _clean(rest) and rest_end >= 0:
                beside = next((c for c in cells(row) if c[0].start > rest_end), None)
                if beside and not _A_LABEL.match(text[beside[0].start :]):
                    field = _field(row, beside, name, 0.85, "label")
                    if field is not None:
                        return field
            below = _below(rows, row, match.start(), match.end(), name)
            if below is not None:
                return below
    return None


def _below(rows: Sequence[Row], row: Row, start: int, end: int, name: str) -> FoundField | None:
    label = row.span(start, end)
    if not label:
        return None
    x0, x1 = label[0].x0, label[-1].x1
    for below in rows[row.index + 1 : row.index + 6]:
        if below.page != row.page:
            return None
        for cell in cells(below):
            if cell[0].x0 <= x1 + 0.02 and cell[-1].x1 >= x0 - 0.02 and abs(cell[0].x0 - x0) < 0.12:
                text = _clean(" ".join(t.text for t in cell))
                if _NAME_LABEL.fullmatch(text + ":"):
                    beyond = [c for c in cells(below) if c[0].x0 > cell[0].x0]
                    return _field(below, beyond[0], name, 0.85, "label") if beyond else None
                if _INNER.match(text) or not _plausible(text) or _STREET.match(text):
                    break
                return _field(below, cell, name, 0.8, "label")
    return None


def find_buyer(rows: Sequence[Row], strict: bool) -> FoundField | None:
    """The party a paper is addressed to, where a label says so.

    Not `strict`, the one it is delivered to will do.
    """
    return _labelled(rows, _BUYER, "buyer") or (None if strict else _labelled(rows, _ADDRESSEE, "buyer"))


def find_vendor(rows: Sequence[Row], name: str, labels_first: bool) -> FoundField | None:
    """The party that issued a paper: labelled, else the likeliest line of its head."""
    if labels_first:
        labelled = _labelled(rows, _SELLER, name)
        if labelled is not None:
            return labelled
    # A receipt begins with its issuer; on other papers a weak guess is worse than none.
    head = _head(rows, name, 2.2 if labels_first else 0.5)
    if head is not None and head.confidence >= 0.55:
        return head
    return _labelled(rows, _PAYEE, name) or head


def _sites(rows: Sequence[Row]) -> str:
    text = " ".join(r.text for r in rows[:80]).lower()
    return " ".join(re.findall(r"(?:www\.|@|https?://)([a-z0-9-]+)\.", text))


def _head(rows: Sequence[Row], name: str, lowest: float) -> FoundField | None:
    first = [r for r in rows if r.page == rows[0].page][:22]
    heights = sorted(r.height for r in first if r.height > 0)
    usual = heights[len(heights) // 2] if heights else 0.0
    sites = _sites(rows)
    best: tuple[float, Row, tuple[Token, ...]] | None = None
    blocked: list[tuple[float, int]] = []
    for row in first:
        text_all = label_text(row)
        buyer = _BUYER.search(text_all)
        if buyer and len(buyer.group()) > 2:
            tokens = row.span(buyer.start(), buyer.end())
            if tokens:
                blocked.append((tokens[0].x0, row.index))
        for whole in cells(row):
            cell = _trim(whole)
            text = _clean(" ".join(t.text for t in cell))
            if not _plausible(text) or (
                raw_dates(row)
                and any(m.start() < cell[-1].start and m.end() > cell[0].start for _, m in raw_dates(row))
            ):
                continue
            if re.search(r"[^\W\d_]{3}\s?:\s", text + " ") or _is_title(text):
                continue
            if re.search(r"\d[.,]\d\d\b|\b\d+ (?:kg|szt|pcs)\b", text):
                continue
            if any(abs(x - cell[0].x0) < 0.1 and 0 <= row.index - r <= 3 for x, r in blocked):
                continue
            score = _head_score(row, cell, text, usual, sites)
            if best is None or score > best[0]:
                best = (score, row, cell)
    if best is None or best[0] < lowest:
        return None
    score, row, cell = best
    return _field(row, cell, name, min(0.85, 0.35 + 0.1 * score), "position")


def _is_title(text: str) -> bool:
    """Whether a line opens with what a paper calls itself, such as `OFERTA HANDLOWA nr 5`."""
    words = tokens(text)
    titles = lexicon().titles
    return any(
        " ".join(words[:n]) in titles and (n > 1 or len(words) == 1 or any(w.isdigit() for w in words))
        for n in range(1, min(6, len(words)) + 1)
    )


def _head_score(row: Row, cell: tuple[Token, ...], text: str, usual: float, sites: str) -> float:
    letters = [c for c in text if c.isalpha()]
    score = 3.0 - 0.22 * row.index
    if _SUFFIX.search(text):
        score += 2.0
    if sum(c.isupper() for c in letters) > 0.8 * len(letters):
        score += 0.5
    if usual and row.height > 1.4 * usual:
        score += 0.7
    if _NOT_NAME.search(plain(text)):
        score -= 3.0
    if _STREET.search(text):
        score -= 1.5
    digits = sum(c.isdigit() for c in text)
    score -= 0.15 * min(digits, 8)
    if len(letters) < 5:
        score -= 1.0
    if len(text.split()) > 8:
        score -= 1.5
    confidence = sum(t.confidence for t in cell) / len(cell)
    score -= 2.5 * max(0.0, 0.75 - confidence)
    joined = re.sub(r"[^a-z0-9]", "", plain(text))
    if any(len(s) > 3 and s.replace("-", "") in joined for s in sites.split()):
        score += 1.5
    words = [w for w in re.findall(r"[a-z]{4,}", plain(text)) if w in sites]
    return score + (0.8 if words else 0.0)


def _trim(cell: tuple[Token, ...]) -> tuple[Token, ...]:
    """Without the registration number in brackets that Asian receipts put after the name."""
    kept = list(cell)
    while len(kept) > 1 and re.fullmatch(r"[\W_]*|[({\[].*\d.*[)}\]]?|\(?[A-Z]{0,2}\d{4,}.*", kept[-1].text):
        kept.pop()
    while len(kept) > 1 and not any(c.isalnum() for c in kept[0].text):
        kept.pop(0)
    for position, token in enumerate(kept):
        if position and token.text in ("-", "|", "●", "•"):
            return tuple(kept[:position])
    return tuple(kept)


def find_address(rows: Sequence[Row], vendor: FoundField | None) -> FoundField | None:
    """The address under the name of the one who issued a receipt: the lines until a number or a title."""
    if vendor is None or vendor.source != "position":
        return None
    head = next(
        (r for r in rows if r.page == vendor.page and vendor.raw and vendor.raw in r.text.replace("\t", " ")),
        None,
    )
    if head is None:
        return None
    stop = phrases("party.address_end")
    lines: list[Row] = []
    for row in rows[head.index + 1 : head.index + 8]:
        text = label_text(row)
        if stop.search(text):
            if lines:
                break
            continue
        if re.search(r"\d", text) or lines:
            lines.append(row)
    lines = lines[:5]
    if not lines:
        return None
    value = ", ".join(_clean(r.text) for r in lines if _clean(r.text))
    whole = at(lines[0], 0, len(lines[0].text), "address", value, 0.6, "position")
    boxes = [at(r, 0, len(r.text), "address", "", 0.6, "position").box for r in lines]
    if any(b is None for b in boxes):
        return whole
    real = [b for b in boxes if b is not None]
    box = (min(b[0] for b in real), min(b[1] for b in real), max(b[2] for b in real), max(b[3] for b in real))
    return FoundField("address", value, value, whole.confidence, whole.page, box, "position", None)
