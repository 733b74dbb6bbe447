"""Numbers as people write them and as they look for them.

- An identifier has one spelling without separators: 526-000-12-46, 526 000 12 46
  and PL5260001246 are all found as 5260001246, FV/2026/0412 as fv20260412.
- An amount has two decimals and a point: 1 234,50 and 1,234.50 are 1234.50.
- A piece of an identifier is found by runs of four signs, with letters and digits that
  are mistaken for each other made equal: FV/2O26/03 is part of FV/2026/03/117.
- A date in full is @20260331, whether written 2026-03-31 or 31.03.2026.
"""

import re
from collections.abc import Iterator
from datetime import date

from indexer.analysis import MAX_WORD, fold

_SEPARATORS = r"[-/._\\\u2010-\u2015\u2212]"
# Every pattern starts at a border and repeats a bounded number of times: texts are long and not ours.
_JOINED = re.compile(rf"(?<![^\W_])[^\W_]{{1,60}}(?:{_SEPARATORS}[^\W_]{{1,60}}){{1,12}}")
_SPACED = re.compile(r"\b(?:[A-Za-z]{2} ?)?\d{2,4}(?:[ \u00a0\u202f]\d{2,4}){1,8}\b")
_COUNTRY = re.compile(r"\b[A-Za-z]{2}\d{8,40}\b")
_MORE = r"(?:[ \u00a0\u202f.,']\d{3})"
_THOUSANDS = re.compile(rf"(?<![\w.,])\d{{1,3}}{_MORE}{{1,4}}(?![\w]|[.,]\d)")
_AMOUNT = re.compile(rf"(?<![\w.,])(?:\d{{1,3}}{_MORE}{{0,4}}|\d{{1,15}})[.,]\d{{2}}(?!\w|[.,]\d)")
_ONE_DECIMAL = re.compile(rf"(?:\d{{1,3}}{_MORE}{{0,4}}|\d{{1,15}})[.,]\d")
_DIGIT = re.compile(r"\d")
_SOLID = re.compile(r"(?<![^\W_])[^\W_]{5,60}(?![^\W_])")
# What recognition, print and memory mistake for each other.
_MISTAKEN = str.maketrans("oilsbz", "011582")
#: Signs of one part of an identifier; parts that are kept of one document.
PART = 4
MAX_PARTS = 2000
# Most of a text has no digits: only what stands between blanks and has some is looked at.
_WITH_DIGITS = re.compile(r"(?<!\S)(?:[A-Za-z]{2} )?[^\s\d]*\d\S*(?:[ \u00a0\u202f][^\s\d]*\d\S*)*")
_DECIMAL = re.compile(r"\d+\.\d{1,2}")
_DATE = re.compile(
    r"(?<![\w])(?:(?P<y>[12]\d{3})(?P<s>[-./])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})"
    r"|(?P<a>\d{1,2})(?P<t>[-./])(?P<b>\d{1,2})(?P=t)(?P<z>[12]\d{3}))(?![\w])"
)


def spans(text: str) -> Iterator[tuple[int, int, list[str]]]:
    """Where the identifiers, amounts and dates of a text stand, with their spellings; they may overlap."""
    for piece in _WITH_DIGITS.finditer(text):
        for start, end, spellings in _spans(piece[0]):
            yield piece.start() + start, piece.start() + end, spellings


def _spans(text: str) -> Iterator[tuple[int, int, list[str]]]:
    for match in _JOINED.finditer(text):
        if _DIGIT.search(match[0]) and not _DECIMAL.fullmatch(match[0]):
            yield match.start(), match.end(), _whole(joined(match[0]), 4)
    for match in _SPACED.finditer(text):
        yield match.start(), match.end(), _whole(joined(match[0]), 6)
    for match in _COUNTRY.finditer(text):
        yield match.start(), match.end(), _whole(fold(match[0]), 8)
    for match in _THOUSANDS.finditer(text):
        yield match.start(), match.end(), _whole(re.sub(r"\D", "", match[0]), 4)
    for match in _AMOUNT.finditer(text):
        spelt = amount(match[0])
        yield match.start(), match.end(), [spelt, spelt[:-3]] if len(spelt) >= 7 else [spelt]
    for match in _DATE.finditer(text):
        yield match.start(), match.end(), _dates(match)


