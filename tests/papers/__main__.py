"""`python -m tests.papers OUTDIR --count N --seed S`: a mixed pile with a manifest of what is what."""

import argparse
import hashlib
import json
from pathlib import Path
from random import Random

from tests.papers.make import KINDS, generate, languages_for, media_for

#: How the manifest calls a medium.
_KIND_NAMES = {"pdf": "born-digital", "scan-pdf": "scan", "tiff": "scan", "hl7": "text"}


def pile(folder: Path, count: int, seed: int, dpi: int, media: set[str]) -> None:
    """Write `count` papers, `kind` by `kind` in turn, and `manifest.jsonl` beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = Random(seed)
    with (folder / "manifest.jsonl").open("w", encoding="utf-8") as manifest:
        for number in range(count):
            code = KINDS[(number + seed) % len(KINDS)]
            language = rng.choice(languages_for(code))
            possible = [m for m in media_for(code) if not media or m in media] or ["text"]
            paper = generate(
                code, rng.randrange(2**31), language, rng.choice(possible), rng.choice((dpi, dpi, 200, 150))
            )
            path = Path(paper.domain, paper.doc_type, f"{number:06d} {paper.name}")
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(paper.data)
            entry = {
                "path": path.as_posix(),
                "sha256": hashlib.sha256(paper.data).hexdigest(),
                "bytes": len(paper.data),
                "source": "tests.papers",
                "domain": paper.domain,
                "doc_type": paper.doc_type,
                "language": paper.language,
                "kind": _KIND_NAMES.get(paper.medium, paper.medium),
                "ground_truth": paper.truth,
                "gt_source": "generated",
            }
            manifest.write(json.dumps(entry, ensure_ascii=False) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.papers", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dpi", type=int, default=300, choices=(150, 200, 300))
    parser.add_argument("--media", default="", help="only these, parted by commas: pdf,scan,text ...")
    args = parser.parse_args()
    pile(args.folder, args.count, args.seed, args.dpi, {m for m in args.media.split(",") if m})


if __name__ == "__main__":
    main()
