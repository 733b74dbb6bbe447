"""What keeping costs: the list of what is due, a simulation of everything, an event on a large case.

    python -m bench.keeping [RECORDS] [--sizes 10000,100000]

Records are written straight into a database in a temporary folder, filed under the shipped plan; a case holds
10,000 of them (or a tenth, if there are fewer). Times are of one process; the peak is that of its memory.
"""

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from akta.access.principal import Principal, operator
from akta.access.roles import GRANTABLE, rights_of
from akta.audit.log import AuditLog
from akta.bootstrap import alembic_config
from akta.db.engine import Database
from akta.events.bus import bus
from akta.kernel.clock import SystemClock
from akta.kernel.ids import new_id
from akta.records.cases import OpenCase, open_case
from akta.records.models import Field, Record
from akta.worker.runner import Handler, Runner
from retention.events.recording import RecordEvent, record_event
from retention.keeping import due
from retention.keeping.filing import Keeping
from retention.keeping.models import Recomputation
from retention.keeping.recomputing import JOB_RECOMPUTE, Recomputer, ask
from retention.schedules.drafts import add_draft
from retention.schedules.simulation import JOB_SIMULATE, Simulator, ask_simulation, latest_simulation
from retention.schedules.stored import current_plan
from retention.schedules.writing import as_yaml

ZONE = "Europe/Warsaw"
WHO = operator("bench")
OFFICER = Principal("user:bench", "Bench", rights_of(["officer"]), dict.fromkeys(GRANTABLE, 3), "bench")
#: Type, domain, class, confidentiality, and out of a hundred so many.
KINDS = (
    ("invoice", "accounting", "PL-ACC-08", 1, 60),
    ("bank_statement", "accounting", "PL-ACC-08", 1, 15),
    ("employment_contract", "hr", "PL-HR-01", 3, 10),
    ("memo", "other", None, 1, 15),
)
_BATCH = 5000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("records", nargs="?", type=int, default=100_000)
    parser.add_argument("--sizes", help="several sizes, with commas, to see how it grows")
    asked = parser.parse_args()
    sizes = [int(n) for n in asked.sizes.split(",")] if asked.sizes else [asked.records]
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            _measure(Path(folder), size)


