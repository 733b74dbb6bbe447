"""The second reader in a process that has not used it yet, within the limits that installations have."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from akta.bootstrap import ROOT
from ingest.ocr import neural
from tests.papers import generate

# Less than installations have by default: pages with more print than this one take more.
_MEMORY_MIB = 1100
_READ = """
import sys
from pathlib import Path
from ingest.extract.options import ReadOptions
from ingest.sandbox import Limits, read_in_sandbox

path, out = map(Path, sys.argv[1:3])
limits = Limits(memory_mib=int(sys.argv[3]))
result = read_in_sandbox(path, path.name, ReadOptions(second_always=True), limits, out)
print(result.pages[0].reader if hasattr(result, "pages") else result)
"""


def test_a_whole_page_fits_into_the_usual_limits(tmp_path: Path) -> None:
    paper = generate("invoice", 7, "pl", "scan", 300)
    path = tmp_path / paper.name
    path.write_bytes(paper.data)
    (tmp_path / "out").mkdir()
    told = subprocess.run(
        [sys.executable, "-c", _READ, str(path), str(tmp_path / "out"), str(_MEMORY_MIB)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert told.stdout.strip() == "tesseract+ppocr", (told.stdout, told.stderr)


def test_models_that_fail_cost_the_second_reading_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = generate("receipt", 7, "pl", "scan", 200)
    picture = tmp_path / paper.name
    picture.write_bytes(paper.data)

    class Engine:
        cleared = False

        def __call__(self, *pixels: object) -> "Engine":
            if pixels:
                raise IndexError("what the libraries do when they are short of memory")
            return self

        def cache_clear(self) -> None:
            self.cleared = True

    engine = Engine()
    monkeypatch.setattr(neural, "_engine", engine)
    with pytest.raises(RuntimeError, match="IndexError"):
        neural.neural_lines(picture)
    assert engine.cleared
