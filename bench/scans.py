"""Characters read wrongly on generated Polish pages, by resolution and damage, with and without each stage.

    python -m bench.scans [--papers 4] [--dpi 300,200,150] [--damage clean,scan,stamp,skew,photo]

The same pages are read in turn by bare Tesseract, by the reading plan (turning, reading passed-over print as
a block), straightened too, with the second reader where in doubt, with it on every page, and enlarged. The
truth is every word with its place: the characters of a word are compared with what was read inside its box,
so the order of columns costs nothing. Prints one JSON object: for each damage, resolution and way the share
of characters read wrongly (CER), of words read exactly, and seconds of processor time a page.
"""

import argparse
import json
import math
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

from akta.kernel.process import cpu_seconds
from ingest.extract.options import ReadOptions
from ingest.model import Page, Reading, Word
from ingest.ocr import engines, neural
from ingest.ocr.port import Recognised
from ingest.render.overlay import text_font
from ingest.sandbox import Limits, read_in_sandbox
from tests.papers import generate
from tests.papers.model import PlacedWord
from tests.papers.raster import Move, moved, pages_of, photographed, scanned

#: Everyday papers of the five domains, dense and sparse, with tables and running text.
KINDS = (
    *("invoice", "receipt", "tax_form", "bank_statement", "lab_report", "employment_contract"),
    *("payslip", "despatch_advice", "equipment_log", "memo"),
)
PLAIN = ReadOptions(second_reader=False)
WAYS: dict[str, ReadOptions] = {
    "turned, blocks": replace(PLAIN, straighten=False),
    "straightened too": PLAIN,
    "second in doubt too": ReadOptions(),
    "second always": ReadOptions(second_always=True),
    "enlarged, no second": replace(PLAIN, enlarge=1.5),
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--papers", type=int, default=4)
    parser.add_argument("--dpi", default="300,200,150")
    parser.add_argument("--damage", default="clean,scan,stamp,skew,photo")
    options = parser.parse_args()
    engines.preload("resident", ("pol", "eng"))
    neural.warm()
    report: dict[str, Any] = {"papers": options.papers, "kinds": KINDS[: options.papers]}
    with tempfile.TemporaryDirectory(prefix="akta-scans-") as folder:
        for damage in options.damage.split(","):
            for dpi in map(int, options.dpi.split(",")):
                report[f"{damage} {dpi}"] = _measured(damage, dpi, options.papers, Path(folder))
    print(json.dumps(report, indent=1))
    return 0


def _measured(damage: str, dpi: int, papers: int, folder: Path) -> dict[str, Any]:
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0] * 5)
    for number in range(papers):
        kind = KINDS[number % len(KINDS)]
        paper = generate(kind, seed=4000 + number, language="pl", medium="pdf")
        chance = Random(f"{damage}/{dpi}/{number}")
        picture, moves = damaged(pages_of(paper.data, dpi)[0], damage, chance)
        truth = [w for w in paper.words if w[1] == 1]
        for move in moves:
            truth = list(moved(truth, [move]))
        file = folder / f"page-{damage}-{dpi}-{number}.png"
        picture.save(file, dpi=(dpi, dpi))
        for way in ("bare tesseract", *WAYS):
            before = cpu_seconds()
            words = _bare(file, picture.size, dpi) if way not in WAYS else _read(file, WAYS[way], folder)
            spent = cpu_seconds() - before
            wrong, exact = compared(truth, words)
            row = sums[way]
            for at, value in enumerate((wrong, sum(len(w[0]) for w in truth), exact, len(truth), spent)):
                row[at] += value
        file.unlink()
    return {
        way: {
            "cer": round(wrong / characters, 4),
            "words": round(exact / count, 4),
            "seconds": round(spent / papers, 2),
        }
        for way, (wrong, characters, exact, count, spent) in sums.items()
    }


