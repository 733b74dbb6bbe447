"""Logs told by the grammar of their lines: time stamps, severities, services.

A file is a log where most of its lines begin with (or soon contain) a time stamp of
the forms that syslog (RFC 3164, RFC 5424), web servers (the common log format),
frameworks and containers write, or are JSON objects with a time in them.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from ingest.extract.log_makes import program_of
from ingest.model import Structured

_MONTHS: Final = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_MONTH: Final = "|".join(_MONTHS)
_ISO: Final = r"\d{4}[-/.]\d{2}[-/.]\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?|\d{2}:\d{2}:\d{2})"
_CLF: Final = rf"\d{{1,2}}[-/](?:{_MONTH})[-/]\d{{4}}[: ]\d{{2}}:\d{{2}}:\d{{2}}"
_BSD: Final = rf"(?:{_MONTH}) [ \d]\d (?:\d{{4}} )?\d{{2}}:\d{{2}}:\d{{2}}"
_GIN: Final = r"\d{4}/\d{2}/\d{2} - \d{2}:\d{2}:\d{2}"
_DMY: Final = r"\d{2}[./-]\d{2}[./-]\d{4}[ ,T]+\d{2}:\d{2}:\d{2}"
_STAMP: Final = re.compile(
    rf"{_ISO}|{_GIN}|{_CLF}|{_BSD}|{_DMY}|\b\d{{2}}:\d{{2}}:\d{{2}}[.,]\d{{3}}\b|\b1[5-9]\d{{8}}(?:\.\d+)?\b"
)
_SYSLOG: Final = re.compile(
    rf"^(?:<\d{{1,3}}>(?:1 )?)?(?:{_BSD}|{_ISO}\S*) +(?P<host>[\w.:-]+) +"
    r"(?P<app>[A-Za-z][\w./-]*?)(?:\[\d+\]:?|:) "
)
#: RFC 5424: priority, version, time, host, program, process, message.
_SYSLOG_5424: Final = re.compile(
    rf"^<(?P<pri>\d{{1,3}})>1 (?:{_ISO}\S*|-) (?P<host>\S+) (?P<app>\S+) \S+ \S+ "
)
_PRIORITY: Final = re.compile(r"^<(\d{1,3})>")
_RANK_OF_PRIORITY: Final = (5, 5, 5, 4, 3, 2, 1, 0)
_SEVERITY: Final = re.compile(
    r"\b(EMERG(?:ENCY)?|ALERT|CRIT(?:ICAL)?|FATAL|PANIC|SEVERE|ERR(?:OR)?|WARN(?:ING)?|NOTICE|INFO(?:RMATION)?|DEBUG|TRACE"
    r"|BŁĄD|OSTRZEŻENIE)\b",
    re.IGNORECASE,
)
_RANK: Final = {
    "cri": 5,
    "fat": 5,
    "eme": 5,
    "ale": 5,
    "pan": 5,
    "sev": 4,
    "err": 4,
    "błą": 4,
    "war": 3,
    "ost": 3,
    "not": 2,
    "inf": 1,
    "deb": 0,
    "tra": 0,
}
_RANK_NAME: Final = ("debug", "info", "notice", "warning", "error", "critical")
_TIME_KEYS: Final = frozenset(
    [
        "time",
        "timestamp",
        "@timestamp",
        "ts",
        "t",
        "date",
        "datetime",
        "eventtime",
        "timestamp_ns",
        "timecreated",
        "__realtime_timestamp",
        "_source_realtime_timestamp",
        "start_time",
    ]
)
_HEADER: Final = re.compile(r"^#(?:Version|Fields|Software|Date|separator|fields|path|open)\b")
_AUDIT: Final = re.compile(
    r"\btype=\w+ msg=audit\(\d{10}\.\d{3}:\d+\)|<Event xmlns=.{0,80}events/event|\bLEEF:\d|\bCEF:\d\|"
)
_LOOKED_AT: Final = 400


def log_facts(lines: Sequence[str], file_ending: str = "") -> Structured | None:
    """What a log says of itself, or None if these lines are no log.

    Fields: `lines` (with something on them), `service`, `host`, `date` (of the first
    entry, where it has a year), `errors` (entries of severity error or worse), `severity`.
    """
    written = [line for line in lines if line.strip()]
    if not written:
        return None
    sample = written[:_LOOKED_AT]
    entries = sum(1 for line in sample if _is_entry(line))
    least = 0.3 if file_ending == "log" else 0.6
    if file_ending != "log" and sum(1 for line in sample if line.count("\t") >= 4) * 2 > len(sample):
        return None  # a table with a column of times
    # A long entry may run over many lines (stack traces, SQL); the name then decides.
    named = file_ending == "log" and _is_entry(sample[0])
    enough = entries / len(sample) >= least and (len(written) >= 3 or file_ending == "log")
    if entries == 0 or not (enough or named):
        return None
    fields = {"lines": str(len(written))}
    services, hosts = Counter[str](), Counter[str]()
    errors, worst = 0, -1
    for line in written:
        if found := _SYSLOG_5424.match(line) or _SYSLOG.match(line):
            services[
                found["app"].rsplit("/", 1)[0] if found["app"].startswith("postfix") else found["app"]
            ] += 1
            hosts[found["host"]] += 1
        if stated := _PRIORITY.match(line):  # the program's own word on how grave it is
            rank = _RANK_OF_PRIORITY[int(stated[1]) % 8]
            errors += rank >= 4
            worst = max(worst, rank)
        elif severity := _SEVERITY.search(line[:400]):
            rank = _RANK.get(severity[1][:3].lower(), -1)
            errors += rank >= 4
            worst = max(worst, rank)
    if services and services.most_common(1)[0][1] * 2 >= len(sample) * least:
        fields["service"] = services.most_common(1)[0][0]
        fields["host"] = hosts.most_common(1)[0][0]
    if program := program_of(sample, fields.get("service")):
        fields["service"] = program
    if moment := _first_day(sample):
        fields["date"] = moment
    if worst >= 0:
        fields["severity"], fields["errors"] = _RANK_NAME[worst], str(errors)
    return Structured("log", "log", fields, domain="it", doc_type="system_log")


def _is_entry(line: str) -> bool:
    start = line.lstrip()
    if start.startswith("{"):
        return _json_entry(start)
    return bool(_STAMP.search(line[:160]) or _HEADER.match(line) or _AUDIT.search(line[:400]))


def _json_entry(line: str) -> bool:
    try:
        entry = json.loads(line[:100_000])
    except (ValueError, RecursionError):
        return _STAMP.search(line[:400]) is not None
    return isinstance(entry, dict) and any(k.lower() in _TIME_KEYS for k in entry)


def _first_day(lines: Sequence[str]) -> str | None:
    for line in lines[:20]:
        if found := re.search(r"\b(20\d\d|19\d\d)[-/.](\d\d)[-/.](\d\d)", line[:400]):
            year, month, day = found[1], found[2], found[3]
        elif found := re.search(rf"\b(\d{{1,2}})[-/]({_MONTH})[-/](\d{{4}})", line[:400]):
            year, month, day = found[3], f"{_MONTHS.index(found[2]) + 1:02d}", found[1].zfill(2)
        else:
            continue
        if "01" <= month <= "12" and "01" <= day <= "31":
            return f"{year}-{month}-{day}"
    return None
