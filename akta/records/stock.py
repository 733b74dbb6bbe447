"""How many records and bytes each domain holds, counted now and then and read from a file.

No index adds up bytes, so a page that asked the database would look at every record. The upkeep counts in
steps that are short transactions, and only when something has changed; pages show the last count.
Groups are those by which somebody may see a record, so that everybody is told of what is theirs to see.
"""

import json
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from akta.access.principal import Principal
from akta.access.roles import UNFILED, Right
from akta.audit.models import AuditHead
from akta.db.engine import Database
from akta.records.models import Record

_AT_ONCE = 20_000
_SOONEST = timedelta(minutes=2)
#: A count may take this share of the time, so a large archive is counted less often.
_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Group:
    """Records of a domain and level; `restricted`: only officers see them. `size` is in bytes."""

    domain: str
    level: int
    restricted: bool
    records: int
    size: int


@dataclass(frozen=True, slots=True)
class Stock:
    """What was there at a moment. `seq` is the audit log's last number then; `took` is in seconds."""

    at: datetime
    seq: int
    took: float
    groups: tuple[Group, ...]


def stock_file(home: Path) -> Path:
    """Where the last count of an archive lies."""
    return home / "run" / "stock.json"


def count_stock(database: Database, now: datetime, at_once: int = _AT_ONCE) -> Stock:
    """Count all records that are not destroyed, `at_once` in a transaction."""
    begun = time.monotonic()
    with database.read() as session:
        seq = session.scalar(select(AuditHead.seq)) or 0
    records: Counter[tuple[str, int, bool]] = Counter()
    sizes: Counter[tuple[str, int, bool]] = Counter()
    last = ""
    while True:
        part = (
            select(
                Record.id, Record.state, Record.domain, Record.confidentiality, Record.restricted, Record.size
            )
            .where(Record.id > last)
            .order_by(Record.id)
            .limit(at_once)
            .subquery()
        )
        columns = (part.c.domain, part.c.confidentiality, part.c.restricted, part.c.state == "destroyed")
        counted = select(*columns, func.count(), func.sum(part.c.size), func.max(part.c.id)).group_by(
            *columns
        )
        with database.read() as session:
            rows = session.execute(counted).all()
        if not rows:
            break
        for domain, level, restricted, destroyed, count, size, _ in rows:
            if not destroyed:
                key = (domain or UNFILED, level, bool(restricted))
                records[key] += count
                sizes[key] += int(size)
        last = max(row[6] for row in rows)
    groups = tuple(Group(*key, records[key], sizes[key]) for key in sorted(records))
    return Stock(now, seq, time.monotonic() - begun, groups)


def keep_stock(database: Database, file: Path, now: datetime) -> bool:
    """Count again if something has changed and the last count is old enough; whether it was counted."""
    last = read_stock(file)
    if last is not None:
        pause = max(_SOONEST, timedelta(seconds=last.took / _SHARE))
        with database.read() as session:
            seq = session.scalar(select(AuditHead.seq)) or 0
        if seq == last.seq or now - last.at < pause:
            return False
    stock = count_stock(database, now)
    told = {
        "at": stock.at.isoformat(),
        "seq": stock.seq,
        "took": stock.took,
        "groups": [[g.domain, g.level, g.restricted, g.records, g.size] for g in stock.groups],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(told), "utf-8")
    draft.replace(file)
    return True


def read_stock(file: Path) -> Stock | None:
    """The last count; None before the first one, or if the file makes no sense."""
    try:
        told = json.loads(file.read_text("utf-8"))
        groups = tuple(Group(*group) for group in told["groups"])
        return Stock(datetime.fromisoformat(told["at"]), int(told["seq"]), float(told["took"]), groups)
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def stock_of(stock: Stock, principal: Principal) -> dict[str, tuple[int, int]]:
    """Records and bytes by domain of what somebody may see by their grants; all for who runs the system."""
    found: dict[str, tuple[int, int]] = {}
    for group in stock.groups:
        granted = principal.may(Right.READ) and principal.levels.get(group.domain, 0) >= group.level
        if principal.may(Right.SYSTEM) or (granted and (principal.sees_restricted or not group.restricted)):
            records, size = found.get(group.domain, (0, 0))
            found[group.domain] = (records + group.records, size + group.size)
    return found
