"""The command as people run it: from a folder of papers that came from anywhere."""

import os
import subprocess
from pathlib import Path

from akta.settings import ROOT


def test_nothing_in_the_folder_one_stands_in_is_run(tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    (papers / "akta").mkdir(parents=True)
    for name in ("akta/__init__.py", "click.py", "json.py", "sitecustomize.py"):
        (papers / name).write_text("open('was_run', 'w').close()\n", "utf-8")
    told = subprocess.run(
        [str(ROOT / "deploy" / "akta"), "status", "--json"],
        cwd=papers,
        env={**os.environ, "AKTA_HOME": str(tmp_path / "home"), "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert '"adds_up": true' in told.stdout
    assert not (papers / "was_run").exists()
