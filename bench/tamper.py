"""Tampering with the audit log, as somebody does who can write to the database: is every edit found?

    python -m bench.tamper [--edits 1000] [--entries 200] [--seed 1] [--url postgresql+psycopg://…]

Fills a log, anchors it on the way, and then, again and again: changes it in one of many ways inside a
transaction with the guards of the database taken off, has the verifier look, and rolls back. The attacker
knows the algorithms and every hash, has older signed heads (of a backup), and has no key and no hold over the
anchors. Prints one JSON object: how often each way was tried and found, and, apart from these, what nothing
can find and what would.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.orm import Session

from akta.audit.anchoring import Anchoring
from akta.audit.log import AuditLog
from akta.audit.verifying import check_log, read_known
from akta.bootstrap import alembic_config
from akta.db.engine import Database
from akta.kernel.clock import SystemClock
from bench.tamper_ways import COLUMNS, WAYS, Bed, delete, rewrite, set_head

_START = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)


def fill(database: Database, folder: Path, entries: int, seed: int) -> Bed:
    """A log of transactions of one to three entries, anchored now and then and at its end."""
    chance = random.Random(seed)
    audit = AuditLog(Ed25519PrivateKey.generate())
    anchoring = Anchoring(folder, audit, SystemClock())
    bed = Bed(database, audit, anchoring, chance)
    at, written = _START, 0
    while written < entries:
        with database.write() as session:
            for _ in range(min(chance.randint(1, 3), entries - written)):
                written += 1
                at += timedelta(seconds=chance.randint(1, 900))
                actor = f"user:{chance.choice('abcd')}"
                action = chance.choice(("record.read", "record.filed", "hold.placed", "record.destroyed"))
                audit.append(
                    session,
                    at=at,
                    actor=actor,
                    action=action,
                    subject=f"record:{chance.randint(1, 40)}",
                    details={"n": written, "why": "Żądanie §7"},
                )
        with database.read() as session:
            head = audit.head(session)
        assert head is not None
        bed.heads.append(head)
        if chance.random() < 0.1 or written >= entries:
            made = anchoring.now(database)
            assert made is not None
            bed.anchored = made.head.seq
    with database.read() as session:
        select = text(f"SELECT {', '.join(COLUMNS)} FROM audit_entries ORDER BY seq")
        bed.rows = [dict(row) for row in session.execute(select).mappings()]
    return bed


# -- looking -------------------------------------------------------------------


def problems_after(
    bed: Bed, act: Callable[[Bed, Session], None], anchoring: Anchoring | None = None
) -> list[str]:
    """What the verifier says after the act; then all is as it was. `anchoring`: anchors that were forged."""
    with Session(bed.database.engine) as session:
        session.connection(execution_options={"akta_write": True})
        _take_guards_off(bed.database, session)
        act(bed, session)
        known = read_known(anchoring or bed.anchoring, bed.audit.public_key)
        found = check_log(session, bed.audit.public_key, known).problems
        session.rollback()
    return found


def _take_guards_off(database: Database, session: Session) -> None:
    if database.dialect == "postgresql":
        session.execute(text("SET LOCAL session_replication_role = replica"))
        return
    for act in ("update", "delete"):
        session.execute(text(f"DROP TRIGGER audit_entries_no_{act}"))


def tamper(bed: Bed, edits: int) -> dict[str, dict[str, int]]:
    """Try each way as often; how often it was tried and found."""
    told = {way.__name__: {"tried": 0, "found": 0} for way in WAYS}
    for number in range(edits):
        way = WAYS[number % len(WAYS)]
        told[way.__name__]["tried"] += 1
        told[way.__name__]["found"] += bool(problems_after(bed, way))
    return told


def beyond(bed: Bed) -> dict[str, Any]:
    """What cannot be found, and what would: an end cut since the last anchor, and forging with the key."""
    with bed.database.write() as session:
        bed.audit.note(session, _START + timedelta(days=60), "user:a", "record.read", "record:1")
        bed.audit.note(session, _START + timedelta(days=60), "user:b", "record.destroyed", "record:1")
    head = next(head for head in bed.heads if head.seq == bed.anchored)

    def put_back(_: Bed, session: Session) -> None:
        delete(session, "seq > :n", n=head.seq)
        set_head(session, head.seq, head.hash, head.signature)

    def forge(bed: Bed, session: Session) -> None:
        rewrite(bed, session, 1, signer=bed.audit)

    found = bool(problems_after(bed, put_back))
    bed.anchoring.now(bed.database)
    seen = bool(problems_after(bed, put_back))
    nowhere = Anchoring(bed.anchoring.folder / "nothing", bed.audit, SystemClock())
    forged = bool(problems_after(bed, forge, nowhere))
    return {
        "cut back to the last anchor, with a head of then": {
            "found": found,
            "found once anchored": seen,
            "what would": "an anchor made since: one a minute while Akta runs, at every stop, and on demand",
        },
        "all rewritten by somebody with the key who reaches every anchor": {
            "found": forged,
            "found by an anchor he missed": bool(problems_after(bed, forge)),
            "what would": "a time stamp of an authority, kept elsewhere: he cannot make it again",
        },
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--edits", type=int, default=1000)
    parser.add_argument("--entries", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--url", help="an empty database; by default one of SQLite that is thrown away")
    options = parser.parse_args()
    from alembic import command

    with tempfile.TemporaryDirectory(prefix="akta-bench-") as folder:
        url = options.url or f"sqlite:///{folder}/akta.db"
        command.upgrade(alembic_config(url), "head")
        database = Database(url)
        anchors = Path(folder) / "anchors"
        anchors.mkdir()
        bed = fill(database, anchors, options.entries, options.seed)
        untouched = problems_after(bed, lambda _bed, _session: None)
        started = time.monotonic()
        ways = tamper(bed, options.edits)
        seconds = time.monotonic() - started
        found = sum(way["found"] for way in ways.values())
        report = {
            "database": database.dialect,
            "entries": options.entries,
            "edits": options.edits,
            "found": found,
            "missed": options.edits - found,
            "alarms over the untouched log": len(untouched),
            "seconds": round(seconds, 1),
            "ways": ways,
            "beyond": beyond(bed),
        }
        database.close()
    print(json.dumps(report, indent=1))
    return 0 if found == options.edits and not untouched else 1


if __name__ == "__main__":
    sys.exit(main())
