"""Words as the index sees them, the same for every engine and for marking hits.

A word is folded: lower case, without diacritics (ł too, which has no Unicode
decomposition). Its Snowball stems, Polish and English, are made of the folded word,
because recognised text often has lost its diacritics; they and its dictionary forms
let *fakturami* find *faktura* (`indexer.inflection`). Numbers, dates and amounts:
`indexer.numerals`.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

#: A longer word is cut, in documents and queries alike.
MAX_WORD = 60

# Letters without a decomposition, and what stands inside words without being seen.
_LETTERS = {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i"}
_LETTERS |= {"ß": "ss", "æ": "ae", "œ": "oe", "ŧ": "t", "ŋ": "ng", "ĸ": "k"}
_UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[\u0300-\u036f{_UNSEEN}])*")
_INSIDE = re.compile(rf"[\u0300-\u036f{_UNSEEN}]")
_HYPHENATED = re.compile(
    r"(?<![^\W\d_])([^\W\d_]{1,40})[-\u00ad\u2010](?:[ \t]{0,20}\r?\n[ \t]{0,200})?([^\W\d_]{2,40})"
)


def _plain(text: str) -> str:
    """Fold without the table: compatibility forms, case, then marks."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(_LETTERS.get(c, c) for c in text if not unicodedata.combining(c) and c not in _UNSEEN)


def _table() -> dict[int, str | None]:
    # Only letters that become letters, so that translating a text never moves a word's border.
    table: dict[int, str | None] = dict.fromkeys(map(ord, _UNSEEN))
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        plain = _plain(chr(code))
        if plain.isascii() and plain.isalnum():
            table[code] = plain
    return table


_TABLE = _table()
# Over the C library, which keeps hold of the interpreter for a whole word: safe in threads, as none in
# Python is. Without its own memory of words, since `indexer.inflection` has one.
_stemmers = {"pl": Stemmer.Stemmer("polish", 0), "en": Stemmer.Stemmer("english", 0)}


@dataclass(frozen=True, slots=True)
class Token:
    """A folded word and where it stands in its text (code points)."""

    text: str
    start: int
    end: int


def fold(text: str) -> str:
    """Lower case without diacritics; folding twice changes nothing."""
    if text.isascii():
        return text.lower()
    text = text.translate(_TABLE)
    return text.lower() if text.isascii() else _plain(text)


@lru_cache(maxsize=50_000)
def _word(raw: str) -> str:
    # Rare signs fold to several parts ("½" to "1⁄2"); within a word only letters and digits stay.
    return "".join(c for c in fold(raw) if c.isalnum())[:MAX_WORD]


def tokens(text: str) -> Iterator[Token]:
    """The words of a text in order."""
    for match in _WORD.finditer(text):
        raw = match[0]
        word = raw.lower()[:MAX_WORD] if raw.isascii() else _word(raw)
        if word:
            yield Token(word, match.start(), match.end())


def words(text: str) -> list[str]:
    """Only the folded words; the same as those of `tokens`."""
    if text.isascii():
        return [w[:MAX_WORD] for w in _WORD.findall(text.lower())]
    found = (w.lower()[:MAX_WORD] if w.isascii() else _word(w) for w in _WORD.findall(text.translate(_TABLE)))
    return [word for word in found if word]


def spellings(text: str) -> set[str]:
    """The words of a text as they are spelt in it, each once; `folded` makes words of them."""
    return set(_WORD.findall(text))


def folded(spelling: str) -> str:
    """The word of one of `spellings`, as `tokens` has it; empty if nothing is left of it."""
    return _word(spelling)


def standing(text: str, spelling: str) -> Iterator[tuple[int, int]]:
    """Where a spelling of `spellings` stands as a word of its own."""
    at = text.find(spelling)
    while at >= 0:
        match = _WORD.match(text, at)
        if match and match[0] == spelling and (at == 0 or not _continues(text, at)):
            yield at, match.end()
        at = text.find(spelling, at + 1)


def _continues(text: str, at: int) -> bool:
    """Whether a word that began before goes on at a place."""
    before = at - 1
    while before >= 0 and not text[before].isalnum() and _INSIDE.match(text[before]):
        before -= 1
    return before >= 0 and _INSIDE.match(text[before]) is None and _WORD.match(text[before]) is not None


def tokens_from(text: str, start: int) -> Iterator[Token]:
    """The words of a text from one's beginning on."""
    for match in _WORD.finditer(text, start):
        if word := _word(match[0]):
            yield Token(word, match.start(), match.end())


def hyphenated(text: str) -> list[str]:
    """Words divided at the end of a line or by a hyphen, joined and folded: zamó-wienie, e-mail."""
    if not any(sign in text for sign in "-\u00ad\u2010"):
        return []
    return [_word(a + b) for a, b in _HYPHENATED.findall(text)]


def stems(word: str) -> tuple[str, ...]:
    """The stems of a folded word, Polish and English, without repetition.

    Which language a word is of is not asked: a wrong stem is only one more form.
    Short words and numbers are their own stem.
    """
    if len(word) < 4 or not word.isalpha() or not word.isascii():
        return (word,)
    return tuple(dict.fromkeys((polish_stem(word), _stemmers["en"].stemWord(word))))


def polish_stem(word: str) -> str:
    """The Polish stem of a word in lower case, folded."""
    return fold(_stemmers["pl"].stemWord(word))
