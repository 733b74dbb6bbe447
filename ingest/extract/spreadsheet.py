"""SpreadsheetML: the values of each sheet on pages of its own, as the sheet's program last computed them.

The parts are read directly rather than through openpyxl, which loads styles, charts and
external links that are not wanted here. Numbers formatted as dates are shown as dates
(ECMA-376 part 1, 18.8.30 and 18.17.4.1; both date systems).
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from ingest.extract.cellformat import BUILT_IN, EPOCH, EPOCH_1904, shown
from ingest.extract.context import RefusalError
from ingest.extract.einvoice.paper import local
from ingest.extract.layout import Lines
from ingest.extract.zipguard import Package

_MOST_ROWS: Final = 20_000
_MOST_CELLS: Final = 256
_MARGIN_CODE: Final = re.compile(r'&&|&"[^"]*"|&K[0-9A-Fa-f]{6}|&\d{1,3}|&[A-Z]', re.IGNORECASE)
_CELL: Final = re.compile(r"([A-Z]{1,3})(\d{1,7})$")


def write(package: Package, lines: Lines) -> None:
    """All sheets, hidden ones too, in the workbook's order. Refuses a package without a workbook."""
    book = package.xml("xl/workbook.xml")
    if book is None:
        raise RefusalError("damaged", detail="no workbook")
    strings = _strings(package)
    formats = _formats(package)
    epoch = EPOCH
    if any(local(e) == "workbookPr" and e.get("date1904") in ("1", "true") for e in book):
        epoch = EPOCH_1904
    for title, part in _sheets(package, book):
        root = package.xml(part)
        if root is None:
            continue
        rows = list(_rows(root, strings, formats, epoch, lines))
        head, foot = _margins(root)
        beside = list(_beside(package, part))
        if not rows and not beside and not head and not foot:
            continue
        lines.new_section()
        lines.add(title)
        lines.extend(head)
        lines.sheet_of_cells(title, rows)
        lines.extend(beside)
        lines.extend(foot)


def _sheets(package: Package, book: Any) -> Iterator[tuple[str, str]]:
    relations = package.xml("xl/_rels/workbook.xml.rels")
    targets = {r.get("Id"): r.get("Target") or "" for r in relations} if relations is not None else {}
    for sheet in book.iter():
        if local(sheet) == "sheet":
            key = next((v for k, v in sheet.attrib.items() if k.endswith("}id")), "")
            target = targets.get(key, "")
            yield sheet.get("name") or "", target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _margins(sheet: Any) -> tuple[list[str], list[str]]:
    """What is printed above and below each page, without codes for fonts and page numbers (18.3.1.46)."""
    found: dict[str, list[str]] = {"Header": [], "Footer": []}
    for part in next((e for e in sheet if local(e) == "headerFooter"), ()):
        for kind, texts in found.items():
            if local(part).endswith(kind):
                text = _MARGIN_CODE.sub(lambda m: "&" if m[0] == "&&" else " ", part.text or "")
                if (text := " ".join(text.split())) and text not in texts:
                    texts.append(text)
    return found["Header"], found["Footer"]


def _beside(package: Package, part: str) -> Iterator[str]:
    """Texts that lie on a sheet and in no cell: notes, threads of comments, shapes with text."""
    for kind, target in package.related(part):
        root = package.xml(target) if kind in ("comments", "threadedComment", "drawing") else None
        if root is None:
            continue
        if kind == "drawing":
            paragraphs = [e for e in root.iter() if local(e) == "p"]
        else:
            paragraphs = [e for e in root.iter() if local(e) in ("comment", "threadedComment")]
        for paragraph in paragraphs:
            text = "".join(t.text or "" for t in paragraph.iter() if local(t) in ("t", "text"))
            yield from filter(None, text.strip().split("\n"))


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


def _formats(package: Package) -> list[str]:
    """The format code of each cell format, by its index."""
    root = package.xml("xl/styles.xml")
    if root is None:
        return []
    custom = {f.get("numFmtId"): f.get("formatCode") or "" for f in root.iter() if local(f) == "numFmt"}
    found = []
    for form in next((e for e in root if local(e) == "cellXfs"), ()):
        number = form.get("numFmtId") or "0"
        code = custom.get(number)
        found.append(
            code if code is not None else BUILT_IN.get(int(number) if number.isdigit() else 0, "General")
        )
    return found


def _rows(
    root: Any, strings: list[str], formats: list[str], epoch: datetime, lines: Lines
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
            if value := _value(cell, strings, formats, epoch):
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


def _value(cell: Any, strings: list[str], formats: list[str], epoch: datetime) -> str:
    kind = cell.get("t") or "n"
    if kind == "inlineStr":
        return _text(cell)
    raw = next((v.text or "" for v in cell if local(v) == "v"), "")
    if kind == "s":
        return strings[int(raw)] if raw.isdigit() and int(raw) < len(strings) else ""
    if kind == "b":
        return {"1": "TRUE", "0": "FALSE"}.get(raw, raw)
    if kind != "n" or not raw:
        return raw
    style = cell.get("s") or "0"
    code = formats[int(style)] if style.isdigit() and int(style) < len(formats) else "General"
    try:
        return shown(float(raw), code, epoch)
    except ValueError:
        return raw
