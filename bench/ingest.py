"""Taking papers in: CPU against bare Tesseract, papers a minute, memory, time until findable.

    python -m bench.ingest FOLDER [--limit N] [--rounds N]

In one run and on the same pages, in turn: `tesseract PAGE out -l pol+eng tsv` alone (one core,
OMP_THREAD_LIMIT=1), then the whole of Akta (receive, read, understand, file, render, index) from an
empty archive, without and with the second reader. FOLDER holds pictures and PDFs; PDF pages are rendered
beforehand at 300 dpi for the bare program, pages with a text layer are not given to it (Akta does not
recognise them either). Prints one JSON object; ratios are the figures to quote.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pypdfium2 as pdfium

from bench import processes, server

PICTURES = {".jpg", ".jpeg", ".png", ".tif", ".tiff"}
#: Seconds after which an Akta without work has let go of what it loaded for it.
_REST = 75


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, default=35)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    files = [p for p in sorted(options.folder.rglob("*")) if p.suffix.lower() in PICTURES | {".pdf"}]
    files = random.Random(options.seed).sample(files, min(options.limit, len(files)))
    with tempfile.TemporaryDirectory(prefix="akta-bench-") as folder:
        work = Path(folder)
        pages = [page for path in files for page in pages_of(path, work)]
        rounds = [_round(files, pages, work / f"round-{n}") for n in range(options.rounds)]
        report = {
            "papers": len(files),
            "pages_recognised": len(pages),
            "rounds": rounds,
            "one_reader_cpu_ratio_median": round(
                statistics.median(r["one_reader"]["cpu_ratio"] for r in rounds), 3
            ),
            "cpu_ratio_median": round(statistics.median(r["cpu_ratio"] for r in rounds), 3),
            "papers_per_minute_median": round(statistics.median(r["papers_per_minute"] for r in rounds), 1),
            **_serving(files, work),
        }
    print(json.dumps(report, indent=1))
    return 0


def pages_of(path: Path, work: Path) -> list[Path]:
    """What bare Tesseract is given for a file: the picture itself, or its pages without a text layer."""
    if path.suffix.lower() != ".pdf":
        return [path]
    made = []
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError:
        return []
    for number, page in enumerate(document):
        if sum(c.isalnum() for c in page.get_textpage().get_text_range()) >= 25:
            continue
        target = work / f"{path.stem}-{number}.pgm"
        page.render(scale=300 / 72, grayscale=True).to_pil().save(target)
        made.append(target)
    return made


def _round(files: list[Path], pages: list[Path], work: Path) -> dict[str, Any]:
    work.mkdir()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for page in pages:
        subprocess.run(
            ["tesseract", str(page), str(work / "out"), "-l", "pol+eng", "tsv"],
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            capture_output=True,
            check=False,
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    bare = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    one_reader = _whole(files, work / "one-reader", AKTA_SECOND_READER="false")
    return {
        "bare_cpu": round(bare, 2),
        "one_reader": _against(bare, one_reader),
        **_against(bare, _whole(files, work / "home")),
    }


def _whole(files: list[Path], home: Path, **environment: str) -> tuple[float, float, int]:
    """Taking all files into a new archive: processor time, seconds, and how many came to an end."""
    server.akta(home, "status", **environment)  # sets the archive up, which is not what is measured
    started = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = server.akta(home, "ingest", "--wait", "--json", *map(str, files), **environment)
    seconds = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, seconds, len(told.stdout.splitlines())


def _against(bare: float, measured: tuple[float, float, int]) -> dict[str, Any]:
    whole, seconds, ended = measured
    return {
        "akta_cpu": round(whole, 2),
        "cpu_ratio": round(whole / bare, 3),
        "seconds": round(seconds, 1),
        "papers_per_minute": round(60 * ended / seconds, 1),
        "ended": ended,
    }


def _serving(files: list[Path], work: Path) -> dict[str, Any]:
    """A running server: memory idle, at its peak and after work, and the time from upload to findable."""
    home, port = work / "served", server.free_port()
    process = server.start(home, "serve", "--port", str(port), log=work / "serve.log")
    try:
        server.wait_ready(port)
        token = server.make_token(home)
        time.sleep(_REST)
        idle = processes.memory_mib(process.pid)
        peak = 0.0
        ended = threading.Event()

        def watch() -> None:
            nonlocal peak
            while not ended.wait(0.2):
                peak = max(peak, processes.memory_mib(process.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        headers = {"authorization": f"Bearer {token}"}
        receipts = [p for p in files if p.suffix.lower() in PICTURES][:7]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
            waits = []
            for path in receipts:
                waits.append(_until_findable(client, path))
                time.sleep(4)  # so that each starts from an idle server
            for path in files:
                with path.open("rb") as data:
                    client.post("/v1/records", files={"file": (path.name, data)})
            while client.get("/v1/status").json()["total"]["in_progress"]:
                time.sleep(0.3)
        ended.set()
        watcher.join()
        time.sleep(_REST)
        after = processes.memory_mib(process.pid)
    finally:
        server.stop(process)
    return {
        "idle_mib": round(idle, 1),
        "peak_mib": round(peak, 1),
        "after_work_mib": round(after, 1),
        "upload_to_findable_seconds": [round(w, 2) for w in waits],
        "upload_to_findable_median": round(statistics.median(waits), 2) if waits else None,
    }


def _until_findable(client: httpx.Client, path: Path) -> float:
    started = time.monotonic()
    with path.open("rb") as data:
        receipt = client.post("/v1/records", files={"file": (path.name, data)}).json()["receipts"][0]
    while time.monotonic() - started < 120:
        found = client.get("/v1/search", params={"q": f"number:{receipt['id']}"}).json()
        if any(item["state"] in ("filed", "review") for item in found.get("items", ())):
            return time.monotonic() - started
        time.sleep(0.02)
    raise TimeoutError(path.name)


if __name__ == "__main__":
    sys.exit(main())
