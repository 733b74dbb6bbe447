"""What corrections of a sender's first papers do for its next ones.

    python -m bench.learning MANIFEST [--match SROIE] [--least 3]
    python -m bench.learning --generated 20

Papers with known truth (a manifest as for `akta evaluate`) are grouped by their `vendor`. Of every
sender with at least `--least` papers the first k are corrected as a person would: each wrong
or missing field, and the type, is put right. What that teaches is used on the papers that follow,
up to ten. Prints, for k = 0, 1, 5 and 20, the share of true fields that are exactly right on those that
follow, and beside it what the same papers have without lessons. No database is needed: the
functions are those of the pipeline.

`--generated` makes so many senders whose papers name things as no other paper does: what is not
taught there cannot be known.
"""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from akta.operations.evaluation.compare import same, squeezed
from akta.operations.evaluation.manifest import Truth, load_manifest
from ingest.classify.shape import shape_of
from ingest.extract.options import ReadOptions
from ingest.fields.names import FIELDS
from ingest.fields.rows import rows_of
from ingest.learning.lessons import KIND, Lesson, learn
from ingest.learning.senders import SAME, alike
from ingest.model import Page, Reading
from ingest.sandbox import Limits, read_in_sandbox
from ingest.understand import Understanding, understand

STEPS = (0, 1, 5, 20)
NEXT = 10

#: Names that no list of labels has, for total, number and date, and what the paper calls itself.
_ODD = (
    ("Grosz w grosz", "Znak sprawy", "Dnia pańskiego", "Karta zużycia"),
    ("Settle with us", "Our mark", "Written", "Ledger note"),
    ("Wychodzi razem", "Pozycja księgi", "Spisano", "Kwit roboczy"),
    ("You owe", "Folio", "Given", "Work slip"),
)

Paper = tuple[Truth, Reading]
Memory = list[tuple[Mapping[str, float], list[Lesson]]]


def _read(truth: Truth) -> Paper | None:
    with tempfile.TemporaryDirectory() as out:
        result = read_in_sandbox(truth.path, truth.path.name, ReadOptions(), Limits(), Path(out))
    return (truth, result) if isinstance(result, Reading) else None


def _true_fields(truth: Truth) -> dict[str, str]:
    known = {n: v for n, v in truth.fields.items() if n in FIELDS and n not in ("date_raw", "syntax")}
    return {n: str(v) for n, v in known.items() if isinstance(v, str | int | float) and v is not None}


def _understood(reading: Reading, memory: Memory) -> Understanding:
    """As the pipeline does it: once without lessons, and again where the sender is known."""
    first = understand(reading)
    lessons = [
        one for keys, taught in reversed(memory) if alike(first.sender, keys) >= SAME for one in taught
    ]
    return understand(reading, None, lessons) if lessons else first


def _correct(paper: Paper, memory: Memory) -> None:
    truth, reading = paper
    understood = _understood(reading, memory)
    found = {f.name: f.value for f in understood.fields}
    changes: dict[str, tuple[str | None, str]] = {
        name: (found.get(name), value)
        for name, value in _true_fields(truth).items()
        if not same(value, found.get(name))
    }
    if understood.doc_type != truth.doc_type:
        changes[KIND] = (understood.doc_type, truth.doc_type)
    rows = rows_of(reading)
    lessons = learn(rows, shape_of(reading, rows).ocr, changes)
    if lessons:
        memory.append((understand(reading).sender, lessons))


def _score(papers: Sequence[Paper], memory: Memory) -> tuple[int, int, int]:
    right = wanted = types = 0
    for truth, reading in papers:
        understood = _understood(reading, memory)
        found = {f.name: f.value for f in understood.fields}
        types += understood.doc_type == truth.doc_type
        for name, value in _true_fields(truth).items():
            wanted += 1
            right += same(value, found.get(name))
    return right, wanted, types


