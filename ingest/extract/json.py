"""JSON as indented lines; FHIR laboratory resources also yield fields. Media type `application/json`."""

import json
from pathlib import Path
from typing import Any, Final

from ingest.extract.charset import decode
from ingest.extract.context import ReadContext
from ingest.extract.fhir import fhir_facts, write_fhir
from ingest.extract.layout import Lines, reading, split_lines
from ingest.extract.logs import log_facts
from ingest.model import Reading, Refusal, Structured

MAX_BYTES: Final = 32 * 1024**2
_DEEPEST: Final = 60
_MOST_LINES: Final = 40_000


def extract(path: Path, media_type: str, context: ReadContext) -> Reading | Refusal:
    """Read a JSON file. One that cannot be parsed, or is nested too deep, is shown as text and flagged."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        return Refusal("too_large", {"size": size, "limit": MAX_BYTES})
    decoded = decode(path.read_bytes())
    lines = Lines(flags=set(decoded.flags))
    try:
        value = json.loads(decoded.text)
    except (ValueError, RecursionError):
        lines.flags.add("damaged")
        lines.extend(split_lines(decoded.text))
        return reading(lines, media_type, context, reader="json")
    structured = fhir_facts(value)
    if structured is None:
        structured = _log(value, context.file_name)
    else:
        write_fhir(value, lines)
        lines.new_section()
    _write(value, lines)
    return reading(lines, media_type, context, reader="json", structured=structured)


def _log(value: Any, file_name: str) -> Structured | None:
    """Facts of a log kept as JSON: an array of entries, or one entry in a file named as a log."""
    named = file_name.lower().endswith(".log")
    entries = value if isinstance(value, list) else [value] if named else []
    written = [json.dumps(e, ensure_ascii=False) for e in entries[:_MOST_LINES] if isinstance(e, dict)]
    return log_facts(written, "log" if named else "json") if written else None


def _write(value: Any, lines: Lines) -> None:
    """Names and values, one a line, indented by depth."""
    stack: list[tuple[str, Any, int]] = [("", value, 0)]
    written = 0
    while stack:
        name, item, depth = stack.pop()
        if written >= _MOST_LINES:
            lines.flags.add("partly_read")
            return
        written += 1
        margin = "  " * min(depth, 20)
        label = f"{name}: " if name else ""
        inner: list[tuple[str, Any, int]] = []
        if isinstance(item, dict):
            inner = [(str(k), v, depth + 1) for k, v in item.items()]
        elif isinstance(item, list):
            inner = [("-" if isinstance(v, dict | list) else "", v, depth + 1) for v in item]
        if not inner:
            shown = "" if item in ([], {}) else item if isinstance(item, str) else json.dumps(item)
            for at, part in enumerate(split_lines(shown)):
                lines.add(margin + (label if at == 0 else "  ") + part)
        elif depth >= _DEEPEST:
            lines.flags.add("partly_read")
            lines.add(f"{margin}{label}…")
        else:
            if name:
                lines.add(f"{margin}{label}".rstrip())
            stack.extend(reversed(inner))
