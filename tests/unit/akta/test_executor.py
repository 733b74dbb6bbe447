"""The executor: what slots share is loaded first, and it is gone when there is nothing left to do."""

import os
from pathlib import Path

import pytest

from akta.kernel.process import fork_for
from akta.worker import executor
from akta.worker.executor import Executor, Works


def test_what_slots_share_is_loaded_before_them_and_what_can_wait_after_and_then_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "COOL_SECONDS", 0.3)
    monkeypatch.setattr(executor, "SLOT_IDLE_SECONDS", 0.0)
    told: list[str] = []
    done = tmp_path / "done"

    def work() -> Works:
        done.write_text(" ".join(told))
        return Works(lambda _owner: False, lambda: "host:1:1")

    def run() -> None:  # signal handlers are for the main thread of a process of its own
        Executor(
            slots=1,
            waiting=lambda: int(not done.exists()),
            make_works=work,
            release=lambda _prefix: None,
            wake=tmp_path / "wake",
            warm=lambda: told.append("first"),
            warm_more=lambda: told.append("more"),
        ).run()
        assert told == ["first", "more"]

    assert os.waitstatus_to_exitcode(os.waitpid(fork_for(run), 0)[1]) == 0
    assert done.read_text() == "first"
