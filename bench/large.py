"""Memory while large files are read: a scan of many pages, and a TIFF of a gigabyte.

    python -m bench.large [--pages 500] [--mebibytes 1024]

Makes both files (grey A4 pages of print at 200 dpi), takes each into an empty archive and prints one JSON
object: size, pages, seconds, and the peak of memory (PSS) of all processes together.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from bench import processes, server
from ingest.render.overlay import text_font

_SIZE, _DPI = (1654, 2339), 200
_WORDS = "faktura umowa pracownik data kwota razem netto brutto podpis termin strona wynik badania".split()  # noqa: SIM905


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--mebibytes", type=int, default=1024)
    options = parser.parse_args()
    report = {}
    with tempfile.TemporaryDirectory(prefix="akta-bench-") as folder:
        work = Path(folder)
        scan, tiff = work / "scan.pdf", work / "large.tif"
        _save(scan, options.pages, "PDF", resolution=_DPI, quality=60)
        report["scan"] = _take_in(scan, work / "a")
        scan.unlink()
        count = max(1, options.mebibytes * 1024**2 // (_SIZE[0] * _SIZE[1]))
        _save(tiff, count, "TIFF", compression="raw", dpi=(_DPI, _DPI))
        report["tiff"] = _take_in(tiff, work / "b")
    print(json.dumps(report, indent=1))
    return 0


def _save(target: Path, count: int, kind: str, **how: Any) -> None:
    pages = (_page(number) for number in range(1, count + 1))
    next(pages).save(target, kind, save_all=True, append_images=pages, **how)


def _page(number: int) -> Image.Image:
    chance = Random(number)
    picture = Image.new("L", _SIZE, 250)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.truetype(str(text_font()), 32)
    for row in range(36):
        draw.text((150, 150 + 55 * row), " ".join(chance.choices(_WORDS, k=8)), fill=20, font=font)
    return picture


def _take_in(file: Path, home: Path) -> dict[str, Any]:
    server.akta(home, "status")
    peak = 0.0
    ended = threading.Event()
    started = time.monotonic()
    process = server.start(home, "ingest", "--wait", "--json", str(file), log=home / "log")

    def watch() -> None:
        nonlocal peak
        while not ended.wait(0.3):
            peak = max(peak, processes.memory_mib(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    process.wait()
    ended.set()
    watcher.join()
    told = next(json.loads(line) for line in (home / "log").read_text().splitlines() if line.startswith("{"))
    return {
        "mebibytes": round(file.stat().st_size / 1024**2, 1),
        "pages": told["pages"],
        "state": told["state"],
        "reason": told["reason"],
        "seconds": round(time.monotonic() - started, 1),
        "peak_mib": round(peak, 1),
    }


if __name__ == "__main__":
    sys.exit(main())
