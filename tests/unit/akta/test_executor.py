"""The executor's parent: warm while there is work, small when there is none."""

import os
from pathlib import Path

import pytest

from akta.worker import executor
from akta.worker.executor import Executor, Works


def test_what_slots_share_is_loaded_before_they_start_and_let_go_when_idle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "COOL_SECONDS", 0.3)
    monkeypatch.setattr(executor, "SLOT_IDLE_SECONDS", 0.0)
    monkeypatch.setattr(executor, "die_with_parent", lambda: None)
    told: list[str] = []
    done = tmp_path / "done"

    def work() -> Works:
        assert told[-1] == "warm"
        done.touch()
        return Works(lambda _owner: False, lambda: "host:1:1")

    def waiting() -> int:
        return int(told.count("cool") == 1 and not done.exists())

    executor_process = Executor(
        slots=1,
        waiting=waiting,
        make_works=work,
        release=lambda _prefix: None,
        maintain=lambda: None,
        wake=tmp_path / "wake",
        stop_when=lambda: told.count("cool") == 2,
        warm=lambda: told.append("warm"),
        cool=lambda: told.append("cool"),
    )
    pid = os.fork()
    if pid == 0:  # signal handlers are for the main thread of a process of its own
        code = 1
        try:
            executor_process.run()
            code = 0 if told == ["warm", "cool", "warm", "cool"] and done.exists() else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
