"""Working folders of the living and the dead."""

import os
from pathlib import Path

from akta.kernel.scratch import scratch, sweep_scratch


def test_only_left_overs_are_swept(tmp_path: Path) -> None:
    with scratch(tmp_path) as live:
        host = live.name.split("-")[1]
        dead = tmp_path / f"paper-{host}-{os.getpid()}-1-abc"  # our number, but of an earlier process
        foreign, ancient = tmp_path / "paper-elsewhere-1-1-abc", tmp_path / "paper-elsewhere-2-2-abc"
        for folder in (dead, foreign, ancient):
            folder.mkdir()
        os.utime(ancient, (0, 0))
        assert sweep_scratch(tmp_path) == 2
        assert sorted(tmp_path.iterdir()) == sorted([live, foreign])
    assert list(tmp_path.iterdir()) == [foreign]
