"""Labelled readings: what the classifier is trained on and judged by, read once and kept as JSON lines.

    python -m bench.labelled read MANIFEST OUT.jsonl [--workers 2]
    python -m bench.labelled generate OUT.jsonl [--seed 1] [--each 12] [--scans 1] [--workers 2]

`read` takes the papers of a manifest (as for `akta evaluate`) through the readers of the pipeline.
`generate` makes `--each` papers of every kind and language of `tests.papers` as text, PDF or office file,
and `--scans` of each as a noisy picture that is recognised. The same seed makes the same papers.

Each line is a reading (`ingest.model.to_json`) with a key `row`: path, source, domain, doc_type,
language, kind.
"""

import argparse
import json
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

from akta.operations.evaluation.manifest import Truth, load_manifest
from ingest.extract.options import ReadOptions
from ingest.model import Reading, Refusal, from_json, to_json
from ingest.sandbox import Limits, read_in_sandbox
from tests.papers.make import KINDS, generate, languages_for, media_for

Labelled = tuple[dict[str, Any], Reading]
_PLAIN_MEDIA = ("pdf", "pdf", "text", "docx", "xlsx")
_PICTURES = ("scan", "photo")


def _read(path: Path, second_reader: bool) -> Reading | Refusal:
    with tempfile.TemporaryDirectory() as out:
        options = ReadOptions(second_reader=second_reader)
        return read_in_sandbox(path, path.name, options, Limits(), Path(out))


def _read_truth(truth: Truth) -> tuple[dict[str, Any], dict[str, Any] | None]:
    row = {
        "path": str(truth.path.name),
        "source": truth.source,
        "domain": truth.domain,
        "doc_type": truth.doc_type,
        "language": truth.language,
        "kind": truth.kind,
    }
    result = _read(truth.path, True)
    return row, to_json(result) if isinstance(result, Reading) else None


def _made(task: tuple[str, str, int, str]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    kind, language, seed, medium = task
    paper = generate(kind, seed, language, medium, 200)  # type: ignore[arg-type]
    row = {
        "path": f"{seed} {paper.name}",
        "source": "tests.papers",
        "domain": paper.domain,
        "doc_type": paper.doc_type,
        "language": language,
        "kind": medium,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, paper.name)
        path.write_bytes(paper.data)
        result = _read(path, False)
    return row, to_json(result) if isinstance(result, Reading) else None


def tasks(seed: int, each: int, scans: int) -> list[tuple[str, str, int, str]]:
    """What to make: (kind, language, seed of the paper, medium)."""
    rng = Random(seed)
    out = []
    for kind in KINDS:  # every kind weighs the same
        plain = [m for m in _PLAIN_MEDIA if m in media_for(kind)]
        pictures = [m for m in _PICTURES if m in media_for(kind)]
        for language in languages_for(kind):
            for number in range(each + (scans if pictures else 0)):
                medium = rng.choice(plain if number < each else pictures)
                out.append((kind, language, rng.randrange(2**31), medium))
    rng.shuffle(out)  # so that the first half is a mixture, too
    return out


def write(lines: Iterable[tuple[dict[str, Any], dict[str, Any] | None]], out: Path) -> int:
    """Keep the readings as JSON lines; what was refused is left out. Returns how many were kept."""
    count = 0
    with out.open("w", encoding="utf-8") as file:
        for row, data in lines:
            if data is not None:
                file.write(json.dumps({**data, "row": row}, ensure_ascii=False) + "\n")
                count += 1
    return count


def load(path: Path) -> Iterator[Labelled]:
    """The labelled readings of a file that `write` made."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            data = json.loads(line)
            row = data.pop("row")
            reading = from_json(data)
            if isinstance(reading, Reading):
                yield row, reading


def main() -> None:
    """Read or make the papers."""
    parser = argparse.ArgumentParser(prog="python -m bench.labelled", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    read = commands.add_parser("read")
    read.add_argument("manifest", type=Path)
    make = commands.add_parser("generate")
    for command in (read, make):
        command.add_argument("out", type=Path)
        command.add_argument("--workers", type=int, default=2)
    make.add_argument("--seed", type=int, default=1)
    make.add_argument("--each", type=int, default=12)
    make.add_argument("--scans", type=int, default=1)
    options = parser.parse_args()
    with ProcessPoolExecutor(options.workers) as pool:
        if options.command == "read":
            count = write(pool.map(_read_truth, load_manifest(options.manifest)), options.out)
        else:
            wanted = tasks(options.seed, options.each, options.scans)
            count = write(pool.map(_made, wanted), options.out)
    print(f"{count} readings in {options.out}")


if __name__ == "__main__":
    main()
