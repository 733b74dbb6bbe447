"""The address of the one who issued a receipt: what stands under the name, without what is none."""

import re
from collections.abc import Sequence
from typing import Final

from ingest.classify.evidence import lexicon
from ingest.classify.words import plain, tokens
from ingest.fields.dates import raw_dates
from ingest.fields.found import FoundField, at
from ingest.fields.identifiers import REGISTRATION
from ingest.fields.labels import label_text, phrases
from ingest.fields.rows import Row, Token, union

_LINES: Final = 9  # looked at under the name
_LONGEST: Final = 6  # lines of one address
_PHONE: Final = re.compile(r"^\W*(?:t|f|m|h/?p|te1|hotline|mobile)?[\s.:]{0,3}\+?[\d(][\d\s()+/.-]{5,}\d\W*$")
_POSTAL: Final = re.compile(
    r"\b\d{5}\b|\b\d\d-\d{3}\b|\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b|\b\d{4}\s?[A-Z]{2}\b|\b[A-Z]{2}\s\d{5}\b"
)
_OF_A_LOT: Final = re.compile(r"(?:lot|no|pt|unit|p\.?o\.? ?box|hs\(?d\)?)[\s.:]*$", re.I)  # `LOT 26151`
_ALONE: Final = re.compile(r"^\W*\d[\d\s:.#-]*$")  # figures and nothing else are no part of an address
#: How an address begins in the countries whose receipts we have seen; else it begins at the first figure.
ADDRESS_BEGINS: Final = re.compile(
    r"^\W{0,2}(?:\d+[a-z]?\W|[a-z]{1,2}[.-]?[a-z]?\d+[a-z]?\s?,|no\W?\s?\d|lot\W|unit\W|block\W|blk\W|level\W|suite\W|shop\W|ul\W|al\W|aleja|plac\W|os\W|"
    r"rue\W|via\W|calle\W|jalan\W|jln\W|hq\W|menara\W|wisma\W|kompleks\W|bangunan\W|\d+(?:st|nd|rd|th)\W)|(?:str(?:asse|\.)|straße|weg|platz|allee|straat|laan)\s?\d"
    r"|\d.*,|,.*\d"
)
_PRICED: Final = re.compile(r"\d[.,]\s?\d\d(?:\s?[A-Z€$]{1,3}\.?)?\s*$")
#: What may stand under a postal code: a town or region, or the branch of a chain (`1245-Desa Sri`).
_TRAIL: Final = re.compile(r"(?:\d{3,4}\s?-\s?)?[^\W\d_][^\d:#@=]{1,40}")


def find_address(
    rows: Sequence[Row], vendor: FoundField | None, *, one_column: bool = False
) -> FoundField | None:
    """The address under the name that heads a receipt, else over it; None where no line looks like one.

    Registration numbers, times and slogans between name and address are passed over; the
    address ends with a telephone, a tax number or a title, or with the region after its
    postal code. With `one_column` nothing else may stand beside it, as on a slip.
    """
    if vendor is None or vendor.source != "position":
        return None
    head = next(
        (r for r in rows if r.page == vendor.page and vendor.raw and _ends(vendor.raw) in r.text), None
    )
    if head is None:
        return None
    kept = _lines(rows, head)
    if not any(_begins(line) for _, line in kept):
        kept = _over(rows, head) or kept
    if not any(_begins(line) or _code(_joined(line)) for _, line in kept):
        return None
    if one_column and any("\t" in row.text for row, _ in kept):
        return None
    value = ", ".join(_clean(" ".join(t.text for t in line)) for _, line in kept)
    if not any(c.isalpha() for c in value) or not any(c.isdigit() for c in value):
        return None
    boxes = [union(line) for _, line in kept]
    first = kept[0][0]
    likely = at(first, 0, len(first.text), "address", value, 0.6, "position")
    real = [b for b in boxes if b is not None]
    box = None
    if len(real) == len(boxes):
        box = (
            min(b[0] for b in real),
            min(b[1] for b in real),
            max(b[2] for b in real),
            max(b[3] for b in real),
        )
    return FoundField("address", value, value, likely.confidence, likely.page, box, "position", None)


def _joined(line: tuple[Token, ...]) -> str:
    return " ".join(t.text for t in line)


