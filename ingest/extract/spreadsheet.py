"""SpreadsheetML: the values of each sheet on pages of its own, as the sheet's program last computed them.

The parts are read directly rather than through openpyxl, which loads styles, charts and
external links that are not wanted here. Numbers formatted as dates are shown as dates
(ECMA-376 part 1, 18.8.30 and 18.17.4.1; both date systems).
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from ingest.extract.context import RefusalError
from ingest.extract.einvoice.paper import local
from ingest.extract.layout import Lines, aligned
from ingest.extract.zipguard import Package

_MOST_ROWS: Final = 20_000
_MOST_CELLS: Final = 256
_BUILT_IN_DATES: Final = frozenset([*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)])
_CELL: Final = re.compile(r"([A-Z]{1,3})(\d{1,7})$")


def write(package: Package, lines: Lines) -> None:
    """All sheets, hidden ones too, in the workbook's order. Refuses a package without a workbook."""
    book = package.xml("xl/workbook.xml")
    if book is None:
        raise RefusalError("damaged", detail="no workbook")
    strings = _strings(package)
    dates = _date_styles(package)
    epoch = datetime(1899, 12, 30)  # noqa: DTZ001 spreadsheets have no time zones
    if any(local(e) == "workbookPr" and e.get("date1904") in ("1", "true") for e in book):
        epoch = datetime(1904, 1, 1)  # noqa: DTZ001
    for title, part in _sheets(package, book):
        root = package.xml(part)
        if root is None:
            continue
        rows = list(_rows(root, strings, dates, epoch, lines))
        if not rows:
            continue
        lines.new_section()
        lines.add(title)
        lines.extend(aligned(rows))


def _sheets(package: Package, book: Any) -> Iterator[tuple[str, str]]:
    relations = package.xml("xl/_rels/workbook.xml.rels")
    targets = {r.get("Id"): r.get("Target") or "" for r in relations} if relations is not None else {}
    for sheet in book.iter():
        if local(sheet) == "sheet":
            key = next((v for k, v in sheet.attrib.items() if k.endswith("}id")), "")
            target = targets.get(key, "")
            yield sheet.get("name") or "", target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _strings(package: Package) -> list[str]:
    root = package.xml("xl/sharedStrings.xml")
    return [_text(item) for item in root if local(item) == "si"] if root is not None else []


def _text(item: Any) -> str:
    """The text of a string item or inline string, without phonetic guides."""
    return "".join(
        t.text or ""
        for t in item.iter()
        if local(t) == "t" and not any(local(a) == "rPh" for a in t.iterancestors())
    )


def _date_styles(package: Package) -> frozenset[int]:
    """Indexes of cell formats that show a number as a date or time."""
    root = package.xml("xl/styles.xml")
    if root is None:
        return frozenset()
    custom = {
        int(f.get("numFmtId") or 0): re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", f.get("formatCode") or "")
        for f in root.iter()
        if local(f) == "numFmt" and (f.get("numFmtId") or "").isdigit()
    }
    formats = next((e for e in root if local(e) == "cellXfs"), ())
    found = set()
    for index, form in enumerate(formats):
        number = form.get("numFmtId") or "0"
        code = int(number) if number.isdigit() else 0
        if code in _BUILT_IN_DATES or re.search(
            r"[dmyhs]", custom.get(code, "").lower().replace("general", "")
        ):
            found.add(index)
    return frozenset(found)


def _rows(
    root: Any, strings: list[str], dates: frozenset[int], epoch: datetime, lines: Lines
) -> Iterator[list[str]]:
    written = 0
    for row in root.iter():
        if local(row) != "row":
            continue
        cells: dict[int, str] = {}
        for position, cell in enumerate(c for c in row if local(c) == "c"):
            found = _CELL.match(cell.get("r") or "")
            column = _column(found[1]) if found else position
            if column >= _MOST_CELLS:
                lines.flags.add("partly_read")
                break
            if value := _value(cell, strings, dates, epoch):
                cells[column] = value
        if not cells:
            continue
        yield [cells.get(i, "") for i in range(max(cells) + 1)]
        written += 1
        if written >= _MOST_ROWS:
            lines.flags.add("partly_read")
            return


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _value(cell: Any, strings: list[str], dates: frozenset[int], epoch: datetime) -> str:
    kind = cell.get("t") or "n"
    if kind == "inlineStr":
        return _text(cell)
    raw = next((v.text or "" for v in cell if local(v) == "v"), "")
    if kind == "s":
        return strings[int(raw)] if raw.isdigit() and int(raw) < len(strings) else ""
    if kind == "b":
        return {"1": "TRUE", "0": "FALSE"}.get(raw, raw)
    style = cell.get("s") or ""
    if kind == "n" and raw and style.isdigit() and int(style) in dates:
        return _moment(raw, epoch)
    return _number(raw) if kind == "n" else raw


def _number(raw: str) -> str:
    """A number without the noise of binary fractions (`0.30000000000000004`)."""
    try:
        return f"{float(raw):.12g}" if len(raw) > 15 else raw
    except ValueError:
        return raw


def _moment(raw: str, epoch: datetime) -> str:
    try:
        days = float(raw)
        moment = epoch + timedelta(days=round(days * 86400) / 86400)
    except (ValueError, OverflowError):
        return raw
    if 0 <= days < 1:
        return moment.strftime("%H:%M:%S")
    midnight = (moment.hour, moment.minute, moment.second) == (0, 0, 0)
    return moment.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M:%S")
