"""The first thing a person sees is the password, so on a terminal nothing pushes it away."""

import json
import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from akta.bootstrap import ROOT


class _Served:
    """A server over a folder of its own, with all that it said."""

    def __init__(self, output: int) -> None:
        self._output = output
        self.said = ""
        self._more = threading.Condition()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        with suppress(OSError):  # a terminal whose other end was closed
            while data := os.read(self._output, 65536):
                with self._more:
                    self.said += data.decode()
                    self._more.notify_all()

    def until(self, pattern: str) -> re.Match[str]:
        """What fits the pattern, once it was said."""
        with self._more:
            assert self._more.wait_for(lambda: re.search(pattern, self.said), 60), self.said
        found = re.search(pattern, self.said)
        assert found
        return found

    def end(self) -> str:
        self._thread.join()
        return self.said


@contextmanager
def _serve(home: Path, *, terminal: bool, **settings: str) -> Iterator[_Served]:
    output, theirs = pty.openpty() if terminal else os.pipe()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "AKTA_HOME": str(home), **settings}
    process = subprocess.Popen(
        [sys.executable, "-m", "akta.cli", "serve", "--no-worker", "--port", "0"],
        cwd=ROOT,
        env=environment,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    served = _Served(output)
    try:
        yield served
    finally:
        process.terminate()
        process.wait(30)
        served.end()
        os.close(output)


@pytest.mark.parametrize(
    ("terminal", "setting", "lines"),
    [(True, "auto", False), (False, "auto", True), (True, "on", True), (False, "off", False)],
)
def test_access_lines(tmp_path: Path, *, terminal: bool, setting: str, lines: bool) -> None:
    with _serve(tmp_path / "home", terminal=terminal, AKTA_ACCESS_LOG=setting) as served:
        port = served.until(r"http://localhost:(\d+)/")[1]
        served.until("shown this once")
        for _ in range(3):
            assert httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=30).status_code == 200
    said = served.end()
    assert ("http.request" in said) is lines, said
    assert re.search(r"shown this once:\s+\S{10,}", said)
    if lines and not terminal:
        told = [json.loads(line) for line in said.splitlines() if "http.request" in line]
        assert {line["route"] for line in told} == {"/health/live"}
