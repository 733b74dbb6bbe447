"""Documents analysed by several processes, for building a whole index.

Finding the forms of words is four fifths of the work of a rebuild and needs nothing but the
document, while reading the database and writing the index are one process's work each.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import current_process, get_context

from indexer.engines.prepared import Prepared, prepare
from indexer.model import IndexDocument
from indexer.stages import Stages

#: Batches that are given out at a time, beyond one for each process.
_AHEAD = 2


def prepared(
    batches: Iterable[Sequence[IndexDocument]], stages: Stages, processes: int
) -> Iterator[list[tuple[IndexDocument, Prepared]]]:
    """The batches in their order, each document with its analysis.

    With one process, or where none may be started, the work is done here; also that of a
    process that the system ended.
    """
    if processes < 2 or current_process().daemon:
        for batch in batches:
            yield list(zip(batch, _prepare(batch, stages), strict=True))
        return
    waiting: deque[tuple[Sequence[IndexDocument], Future[list[Prepared]]]] = deque()
    with _pool(processes) as pool:
        for batch in batches:
            waiting.append((batch, _given(pool, batch, stages)))
            if len(waiting) >= processes + _AHEAD:
                yield _taken(*waiting.popleft(), stages)
        while waiting:
            yield _taken(*waiting.popleft(), stages)


@contextmanager
def _pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    # Not forked: the engine's threads would not come along, but their locks would.
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _given(
    pool: ProcessPoolExecutor, batch: Sequence[IndexDocument], stages: Stages
) -> "Future[list[Prepared]]":
    try:
        return pool.submit(_prepare, batch, stages)
    except BrokenExecutor as error:
        failed: Future[list[Prepared]] = Future()
        failed.set_exception(error)
        return failed


def _taken(
    batch: Sequence[IndexDocument], future: "Future[list[Prepared]]", stages: Stages
) -> list[tuple[IndexDocument, Prepared]]:
    try:
        ready = future.result()
    except BrokenExecutor:
        ready = _prepare(batch, stages)
    return list(zip(batch, ready, strict=True))


def _prepare(batch: Sequence[IndexDocument], stages: Stages) -> list[Prepared]:
    return [prepare(document, stages) for document in batch]
