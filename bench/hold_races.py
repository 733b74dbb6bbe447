"""A hold against a destruction of the same record, over and over: either comes first, neither is half done.

    python -m bench.hold_races [--trials 1000] [--database sqlite|postgresql] [--store files|s3] [--seed 1]

Two processes begin at random moments within some milliseconds of each other: one places a hold (by the
record's number, or over its case, which a job then brings under it), the other destroys the record, which
is due, and deletes its bytes. The moments are moved until both come first about as often, so that most trials
meet. After each the record is either destroyed, bytes and all, and not under the hold, or it is under the
hold with every row and byte in its place. Prints one JSON object; exit code 0 only if all trials held.
"""

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import func, select

from akta.access.principal import operator
from akta.bootstrap import App, build
from akta.events.models import Job
from akta.kernel.errors import AktaError
from akta.kernel.ids import new_id
from akta.kernel.process import owner_name
from akta.operations.logs import configure_logging
from akta.records.holds import Hold, HoldItem
from akta.records.models import Case, Field, PageText, Receipt, Record, Version
from akta.settings import load_settings
from akta.worker.celery_app import make_runner
from retention.disposition.destroying import destroy_record
from retention.holds.placing import PlaceHold

WHO = operator("bench")
_APART = 0.012
_STEP = 0.0007


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--store", choices=["files", "s3"], default="files")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="akta-races-") as folder, _servers(options) as settings:
        told = race(
            {"home": Path(folder), "access_log": "off", "log_level": "error", **settings},
            options.trials,
            options.seed,
        )
    print(json.dumps({"database": options.database, "store": options.store, **told}))
    return 0 if told["held"] else 1


def race(settings: dict[str, Any], trials: int, seed: int = 1) -> dict[str, Any]:
    """Run the trials; counts of how they ended, and the first that went wrong if any did."""
    app = build(load_settings(**settings))
    app.close()
    app = App(app.settings).wire()
    configure_logging(app.settings)
    chance = Random(seed)
    ahead = {False: 0.0, True: 0.0}  # how long the hold waits, by its kind
    ends: Counter[str] = Counter()
    started = time.monotonic()
    racers = [_start(settings, act) for act in (_place, _destroy)]
    try:
        for number in range(trials):
            record_id, case_id = _make(app, number)
            wide = number % 2 == 1
            order = {"record": record_id, "case": case_id if wide else None}
            at = time.time() + 0.004
            starts = (max(0.0, ahead[wide]), max(0.0, -ahead[wide]))
            for (_, pipe), start in zip(racers, starts, strict=True):
                pipe.send({**order, "at": at + start + chance.uniform(0, _APART)})
            hold_id, placed = racers[0][1].recv()
            gone, why = racers[1][1].recv()
            end = _judge(app, record_id, hold_id, gone)
            if end.startswith("WRONG"):
                return {"held": False, "trial": number, "end": end, "placed": placed, "destroyed": why}
            ahead[wide] += -_STEP if gone else _STEP  # who came first waits longer
            ends[("case: " if wide else "named: ") + end] += 1
            if sys.stderr.isatty():
                print(f"\r{number + 1} trials", end="", file=sys.stderr)
    finally:
        for process, pipe in racers:
            pipe.send(None)
            process.join(30)
        app.close()
    return {
        "held": True,
        "trials": trials,
        "ends": dict(sorted(ends.items())),
        "seconds": round(time.monotonic() - started, 1),
    }


def _start(settings: dict[str, Any], act: Any) -> tuple[Process, Connection]:
    here, there = Pipe()
    process = Process(target=_racer, args=(settings, act, there), daemon=True)
    process.start()
    return process, here


def _racer(settings: dict[str, Any], act: Any, pipe: Connection) -> None:
    app = App(load_settings(**settings)).wire()
    configure_logging(app.settings)
    while (order := pipe.recv()) is not None:
        while (left := order["at"] - time.time()) > 0:
            time.sleep(min(left, 0.0005))
        pipe.send(act(app, order))
    app.close()


def _place(app: App, order: dict[str, Any]) -> tuple[str, str]:
    """The hold and how it ended."""
    case = (order["case"],) if order["case"] else ()
    named = () if case else (order["record"],)
    try:
        with app.database.write() as session:
            asked = PlaceHold(matter="M", reason="R", record_ids=named, case_ids=case)
            hold_id = app.holds.place(session, WHO, asked).id
    except AktaError as error:
        return "", error.code
    if case:
        _run(app, f"place-hold:{hold_id}")
    return hold_id, "placed"


