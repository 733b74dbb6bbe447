"""Words as the index sees them, the same for every engine and for marking hits.

A word is folded: lower case, without diacritics (ł too, which has no Unicode
decomposition). A second form is its Snowball stem, Polish or English, so that
*fakturami* finds *faktura*. Numbers written with separators are joined, so that
526-000-12-46 is also 5260001246, and amounts get one spelling, 1234.50.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_JOINED = re.compile(r"[^\W_]+(?:[-/.][^\W_]+)+", re.UNICODE)
_SPACED_NUMBER = re.compile(r"\b\d{2,4}(?:[ \u00a0]\d{2,4}){1,8}\b")
_AMOUNT = re.compile(
    r"(?<![\w.,])-?\d{1,3}(?:[ \u00a0.,']\d{3})*[.,]\d{2}(?![\w])|(?<![\w.,])-?\d+[.,]\d{2}(?![\w])"
)
_EXTRA = str.maketrans(
    {
        "ł": "l",
        "Ł": "l",
        "ß": "ss",
        "ø": "o",
        "Ø": "o",
        "đ": "d",
        "Đ": "d",
        "æ": "ae",
        "Æ": "ae",
        "œ": "oe",
        "Œ": "oe",
    }
)
_POLISH_SIGNS = re.compile("[ąćęłńóśźż]")
MAX_WORD = 60

_stemmers = {"pl": snowballstemmer.stemmer("polish"), "en": snowballstemmer.stemmer("english")}


@dataclass(frozen=True, slots=True)
class Token:
    """A folded word and where it stands in its text (code points)."""

    text: str
    start: int
    end: int


def fold(text: str) -> str:
    """Lower case without diacritics."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.translate(_EXTRA).lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def tokens(text: str) -> Iterator[Token]:
    """The words of a text in order."""
    for match in _WORD.finditer(text):
        word = fold(match[0])
        if word:
            yield Token(word[:MAX_WORD], match.start(), match.end())


def words(text: str) -> list[str]:
    """Only the folded words."""
    return [token.text for token in tokens(text)]


@lru_cache(maxsize=200_000)
def stems(word: str) -> tuple[str, ...]:
    """The stems of a folded word, Polish and English, without repetition.

    Which language a word is of is not asked: a wrong stem is only one more form.
    """
    if len(word) < 4 or not word.isalpha() or not word.isascii():
        return (word,)
    return tuple(dict.fromkeys((_polish_stem(word), _stemmers["en"].stemWord(word))))


def _polish_stem(word: str) -> str:
    return fold(_stemmers["pl"].stemWord(word))


def identifiers(text: str) -> list[str]:
    """Numbers of a text without their separators, and amounts in their one spelling."""
    found: dict[str, None] = {}
    for match in _JOINED.finditer(text):
        joined = fold(re.sub(r"[-/.]", "", match[0]))
        if any(c.isdigit() for c in joined) and 4 <= len(joined) <= MAX_WORD:
            found[joined] = None
    for match in _SPACED_NUMBER.finditer(text):
        joined = re.sub(r"\D", "", match[0])
        if 6 <= len(joined) <= MAX_WORD:
            found[joined] = None
    for match in _AMOUNT.finditer(text):
        found[amount(match[0])] = None
    return list(found)


def amount(text: str) -> str:
    """`1 234,50`, `1.234,50` and `1,234.50` as `1234.50`."""
    digits = re.sub(r"[ \u00a0']", "", text)
    whole, cents = digits[:-3], digits[-2:]
    return re.sub(r"[.,]", "", whole) + "." + cents


def is_amount(text: str) -> bool:
    """Whether the whole text is an amount with two decimals."""
    return _AMOUNT.fullmatch(text) is not None


def joined(text: str) -> str:
    """An identifier as typed, without separators."""
    return fold(re.sub(r"[\s\-/.,_:]", "", text))
