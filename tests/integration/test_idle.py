"""What an Akta without work carries: nothing of what reading needs, and what it does carry only once."""

import fcntl
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from akta.bootstrap import ROOT
from tests.papers import generate

pytestmark = [pytest.mark.ocr, pytest.mark.slow]

#: Libraries for reading papers and making renditions; some of them take more than all of Akta at rest.
HEAVY_MODULES = {
    *("tesserocr", "rapidocr", "openvino", "cv2", "pdfplumber", "pdfminer", "pypdfium2", "pikepdf"),
    *("fpdf", "img2pdf", "lxml", "xlrd", "alembic"),
}
_HEAVY_FILES = re.compile(r"/(tesserocr|libtesseract|openvino|cv2|pypdfium2_raw|pikepdf|lxml)[./-]")
_AT_REST = "import akta.cli.serve, akta.worker.embedded, api.app, sys; print(*sys.modules)"


def test_what_a_server_and_its_worker_import_at_the_start_is_not_what_reading_needs() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _AT_REST],
        cwd=ROOT,
        env=_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert HEAVY_MODULES & {name.split(".")[0] for name in told.stdout.split()} == set()


def test_only_processes_that_end_load_what_reading_needs(tmp_path: Path) -> None:
    home = tmp_path / "home"
    paper = generate("receipt", 7, "pl", "scan", 150)
    picture = tmp_path / paper.name
    picture.write_bytes(paper.data)
    with _serve(home, tmp_path / "log") as server:
        (worker,) = server.children(recursive=True)
        assert worker.cmdline() == server.cmdline()  # a fork, which shares what both have loaded
        assert _heavy(server) == _heavy(worker) == set()
        assert _ingested(home, picture)["state"] in ("filed", "review")
        assert _heavy(server) == _heavy(worker) == set()
        (executor,) = worker.children()  # stays for a while, for what may come next
        assert "tesserocr" in _heavy(executor)
        executor.kill()
        psutil.wait_procs([executor], 30)
        assert worker.is_running()


def test_the_fork_takes_over_from_an_executor_that_runs(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "run").mkdir(parents=True)
    paper = tmp_path / "note.txt"
    paper.write_text("Protokół odbioru robót z dnia 2026-03-02")
    with (home / "run" / "executor.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with _serve(home, tmp_path / "log") as server:
            workers = server.children()
            assert len(workers) == 1
            other.close()
            assert _ingested(home, paper)["state"] in ("filed", "review")
            assert server.children() == workers


def _ingested(home: Path, paper: Path) -> dict[str, Any]:
    told = subprocess.run(
        [sys.executable, "-m", "akta.cli", "ingest", "--wait", "--json", str(paper)],
        cwd=ROOT,
        env=_environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout, told.stderr
    row: dict[str, Any] = json.loads(told.stdout)
    return row


def _heavy(process: psutil.Process) -> set[str]:
    return {found[1] for part in process.memory_maps() if (found := _HEAVY_FILES.search(part.path))}


@contextmanager
def _serve(home: Path, said: Path) -> Iterator[psutil.Process]:
    with said.open("wb") as log:
        process = psutil.Popen(
            [sys.executable, "-m", "akta.cli", "serve", "--port", "0"],
            cwd=ROOT,
            env=_environment(home),
            stdout=log,
            stderr=log,
        )
    try:
        while b"Stop with Ctrl-C" not in said.read_bytes():
            assert process.poll() is None, said.read_text()
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _environment(home: Path | None = None) -> dict[str, str]:
    own = {"AKTA_HOME": str(home)} if home else {}
    return {**os.environ, "PYTHONPATH": str(ROOT), "AKTA_WORKERS": "1", "AKTA_SECOND_READER": "false", **own}
