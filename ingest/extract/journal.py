"""The journal of systemd: its export format and its JSON lines, as entries that people read.

The export format (systemd's JOURNAL_EXPORT_FORMATS) is a block of `NAME=value` lines for each
entry, blocks parted by an empty line; a value with control characters follows its name on the
next line after eight bytes of length. Bytes are parsed here, not text, because of those.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from ingest.model import Structured

_MOST: Final = 200_000
_LONGEST: Final = 20_000
#: Priorities of syslog (RFC 5424, 6.2.1), 0 to 7.
SEVERITIES: Final = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")
#: From this priority down (smaller is worse) an entry is an error.
_ERROR: Final = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: `time` in ISO 8601 (UTC), `priority` 0 (worst) to 7, or None where it has none."""

    time: str
    host: str
    service: str
    priority: int | None
    message: str

    def line(self) -> str:
        """The entry as `journalctl` shows it, with its severity where it is worse than informational."""
        worse = (
            f"{SEVERITIES[self.priority].upper()} " if self.priority is not None and self.priority < 5 else ""
        )
        return f"{self.time} {self.host} {self.service}: {worse}{self.message}"


def entries_of_export(data: bytes) -> list[Entry]:
    """The entries of a journal in export format; what is cut off at the end is left out."""
    out: list[Entry] = []
    fields: dict[str, str] = {}
    at, end = 0, len(data)
    while at < end and len(out) < _MOST:
        stop = data.find(b"\n", at)
        stop = end if stop < 0 else stop
        line = data[at:stop].rstrip(b"\r")
        at = stop + 1
        if not line:
            if fields:
                out.append(_entry(fields))
                fields = {}
            continue
        name, mark, value = line.partition(b"=")
        if not mark:
            size = int.from_bytes(data[at : at + 8], "little")
            if at + 8 + size > end:
                break
            value = data[at + 8 : at + 8 + size]
            at += 8 + size + 1
        if name.replace(b"_", b"").isalnum() and len(name) <= 64:
            fields.setdefault(name.decode("ascii", "replace"), value[:_LONGEST].decode("utf-8", "replace"))
    if fields and len(out) < _MOST:
        out.append(_entry(fields))
    return out


def entries_of_json(lines: Sequence[str]) -> list[Entry]:
    """The entries of a journal as JSON, one object a line; none if it is another kind of JSON log."""
    return list(_from_json(lines))


def _from_json(lines: Sequence[str]) -> Iterator[Entry]:
    for count, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            found = json.loads(line[:1_000_000])
        except (ValueError, RecursionError):
            continue
        if not isinstance(found, dict) or "__REALTIME_TIMESTAMP" not in found:
            if count > 20:
                continue
            return
        yield _entry({str(k): _shown(v) for k, v in found.items()})


def _shown(value: Any) -> str:
    """A value of the JSON form: text, or the bytes of text that is no UTF-8 as a list of numbers."""
    if isinstance(value, str):
        return value[:_LONGEST]
    if isinstance(value, list) and all(isinstance(v, int) and 0 <= v < 256 for v in value[:_LONGEST]):
        return bytes(value[:_LONGEST]).decode("utf-8", "replace")
    return "" if value is None else str(value)[:_LONGEST]


def _entry(fields: dict[str, str]) -> Entry:
    stamp, priority = fields.get("__REALTIME_TIMESTAMP", ""), fields.get("PRIORITY", "")
    moment = ""
    if stamp.isascii() and stamp.isdigit() and len(stamp) <= 17:  # microseconds since 1970, to the year 5138
        moment = datetime.fromtimestamp(int(stamp) // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    service = fields.get("SYSLOG_IDENTIFIER") or fields.get("_SYSTEMD_UNIT") or fields.get("_COMM", "")
    return Entry(
        moment,
        fields.get("_HOSTNAME", ""),
        service,
        int(priority) if priority in set("01234567") and priority else None,
        " ".join(fields.get("MESSAGE", "").split()),
    )


def journal_facts(entries: Sequence[Entry]) -> Structured:
    """What a journal says of itself, in the fields that other logs have."""
    services = Counter(e.service for e in entries if e.service)
    hosts = Counter(e.host for e in entries if e.host)
    priorities = [e.priority for e in entries if e.priority is not None]
    times = [e.time for e in entries if e.time]
    fields = {
        "syntax": "journald",
        "lines": str(len(entries)),
        "service": services.most_common(1)[0][0] if services else "",
        "host": hosts.most_common(1)[0][0] if hosts else "",
        "date": times[0][:10] if times else "",
        "period_start": times[0] if times else "",
        "period_end": times[-1] if times else "",
        "errors": str(sum(p <= _ERROR for p in priorities)) if priorities else "",
        "severity": SEVERITIES[min(priorities)] if priorities else "",
    }
    return Structured("journald", "log", {k: v for k, v in fields.items() if v}, "it", "system_log")
