"""How many papers that came twice are found, and how many different ones are taken for the same.

    python -m bench.duplicates [--papers 200] [--scans 40]
    python -m bench.duplicates --corpus FOLDER [--most 1000]

Generated papers: each is there as the file it was printed from, and once more on the same form with all
digits drawn anew. Of `--scans` of them two scans more are made and read from the pixels, with other grain,
skew, resolution (200 and 150 dpi) and compression. A corpus: all its papers are different ones, so each
alarm is listed for somebody to look at. Prints one JSON object: pairs alike by the picture alone, by the
picture and what was read, by the business key; recall by kind of pair; processor time of a fingerprint.
"""

import argparse
import itertools
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.duplicates.compare import NEAR, same_picture
from ingest.duplicates.facts import facts_of, same_business
from ingest.extract.context import ReadContext
from ingest.extract.options import ReadOptions
from ingest.model import Refusal
from ingest.ocr.fingerprint import bands, distance, fingerprint, probes
from ingest.read import read_file
from ingest.sandbox import Limits, read_in_sandbox
from ingest.understand import understand
from tests.papers.make import languages_for
from tests.papers.twice import printed, taken, taken_file

#: Papers of the everyday kinds that are filed by the thousand on few forms.
KINDS = ("invoice", "receipt", "lab_report", "purchase_order", "despatch_advice", "payslip", "bank_statement")
_ENDINGS = (".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff")
_OPTIONS = ReadOptions(second_reader=False)


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept of a paper."""

    name: str
    pages: tuple[tuple[str | None, str], ...]
    doc_type: str
    fields: Mapping[str, str]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--papers", type=int, default=200)
    parser.add_argument("--scans", type=int, default=40)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--most", type=int, default=1000)
    options = parser.parse_args()
    told = _corpus(options.corpus, options.most) if options.corpus else _made(options.papers, options.scans)
    json.dump(told, sys.stdout, indent=2, ensure_ascii=False)
    print()
    return 0


def _made(papers: int, scans: int) -> dict[str, Any]:
    files: list[Known] = []
    forms: list[Known] = []
    twice: list[tuple[Known, Known, Known]] = []
    for number in range(papers):
        kind = KINDS[number % len(KINDS)]
        languages = languages_for(kind)
        language = languages[number % len(languages)]
        paper = printed(kind, number, language)
        file = _read(paper, f"{kind}-{number}.pdf")
        form = _read(printed(kind, number, language, numbers=number), f"{kind}-{number}-other.pdf")
        if file is None or form is None:
            continue
        files.append(file)
        forms.append(form)
        if len(twice) < scans and number % max(1, papers // max(1, scans)) == 0:
            first = _read(taken_file(paper, 2 * number, 200, 80), "a.jpg")
            second = _read(taken_file(paper, 2 * number + 1, 150, 60), "b.jpg")
            if first and second and len(file.pages) == 1:
                twice.append((file, first, second))
    different = [*itertools.combinations(files, 2), *itertools.combinations(forms, 2)]
    return {
        "papers": len(files),
        "scanned twice": _counts([(a, b) for _, a, b in twice]),
        "file and scan": _counts([(f, a) for f, a, _ in twice] + [(f, b) for f, _, b in twice]),
        "same form, other numbers": _counts(list(zip(files, forms, strict=True))),
        "different papers": _counts(different),
        "cpu": _cpu(),
    }


def _corpus(folder: Path, most: int) -> dict[str, Any]:
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in _ENDINGS)[:most]
    known = [k for k in (_read(p.read_bytes(), p.name, ours=False) for p in paths) if k is not None]
    pairs = list(itertools.combinations(known, 2))
    alarms = [
        {"papers": [a.name, b.name], "picture": _picture(a, b), "key": _key(a, b)}
        for a, b in pairs
        if _picture(a, b) is not None or _key(a, b) is not None
    ]
    return {"papers": len(known), "pairs": _counts(pairs), "alarms": alarms}


def _read(data: bytes, name: str, *, ours: bool = True) -> Known | None:
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "original", Path(folder) / "out"
        path.write_bytes(data)
        out.mkdir()
        # Our own papers need no process of their own for each, which costs more than reading them.
        reading = (
            read_file(path, ReadContext(_OPTIONS, out, name))
            if ours
            else read_in_sandbox(path, name, _OPTIONS, Limits(), out)
        )
        if isinstance(reading, Refusal):
            return None
        understood = understand(reading, name)
    pages = tuple((p.picture, p.text) for p in reading.pages if p.outcome != "blank")[:8]
    return Known(name, pages, understood.doc_type, {f.name: f.value for f in understood.fields})


def _counts(pairs: Sequence[tuple[Known, Known]]) -> dict[str, Any]:
    """How many pairs are alike in each way, out of how many."""
    ways: dict[str, Callable[[Known, Known], bool]] = {
        "picture near": lambda a, b: _near(a, b),
        "found by bands": lambda a, b: _found(a, b),
        "same picture": lambda a, b: _found(a, b) and _picture(a, b) is not None,
        "same business": lambda a, b: _key(a, b) is not None,
        "told": lambda a, b: (_found(a, b) and _picture(a, b) is not None) or _key(a, b) is not None,
    }
    found: Counter[str] = Counter()
    for one, other in pairs:
        for way, holds in ways.items():
            found[way] += holds(one, other)
    return {"pairs": len(pairs), **{way: found[way] for way in ways}}


def _near(one: Known, other: Known) -> bool:
    a, b = (k.pages[0][0] if k.pages else None for k in (one, other))
    return a is not None and b is not None and distance(a, b) <= NEAR


def _found(one: Known, other: Known) -> bool:
    a, b = (k.pages[0][0] if k.pages else None for k in (one, other))
    if a is None or b is None or len(one.pages) != len(other.pages):
        return False
    return bool(set(probes(a, len(one.pages))) & set(bands(b, len(other.pages))))


def _picture(one: Known, other: Known) -> float | None:
    if not one.pages or len(one.pages) != len(other.pages):
        return None
    least = 1.0
    for (a, text), (b, other_text) in zip(one.pages, other.pages, strict=True):
        sure = same_picture((a, b), (text, other_text), (one.fields, other.fields)) if a and b else None
        if sure is None:
            return None
        least = min(least, sure)
    return least


def _key(one: Known, other: Known) -> float | None:
    a, b = (facts_of(k.doc_type, k.fields) for k in (one, other))
    return same_business(a, b) if a and b else None


def _cpu() -> dict[str, float]:
    """Milliseconds of processor time of one fingerprint, of an A4 page in grey."""
    found = {}
    for dpi in (100, 200, 300):
        picture = taken(printed("invoice", 1), 1, dpi).convert("L")
        begun = time.process_time()
        for _ in range(5):
            fingerprint(picture)
        found[f"{dpi} dpi, ms"] = round((time.process_time() - begun) * 200, 1)
    return found


if __name__ == "__main__":
    raise SystemExit(main())
