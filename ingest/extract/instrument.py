"""Exports of laboratory instruments: what their headers say of the run.

Every maker has its own layout, but nearly all write labels with values beside them
(`Software Version<tab>3.12.08`, `"SN","SERIAL_12345"`, `* Instrument Type = ...`) or
columns headed `User ID`, `Date`, `Serial No`. Both are harvested by their labels, in
the file's order; the first value wins. Measurements are counted where they are told
beyond doubt (`ingest.extract.instrument_counts`).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from ingest.extract.instrument_counts import measurements
from ingest.extract.instrument_makes import make_of, unmistakable
from ingest.model import Structured

_LABELS: Final = {
    "software": (
        "software",
        "software name",
        "application name",
        "program",
        "acquisition software",
        "program name",
        "exported with",
        "product",
    ),
    "software_version": (
        "software version",
        "application version",
        "version",
        "build",
        "software revision",
        "firmware version",
        "program version",
        "instrument software version",
        "sw version",
        "application sw version",
    ),
    "serial_number": (
        "serial number",
        "serial no",
        "serial",
        "sn",
        "instrument serial number",
        "reader serial number",
        "serial num",
        "instrument serial no",
        "unit serial number",
        "device serial number",
        "cycler serial number",
        "analyzer serial number",
        "sensor serial number",
        "instrument sn",
        "unit s/n",
        "serial #",
        "machine id",
        "instrument s/n",
    ),
    "analyst": (
        "operator",
        "user",
        "user name",
        "username",
        "user id",
        "analyst",
        "logged in user",
        "run by",
        "operator name",
        "read by",
        "created by",
        "technician",
        "signed by",
        "authenticated user",
        "analysis by",
        "test performed by",
        "performed by",
        "measured by",
        "saved by",
    ),
    "model": (
        "instrument type",
        "model",
        "instrument model",
        "reader type",
        "device type",
        "analyzer type",
        "sensor model",
    ),
    # What the laboratory calls its instrument; it stands for the model where none is told.
    "called": ("reader", "instrument", "device", "device name", "instrument name", "instrument id"),
    "manufacturer": ("manufacturer", "vendor", "make"),
    # Told rather than counted.
    "measurements": ("no of runs", "number of runs", "number of measurements"),
    "date": (
        "date",
        "run date",
        "measurement date",
        "date time",
        "read time",
        "experiment run end time",
        "started",
        "run date time",
        "test date",
        "start time",
        "analysis date",
        "date of measurement",
        "counted",
        "measurement started",
        "read date",
        "plate read date",
        "acquisition date",
        "run start time",
        "date of test",
        "batchstarttime",
        "experiment started",
        "measured",
        "run started",
        "analysis date time",
        "assay start time",
        "datetime",
        "measurement date time",
        "run start date",
        "time stamp",
        "date/time",
        "experiment run end time utc",
        "analysis date/time",
        "sample date/time",
        "sample date",
        "date finished",
        "run start date/time",
        "run end date/time",
    ),
}
#: What a bare date may be of (the export, the file) and what says when it was measured.
_ANY_DATE: Final = frozenset(("date", "date time", "datetime", "time stamp"))
_BEGUN: Final = frozenset(
    (
        *("batchstarttime", "run start time", "run start date", "run start date/time", "read time"),
        *("measurement started", "experiment started", "assay start time", "run started"),
    )
)
_FIELD_OF: Final = {label: name for name, labels in _LABELS.items() for label in labels}
_PAIR: Final = re.compile(r"^[*#;\s]*([A-Za-z][\w /()._-]{1,40}?)\s*(?:[:=]|\t|,(?=\S))\s*(.+)$")
_SPLIT: Final = re.compile(r"\t|;|,(?=\S|$)")
#: Words of measuring; two different ones are the least that an export of measurements has.
_SIGNS: Final = re.compile(
    r"\b(?:well|wells|plate|wavelength|absorbance|fluorescence|luminescence|sample\s*id|sample name|viability"
    r"|cells?/ml|concentration|conc\.|\d+ ?nm|rfu|dilution|replicate|nucleic acid|abs\."
    r"|ct|assay|od600|chamber|target|cq|dye|peak)(?!\w)",
    re.IGNORECASE,
)
_HANDLING: Final = re.compile(
    r"\b(?:aspirate|dispense|labware|transfer volume|destination well)\b", re.IGNORECASE
)
_MOMENTS: Final = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d-%b-%Y %H:%M:%S",
    "%a %b %d %H:%M:%S %Y",
    "%m-%d-%Y %I:%M:%S %p",
    "%d %b %Y %H:%M:%S",
    "%d %b %Y %I:%M:%S %p",
    "%Y%m%d %H%M%S",
    "%Y-%m-%d %I:%M:%S %p",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%y %H:%M",
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%Y/%m/%d",
    "%d-%b-%Y",
    "%d/%m/%Y",
)
_LOOKED_AT: Final = 3000
_HEAD_ROWS, _FOOT_ROWS = 150, 40
#: What stands where nothing was entered.
_NOTHING: Final = frozenset(
    ("na", "n/a", "none", "null", "unknown", "nan", "type", "name", "id", "number", "value")
)
#: Serial numbers of C.T.L. begin with the model.
_CTL: Final = re.compile(r"(S\d[A-Z]+)-\d\d-\d+$")
#: Accounts that are called by what else is a label.
_ANYBODY: Final = frozenset(("user", "operator"))
_A_LABEL: Final = re.compile(r"^date |\b(?:date|name|number|type|id|time)$")
_NAMED_VERSION: Final = re.compile(r"([A-Za-z][A-Za-z ._-]*?)\s+v?(\d+(?:\.\d+)+)$")


def instrument_facts(rows: Sequence[Sequence[str]]) -> Structured | None:
    """What an export says of its run, from its rows of cells; None if it does not look like one.

    Two different words of measuring are asked for at least, and three signs with the header's labels.
    """
    found: dict[str, str] = {}
    times: list[str] = []
    signs: set[str] = set()
    robot: set[str] = set()
    for number, row in enumerate(rows[:_LOOKED_AT]):
        cells = [" ".join(str(c).split()) for c in row]
        if number < 400:
            signs.update(m[0].lower() for c in cells for m in _SIGNS.finditer(c[:80]))
            _harvest(cells, found, times)
            robot.update(m[0].lower() for c in cells for m in _HANDLING.finditer(c[:80]))
    _columns(rows, found)
    _settle(rows, found)
    make = make_of(_head(rows))
    found.pop("dated by", None)
    moment = moment_of(found.pop("date", ""), times[0] if times else "")
    if moment:
        found["date"] = moment
    told = len({"serial_number", "software_version", "model", "software", "analyst"} & found.keys())
    known = unmistakable(make) or ("software" in make and bool(signs))
    if len(robot) < 2 and not known and (len(signs) < 2 or told + len(signs) < 3):
        return None
    found = make | found
    count = 0 if "measurements" in found else measurements(rows, known=known)
    if count:
        found["measurements"] = str(count)
    if (
        len(robot) > 1 or found.get("technique") == "liquid handler"
    ):  # a robot's record of moving liquids measures nothing
        return Structured("instrument export", "log", found, "it", "equipment_log")
    return Structured("instrument export", "instrument", found, "lab", "instrument_result")


def _head(rows: Sequence[Sequence[str]]) -> str:
    """The first lines, and the last ones, where some programs sign."""
    looked_at = (*rows[:_HEAD_ROWS], *rows[_HEAD_ROWS:][-_FOOT_ROWS:])
    lines = ("\t".join(" ".join(str(c).split()) for c in row).strip("\t") for row in looked_at)
    return "\n".join(line[:1000] for line in lines if line)


def _settle(rows: Sequence[Sequence[str]], found: dict[str, str]) -> None:
    """What labels leave open: names with their version, the line of a CEDEX archive, a name for a model."""
    if named := _NAMED_VERSION.fullmatch(found.get("software_version", "")):
        found.setdefault("software", named[1])
        found["software_version"] = named[2]
    for row in rows[:3]:
        cells = [str(c).strip() for c in row]
        if "#ARC-FILE#" in cells and len(cells) >= 10:  # when, what, from, to, device, serial, version, who
            values = dict(
                zip(("model", "serial_number", "software_version", "analyst"), cells[6:10], strict=True)
            )
            found.update({**values, "date": cells[1]})
    if numbered := re.fullmatch(r"(?i)(iris|astor)\s+(\d+)", found.get("serial_number", "")):
        found["serial_number"] = numbered[2]  # Mabtech: the model and which of them
    called = found.pop("called", "")
    if re.fullmatch(r"\d{5,}", called):
        found.setdefault("serial_number", called)
    if called:
        found.setdefault("model", called)
    if told := _CTL.match(found.get("serial_number", "")):
        found.setdefault("model", told[1])


def _harvest(cells: list[str], found: dict[str, str], times: list[str]) -> None:
    """Labels and values of one row: a cell with a separator in it, or a cell beside its label."""
    filled = [c for c in cells if c]
    if not filled or len(filled) > 8:
        return
    pairs: list[tuple[str, str]] = []
    if len(filled) >= 2:
        pairs.append((filled[0], " ".join(filled[1:3]) if _is_date(filled[0]) else filled[1]))
    pairs.extend(_beside(cells))
    for at in range(len(filled) - 2):
        if filled[at + 1] in (":", "="):
            pairs.append((filled[at], filled[at + 2]))
    for cell in filled[:3]:
        if match := _PAIR.match(cell):
            pairs.append((match[1], match[2]))
    for label, written in pairs:
        key = _key(label)
        value = re.sub(r"(?i)^s/n:?\s*", "", written.strip().strip('"').strip())
        if key == "time" and re.match(r"\d{1,2}:\d{2}", value):
            times.append(value)
        name = _FIELD_OF.get(key)
        if key == "program" and len(filled) > 2:  # of Luminex: the program and then what it runs on
            found.setdefault("model", filled[2])
        if not name or not value or len(value) > 120 or not _fits(name, value):
            continue
        better = name == "date" and key in _BEGUN and found.get("dated by", "") in _ANY_DATE
        if name not in found or better:
            found[name] = value
            if name == "date":
                found["dated by"] = key


def _beside(cells: list[str]) -> Iterator[tuple[str, str]]:
    """Labels with a value beside them after an empty cell: forms of two columns on one sheet."""
    for at in range(2, len(cells) - 1):
        alone = not cells[at - 1] and (at + 2 >= len(cells) or not cells[at + 2])
        if alone and cells[at] and cells[at + 1]:
            yield cells[at], cells[at + 1]


def _is_date(label: str) -> bool:
    return _FIELD_OF.get(_key(label)) == "date"


def _key(label: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9/ ]+", " ", label.lower().replace("_", " ")).split())


def _fits(name: str, value: str) -> bool:
    if name == "date":
        return bool(moment_of(value))
    if name == "software_version":
        return any(c.isdigit() for c in value)
    if name == "measurements":
        return re.fullmatch(r"[1-9]\d{0,4}", value) is not None
    if name == "serial_number":
        return len(value) <= 60 and _key(value) not in _NOTHING
    if _key(value) in _NOTHING or (name in ("analyst", "manufacturer") and _A_LABEL.search(_key(value))):
        return False
    if name == "analyst" and _key(value) in _ANYBODY:
        return True
    return any(c.isalpha() for c in value) and _key(value) not in _FIELD_OF


def _columns(rows: Sequence[Sequence[str]], found: dict[str, str]) -> None:
    """Values under a column's head, where the head itself is a known label."""
    for number, row in enumerate(rows[:200]):
        names = [_FIELD_OF.get(_key(str(c))) for c in row]
        if sum(1 for c in row if str(c).strip()) < 5 or not any(names):
            continue
        for below in rows[number + 1 : number + 4]:
            for at, name in enumerate(names):
                value = str(below[at]).strip() if at < len(below) else ""
                if name and value and name not in found and len(value) <= 120 and _fits(name, value):
                    following = str(below[at + 1]).strip() if at + 1 < len(below) else ""
                    clock = name == "date" and re.match(r"\d{1,2}:\d{2}", following)
                    found[name] = f"{value} {following}" if clock else value
        return


