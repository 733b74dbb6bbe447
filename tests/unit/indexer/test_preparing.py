"""Documents analysed by several processes are those that one process makes, in the same order."""

import os
import signal
from collections.abc import Iterator, Sequence
from multiprocessing import active_children

import pytest

from indexer.engines.prepared import prepare
from indexer.engines.preparing import prepared
from indexer.model import IndexDocument
from indexer.stages import ALL_STAGES
from tests.unit.indexer.documents import paper


def _batches(count: int) -> Iterator[Sequence[IndexDocument]]:
    for n in range(count):
        yield [paper(f"{n}-{m}", text=f"faktura nr FV/{n}/{m} za zamówieniami") for m in range(3)]


@pytest.mark.parametrize("processes", [1, 2])
def test_each_document_comes_with_its_analysis_in_order(processes: int) -> None:
    found = [pair for batch in prepared(_batches(9), ALL_STAGES, processes) for pair in batch]
    assert [document.record_id for document, _ in found] == [f"{n}-{m}" for n in range(9) for m in range(3)]
    assert all(ready == prepare(document, ALL_STAGES) for document, ready in found)
    assert not active_children()


def test_the_work_of_a_process_that_was_ended_is_done_all_the_same() -> None:
    found = []
    for batch in prepared(_batches(12), ALL_STAGES, 2):
        if not found:
            for child in active_children():
                assert child.pid is not None
                os.kill(child.pid, signal.SIGKILL)
        found += batch
    assert [document.record_id for document, _ in found] == [f"{n}-{m}" for n in range(12) for m in range(3)]
    assert all(ready == prepare(document, ALL_STAGES) for document, ready in found)


def test_processes_end_with_a_build_that_breaks_off() -> None:
    def breaks() -> Iterator[Sequence[IndexDocument]]:
        yield from _batches(6)
        raise OSError("the database went away")

    with pytest.raises(OSError, match="went away"):
        list(prepared(breaks(), ALL_STAGES, 2))
    assert not active_children()