def _begins(line: tuple[Token, ...]) -> bool:
    return bool(ADDRESS_BEGINS.search(plain(_joined(line))))


def _code(words: str) -> re.Match[str] | None:
    """Where a postal code stands; the number of a lot or a box is none."""
    return next((m for m in _POSTAL.finditer(words) if not _OF_A_LOT.search(words[: m.start()])), None)


def _over(rows: Sequence[Row], head: Row) -> list[tuple[Row, tuple[Token, ...]]]:
    """The lines of an address that stands over the company's name, as chains print that of a shop."""
    for first in range(head.index):
        line = rows[first].tokens
        if rows[first].page != head.page or not _begins(line):
            continue
        kept: list[tuple[Row, tuple[Token, ...]]] = []
        for row in rows[first : head.index]:
            kept.append((row, row.tokens))
            if len(kept) > _LONGEST or _PRICED.search(row.text):
                break
            if _code(row.text):
                return kept
    return []


def _ends(raw: str) -> str:
    """The last line of a name that was put together of two."""
    return raw.rsplit("\n", 1)[-1]


def _lines(rows: Sequence[Row], head: Row) -> list[tuple[Row, tuple[Token, ...]]]:
    stop = phrases("party.address_end")
    kept: list[tuple[Row, tuple[Token, ...]]] = []
    slogans = 0
    past_code = open_ended = False
    for row in rows[head.index + 1 : head.index + 1 + _LINES]:
        if row.page != head.page or len(kept) >= _LONGEST:
            break
        text = label_text(row)
        ended = stop.search(text) or _PHONE.match(text)
        if ended and ended.start() < 4:
            if kept:
                break
            continue
        line = _without_numbers(row, ended.start() if ended else len(row.text))
        words = " ".join(t.text for t in line)
        if not line or _ALONE.match(words) or _PRICED.search(words) or _timed(row, line):
            if kept and not line:
                continue
            if kept:
                break
            continue
        if past_code:
            if _trails(_clean(words), open_ended, words.startswith("(")):
                kept.append((row, line))
            break
        if not kept and not ADDRESS_BEGINS.search(text[line[0].start :]):
            # A slogan or a branch's name: part of no address, unless nothing else is.
            slogans += 1
            if slogans > 2 or not _soon(rows, row):
                if any(c.isdigit() for c in words):
                    kept.append((row, line))
                continue
            continue
        kept.append((row, line))
        code = _code(words)
        past_code = code is not None
        open_ended = code is not None and not any(c.isalpha() for c in words[code.end() :])
    return kept


def _trails(words: str, open_ended: bool, bracketed: bool) -> bool:
    """Whether a line goes on with an address whose postal code has been read.

    `open_ended` says that the code stood last in its line, so that the town must follow.
    """
    if not _TRAIL.fullmatch(words) or _is_heading(words):
        return False
    if bracketed:  # the branch of a chain
        return True
    return open_ended or len(words.split()) <= 3 or words[0].isdigit()


def _is_heading(words: str) -> bool:
    folded = tokens(words)
    return any(" ".join(folded[:n]) in lexicon().titles for n in range(1, len(folded) + 1))


def _soon(rows: Sequence[Row], row: Row) -> bool:
    """Whether one of the next three lines begins as an address does."""
    return any(ADDRESS_BEGINS.search(label_text(r)) for r in rows[row.index + 1 : row.index + 4])


def _without_numbers(row: Row, end: int) -> tuple[Token, ...]:
    """The row's words before `end`, without registration numbers."""
    text = label_text(row)
    gone = [(m.start(), m.end()) for m in REGISTRATION.finditer(text)]
    left = [
        t
        for t in row.tokens
        if t.start < end and not any(t.start < e and t.start + len(t.text) > s for s, e in gone)
    ]
    while left and not any(c.isalnum() for c in left[0].text):
        left.pop(0)
    return tuple(left)


def _timed(row: Row, line: tuple[Token, ...]) -> bool:
    return any(
        m.start() <= line[0].start + 2 and re.match(r"\W{0,3}\d{1,2}\s?[:.]\s?\d\d|\W*$", row.text[m.end() :])
        for _, m in raw_dates(row)
    )


def _clean(text: str) -> str:
    return re.sub(r"[\s,;:|_=~\"-]+$", "", re.sub(r"^[\W_]+", "", text)).strip()