def curve(senders: Sequence[Sequence[Paper]]) -> list[dict[str, Any]]:
    """For each number of corrections what the papers after them come to, with lessons and without."""
    out = []
    for count in STEPS:
        sums = {
            "senders": 0,
            "papers": 0,
            "fields": 0,
            "right": 0,
            "right_untaught": 0,
            "types": 0,
            "types_untaught": 0,
        }
        for papers in senders:
            following = papers[count : count + NEXT]
            if not following:
                continue
            memory: Memory = []
            for paper in papers[:count]:
                _correct(paper, memory)
            right, wanted, types = _score(following, memory)
            plain, _, plain_types = _score(following, [])
            sums["senders"] += 1
            sums["papers"] += len(following)
            sums["fields"] += wanted
            sums["right"] += right
            sums["right_untaught"] += plain
            sums["types"] += types
            sums["types_untaught"] += plain_types
        fields = max(1, sums["fields"])
        shares = {
            "exact": round(sums["right"] / fields, 4),
            "exact_untaught": round(sums["right_untaught"] / fields, 4),
        }
        out.append({"corrected": count, **shares, **sums})
    return out


def generated(count: int) -> list[list[Paper]]:
    """Senders with 30 papers each, all in the sender's own words; every paper is an invoice."""
    out = []
    for sender in range(count):
        rng = random.Random(sender)
        money, number, day, name = _ODD[sender % len(_ODD)]
        who = f"Zakład {sender:03d}-{rng.choice(('Koło', 'Brzeg', 'Turek', 'Łask'))}"
        papers: list[Paper] = []
        for serial in range(30):
            owed, other = rng.randrange(1000, 90000), rng.randrange(100000, 900000)
            month, date = rng.randrange(1, 13), rng.randrange(1, 13)
            text = (
                f"{who}\nul. Cicha {sender + 1}, 62-600 Koło\n{name}\n{number}\tZ{sender}/{serial + 100}\n"
                f"{day} {date:02d}/{month:02d}/2026\nStan licznika {other / 100:.2f}\n"
                f"{money} {owed / 100:.2f} zł\n"
                f"Stan poprzedni {(other - 999) / 100:.2f}\n"
            )
            fields = {
                "vendor": who,
                "total": f"{owed / 100:.2f}",
                "invoice_number": f"Z{sender}/{serial + 100}",
                "date": f"2026-{month:02d}-{date:02d}",
            }
            truth = Truth(Path(f"{sender}-{serial}.txt"), "text", "pl", "accounting", "invoice", fields, text)
            page = Page(1, 595, 842, "recognised", "text", "1", text)
            papers.append((truth, Reading("text/plain", (page,))))
        out.append(papers)
    return out


def main() -> int:
    """Read the papers, print the curve as JSON lines."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("manifest", type=Path, nargs="?")
    parser.add_argument("--generated", type=int, help="make so many senders instead")
    parser.add_argument("--match", default="", help="only papers whose path holds this")
    parser.add_argument("--least", type=int, default=3, help="papers a sender must have")
    options = parser.parse_args()
    if options.generated:
        for line in curve(generated(options.generated)):
            print(json.dumps(line))
        return 0
    if options.manifest is None:
        parser.error("name a manifest, or say --generated N")
    groups: dict[str, list[Truth]] = {}
    for truth in load_manifest(options.manifest.resolve()):
        vendor = truth.fields.get("vendor")
        if options.match in str(truth.path) and isinstance(vendor, str) and vendor:
            groups.setdefault(squeezed(vendor), []).append(truth)
    wanted = [truth for group in groups.values() if len(group) >= options.least for truth in group]
    with ProcessPoolExecutor() as pool:
        read = {paper[0].path: paper for paper in pool.map(_read, wanted) if paper is not None}
    senders = [
        [read[t.path] for t in group if t.path in read]
        for group in groups.values()
        if len(group) >= options.least
    ]
    for line in curve(senders):
        print(json.dumps(line))
    return 0


if __name__ == "__main__":
    sys.exit(main())