def moment_of(value: str, clock: str = "") -> str:
    """ISO 8601 of a moment as instruments write it, or ''. Month first where both readings are possible."""
    bare = re.sub(r"\s+[A-Z]{2,4}$|\s*\(?[+-]\d{2}:?\d{2}\)?$|(?<=\d)Z$", "", value.strip())
    bare = bare if re.search(r"(?i) [ap]m$", value.strip()) is None else value.strip()
    # Some programs write a clock of 24 hours and still say AM or PM.
    bare = re.sub(r"(?i)(?<=[ T])((?:00|1[3-9]|2[0-3])(?::\d\d){1,2}) [ap]m$", r"\1", bare)
    bare = re.sub(r"(\d{2})\.\d+$", r"\1", bare)
    for text in (f"{bare} {clock}".strip(), bare) if clock else (bare,):
        for form in _MOMENTS:
            try:
                moment = datetime.strptime(text, form)  # noqa: DTZ007 instruments rarely write a zone
            except ValueError:
                continue
            return moment.isoformat() if "%H" in form or "%I" in form else moment.date().isoformat()
    return ""


def rows_of(lines: Iterable[str]) -> list[list[str]]:
    """Lines of text as rows of cells, for harvesting."""
    return [[c.strip().strip('"') for c in _SPLIT.split(line)] for line in lines]
