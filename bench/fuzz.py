"""Every parser against files made to break it, in the limited child that reads in earnest.

    python -m bench.fuzz [--seconds 60] [--format NAME ...] [--seed 1] [--keep FOLDER] [--json]

Begins from a small whole file of each format, twists it (cut, flipped, spliced, numbers and lengths blown up,
nested, repeated), reads and understands it as the pipeline does, and prints by format: files, how they ended,
the slowest, files left in the scratch folder. A file at which a parser crashed, hung or grew past its limit
(20 s, 512 MiB) is kept with `--keep`. Exit status 1 if there was one.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from akta.kernel.scratch import scratch
from ingest.extract.options import ReadOptions
from ingest.model import Refusal
from ingest.sandbox import Limits, read_in_sandbox, understand_in_sandbox
from tests.papers.broken import twisted
from tests.papers.samples import NAMES, sample

LIMITS = Limits(seconds=20.0, memory_mib=512, total_seconds=60.0)
#: Ends that no file may bring about.
FAILURES = ("reader_died", "took_too_long", "took_too_much_memory")


@dataclass(slots=True)
class Tally:
    """What became of the files of one format."""

    files: int = 0
    read: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    left_behind: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "files": self.files,
            "read": self.read,
            "refused": dict(self.refused.most_common()),
            "failed": dict(self.failed),
            "slowest_seconds": round(self.slowest, 2),
            "left_behind": self.left_behind,
        }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--format", action="append", choices=NAMES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    tallies = fuzz(options.format or NAMES, options.seconds, options.seed, options.keep)
    if options.json:
        print(json.dumps({name: tally.as_json() for name, tally in tallies.items()}, ensure_ascii=False))
    else:
        print(f"{'format':<12}{'files':>7}{'read':>7}{'refused':>9}{'failed':>8}{'slowest s':>11}{'left':>6}")
        for name, tally in tallies.items():
            refused, failed = tally.refused.total(), tally.failed.total()
            print(
                f"{name:<12}{tally.files:>7}{tally.read:>7}{refused:>9}{failed:>8}"
                f"{tally.slowest:>11.2f}{tally.left_behind:>6}"
            )
        print("in all", sum(t.files for t in tallies.values()), "files,", _failures(tallies), "failures")
    return 1 if _failures(tallies) else 0


def _failures(tallies: dict[str, Tally]) -> int:
    return sum(tally.failed.total() + tally.left_behind for tally in tallies.values())


def fuzz(names: Sequence[str], seconds: float, seed: int, keep: Path | None = None) -> dict[str, Tally]:
    """Twist and read files of these formats in turn until the time is over."""
    rng = Random(seed)
    whole = {name: sample(name) for name in names}
    tallies = {name: Tally() for name in names}
    until = time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="akta-fuzz-") as folder:
        while time.monotonic() < until:
            for name, (file_name, data) in whole.items():
                other = rng.choice(list(whole.values()))[1]
                made = twisted(data, rng, other)
                _one(tallies[name], file_name, made, Path(folder), keep)
    return tallies


def _one(tally: Tally, file_name: str, data: bytes, folder: Path, keep: Path | None) -> None:
    began = time.monotonic()
    with scratch(folder) as work:
        path, out = work / "file", work / "out"
        path.write_bytes(data)
        out.mkdir()
        result = read_in_sandbox(path, file_name, ReadOptions(second_reader=False), LIMITS, out)
        tally.files += 1
        end: object = result
        if not isinstance(result, Refusal):
            end = understand_in_sandbox(result, file_name, LIMITS, work)
        if isinstance(end, Refusal):
            (tally.failed if end.reason in FAILURES else tally.refused)[end.reason] += 1
        else:
            tally.read += 1
    tally.slowest = max(tally.slowest, time.monotonic() - began)
    tally.left_behind += len(list(folder.iterdir()))
    if keep is not None and isinstance(end, Refusal) and end.reason in FAILURES:
        keep.mkdir(parents=True, exist_ok=True)
        kept = keep / f"{end.reason}-{tally.files}-{file_name}"
        kept.write_bytes(data)
        kept.with_name(kept.name + ".why").write_text(json.dumps(end.params), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
