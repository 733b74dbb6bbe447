"""Words of names and addresses that were read one letter wrong, put right by what such words are.

Streets, towns and lines of business come in few words. One of these with one letter wrong is a
word by itself only rarely; the paper's own spelling stays in the field's raw text and place.
"""

import re
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import Levenshtein

from ingest.classify.words import plain

_SHORTEST: Final = 5
_ADDRESS_WORDS: Final = (
    "aleja avenue bahru bandar bangunan batang berlin boulevard center centre cheras commercial "
    "complex damansara deutschland drive floor gdansk ground hamburg indah industrial ipoh jalan "
    "johor kajang katowice kawasan kembangan kepong kingdom klang kompleks krakow kuala london lorong "
    "lumpur malaysia melaka menara munchen osiedle penang perindustrian persiaran perusahaan petaling "
    "pinang plaza polska poznan puchong pulau rawang road seksyen selangor serdang seremban singapore "
    "square strasse street subang sungai taman tampoi tingkat united utama warszawa wisma wroclaw"
)
_ADDRESS: Final = frozenset(_ADDRESS_WORDS.split(" "))
_BUSINESS_WORDS: Final = (
    "bookstore bookstores company convenience corporation electrical enterprise enterprises furniture "
    "handlowe hardware holdings hypermarket industries international limited logistics marketing "
    "minimarket pharmacy produkcyjne przedsiebiorstwo restaurant restoran service services solutions "
    "station stationery supermarket technology trading uslugowe"
)
_BUSINESS: Final = frozenset(_BUSINESS_WORDS.split(" "))
_JALAN: Final = re.compile(r"\b[Jj][1iIl|][nN]\b")
#: Legal forms that a worn print turns into others.
_FORMS: Final = (
    (re.compile(r"\bS[A-Z0-9]N(?=\.? BHD\b)"), "SDN"),
    (re.compile(r"(?<=[A-Z] )[5S]/[B8]$"), "S/B"),
    (re.compile(r"\b6MBH\b"), "GMBH"),
)
_WORD: Final = re.compile(r"[^\W_]+")


def mended_address(text: str) -> str:
    """An address with its common words put right: `Jaian Tampoi`, `J1n SS21`."""
    if re.search(r"\b(?:taman|selangor|kuala|johor|petaling|malaysia|jaya|\d{5})\b", text, re.I):
        text = _JALAN.sub(lambda m: "JLN" if m.group()[2] == "N" else "Jln", text)
    return _WORD.sub(lambda m: _mended(m.group(), _ADDRESS), text)


def mended_name(text: str) -> str:
    """A company's name with its line of business put right: `ENW Hardwae Centre`."""
    for wrong, right in _FORMS:
        text = wrong.sub(right, text)
    return _WORD.sub(lambda m: _mended(m.group(), _BUSINESS), text)


@lru_cache(maxsize=4096)
def _mended(word: str, known: frozenset[str]) -> str:
    if len(word) < _SHORTEST or len(word) > 20:
        return word
    folded = plain(word)
    if folded in _ADDRESS or folded in _BUSINESS or sum(c.isdigit() for c in word) > 1:
        return word
    near = [k for k in known if k[0] == folded[0] and Levenshtein.distance(folded, k, score_cutoff=1) == 1]
    if len(near) != 1 or len(near[0]) < _SHORTEST or near[0] + "s" == folded:
        return word
    right = near[0]
    return right.upper() if word.isupper() else right.capitalize() if word[0].isupper() else right