def numbers(text: str) -> list[str]:
    """The identifiers, amounts and dates of a text, each once, in their one spelling."""
    return list(dict.fromkeys(spelt for _, _, spellings in spans(text) for spelt in spellings))


def asked(text: str) -> list[str]:
    """The spellings of `numbers` that a number typed into a query may stand for."""
    text = text.strip()
    if not _DIGIT.search(text):
        return []
    if is_amount(text):
        return [amount(text)]
    if _ONE_DECIMAL.fullmatch(text):  # also the number of a chapter
        return [amount(text + "0"), *_whole(joined(text), 2)]
    return list(dict.fromkeys([*_whole(joined(text), 1), *numbers(text)]))


def identifier(text: str) -> list[str]:
    """The spellings under which one identifier, known to be one, is found."""
    return list(dict.fromkeys([*_whole(joined(text), 1), *numbers(text)]))


def parts_of(plain: str) -> list[str]:
    """The parts of an identifier that `joined` made; none if it is shorter than one."""
    plain = plain.translate(_MISTAKEN)
    return list(dict.fromkeys(plain[at : at + PART] for at in range(len(plain) - PART + 1)))


def is_part(piece: str, whole: str) -> bool:
    """Whether a piece stands in an identifier, with mistaken signs taken as equal; both `joined`."""
    return len(piece) >= PART and piece.translate(_MISTAKEN) in whole.translate(_MISTAKEN)


def parts(text: str) -> Iterator[str]:
    """The parts of a text's identifiers, also repeated: of what has two digits and is no date or amount."""
    for piece in _WITH_DIGITS.finditer(text):
        for pattern in (_JOINED, _SPACED, _SOLID):
            for match in pattern.finditer(piece[0]):
                found = match[0]
                if _DATE.fullmatch(found) or _DECIMAL.fullmatch(found) or _AMOUNT.fullmatch(found):
                    continue
                plain = joined(found)
                if PART < len(plain) <= MAX_WORD and len(_DIGIT.findall(plain)) >= 2:
                    yield from parts_of(plain)


def _whole(plain: str, least: int) -> list[str]:
    if not least <= len(plain) <= MAX_WORD:
        return []
    # PL5260001246 and an IBAN are also found without their country.
    if len(plain) >= 8 and plain[:2].isalpha() and plain[2:].isdigit():
        return [plain, plain[2:]]
    return [plain]


def joined(text: str) -> str:
    """An identifier folded and without anything but letters and digits."""
    return "".join(c for c in fold(text) if c.isalnum())


def amount(text: str) -> str:
    """`1 234,50`, `1.234,50` and `1,234.50` as `1234.50`, without a sign."""
    digits = re.sub(r"\D", "", text)
    return f"{digits[:-2].lstrip('0') or '0'}.{digits[-2:]}"


def is_amount(text: str) -> bool:
    """Whether the whole text is an amount with two decimals."""
    return _AMOUNT.fullmatch(text) is not None


def _dates(match: re.Match[str]) -> list[str]:
    if match["y"]:
        orders = [(match["y"], match["m"], match["d"])]
    else:
        # Day first in Poland, month first in the United States: both, where both exist.
        orders = [(match["z"], match["b"], match["a"]), (match["z"], match["a"], match["b"])]
    found = []
    for year, month, day in orders:
        try:
            found.append(date(int(year), int(month), int(day)).strftime("@%Y%m%d"))
        except ValueError:
            continue
    return list(dict.fromkeys(found))
