"""What letting go costs: a disposition of ten thousand papers from the due list to its certificate.

    python -m bench.letting_go [--records 10000] [--database sqlite|postgresql] [--sizes 1000,10000]

Papers whose keeping is over are written into a new archive with their bytes, pages, fields, versions and
receipts, and put into the index. One officer proposes and accepts them, another releases them bound to the
hash of the list; the run is carried out by the worker's own code in this process. Prints one JSON object for
each size: of each step the seconds of the clock and of this process's processor, the peak of its memory, and
that afterwards no row of text, no byte and no document of the index is left of them.
"""

import argparse
import contextlib
import json
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from akta.access.accounts import create_user, principal_of
from akta.access.principal import Principal
from akta.access.roles import GRANTABLE
from akta.bootstrap import App, build
from akta.kernel.ids import new_id
from akta.operations.logs import configure_logging
from akta.records.models import Field, PageText, Receipt, Record, RecordClass, Version
from akta.records.pages import pack
from akta.settings import load_settings
from akta.worker.celery_app import make_runner
from retention.disposition.deciding import Decision
from retention.disposition.facts import digest_of
from retention.disposition.models import Certificate, Disposition, DispositionItem
from retention.disposition.proposing import Proposal

CLASS = "PL-ACC-08"
_FILED = datetime(2015, 3, 2, 9, tzinfo=UTC)
_WORDS = [
    "faktura",
    "sprzedawca",
    "nabywca",
    "netto",
    "brutto",
    "razem",
    "do",
    "zapłaty",
    "przelew",
    "termin",
]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--sizes", help="several sizes, with commas, to see how it grows")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    asked = parser.parse_args()
    for size in [int(n) for n in asked.sizes.split(",")] if asked.sizes else [asked.records]:
        with tempfile.TemporaryDirectory(prefix="akta-go-") as folder, _database(asked.database) as settings:
            app = build(load_settings(home=Path(folder), log_level="error", **settings))
            configure_logging(app.settings)
            try:
                print(json.dumps({"database": asked.database, **_measure(app, size)}, indent=1), flush=True)
            finally:
                app.close()


@contextlib.contextmanager
def _database(kind: str) -> Iterator[dict[str, Any]]:
    if kind == "sqlite":
        yield {}
        return
    from tests.servers import postgres

    with postgres() as server:
        yield {"database_url": server.new_database()}


