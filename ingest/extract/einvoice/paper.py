"""What every dialect yields: the fields, and a page a person can read."""

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from ingest.extract.typeset import Sheet
from ingest.model import Structured

#: Lines of a table that are shown; one paper in millions has more.
MOST_ROWS = 20_000


@dataclass(slots=True)
class Paper:
    """A business paper taken out of XML.

    `head` and `sums` are labels with values, `parties` blocks of lines under a label,
    `columns`/`rows` the table of lines, `MOST_ROWS` of them at most; `left_out` says how many
    more there are. All labels are already in `language`.
    """

    structured: Structured
    language: str | None
    title: str
    head: list[tuple[str, str]] = field(default_factory=list)
    parties: list[tuple[str, list[str]]] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    sums: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: int = 0

    def write(self, sheet: Sheet) -> None:
        """Put the paper on a sheet."""
        sheet.add(self.title)
        sheet.pairs(self.head)
        sheet.parties(self.parties)
        if self.rows:
            sheet.table([self.columns, *self.rows])
        sheet.sums(self.sums)
        for note in self.notes:
            sheet.add()
            sheet.extend(note.splitlines())


def local(element: Any) -> str:
    """The element's name without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def namespace(element: Any) -> str:
    """The element's namespace, or an empty string."""
    tag = element.tag
    return tag[1:].partition("}")[0] if isinstance(tag, str) and tag.startswith("{") else ""


def every(element: Any, path: str) -> list[Any]:
    """Elements reached by a path of local names (`A/B`) from `element`, in document order."""
    found = [element] if element is not None else []
    for step in path.split("/"):
        found = [child for parent in found for child in parent if local(child) == step]
    return found


def one(element: Any, *paths: str) -> Any:
    """The first element that any of the paths reaches, or None."""
    for path in paths:
        found = every(element, path)
        if found:
            return found[0]
    return None


def text(element: Any, *paths: str) -> str:
    """The first text that is not empty under any of the paths, white space folded."""
    for path in paths:
        for found in every(element, path):
            value = " ".join((found.text or "").split())
            if value:
                return value
    return ""


def amount(value: str) -> str:
    """A decimal in normal form with at least two places; text that is no number stays as it is."""
    try:
        number = Decimal(value.replace(" ", "").replace("\u00a0", ""))
    except InvalidOperation:
        return value
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return value
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent > -2:
        number = number.quantize(Decimal("0.01"))
    return f"{number:f}"


_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?$")
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:Z|[+-]\d{2}:\d{2})?$")


def iso(value: str) -> str:
    """A date or moment in ISO 8601, of an ISO or compact (`20200331`, `202003311232`) one; else ''."""
    value = value.strip()
    found = _COMPACT.match(value) or _ISO_DAY.match(value)
    if found is None:
        return value if re.match(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", value) else ""
    try:
        day = date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        return ""
    if found.re is _COMPACT and found[4]:
        return f"{day}T{found[4]}:{found[5]}" + (f":{found[6]}" if found[6] else "")
    return day


def tax_number(value: str) -> str:
    """A tax number; Polish ones lose their country prefix and separators."""
    bare = re.sub(r"[\s-]", "", value).upper()
    found = re.fullmatch(r"(?:PL)?(\d{10})", bare)
    return found[1] if found else value.strip()


def filled(fields: dict[str, str]) -> dict[str, str]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value}
