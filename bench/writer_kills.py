"""kill -9 of the index's writer at random moments: does it open, is no acknowledged record missing?

    python -m bench.writer_kills [--kills 200] [--engine tantivy|whoosh] [--seed 1]

A child writes records, some of them changed and some destroyed again, and brings the index up to date, over
and over; it is killed at a random moment after its first commit. Then the index is opened, caught up, and
held against the database record by record. Prints one JSON object; exit code 0 only if all held.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from sqlalchemy import insert, select

from akta.bootstrap import App, build
from akta.kernel.clock import SystemClock
from akta.records.models import Party, Record
from akta.settings import load_settings
from bench.finding.papers import Papers, insert_made
from indexer.query import parse
from indexer.service import note_pending

_AT_ONCE = 20


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--engine", choices=["tantivy", "whoosh"], default="tantivy")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="akta-kills-") as folder:
        papers = Papers(vocabulary=3000)
        settings = {"home": Path(folder), "search_engine": options.engine, "access_log": "off"}
        app = build(load_settings(**settings))
        with app.database.write() as session:
            session.execute(insert(Party), papers.party_rows())
        app.close()
        inside = 0
        for number in range(options.kills):
            inside += _kill_one(settings, papers, number, chance)
            app = build(load_settings(**settings))
            behind = app.index.check().pending
            app.index.catch_up()
            report = app.index.check()
            lost = _not_found(app, chance)
            app.close()
            if not report.agrees or report.pending or lost:
                print(json.dumps({"held": False, "kill": number, "lost": lost, "report": str(report)}))
                return 1
            print(
                f"\r{number + 1} kills, {report.documents} records, {behind} behind", end="", file=sys.stderr
            )
        print(
            json.dumps(
                {"held": True, "kills": options.kills, "in_a_commit": inside, "records": report.documents}
            )
        )
    return 0


def _kill_one(settings: dict[str, object], papers: Papers, number: int, chance: Random) -> bool:
    """Let a child write and kill it; whether it was bringing the index up to date at that moment."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reader)
            _write(settings, papers, number, writer)
        finally:
            os._exit(1)
    os.close(writer)
    told = os.read(reader, 1)  # its first records are acknowledged
    time.sleep(chance.uniform(0, 0.6))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    while part := os.read(reader, 65536):
        told += part
    os.close(reader)
    return told.endswith(b"i")


def _write(settings: dict[str, object], papers: Papers, number: int, told: int) -> None:
    app = build(load_settings(**settings))
    clock, chance, at = SystemClock(), Random(number), number * 100_000
    while True:
        made = [papers.make(at + n, 1, at=datetime.now(UTC)) for n in range(_AT_ONCE)]
        at += _AT_ONCE
        with app.database.write() as session:
            insert_made(session, made)
            for one in made:
                note_pending(session, one.record["id"], 1, clock.now())
            known = session.scalars(select(Record).order_by(Record.id.desc()).limit(200)).all()
            for record in chance.sample(known, min(4, len(known))):
                record.state = chance.choice(("filed", "review", "destroyed"))
                record.row_version += 1
                note_pending(session, record.id, record.row_version, clock.now())
        os.write(told, b"i")
        app.index.catch_up()
        os.write(told, b"c")


def _not_found(app: App, chance: Random) -> list[str]:
    """Of some records those that a search does not give, and of some destroyed ones those that it gives."""
    with app.database.read() as session:
        rows = session.execute(select(Record.id, Record.state).order_by(Record.id.desc()).limit(500)).all()
    wrong = []
    for row in chance.sample(rows, min(10, len(rows))):
        page = app.index.engine.search(parse(f"number:{row.id}"), scopes=None)
        if bool(page.total) == (row.state == "destroyed"):
            wrong.append(row.id)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