def _measure(app: App, size: int) -> dict[str, Any]:
    first, second = _officer(app, "first"), _officer(app, "second")
    hashes = _fill(app, size)
    told: dict[str, Any] = {"records": size}
    told["index"] = _seconds(lambda: app.index.rebuild())
    runs: list[str] = []

    def propose() -> None:
        with app.database.write() as session:
            asked = Proposal("A run", "their keeping is over", class_code=CLASS)
            runs.append(app.dispositions.propose(session, first, asked).id)

    def decide() -> None:
        with app.database.write() as session:
            app.dispositions.decide(session, first, runs[0], Decision("accept"))

    def release() -> None:
        with app.database.write() as session:
            digest = digest_of(session, session.get_one(Disposition, runs[0]))
            app.dispositions.release(session, second, runs[0], digest)

    def execute() -> None:
        with app.database.write() as session:
            app.dispositions.execute(session, first, runs[0])
        _drain(app)

    told |= {f.__name__: _seconds(f) for f in (propose, decide, release, execute)}
    told["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    told["left"] = _left(app, runs[0], hashes)
    return told


def _officer(app: App, login: str) -> Principal:
    with app.database.write() as session:
        user = create_user(
            session,
            app.audit,
            "system:bench",
            login=login,
            name=login,
            password=new_id(),
            roles=["officer"],
            language="en",
            grants=dict.fromkeys(GRANTABLE, 3),
            now=app.clock.now(),
        )
        found = principal_of(session, user.id)
    assert found is not None
    return found


def _fill(app: App, size: int) -> list[str]:
    """Papers of 2015, due since the end of 2020; the hashes of their bytes."""
    with app.database.read() as session:
        version = session.scalar(
            select(RecordClass.version).where(RecordClass.code == CLASS, RecordClass.current)
        )
    kept = {
        "outcome": "until", "retain_through": "2020-12-31", "rule": CLASS, "rule_version": version,
        "action": "destroy", "class": CLASS, "class_version": version,
        "steps": [{"code": "rule", "data": {"rule": CLASS, "version": version, "basis": "bench"}}],
    }  # fmt: skip
    words = pack([(w, (0.1, 0.1, 0.2, 0.12), 0.9, n) for n, w in enumerate(_WORDS * 12)])
    hashes = []
    for begin in range(0, size, 500):
        numbers = range(begin, min(size, begin + 500))
        blobs = [app.store.put([f"paper {n} ".encode() * 500]) for n in numbers]
        rows = [(new_id(), n, blob) for n, blob in zip(numbers, blobs, strict=True)]
        hashes += [blob.sha256 for blob in blobs]
        common = [{"record_id": i, "sha256": b.sha256, "size": b.size, "actor": "bench"} for i, _, b in rows]
        with app.database.write() as session:
            session.execute(
                insert(Record),
                [
                    {
                        "id": i, "state": "filed", "row_version": 1, "file_name": f"{n}.txt", "size": b.size,
                        "sha256": b.sha256, "channel": "api", "title": f"Faktura {n}", "domain": "accounting",
                        "doc_type": "invoice", "document_date": date(2015, 3, 2), "class_code": CLASS,
                        "confidentiality": 1, "received_at": _FILED, "ended_at": _FILED, "page_count": 1,
                        "retention_state": "until", "retain_through": date(2020, 12, 31), "retention": kept,
                    }
                    for i, n, b in rows
                ],
            )  # fmt: skip
            session.execute(
                insert(Version), [{"id": new_id(), "number": 1, "created_at": _FILED, **c} for c in common]
            )
            session.execute(
                insert(Receipt),
                [
                    {"id": new_id(), "duplicate": False, "channel": "api", "file_name": "a.txt",
                     "received_at": _FILED, **c}
                    for c in common
                ],
            )  # fmt: skip
            session.execute(
                insert(PageText),
                [
                    {"record_id": i, "number": 1, "width": 595.0, "height": 842.0, "outcome": "text",
                     "reader": "bench", "reader_version": "1", "text": " ".join(_WORDS * 12), "words": words}
                    for i, _, _ in rows
                ],
            )  # fmt: skip
            session.execute(
                insert(Field),
                [
                    {"id": new_id(), "record_id": i, "position": at, "name": name, "value": f"{n}", "raw": "",
                     "confidence": 1.0, "reader": "bench"}
                    for i, n, _ in rows
                    for at, name in enumerate(("document_number", "total", "vendor_nip"))
                ],
            )  # fmt: skip
    return hashes


def _drain(app: App) -> None:
    runner = make_runner(app)
    while runner.run_next("bench:1:1"):
        pass


def _left(app: App, run: str, hashes: list[str]) -> dict[str, Any]:
    """What is still there; all of it should be nothing but the stubs and the certificate."""
    with app.database.read() as session:
        states = session.execute(select(Record.state, func.count()).group_by(Record.state)).all()
        ends = session.execute(
            select(DispositionItem.outcome, func.count())
            .where(DispositionItem.disposition_id == run)
            .group_by(DispositionItem.outcome)
        ).all()
        rows = {
            model.__tablename__: session.scalar(select(func.count()).select_from(model))
            for model in (PageText, Field, Version)
        }
        certificates = session.scalar(select(func.count()).select_from(Certificate))
    return {
        "run": dict(ends),
        "states": dict(states),
        "rows": rows,
        "certificates": certificates,
        "bytes_of_papers": sum(app.store.exists(h) for h in hashes),
        "documents_of_the_index": app.index.check().documents,
    }


def _seconds(work: Callable[[], object]) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {
        "seconds": round(time.perf_counter() - wall, 2),
        "processor": round(time.process_time() - cpu, 2),
    }


if __name__ == "__main__":
    main()
