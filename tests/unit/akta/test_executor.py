"""The executor: what slots share is loaded first, and it is gone when there is nothing left to do."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from akta.kernel.process import fork_for
from akta.worker import executor
from akta.worker.executor import Executor, Works


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "COOL_SECONDS", 0.3)
    monkeypatch.setattr(executor, "SLOT_IDLE_SECONDS", 0.0)


def _run(folder: Path, make_works: Callable[[list[str]], Works], waiting: Callable[[], int]) -> list[str]:
    """What a slot knows as loaded is given to `make_works`; returns what was loaded altogether."""
    loaded: list[str] = []

    def run() -> None:  # signal handlers are for the main thread of a process of its own
        Executor(
            slots=1,
            waiting=waiting,
            make_works=lambda: make_works(loaded),
            release=lambda prefix: (folder / "released").write_text(prefix) and None,
            wake=folder / "wake",
            warm=lambda: loaded.append("first"),
            warm_more=lambda: loaded.append("more"),
            warm_wanted=lambda: loaded.append("wanted"),
        ).run()
        (folder / "loaded").write_text(" ".join(loaded))

    assert os.waitstatus_to_exitcode(os.waitpid(fork_for(run), 0)[1]) == 0
    return (folder / "loaded").read_text().split()


def test_what_slots_share_is_loaded_before_them_and_what_can_wait_after_and_then_it_ends(
    tmp_path: Path,
) -> None:
    done = tmp_path / "done"

    def works(loaded: list[str]) -> Works:
        done.write_text(" ".join(loaded))
        return Works(lambda _owner: False, lambda: "host:1:1")

    assert _run(tmp_path, works, lambda: int(not done.exists())) == ["first", "more"]
    assert done.read_text() == "first"


def test_what_a_slot_wants_is_loaded_once_for_those_after_it(tmp_path: Path) -> None:
    jobs = tmp_path / "jobs"
    jobs.touch()

    def works(loaded: list[str]) -> Works:
        def run_next(_owner: str) -> bool:
            done = jobs.read_text().splitlines()
            if len(done) == 4:
                return False
            jobs.write_text("\n".join([*done, "with" if "wanted" in loaded else "without"]))
            return True

        return Works(run_next, lambda: "host:1:1", lambda: "wanted" not in loaded)

    loaded = _run(tmp_path, works, lambda: 4 - len(jobs.read_text().splitlines()))
    assert loaded == ["first", "more", "wanted"]
    # The second slot started at once, while that was loaded.
    assert jobs.read_text().split() == ["without", "without", "with", "with"]
    assert not (tmp_path / "released").exists()
