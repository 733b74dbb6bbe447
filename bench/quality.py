"""How long the quality report takes over many records.

    python -m bench.quality [--papers 200000] [--url postgresql+psycopg://...]

Makes so many judgements, one in fifty spot-checked and one in twelve doubted and reviewed, over a year,
and times the report of ninety days and of the whole year, and keeping one more judgement.
"""

import argparse
import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from akta.access.principal import operator
from akta.bootstrap import alembic_config
from akta.db.engine import Database
from akta.kernel.ids import new_id
from akta.operations.quality.report import Period, quality
from akta.records.judgements import FieldVerdict, JudgedFields, Judgement, Said, SpotChecks, keep
from akta.records.models import Record

START = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = [("accounting", "invoice"), ("accounting", "receipt"), ("order", "purchase_order"), ("hr", "memo")]
FIELDS = ("total", "net", "vat", "date", "vendor", "vendor_nip", "invoice_number", "due_date", "currency")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--papers", type=int, default=200_000)
    parser.add_argument("--url", default="")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="akta-quality-") as folder:
        url = options.url or f"sqlite:///{Path(folder) / 'akta.db'}"
        from alembic import command

        command.upgrade(alembic_config(url), "head")
        database = Database(url)
        _fill(database, options.papers)
        who, zone = operator("bench"), "Europe/Warsaw"
        last = START.date() + timedelta(days=364)
        for days in (90, 365):
            asked = Period(last - timedelta(days=days - 1), last)
            times = []
            for _ in range(3):
                began = time.monotonic()
                with database.snapshot() as session:
                    told = quality(session, who, asked, zone)
                times.append(time.monotonic() - began)
            print(f"{days} days, {told['total']['came']} papers: {min(times):.3f} s")
        began = time.monotonic()
        with database.write() as session:
            for _ in range(100):
                record = Record(**_record(new_id(), START + timedelta(days=364)))
                session.add(record)
                session.flush()
                said = Said("accounting", "invoice", 0.9, 0.9, "m-1", False, [])
                keep(session, record, said, SpotChecks(), START + timedelta(days=364))
        print(f"one more paper and its judgement: {(time.monotonic() - began) * 10:.2f} ms")
        database.close()
    return 0


def _record(record_id: str, at: datetime) -> dict[str, object]:
    return {
        "id": record_id,
        "state": "filed",
        "file_name": "paper.pdf",
        "size": 1,
        "sha256": "0" * 64,
        "channel": "web",
        "received_at": at,
        "domain": "accounting",
        "doc_type": "invoice",
    }


def _fill(database: Database, papers: int) -> None:
    dice = random.Random(1)
    for begin in range(0, papers, 10_000):
        rows: dict[type, list[dict[str, object]]] = {}
        for number in range(begin, min(papers, begin + 10_000)):
            at = START + timedelta(days=365) * (number / papers)
            record_id, judgement_id = new_id(), new_id()
            domain, doc_type = dice.choice(KINDS)
            alone, asked = dice.random() > 1 / 12, dice.random() < 0.02
            confidence = dice.uniform(0.75, 1.0) if alone else dice.uniform(0.3, 0.9)
            answered = not alone or asked
            rows.setdefault(Record, []).append(_record(record_id, at))
            rows.setdefault(Judgement, []).append(
                {
                    "id": judgement_id,
                    "record_id": record_id,
                    "at": at,
                    "current": True,
                    "model_version": "m-1" if number < papers / 2 else "m-2",
                    "channel": dice.choice(("web", "api")),
                    "domain": domain,
                    "doc_type": doc_type,
                    "confidence": confidence,
                    "domain_confidence": confidence,
                    "alone": alone,
                    "taught": False,
                    "asked": alone and asked,
                    "weight": (50.0 if asked else 0.0) if alone else 1.0,
                    "how": ("confirmed" if alone else "accepted") if answered else None,
                    "domain_right": dice.random() < confidence if answered else None,
                    "kind_right": dice.random() < confidence if answered else None,
                }
            )
            values = [[name, 0.9, None, "label", "0" * 16] for name in FIELDS]
            rows.setdefault(JudgedFields, []).append(
                {"judgement_id": judgement_id, "record_id": record_id, "fields": values}
            )
            if answered:
                for name in FIELDS:
                    verdict = "right" if dice.random() < 0.9 else "wrong"
                    rows.setdefault(FieldVerdict, []).append(
                        {
                            "judgement_id": judgement_id,
                            "name": name,
                            "record_id": record_id,
                            "verdict": verdict,
                            "confidence": 0.9,
                        }
                    )
        with database.write() as session:
            for model, values_ in rows.items():
                session.execute(insert(model), values_)


if __name__ == "__main__":
    sys.exit(main())
