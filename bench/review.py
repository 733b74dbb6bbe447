"""How long the first page of the review queue takes while very many papers wait.

    python -m bench.review [--papers 100000] [--url postgresql+psycopg://...] [--rounds 9]

Makes rows of papers in review directly in a database of its own (SQLite unless told otherwise; a
given one must be empty) and prints medians in milliseconds, as a clerk with all grants asks.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from alembic import command
from sqlalchemy import insert, text

from akta.access.principal import Principal
from akta.access.roles import GRANTABLE, rights_of
from akta.bootstrap import alembic_config
from akta.db.engine import Database
from akta.kernel.ids import new_id
from akta.records.models import Record
from akta.records.queue import ReviewItem
from ingest.review import queue
from ingest.review.ranking import Facts, forward, rank

NOW = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
_DOMAINS = ("accounting", "hr", "order", "lab", "it", "other")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--papers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--url", default="")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="akta-review-") as folder:
        url = asked.url or f"sqlite:///{Path(folder) / 'akta.db'}"
        command.upgrade(alembic_config(url), "head")
        database = Database(url)
        _fill(database, asked.papers)
        clerk = Principal("user:c", "c", rights_of(["clerk"]), dict.fromkeys(GRANTABLE, 3), "c")
        narrow = Principal("user:n", "n", rights_of(["clerk"]), {"lab": 1}, "n")
        everything, invoices = queue.Wanted(), queue.Wanted(domain="accounting", reason="unsure_fields")
        _tell("first page", database, lambda s: queue.waiting(s, clerk, everything, None, 51), asked.rounds)
        _tell("counts", database, lambda s: queue.counts(s, clerk, everything), asked.rounds)
        _tell("filtered", database, lambda s: queue.waiting(s, clerk, invoices, None, 51), asked.rounds)
        _tell("few grants", database, lambda s: queue.waiting(s, narrow, everything, None, 51), asked.rounds)
        with database.read() as session:
            middle = queue.waiting(session, clerk, everything, None, asked.papers // 2)[-1][1]
        place = (middle.rank, middle.record_id)
        _tell("middle page", database, lambda s: queue.waiting(s, clerk, everything, place, 51), asked.rounds)
        _tell(
            "next",
            database,
            lambda s: queue.take_next(s, clerk, everything, None, NOW),
            asked.rounds,
            write=True,
        )
        database.close()
    return 0


def _tell(
    name: str, database: Database, work: Callable[..., object], rounds: int, *, write: bool = False
) -> None:
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        with database.write() if write else database.read() as session:
            work(session)
        taken.append(1000 * (time.perf_counter() - started))
    print(f"{name:<12} {statistics.median(taken):8.1f} ms")


def _fill(database: Database, papers: int) -> None:
    dice = Random(4)
    for start in range(0, papers, 5000):
        records, items = [], []
        for number in range(start, min(papers, start + 5000)):
            received = NOW - timedelta(minutes=dice.randrange(60 * 24 * 60))
            domain = dice.choice(_DOMAINS)
            record_id = new_id(int(received.timestamp() * 1000))
            records.append(
                {
                    "id": record_id,
                    "state": "review",
                    "reason": dice.choice(("unsure_fields", "unsure_type", "no_class")),
                    "file_name": f"{number}.pdf",
                    "title": f"Paper {number}",
                    "size": 1,
                    "sha256": f"{number:064x}",
                    "channel": "bench",
                    "domain": domain,
                    "doc_type": f"type_{dice.randrange(12)}",
                    "confidentiality": dice.randrange(1, 4),
                    "received_at": received,
                }
            )
            due = received.date() + timedelta(days=dice.randrange(-20, 60)) if dice.random() < 0.5 else None
            made = rank(Facts(received, Decimal(dice.randrange(1, 10**7)) / 100, "PLN", due, dice.random()))
            alike = 2 ** dice.randrange(7)
            items.append(
                {
                    "record_id": record_id,
                    "base": made.base,
                    "rank": made.base - forward(alike),
                    "alike": alike,
                    "terms": list(made.terms),
                    "sender": f"nip:{dice.randrange(2000)}",
                }
            )
        with database.write() as session:
            session.execute(insert(Record), records)
            session.execute(insert(ReviewItem), items)
    with database.write() as session:
        session.execute(text("ANALYZE"))


if __name__ == "__main__":
    sys.exit(main())
