"""Reading against its price: what is found on the page, and the processor time it took.

    python -m bench.reading MANIFEST [--match ICDAR] [--limit N]

In one run and on the same documents, in turn: bare `tesseract PAGE out -l pol+eng tsv` (one thread; PDF
pages rendered at 300 dpi beforehand), then Akta's reading in its sandbox, each way of it. MANIFEST as for
`akta evaluate`; only pictures and scanned PDFs are taken. Prints one JSON object: for each way seconds of
processor time a page, the ratio to bare Tesseract, and how many true fields stand in what was read.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from akta.kernel.process import cpu_seconds
from akta.operations.evaluation.manifest import Truth, load_manifest
from akta.operations.evaluation.score import Outcome, Score
from bench.ingest import PICTURES, pages_of
from ingest.extract.options import ReadOptions
from ingest.model import Reading
from ingest.ocr import engines, neural
from ingest.sandbox import Limits, read_in_sandbox

WAYS: dict[str, ReadOptions] = {
    "program": ReadOptions(ocr_engine="program", second_reader=False),
    "resident": ReadOptions(ocr_engine="resident", second_reader=False),
    "program + second": ReadOptions(ocr_engine="program"),
    "resident + second": ReadOptions(ocr_engine="resident"),
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--match", default="")
    parser.add_argument("--limit", type=int, default=30)
    options = parser.parse_args()
    truths = [
        t
        for t in load_manifest(options.manifest)
        if options.match in str(t.path)
        and t.path.suffix.lower() in PICTURES | {".pdf"}
        and t.kind in ("scan", "photo")
    ]
    if len(truths) > options.limit:
        truths = [truths[i * len(truths) // options.limit] for i in range(options.limit)]
    engines.preload("resident", ("pol", "eng"))
    neural.warm()
    with tempfile.TemporaryDirectory(prefix="akta-reading-") as folder:
        work = Path(folder)
        pages = [page for truth in truths for page in pages_of(truth.path, work)]
        bare = _spent(lambda: _bare(pages, work))
        ways = {name: _way(name, read, truths, work, bare) for name, read in WAYS.items()}
    report = {
        "documents": len(truths),
        "pages": len(pages),
        "bare_seconds_per_page": round(bare / max(1, len(pages)), 3),
        "ways": ways,
    }
    print(json.dumps(report, indent=1))
    return 0


def _spent(act: Callable[[], Any]) -> float:
    before = cpu_seconds()
    act()
    return cpu_seconds() - before


def _bare(pages: list[Path], work: Path) -> None:
    for page in pages:
        subprocess.run(
            ["tesseract", str(page), str(work / "out"), "-l", "pol+eng", "tsv"],
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            capture_output=True,
            check=False,
        )


def _way(name: str, read: ReadOptions, truths: list[Truth], work: Path, bare: float) -> dict[str, Any]:
    score = Score()
    for number, truth in enumerate(truths):
        out = work / f"{name}-{number}" / "out"
        out.mkdir(parents=True)
        before = cpu_seconds()
        result = read_in_sandbox(truth.path, truth.path.name, replace(read), Limits(), out)
        spent = cpu_seconds() - before
        pages = result.pages if isinstance(result, Reading) else ()
        text = "\n".join(page.text for page in pages)
        twice = sum(neural.NAME in page.reader for page in pages)
        score.add(truth, Outcome("read", None, None, None, {}, text, max(1, len(pages)), spent, twice))
    report = score.report()
    return {
        "seconds_per_page": report["cpu_seconds_per_page"],
        "ratio": round(report["cpu_seconds"] / bare, 3),
        "second_reader_pages": report["second_reader_pages"],
        "found": {f: f"{h['hits']}/{h['of']}" for f, h in report["fields_present"].items()},
    }


if __name__ == "__main__":
    sys.exit(main())
