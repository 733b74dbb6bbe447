"""Pages read at the same time: the same result, cores given back, other papers not held up."""

import fcntl
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from ingest.extract.context import ReadContext
from ingest.extract.crew import Crew, make_cores
from ingest.extract.options import ReadOptions
from ingest.model import Page, Reading
from ingest.read import read_file
from tests.piles import as_scan, as_tiff, joined, scanned

Read = Callable[[int], Page]


def _slow(number: int) -> Page:
    time.sleep(0.3)
    return Page(number, 1, 1, "recognised", "x", "1", text=f"{number} in {os.getpid()}")


def _run(cores: Path | None, count: int, read: Read = _slow, reopened: Read | None = None) -> list[Page]:
    pages: list[Page] = []
    Crew(cores).read(
        range(1, count + 1),
        read,
        reopen=lambda: reopened or read,
        begin=lambda _number: None,
        done=pages.append,
        flags=set(),
    )
    assert sorted(p.number for p in pages) == list(range(1, count + 1))
    return pages


def _processes(pages: list[Page]) -> set[str]:
    return {p.text.split()[-1] for p in pages}


def test_idle_cores_read_further_pages(tmp_path: Path) -> None:
    before = set(psutil.Process().children())
    assert len(_processes(_run(make_cores(tmp_path, 3), 7))) > 2
    assert set(psutil.Process().children()) <= before
    # All are given back.
    for file in tmp_path.iterdir():
        with file.open() as core:
            fcntl.flock(core, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_without_an_idle_core_one_process_reads(tmp_path: Path) -> None:
    assert _processes(_run(None, 3)) == {str(os.getpid())}
    assert _processes(_run(make_cores(tmp_path / "one", 1), 3)) == {str(os.getpid())}
    cores = make_cores(tmp_path / "two", 2)
    with (cores / "0").open() as taken:
        fcntl.flock(taken, fcntl.LOCK_EX)
        assert _processes(_run(cores, 3)) == {str(os.getpid())}


def test_quick_pages_are_not_worth_a_copy(tmp_path: Path) -> None:
    def quick(number: int) -> Page:
        return Page(number, 1, 1, "recognised", "x", "1", text=f"in {os.getpid()}")

    assert _processes(_run(make_cores(tmp_path, 4), 20, quick)) == {str(os.getpid())}


def test_a_page_whose_copy_dies_is_read_here(tmp_path: Path) -> None:
    def dies(_number: int) -> Page:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    pages = _run(make_cores(tmp_path, 2), 5, _slow, dies)
    assert _processes(pages) == {str(os.getpid())}


def test_what_a_page_raises_here_ends_the_copies(tmp_path: Path) -> None:
    before = set(psutil.Process().children())

    def fails(number: int) -> Page:
        if number == 1:
            return _slow(number)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        _run(make_cores(tmp_path, 2), 4, fails, _slow)
    assert set(psutil.Process().children()) <= before


@pytest.mark.parametrize("kind", ["pdf", "tiff"])
def test_a_paper_reads_the_same_alone_and_at_the_same_time(tmp_path: Path, kind: str) -> None:
    papers = joined([scanned("invoice", seed) for seed in (3, 4, 5, 6)])
    file = tmp_path / f"a.{kind}"
    file.write_bytes(as_scan(papers) if kind == "pdf" else as_tiff(papers))
    options = ReadOptions(second_reader=False)
    found = []
    for cores in (None, make_cores(tmp_path / "cores", 3)):
        out = tmp_path / f"out-{cores is None}"
        out.mkdir()
        reading = read_file(file, ReadContext(replace(options, cores=cores), out, file.name))
        assert isinstance(reading, Reading)
        found.append(reading)
        assert list(out.iterdir()) == []
    assert found[0] == found[1]
    assert [p.number for p in found[0].pages] == [1, 2, 3, 4]
