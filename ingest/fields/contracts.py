"""The parties of a contract, as its opening names them.

Such as `X of Y (the "Client")` or `X z siedzibą w Y, zwaną dalej Pracodawcą`.
"""

import re
from collections.abc import Sequence
from typing import Final

from ingest.classify.words import plain
from ingest.fields.found import FoundField, at
from ingest.fields.rows import Row

_ROWS: Final = 60  # the opening of a contract
_ROLE: Final = re.compile(
    r"\(\s?(?:hereinafter |hereafter |collectively |referred to as |called )*(?:the )?[\"“”„'’]\s?(?:the )?"
    r"(?P<en>[A-Za-z][A-Za-z ]{2,24}?)\s?[\"“”'’](?:,? or [^)]{2,40})?\s?\)"
    r"|zwan\w+\s(?:w\s(?:dalszej\s(?:części|czesci)\s)?(?:umowy\s)?)?(?:dalej\s)?(?:w\sumowie\s)?[\"“”„'’]?\s?"
    r"(?P<pl>pracodawc\w+|pracownik\w*|zleceniodawc\w+|zleceniobiorc\w+|zamawiaj\w+|wykonawc\w+)",
    re.I,
)
#: What a role is called on paper, by the field it fills.
_FIELDS: Final = {
    "client": ("client", "customer", "zleceniodawc", "zamawiaj"),
    "contractor": ("contractor", "consultant", "freelancer", "service provider", "zleceniobiorc", "wykonawc"),
    "employer": ("employer", "company", "pracodawc"),
    "employee": ("employee", "executive", "pracownik"),
    "vendor": ("provider", "vendor", "supplier", "seller", "licensor"),
}
_OPENS: Final = re.compile(
    r"(?:^|\b)(?:between|by and between|among|and|with|pomi[eę]dzy|mi[eę]dzy|a)\s*:?\s+(?=[^\W\d_a-z])"
)
_ENDS: Final = re.compile(
    r"\s(?:of|with|located|having|residing|whose|a(?:n)? [a-z]+|z siedzib\w+|zam\.|zamieszka\w+|"
    r"reprezentowan\w+|prowadz\w+|legitymuj\w+|wpisan\w+|ul\.|adres\w*|NIP|PESEL)\b|,(?!\s?(?:inc|llc|ltd|corp)\b)|\s[–-]\s",
    re.I,
)
_HONORIFIC: Final = re.compile(
    r"^(?:(?:a|oraz|and|between|pan(?:em|i[aą]?)?|firm[aąy]|spółk[aąi])\s+)+", re.I
)
_SHORT_FORM: Final = re.compile(r"\b(?:inc|ltd|co|corp|o\.\s?o|s\.\s?a|s\.\s?[kjc])\.$", re.I)
_SEPARATOR: Final = re.compile(r"^\W*(?:and|a|oraz|between|pomi[eę]dzy|mi[eę]dzy)\W*$", re.I)


_INFLECTED: Final = 0.55  # told, but not as sure: elsewhere the same person is named otherwise


def inflected(name: str) -> bool:
    """Whether a person seems to be named in another case, as Polish contracts do: `Agnieszką Wójcik`,
    `Adamem Kowalikiem`."""
    words = name.split()
    return 2 <= len(words) <= 4 and words[0].endswith(("ą", "em")) and len(words[0]) > 3


def find_parties(rows: Sequence[Row]) -> list[FoundField]:
    """A field for each party whose role the contract's opening states, at most one of each name."""
    out: list[FoundField] = []
    for row in rows[:_ROWS]:
        for match in _ROLE.finditer(row.text):
            name = _field(match)
            if name is None or any(f.name == name for f in out):
                continue
            found = _named(rows, row, match.start(), name)
            if found is not None:
                out.append(found)
    return out


def _field(match: re.Match[str]) -> str | None:
    role = plain(match.group("en") or match.group("pl")).strip()
    return next((name for name, words in _FIELDS.items() if role.startswith(words)), None)


def _named(rows: Sequence[Row], row: Row, end: int, name: str) -> FoundField | None:
    """The name before the words that give it its role, on that line or the ones above it."""
    for where in [row, *reversed(rows[max(0, row.index - 3) : row.index])]:
        text = where.text[:end] if where is row else where.text
        if where is not row and _SEPARATOR.match(text):
            return None
        start = max((m.end() for m in _OPENS.finditer(text)), default=0)
        previous = max((m.end() for m in _ROLE.finditer(text) if m.end() < len(text)), default=0)
        start = max(start, previous)
        cut = _ENDS.search(text, start + 2)
        stop = cut.start() if cut else len(text)
        value = _HONORIFIC.sub("", text[start:stop].replace("\t", " ").strip(' ,:;„"”“(-–'))
        value = value if _SHORT_FORM.search(value) else value.rstrip(". ")
        begin = text.find(value, start) if value else -1
        if begin >= 0 and _is_name(value):
            sure = _INFLECTED if inflected(value) else 0.75
            return at(where, begin, begin + len(value), name, value, sure, "label")
        if where is not row and re.search(r"[a-z]\.$", text):
            return None
    return None


def _is_name(text: str) -> bool:
    words = text.split()
    big = [w for w in words if w[:1].isupper()]
    return 3 <= len(text) <= 90 and 1 <= len(words) <= 9 and text[:1].isupper() and 2 * len(big) >= len(words)