def _measure(folder: Path, size: int) -> None:
    from alembic import command

    url = f"sqlite:///{folder / 'akta.db'}"
    command.upgrade(alembic_config(url), "head")
    database, clock = Database(url), SystemClock()
    audit = AuditLog(Ed25519PrivateKey.generate())
    keeping = Keeping(audit, clock, ZONE, "PL")
    keeping.load_first_plan(database)
    bus.reset()
    recomputer, simulator = Recomputer(database, audit, clock, ZONE), Simulator(database, clock, ZONE)
    handlers = {
        JOB_RECOMPUTE: Handler(recomputer.run, recomputer.given_up),
        JOB_SIMULATE: Handler(simulator.run, simulator.given_up),
    }
    runner = Runner(database, clock, handlers)
    with database.write() as session:
        case = open_case(session, audit, WHO, OpenCase("employee", "1", ""), clock.now()).id
    _fill(database, size, case, min(10_000, size // 10))
    told: dict[str, float | int] = {"records": size}
    with database.write() as session:
        ask(session, "all", "", "bench", "bench", clock.now())
    told["first computation of all, s"] = _seconds(lambda: _drain(runner))
    with database.write() as session:
        ask(session, "all", "", "bench again", "bench", clock.now())
    told["the same again, nothing to write, s"] = _seconds(lambda: _drain(runner))
    told |= _lists(database)
    command_ = RecordEvent("employment_end", "case", case, date(2024, 6, 30))
    with database.write() as session:
        record_event(session, audit, OFFICER, command_, clock.now())
    told["event on the case, s"] = _seconds(lambda: _drain(runner))
    with database.read() as session:
        row = session.scalars(select(Recomputation).order_by(Recomputation.id.desc())).first()
        assert row is not None
        told["  records of the case"], told["  of these changed"] = row.seen, row.changed
    with database.write() as session:
        plan = [cls for cls in current_plan(session) if cls.code == "PL-ACC-08"]
        text = as_yaml(plan).replace("5y", "6y")
        draft = add_draft(session, audit, OFFICER, title="bench", text=text, form="yaml", now=clock.now()).id
        ask_simulation(session, audit, OFFICER, draft, clock.now())
    told["simulation of a draft, s"] = _seconds(lambda: _drain(runner))
    with database.read() as session:
        simulated = latest_simulation(session, draft)
        assert simulated is not None
        assert simulated.state == "done", simulated.state
        told["  records simulated"] = simulated.seen
    told["peak of memory, MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    told["database, MiB"] = (folder / "akta.db").stat().st_size >> 20
    database.close()
    for name, value in told.items():
        print(f"{name:<42} {value:>12.3f}" if isinstance(value, float) else f"{name:<42} {value:>12}")
    print()


def _fill(database: Database, size: int, case: str, in_case: int) -> None:
    chance = Random(7)
    kinds = [kind for kind in KINDS for _ in range(kind[4])]
    begin = datetime(2012, 1, 2, 9, tzinfo=UTC)
    for start in range(0, size, _BATCH):
        records, fields = [], []
        for number in range(start, min(size, start + _BATCH)):
            doc_type, domain, code, level, _ = kinds[chance.randrange(100)]
            at = begin + timedelta(minutes=number * 7_000_000 / size)
            record_id = new_id(int(at.timestamp() * 1000))
            inside = number < in_case
            if inside:
                doc_type, domain, code, level, _ = KINDS[2]
            records.append(_record(record_id, number, at, doc_type, domain, code or "PL-OTH-01", level))
            records[-1]["case_id"] = case if inside else None
            if domain == "hr":
                hired = {"name": "hire_date", "value": f"{2019 + number % 5}-02-01"}
                more = {"position": 0, "raw": "", "confidence": 1.0, "reader": "bench", "alternatives": []}
                fields.append({"id": new_id(), "record_id": record_id, **hired, **more})
        with database.write() as session:
            session.execute(insert(Record), records)
            if fields:
                session.execute(insert(Field), fields)
    _real_codes(database)


def _record(
    record_id: str, number: int, at: datetime, doc_type: str, domain: str, code: str, level: int
) -> dict[str, Any]:
    return {
        "id": record_id, "state": "filed", "row_version": 1, "file_name": f"{number}.pdf", "size": 1,
        "sha256": f"{number:064x}", "channel": "api", "title": f"Paper {number}", "domain": domain,
        "doc_type": doc_type, "document_date": at.date(), "class_code": code, "confidentiality": level,
        "held": number % 100 == 0, "received_at": at, "ended_at": at, "retention_conflict": False,
    }  # fmt: skip


def _real_codes(database: Database) -> None:
    """The class of a memo by the plan, whatever it is called there."""
    from retention.schedules.fileplan import class_for

    with database.write() as session:
        cls = class_for(session, "other", "memo", "PL")
        assert cls is not None
        session.execute(update(Record).where(Record.doc_type == "memo").values(class_code=cls.code))


def _lists(database: Database) -> dict[str, float]:
    today = date.today()
    asked: dict[str, Callable[[Session], object]] = {
        "due, first page, ms": lambda s: due.due(s, OFFICER, today),
        "due, a page in the middle, ms": lambda s: due.due(
            s, OFFICER, date.max, after=f"2025-12-31~{'4' * 26}"
        ),
        "due, counted by class, ms": lambda s: due.due_before(s, OFFICER, today),
        "due, two years by month, ms": lambda s: due.due_by_month(
            s, OFFICER, today, today + timedelta(days=730)
        ),
        "no trigger, counted, ms": lambda s: due.no_trigger(s, OFFICER),
        "no trigger, a page, ms": lambda s: due.no_trigger_records(s, OFFICER, missing="employment_end"),
        "conflicts, ms": lambda s: due.conflicts(s, OFFICER),
    }
    told = {}
    for name, question in asked.items():
        times = []
        for _ in range(7):
            with database.read() as session:
                times.append(_seconds(lambda: question(session)))  # noqa: B023 - asked at once
        told[name] = statistics.median(times) * 1000
    return told


def _drain(runner: Runner) -> None:
    while runner.run_next("bench:1:1"):
        pass


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
