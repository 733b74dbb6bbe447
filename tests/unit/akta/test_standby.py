"""Waiting for work: the executor is there while there is some, and not otherwise."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from akta.events.wake import wake
from akta.kernel.process import fork_for
from akta.worker import standby
from akta.worker.standby import Standby
from ingest.sandbox.family import runs


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby, "_WATCH_SECONDS", 0.01)
    monkeypatch.setattr(standby, "_PAUSE_SECONDS", 0.01)


class _Bench:
    """Jobs are lines of one file, and who did them and what upkeep there was are lines of others."""

    def __init__(self, folder: Path) -> None:
        self.jobs, self.done, self.kept = folder / "jobs", folder / "done", folder / "kept"
        self.pipe = folder / "wake"
        for file in (self.jobs, self.done, self.kept):
            file.touch()

    def waiting(self) -> int:
        return len(_lines(self.jobs)) - len(_lines(self.done))

    def work(self) -> None:
        with self.done.open("a") as out:
            out.writelines(f"{os.getpid()}\n" for _ in range(self.waiting()))

    def maintain(self) -> None:
        with self.kept.open("a") as out:
            out.write(f"{len(_lines(self.done))}\n")

    def standby(self, work: Callable[[], None], stop_when: Callable[[], bool] | None = None) -> int:
        """In a process of its own: signal handlers are for the main thread."""
        return fork_for(
            Standby(
                waiting=self.waiting, work=work, maintain=self.maintain, wake=self.pipe, stop_when=stop_when
            ).run
        )


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines()


def _add(bench: _Bench, count: int) -> None:
    with bench.jobs.open("a") as out:
        out.write("job\n" * count)


def _until(true: Callable[[], bool]) -> None:
    for _ in range(1000):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come about")


def _ended(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_each_pile_of_work_has_an_executor_of_its_own(tmp_path: Path) -> None:
    bench = _Bench(tmp_path)
    pid = bench.standby(bench.work, stop_when=lambda: len(_lines(bench.done)) == 3)
    _until(lambda: bool(_lines(bench.kept)))
    _add(bench, 2)
    wake(bench.pipe)
    _until(lambda: len(_lines(bench.done)) == 2)
    _add(bench, 1)
    wake(bench.pipe)
    assert _ended(pid) == 0
    first, second, third = _lines(bench.done)
    assert first == second != third
    assert str(pid) not in (first, third)


def test_where_work_is_expected_the_executor_is_ready_before_it(tmp_path: Path) -> None:
    bench = _Bench(tmp_path)
    ready = tmp_path / "ready"
    pid = bench.standby(ready.touch, stop_when=ready.exists)
    _until(lambda: bool(_lines(bench.kept)))
    wake(bench.pipe)
    time.sleep(0.1)
    assert not ready.exists()
    wake(bench.pipe, expected=True)
    assert _ended(pid) == 0


def test_after_one_that_died_leases_are_looked_after_and_the_work_is_done(tmp_path: Path) -> None:
    bench = _Bench(tmp_path)
    fell = tmp_path / "fell"

    def work() -> None:
        if not fell.exists():
            fell.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        bench.work()

    _add(bench, 1)
    pid = bench.standby(work, stop_when=lambda: bool(_lines(bench.done)))
    assert _ended(pid) == 0
    assert _lines(bench.kept) == ["0", "0"]  # at the start, and before the second try


def test_told_to_stop_it_stops_the_executor_too(tmp_path: Path) -> None:
    bench = _Bench(tmp_path)

    def work() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        bench.work()
        time.sleep(600)

    _add(bench, 1)
    pid = bench.standby(work)
    _until(lambda: bool(_lines(bench.done)))
    os.kill(pid, signal.SIGTERM)
    assert _ended(pid) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(int(_lines(bench.done)[0]), 0)


def test_a_database_that_is_away_is_asked_again(tmp_path: Path) -> None:
    bench = _Bench(tmp_path)
    asked: list[int] = []

    def waiting() -> int:
        asked.append(1)
        if len(asked) == 1:
            raise OSError
        return bench.waiting()

    _add(bench, 1)
    pid = fork_for(
        Standby(
            waiting=waiting,
            work=bench.work,
            maintain=bench.maintain,
            wake=bench.pipe,
            stop_when=lambda: bool(_lines(bench.done)),
        ).run
    )
    assert _ended(pid) == 0


def test_an_executor_ends_with_the_one_that_waits_however_that_ends(tmp_path: Path) -> None:
    bench = _Bench(tmp_path)

    def work() -> None:
        bench.work()
        time.sleep(600)

    _add(bench, 1)
    pid = bench.standby(work)
    _until(lambda: bool(_lines(bench.done)))
    os.kill(pid, signal.SIGKILL)
    assert _ended(pid) == -signal.SIGKILL
    _until(lambda: not runs(int(_lines(bench.done)[0])))