def damaged(page: Image.Image, damage: str, chance: Random) -> tuple[Image.Image, list[Move]]:
    """A page as it comes: clean, from a scanner, stamped too, askew by 3 to 8 degrees, photographed."""
    match damage:
        case "clean":
            return page, []
        case "scan":
            picture, move = scanned(page, chance)
        case "stamp":
            picture, move = scanned(_stamped(page, chance), chance)
        case "skew":
            return _askew(page, chance.choice((-1, 1)) * chance.uniform(3, 8))
        case "photo":
            picture, move = photographed(page, chance)
        case _:
            raise ValueError(damage)
    return picture, [move]


def _stamped(page: Image.Image, chance: Random) -> Image.Image:
    """Three stamps over what is printed, in the grey that blue ink leaves; the print shows through."""
    stamps = Image.new("L", page.size, 255)
    ink, width = ImageDraw.Draw(stamps), page.width
    font = ImageFont.truetype(str(text_font()), width // 45)
    for words in ("ZAPŁACONO", "WPŁYNĘŁO 12. 03. 2026", "ZATWIERDZAM"):
        x, y = chance.uniform(0.1, 0.6) * width, chance.uniform(0.1, 0.75) * page.height
        box = (x, y, x + 0.28 * width, y + 0.07 * width)
        ink.rounded_rectangle(box, radius=width // 80, outline=120, width=max(2, width // 400))
        ink.text((x + 0.02 * width, y + 0.02 * width), words, font=font, fill=120)
    return ImageChops.multiply(page, stamps.rotate(chance.uniform(-12, 12), fillcolor=255))


def _askew(page: Image.Image, degrees: float) -> tuple[Image.Image, list[Move]]:
    picture = page.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    turn = math.radians(degrees)
    cos, sin = math.cos(turn), math.sin(turn)

    def move(x: float, y: float) -> tuple[float, float]:
        u, v = (x - 0.5) * page.width, (y - 0.5) * page.height
        return (cos * u + sin * v) / picture.width + 0.5, (-sin * u + cos * v) / picture.height + 0.5

    return picture, [move]


def _bare(file: Path, size: tuple[int, int], dpi: int) -> Sequence[Word]:
    outcome = engines.recogniser("program").recognise(file, size, languages=("pol", "eng"), dpi=dpi)
    return outcome.words if isinstance(outcome, Recognised) else ()


def _read(file: Path, options: ReadOptions, folder: Path) -> Sequence[Word]:
    with tempfile.TemporaryDirectory(dir=folder) as out:
        result = read_in_sandbox(file, file.name, options, Limits(), Path(out))
    pages: Sequence[Page] = result.pages if isinstance(result, Reading) else ()
    return pages[0].words if pages else ()


def compared(truth: Sequence[PlacedWord], read: Sequence[Word]) -> tuple[int, int]:
    """Characters to be edited, and exact words: each read word belongs to the true one it lies on."""
    under: dict[int, list[Word]] = defaultdict(list)
    stray = 0
    for word in read:
        x, y = (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2
        at = next((i for i, (_, _, b) in enumerate(truth) if b[0] <= x <= b[2] and b[1] <= y <= b[3]), None)
        if at is None:  # the widest overlap is its place; print where there is none was made up
            at = max(range(len(truth)), key=lambda i: _overlap(truth[i][2], word.box), default=None)
            if at is None or _overlap(truth[at][2], word.box) == 0:
                stray += sum(c.isalnum() for c in word.text)
                continue
        under[at].append(word)
    wrong, exact = stray, 0
    for at, (text, _, _) in enumerate(truth):
        found = "".join(w.text for w in sorted(under[at], key=lambda w: w.box[0]))
        edits = Levenshtein.distance(text, found)
        wrong += edits
        exact += edits == 0
    return wrong, exact


def _overlap(a: Sequence[float], b: Sequence[float]) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


if __name__ == "__main__":
    sys.exit(main())