def _destroy(app: App, order: dict[str, Any]) -> tuple[bool, str]:
    """Whether the record was destroyed, or why not."""
    try:
        with app.database.write() as session:
            destroy_record(
                session,
                app.audit,
                WHO,
                order["record"],
                today=date(2026, 3, 1),
                now=app.clock.now(),
                reason="due",
            )
    except AktaError as error:
        return False, error.code
    _run(app, f"delete-blobs:{order['record']}")
    return True, "destroyed"


def _run(app: App, key: str) -> None:
    """Run the job as a worker would, at once."""
    with app.database.read() as session:
        job = session.scalar(select(Job.id).where(Job.key == key, Job.state == "ready"))
    if job is not None:
        make_runner(app).run_by_id(owner_name(), job)


def _make(app: App, number: int) -> tuple[str, str]:
    """A record that is due, in a case of its own, with all that hangs on one; its bytes are in the store."""
    blob = app.store.put([f"paper {number} {os.getpid()} {time.time_ns()}".encode()])
    now = app.clock.now()
    with app.database.write() as session:
        case = Case(id=new_id(), kind="race", key=new_id(), title="Race", state="open", opened_at=now)
        session.add(case)
        session.flush()
        record = Record(
            id=new_id(),
            state="filed",
            file_name="a.txt",
            title="A",
            size=blob.size,
            sha256=blob.sha256,
            channel="test",
            domain="other",
            case_id=case.id,
            received_at=now,
            retention_state="until",
            retain_through=date(2026, 1, 31),
            retention={"action": "destroy", "rule": "R"},
        )
        session.add(record)
        session.flush()
        common = {"record_id": record.id, "sha256": blob.sha256, "size": blob.size, "actor": "x"}
        session.add(Version(id=new_id(), number=1, created_at=now, **common))
        session.add(
            Receipt(
                id=new_id(), duplicate=False, channel="test", file_name="a.txt", received_at=now, **common
            )
        )
        page = PageText(record_id=record.id, number=1, width=1.0, height=1.0, outcome="read")
        page.reader, page.reader_version, page.text, page.words = "plain", "1", "words", b""
        session.add(page)
        session.add(
            Field(id=new_id(), record_id=record.id, name="total", value="1.00", confidence=1.0, reader="x")
        )
        return record.id, case.id


def _judge(app: App, record_id: str, hold_id: str, gone: bool) -> str:
    """How a trial ended; begins with WRONG if it is none of the two ways that are right."""
    with app.database.read() as session:
        record = session.get_one(Record, record_id)
        item = session.get(HoldItem, (hold_id, record_id)) if hold_id else None
        hold = session.get(Hold, hold_id) if hold_id else None
        rows = [
            session.scalar(select(func.count()).where(model.record_id == record_id))
            for model in (Version, PageText, Field, Receipt)
        ]
    there = app.store.exists(record.sha256)
    if gone:
        if record.state != "destroyed" or item is not None or record.held or there or rows[:3] != [0, 0, 0]:
            return f"WRONG: destroyed, but {record.state}, {record.held}, {item}, bytes {there}, {rows}"
        return "destroyed first"
    held = item is not None and item.active and record.held and hold is not None and hold.state == "active"
    if not held or record.state != "filed" or not there or rows != [1, 1, 1, 1]:
        return f"WRONG: kept, but {record.state}, held {record.held}, item {item}, bytes {there}, {rows}"
    return "held first"


@contextlib.contextmanager
def _servers(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    from tests.servers import postgres, s3

    settings: dict[str, Any] = {}
    with contextlib.ExitStack() as stack:
        if options.database == "postgresql":
            settings["database_url"] = stack.enter_context(postgres()).new_database()
        if options.store == "s3":
            server = stack.enter_context(s3())
            settings |= {
                "storage": "s3",
                "s3_endpoint": server.endpoint,
                "s3_access_key": server.access_key,
                "s3_secret_key": server.secret_key,
                "s3_bucket": "races",
                "s3_secure": False,
            }
        yield settings


if __name__ == "__main__":
    sys.exit(main())
