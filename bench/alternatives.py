"""How often the true value of a doubtful field that was read wrong, or missed, is among its alternatives.

    python -m bench.alternatives MANIFEST [--match TEXT] [--limit N] [--json]

Reads and understands each paper of the manifest as the pipeline does. Counted are the fields that
send a paper to review and whose truth is known, where the value found is another one or none.
"""

import argparse
import contextlib
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from akta.kernel.scratch import scratch
from akta.operations.evaluation.compare import same
from akta.operations.evaluation.manifest import Truth, load_manifest
from ingest.extract.options import ReadOptions
from ingest.model import Refusal
from ingest.review.queue import doubtful_names
from ingest.sandbox import Limits, read_in_sandbox, understand_in_sandbox

LIMITS = Limits(seconds=120.0, memory_mib=2048)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--match", default="", help="only papers whose path holds this")
    parser.add_argument("--limit", type=int, default=0, help="only so many, evenly spread")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    truths = [t for t in load_manifest(asked.manifest) if asked.match in str(t.path)]
    if asked.limit and len(truths) > asked.limit:
        truths = [truths[i * len(truths) // asked.limit] for i in range(asked.limit)]
    report: dict[str, dict[str, int]] = {}
    papers = 0
    done = 0
    with (
        tempfile.TemporaryDirectory(prefix="akta-alternatives-") as folder,
        contextlib.suppress(KeyboardInterrupt),  # what is counted so far is told
    ):
        for truth in truths:
            papers += _paper(truth, Path(folder), report)
            done += 1
    if asked.json:
        print(json.dumps({"papers": done, "with_doubtful_fields": papers, "fields": report}))
        return 0
    print(f"{done} papers, {papers} with doubtful fields")
    print(f"{'field':<18} {'doubtful':>8} {'wrong':>6} {'among alternatives':>19} {'the first':>10}")
    for name, line in sorted(report.items()):
        print(f"{name:<18} {line['doubtful']:>8} {line['wrong']:>6} {line['among']:>19} {line['first']:>10}")
    return 0


def _paper(truth: Truth, folder: Path, report: dict[str, dict[str, int]]) -> bool:
    with scratch(folder) as work:
        out = work / "out"
        out.mkdir()
        reading = read_in_sandbox(truth.path, truth.path.name, ReadOptions(), LIMITS, out)
        if isinstance(reading, Refusal):
            return False
        understood = understand_in_sandbox(reading, truth.path.name, LIMITS, work)
    if isinstance(understood, Refusal):
        return False
    found = {f.name: f.value for f in understood.fields}
    doubtful = {
        name
        for doubt in understood.doubts
        for name in doubtful_names({"reason": doubt.reason, "params": doubt.params})
    }
    for name in doubtful:
        true = truth.fields.get(name)
        if not isinstance(true, str | int | float):
            continue
        others = understood.suggestions.get(name, ())
        hits = [same(str(true), other.value) for other in others]
        for key in (name, "all"):
            line = report.setdefault(key, {"doubtful": 0, "wrong": 0, "among": 0, "first": 0})
            line["doubtful"] += 1
            if not same(str(true), found.get(name)):
                line["wrong"] += 1
                line["among"] += any(hits)
                line["first"] += bool(hits and hits[0])
    return bool(doubtful)


if __name__ == "__main__":
    sys.exit(main())
