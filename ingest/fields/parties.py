"""Who issued a paper and to whom: by labels, else by what stands at its head."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ingest.classify.evidence import lexicon
from ingest.classify.words import plain, tokens
from ingest.fields.address import ADDRESS_BEGINS
from ingest.fields.dates import raw_dates
from ingest.fields.found import FoundField, at
from ingest.fields.identifiers import REGISTRATION
from ingest.fields.labels import label_text, phrases
from ingest.fields.partynames import LEGAL, NAME_LABEL, OWNED, clean, party_field, plausible
from ingest.fields.rows import Row, Token, cells

_SELLER: Final = phrases("party.seller")
_BUYER: Final = phrases("party.buyer")
_ADDRESSEE: Final = phrases("party.addressee")
_PAYEE: Final = phrases("party.payee")  # who is paid: the issuer as a rule, but often a department of it
_A_LABEL: Final = re.compile(_SELLER.pattern + "|" + _BUYER.pattern + r"|[a-z ]{2,20}:|" + _ADDRESSEE.pattern)
_TRADE: Final = re.compile(
    r"\b(?:trading|restaurant|restoran|store|stores|mart|market|supermarket|hardware|bookstores?|"
    r"pharmacy|apotheke|apteka|sklep|hotel|cafe|bistro|bakery|kafe|shop|motor|services|service station|"
    r"industries|holdings|group|bank|hospital|clinic|station[ae]r(?:y|s?)|cuisine|kitchen)\b\.?",
    re.I,
)
#: Words that end a name and make none by themselves.
_TAIL: Final = re.compile(r"(?:[\W_]+|\b(?:and|und|i|m|malaysia|polska)\b)*", re.I)
_NOT_NAME: Final = re.compile(
    r"\b(?:invoice|faktura|rechnung|facture|factuur|receipt|paragon|tax|date|datum|data|page|"
    r"strona|seite|tel|phone|fax|email|e-mail|www|http|"
    r"pn-en|iso|rachunek kosztow|"
    r"nip|regon|krs|vat|gst|iban|bic|swift|total|amount|original|copy|kopia|oryginal|statement|"
    r"order|purchase|cashier|bill|table|qty|description|no\.|reg|"
    r"welcome|thank|number|numer|due|account|ul\.|street|str\.|road|avenue|ave|jalan|jln|lot|strasse|autoroute|allee|"
    r"taman|seksyen|"
    r"kawasan|bandar|lorong|tingkat|offnungszeiten|shopping|opening|change|suite|box|"
    r"floor|konto|kwota|termin|"
    r"bestellung|"
    r"krajowy system|roc|co\.?\s?(?:reg|no)|ssm|cash|guest|customer|buyer|seller|from|quote|"
    r"lieferschein|duplicate|cust|document|ref|"
    r"member|counter|server|order|time|uhr|item|price|menge|\w*adres\w*|\w*adresse|kopie|siege|tva|siret|kvk)\b|@|www\.|https?:",
    re.I,
)
_INNER: Final = re.compile(
    r"^(?:nip|nummer|numer|gln|globale nummer|adres|anschrift|address|ansprechpartner|number|"
    r"kontakt|dane|id)\b",
    re.I,
)
_HEAD_ENDS: Final = re.compile(
    r"(?<![a-z])(?:tel|te1|phone|fax|gst|nip|vat|ust|siret|steuer|e-?mail|tax)(?![a-z])"
)
_AFTER_HEAD: Final = 1.2
#: The line above a letter's address that says who sent it: `Lindner GmbH · Gartenweg 5 · 04109 Leipzig`.
_SENDER_LINE: Final = re.compile(
    r"^[^\W\d_].{3,60}?\s[·•|–-]\s.{3,60}?\s?[·•|–,-]\s(?:[A-Z]{1,2}-)?(?:\d{5}|\d\d-\d{3}|\d{4} ?[A-Z]{2})\s"
)
_OVER_WINDOW: Final = 2.0
_NUMBERED: Final = 1.5
_STREET: Final = re.compile(
    r"^\d+[\s,]|\b\d{5}\b|\b\d\d-\d{3}\b|\b[A-Z]{2}\s\d{5}\b|\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b"
)

_WEAKEST: Final = 0.5  # the score under which a line of the head is no name


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
            if len(clean(rest)) > 2 and (colon or not weak):
                tail = [
                    t
                    for t in row.span(match.end(), match.end() + len(rest))
                    if any(c.isalnum() for c in t.text)
                ]
                tail = [t for t in tail if t.start >= match.end()]
                if (
                    tail
                    and not re.match(r"(?:id|no|nr|number|numer|code|ref|vat|nip)\b", plain(tail[0].text))
                    and not _INNER.match(clean(rest))
                    and (colon or not rest.lstrip()[:1].islower())  # a sentence: `Sprzedawca zwolniony z …`
                ):
                    field = party_field(row, tail, name, 0.85, "label")
                    if field is not None:
                        return field
            if clean(rest) and not colon and not rest.startswith("/"):
                continue
            pair = not weak and match.start() == 0 and len(cells(row)) == 2  # `Sold to | Name`
            if (colon or pair) and not clean(rest) and rest_end >= 0:
                beside = next((c for c in cells(row) if c[0].start > rest_end), None)
                shown = " ".join(t.text for t in beside) if beside else ""
                if beside and not _A_LABEL.match(text[beside[0].start :]) and not _is_title(shown):
                    field = party_field(row, beside, name, 0.85, "label")
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
            middle = (x0 + x1) / 2
            under = cell[0].x0 - 0.01 <= middle <= cell[-1].x1 + 0.01
            if (
                cell[0].x0 <= x1 + 0.02
                and cell[-1].x1 >= x0 - 0.02
                and (under or abs(cell[0].x0 - x0) < 0.12)
            ):
                text = clean(" ".join(t.text for t in cell))
                if NAME_LABEL.fullmatch(text + ":"):
                    beyond = [c for c in cells(below) if c[0].x0 > cell[0].x0]
                    return party_field(below, beyond[0], name, 0.85, "label") if beyond else None
                if _INNER.match(text) or not plausible(text) or _STREET.match(text):
                    break
                found = party_field(below, cell, name, 0.8, "label")
                return found and _with_line_below(rows, below, cell, found)
    return None


def _with_line_below(rows: Sequence[Row], row: Row, cell: tuple[Token, ...], found: FoundField) -> FoundField:
    """The name with the line below, where that is but the end of one: `Sp. k.`, `Ltd`."""
    for under in rows[row.index + 1 : row.index + 2]:
        for part in cells(under):
            text = clean(" ".join(t.text for t in part))
            if (
                under.page == row.page
                and abs(part[0].x0 - cell[0].x0) < 0.02
                and 2 <= len(text) <= 20
                and LEGAL.search(text)
                and not re.search(r"\d", text)
                and _TAIL.fullmatch(LEGAL.sub(" ", text))
            ):
                end = part[-1].start + len(part[-1].text)
                more = at(under, part[0].start, end, found.name, text, found.confidence, "label")
                return _joined(found, more)
    return found


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
    head = _head(rows, name, 2.2 if labels_first else _WEAKEST)
    if head is not None and head.confidence >= 0.55:
        return head
    return _labelled(rows, _PAYEE, name) or head


def _sites(rows: Sequence[Row]) -> str:
    text = " ".join(r.text for r in rows[:80]).lower()
    return " ".join(re.findall(r"(?:www\.|@|https?://)([a-z0-9-]+)\.", text))


def _head(rows: Sequence[Row], name: str, lowest: float) -> FoundField | None:
    best = max(_head_lines(rows), key=lambda line: line[0], default=None)
    return None if best is None or best[0] < lowest else _head_field(rows, name, best)


def head_names(rows: Sequence[Row], name: str, most: int) -> list[FoundField]:
    """The lines of a paper's head that may be its issuer's name, the likeliest first."""
    lines = sorted(_head_lines(rows), key=lambda line: -line[0])[:most]
    lines = [line for line in lines if line[0] >= _WEAKEST]
    return [found for line in lines if (found := _head_field(rows, name, line)) is not None]


def labelled_parties(rows: Sequence[Row], name: str) -> list[FoundField]:
    """Whoever a label of any kind names."""
    patterns = (_BUYER, _ADDRESSEE, _SELLER) if name == "buyer" else (_SELLER, _PAYEE, _BUYER)
    return [found for pattern in patterns if (found := _labelled(rows, pattern, name)) is not None]


def _head_field(
    rows: Sequence[Row], name: str, line: tuple[float, Row, tuple[Token, ...]]
) -> FoundField | None:
    score, row, cell = line
    found = party_field(row, cell, name, min(0.85, 0.35 + 0.1 * score), "position")
    return found and _with_line_above(rows, row, cell, found)


def _head_lines(rows: Sequence[Row]) -> list[tuple[float, Row, tuple[Token, ...]]]:
    if not rows:
        return []
    first = [r for r in rows if r.page == rows[0].page][:22]
    heights = sorted(r.height for r in first if r.height > 0)
    usual = heights[len(heights) // 2] if heights else 0.0
    sites = _sites(rows)
    out: list[tuple[float, Row, tuple[Token, ...]]] = []
    blocked: list[tuple[float, int]] = []
    closed = False  # the head is over: a telephone or a tax number has been read
    for row in first:
        text_all = label_text(row)
        buyer = _BUYER.search(text_all)
        if buyer and len(buyer.group()) > 2:
            tokens = row.span(buyer.start(), buyer.end())
            if tokens:
                blocked.append((tokens[0].x0, row.index))
        for whole in cells(row):
            cell = _trim(whole)
            text = clean(" ".join(t.text for t in cell))
            if not plausible(text) or (
                raw_dates(row)
                and any(m.start() < cell[-1].start and m.end() > cell[0].start for _, m in raw_dates(row))
            ):
                continue
            whole_text = " ".join(t.text for t in whole)
            if re.search(r"[^\W\d_]{2}\s?:\s", OWNED.sub("", whole_text) + " ") or _is_title(text):
                continue
            if re.search(r"\d[.,]\d\d\b|\b\d+ (?:kg|szt|pcs)\b", text):
                continue
            if any(
                (abs(x - cell[0].x0) < 0.1 and 0 <= row.index - r <= 3)
                or (r == row.index and x < cell[0].x0 and len(cells(row)) == 2)
                for x, r in blocked
            ):
                continue
            score = _head_score(row, cell, text, usual, sites) + _stands_over(rows, row)
            if _SENDER_LINE.search(" ".join(t.text for t in whole)):
                score += _OVER_WINDOW
            if _is_numbered(whole) and LEGAL.search(text):
                score += _NUMBERED
            elif closed:
                score -= _AFTER_HEAD
            out.append((score, row, cell))
        closed = closed or bool(_HEAD_ENDS.search(text_all))
    return out


def _is_numbered(cell: tuple[Token, ...]) -> bool:
    """Whether the number a company is registered under stands behind a name: `ABC SB(306295-X)`."""
    text = plain(" ".join(t.text for t in cell))
    number = REGISTRATION.search(text)
    return number is not None and not _TAIL.fullmatch(LEGAL.sub(" ", text[: number.start()]))


def _stands_over(rows: Sequence[Row], row: Row) -> float:
    """What the lines under a line say of it: a registration number or an address follows a name."""
    under = [r for r in rows[row.index + 1 : row.index + 3] if r.page == row.page]
    if under and REGISTRATION.search(label_text(under[0])):
        return 1.2
    if under and ADDRESS_BEGINS.search(label_text(under[0])):
        return 0.8
    return 0.0


def _with_line_above(rows: Sequence[Row], row: Row, cell: tuple[Token, ...], found: FoundField) -> FoundField:
    """The name with the line above, where its own line is but the end of one: `SP. Z O.O.`, `STORES LTD`."""
    if not _TAIL.fullmatch(LEGAL.sub(" ", _TRADE.sub(" ", found.value))):
        return found
    for above in reversed(rows[max(0, row.index - 2) : row.index]):
        overs = [c for c in cells(above) if c[0].x0 < cell[-1].x1 and c[-1].x1 > cell[0].x0]
        if not overs:
            continue
        over = tuple(t for c in overs for t in c)
        text = clean(" ".join(t.text for t in over))
        alike = not row.height or 0.5 <= above.height / row.height <= 2.0
        no_name = _NOT_NAME.search(plain(text)) or _is_title(text) or len(text.split()) > 6
        if above.page != row.page or not alike or no_name:
            return found
        first = party_field(above, over, found.name, found.confidence, found.source)
        return found if first is None else _joined(first, found)
    return found


def _joined(first: FoundField, second: FoundField) -> FoundField:
    box = None
    if first.box is not None and second.box is not None:
        (a, b, c, d), (e, f, g, h) = first.box, second.box
        box = (min(a, e), min(b, f), max(c, g), max(d, h))
    return replace(
        second,
        value=f"{first.value} {second.value}",
        raw=f"{first.raw}\n{second.raw}",
        confidence=min(first.confidence, second.confidence),
        box=box,
    )


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
    if LEGAL.search(text):
        score += 2.0
    elif _TRADE.search(text):
        score += 1.2
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
        score -= 0.5 if len(letters) > 2 else 1.0
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
    while len(kept) > 2 and re.fullmatch(r"(?:nr|no|numer)\.?", kept[-1].text, re.I):
        kept.pop()
    while len(kept) > 1 and not any(c.isalnum() for c in kept[0].text):
        kept.pop(0)
    text = " ".join(t.text for t in kept)
    numbered = REGISTRATION.search(plain(text))
    if numbered and numbered.start() > 3:  # `Dion Realties Sdn Bhd (Co. No:20154-T)`
        length, cut = 0, len(kept)
        for position, token in enumerate(kept):
            if length >= numbered.start():
                cut = position
                break
            length += len(token.text) + 1
        kept = kept[:cut]
    for position, token in enumerate(kept):
        if position and token.text in ("-", "|", "●", "•", "·"):
            return tuple(kept[:position])
    return tuple(kept)
