"""Plain text, Markdown, logs, tables of text (CSV): media types `text/plain` and `text/csv`."""

import contextlib
import csv
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ingest.extract.charset import decode
from ingest.extract.context import ReadContext
from ingest.extract.fhir import fhir_facts, write_fhir
from ingest.extract.instrument import instrument_facts, rows_of
from ingest.extract.journal import (
    Entry,
    entries_of_export,
    entries_of_json,
    journal_facts,
)
from ingest.extract.lab_words import is_polish
from ingest.extract.layout import MAX_LINE, Lines, aligned, reading, split_lines
from ingest.extract.logs import log_facts
from ingest.identify.text import is_journal
from ingest.model import Reading, Refusal, Structured

MAX_BYTES: Final = 64 * 1024**2
#: What is shown of a longer text, in characters.
_SHOWN: Final = 8_000_000
_MOST_ROWS: Final = 40_000
_MOST_CELLS: Final = 400
_JUDGED_ROWS: Final = 60
_DELIMITERS: Final = (",", ";", "\t", "|")


def extract(path: Path, media_type: str, context: ReadContext) -> Reading | Refusal:
    """Read a text file of any kind; logs and instrument exports also yield fields."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        return Refusal("too_large", {"size": size, "limit": MAX_BYTES})
    data = path.read_bytes()
    if is_journal(data[:8000]):
        return _journal(entries_of_export(data), media_type, context)
    decoded = decode(data)
    lines = Lines(flags=set(decoded.flags))
    text = decoded.text
    if len(text) > _SHOWN:
        lines.flags.add("partly_read")
        text = text[:_SHOWN]
    ending = context.file_name.rpartition(".")[2].lower() if "." in context.file_name else ""
    written = split_lines(text)
    if text.lstrip().startswith("{") and (whole := _objects(written, media_type, context, lines)) is not None:
        return whole
    table = _table(text, lines.flags) if media_type == "text/csv" else None
    export = (
        None if ending == "md" else instrument_facts(table if table is not None else rows_of(written[:5000]))
    )
    structured = export
    if ending not in ("md", "csv", "tsv") and (export is None or export.domain == "lab"):
        structured = log_facts(written, ending) or export
    if table is not None:
        _write_table(table, lines)
        return reading(lines, media_type, context, reader="csv", structured=structured)
    if structured is not None and structured.doc_type == "system_log":
        _write_log(written, structured, lines)
        written = []
    for line in written:
        if line.startswith("\f"):
            lines.new_section()
        lines.add(line)
    return reading(lines, media_type, context, reader="text", structured=structured)


def _journal(entries: Sequence[Entry], media_type: str, context: ReadContext) -> Reading:
    lines = Lines()
    structured = journal_facts(entries)
    _write_log([entry.line() for entry in entries], structured, lines)
    return reading(lines, media_type, context, reader="journal", structured=structured)


def _write_log(written: Sequence[str], structured: Structured, lines: Lines) -> None:
    """A log as a paper: what it is of, then its lines."""
    polish = is_polish("".join(written[:200]))
    sheet = lines.sheet()
    sheet.add("Dziennik systemowy" if polish else "System log")
    named = (
        ("Usługa" if polish else "Service", "service"),
        ("Host", "host"),
        ("Od" if polish else "From", "period_start"),
        ("Do" if polish else "To", "period_end"),
        ("Wpisy" if polish else "Entries", "lines"),
        ("Błędy" if polish else "Errors", "errors"),
    )
    sheet.pairs((label, structured.fields.get(name, "")) for label, name in named)
    sheet.listing(written)


def _objects(written: Sequence[str], media_type: str, context: ReadContext, lines: Lines) -> Reading | None:
    """A file of one JSON object a line, if it is a journal or FHIR resources; None otherwise."""
    if entries := entries_of_json(written):
        return _journal(entries, media_type, context)
    if '"resourceType"' not in written[0]:
        return None
    try:
        resources = [json.loads(line) for line in written[:_MOST_ROWS] if line.strip()]
    except (ValueError, RecursionError):
        return None
    bundle = {"resourceType": "Bundle", "entry": [{"resource": r} for r in resources]}
    structured = fhir_facts(bundle)
    write_fhir(bundle, lines)
    lines.new_section()
    lines.extend(written)
    return reading(lines, media_type, context, reader="fhir", structured=structured)


def _table(text: str, flags: set[str]) -> list[list[str]]:
    """The rows of a delimited text, within bounds."""
    text = text.replace("\x00", "\\x00") if "\x00" in text else text
    if "\\x00" in text:
        flags.add("hidden_characters")
    body = text
    delimiter = ""
    if hint := re.match(r"sep=(.)\r?\n", text):
        delimiter, body = hint[1], text[hint.end() :]
    rows: list[list[str]] = []
    csv.field_size_limit(1_000_000)
    try:
        for row in csv.reader(io.StringIO(body, newline=""), delimiter=delimiter or delimiter_of(body)):
            if len(rows) >= _MOST_ROWS or len(row) > _MOST_CELLS:
                flags.add("partly_read")
            if len(rows) >= _MOST_ROWS:
                break
            rows.append([cell[:MAX_LINE] for cell in row[:_MOST_CELLS]])
    except csv.Error:
        flags.add("damaged")
        rows = [[line] for line in split_lines(body)[:_MOST_ROWS]]
    return rows


def delimiter_of(text: str) -> str:
    """The delimiter that gives the most rows the same number of cells, wide rows preferred.

    Rows are read as they would be with it, quotes and line ends in them included.
    """
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        widths = _widths(text[:100_000], delimiter)
        present = [w for w in widths if w > 1]
        if not present:
            continue
        usual = max(set(present), key=present.count)
        # A decimal comma is also even across rows; so many cells count for more than few.
        score = present.count(usual) / len(widths) * (1 + min(usual - 1, 20) / 10)
        if delimiter == "," and ";" in text and re.search(r"\d,\d\d?\"?;", text):
            score /= 2
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _widths(text: str, delimiter: str) -> list[int]:
    """Cells in each of the first rows that are not empty."""
    widths: list[int] = []
    with contextlib.suppress(csv.Error):
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if any(cell.strip() for cell in row):
                # Many a program ends its lines with delimiters of another kind.
                widths.append(max(at for at, cell in enumerate(row, 1) if cell.strip()))
            if len(widths) >= _JUDGED_ROWS:
                break
    return widths


def _write_table(rows: list[list[str]], lines: Lines) -> None:
    """Rows as aligned text, block by block: an empty row or a new width begins a block."""
    block: list[list[str]] = []
    for row in rows:
        empty = not any(cell.strip() for cell in row)
        if block and (empty or abs(len(row) - len(block[-1])) > 2 or len(block) >= 2000):
            lines.extend(aligned(block))
            block = []
        if empty:
            lines.add()
        else:
            block.append(row)
    lines.extend(aligned(block))
