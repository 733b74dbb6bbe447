"""Whether what was read is what the truth says."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from rapidfuzz.distance import Levenshtein

_NUMBER = re.compile(r"[-−]?\d[\d\s.,'\u00a0\u202f]*")
#: Names under which truths give the amount of a line item.
_AMOUNTS = ("amount", "total", "line_total", "net", "gross", "value", "price")
_NOTHING = frozenset(("n/a", "na", "nan", "none", "null", "unknown"))
_NAME_TYPE = re.compile(r" {2,}[ABCDILMNPRSTUV]$")
_WORD = re.compile(r"\w+")
#: Longer texts are compared by their words only: the distance costs the product of both lengths.
_LONGEST_FOR_CER = 100_000


def word_scores(truth: str, read: str) -> tuple[float, float]:
    """Recall and precision of words as bags: case counts, order does not."""
    wanted, found = Counter(_WORD.findall(truth)), Counter(_WORD.findall(read))
    both = sum((wanted & found).values())
    return both / max(1, wanted.total()), both / max(1, found.total())


def character_error_rate(truth: str, read: str) -> float | None:
    """Edits a character of the truth, white space folded; None if either is too long to compare."""
    a, b = " ".join(truth.split()), " ".join(read.split())
    if not a or max(len(a), len(b)) > _LONGEST_FOR_CER:
        return None
    return Levenshtein.distance(a, b) / len(a)


def stands(value: str, text: str, letters: str, numbers: frozenset[Decimal]) -> bool:
    """Whether a true value can be found in what was read: numbers by value, others without blanks, case."""
    number = _number(value)
    if number is not None and (number in numbers or re.search(r"[.,]\d{1,2}$", value)):
        return number in numbers
    wanted = squeezed(value)
    return bool(wanted) and (wanted in letters or value in text)


def tells_nothing(value: str) -> bool:
    """Whether a truth says that there is none: a placeholder, or the epoch that stands for no date."""
    return value.strip().casefold() in _NOTHING or value.startswith("1970-01-01T00:00:00")


def field_is_right(name: str, value: str, fields: Mapping[str, str]) -> bool:
    """Whether the field `name` among those found has its true value, as `same` sees it.

    Some truths are put together from more than the field: a program with its version, a name with HL7's
    code of what kind of name it is (table 0200) behind the parts that are empty, `s/n` before a number.
    """
    found = fields.get(name)
    if name in ("software", "software_version") and found is not None:
        whole = f"{fields.get('software', '')} {fields.get('software_version', '')}"
        return same(value, found) or squeezed(value) == squeezed(whole)
    if name == "patient":
        value = _NAME_TYPE.sub("", value)
    if name == "serial_number":
        value = re.sub(r"(?i)^s/n[:\s]+", "", value)
    return same(value, found)


def same(value: str, found: str | None) -> bool:
    """Whether a field has its true value, whatever the case, blanks and trailing zeros."""
    if found is None:
        return False
    number, other = _number(value), _number(found)
    if number is not None and other is not None:
        return number == other
    if value[:10] == found[:10] and re.fullmatch(r"\d{4}-\d\d-\d\d", value[:10]):
        return True
    return _account(squeezed(value)) == _account(squeezed(found))


def _account(text: str) -> str:
    """A Polish account without the country it may be written with."""
    return text.removeprefix("pl") if re.fullmatch(r"pl\d{26}", text) else text


def date_stands(value: str, text: str) -> bool:
    """Whether a day stands in the text in any of the usual ways of writing it."""
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", value[:10])
    if match is None:
        return False
    year, month, day = match.groups()
    forms = {
        f"{year}[-./ ]?{month}[-./ ]?{day}",
        rf"(?<!\d)0?{int(day)}\s?[-./]\s?0?{int(month)}\s?[-./]\s?(?:{year[:2]})?{year[2:]}",
        rf"(?<!\d)0?{int(month)}\s?[-./]\s?0?{int(day)}\s?[-./]\s?(?:{year[:2]})?{year[2:]}",
        rf"(?<!\d)0?{int(day)}\W{{0,3}}[^\W\d]{{3,12}}\W{{0,3}}(?:{year[:2]})?{year[2:]}",
        rf"[^\W\d]{{3,12}}\W{{0,3}}0?{int(day)}\W{{1,3}}{year}",
    }
    return any(re.search(form, text) for form in forms)


def listed_amounts(items: Any) -> Counter[Decimal]:
    """The amounts of line items that a truth lists; empty where it lists none."""
    rows = [i for i in items if isinstance(i, dict)] if isinstance(items, list) else []
    given = [next((str(i[key]) for key in _AMOUNTS if i.get(key) is not None), "") for i in rows]
    return Counter(n for n in map(_number, given) if n is not None)


def told_amounts(items: str) -> Counter[Decimal]:
    """The amounts in the field `items`: `2 × Pencil = 5.00; 1 × Pen = 7.00`."""
    given = [line.rpartition(" = ")[2] for line in items.split("; ")]
    return Counter(n for n in map(_number, given) if n is not None)


def _number(value: str) -> Decimal | None:
    digits = re.sub(r"[\s'\u00a0\u202f]", "", value).replace("−", "-")
    digits = re.sub(r"(?<=\d)[.,]$", "", digits)  # as SWIFT writes whole amounts
    if not re.fullmatch(r"-?[\d.,]*\d[.,]\d{1,4}|-?\d+", digits):
        return None
    if re.search(r"[.,]\d{1,2}$|[.,]\d{4}$", digits):
        whole, _, part = re.sub(r"[.,](?=\d+$)", "|", digits).rpartition("|")
        digits = re.sub(r"[.,]", "", whole) + "." + part
    else:
        digits = re.sub(r"[.,]", "", digits)
    try:
        return Decimal(digits).normalize()
    except InvalidOperation:
        return None


def numbers_of(text: str) -> frozenset[Decimal]:
    """Every number in the text, by value."""
    found = set()
    for match in _NUMBER.findall(text):
        for piece in (match, *match.split()):
            number = _number(piece.strip().rstrip(".,'"))
            if number is not None:
                found.add(number)
    return frozenset(found)


def squeezed(text: str) -> str:
    """Letters and digits only, without case."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in plain if c.isalnum())
