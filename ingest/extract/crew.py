"""Pages of one paper read at the same time, where processor cores are idle.

Each core of the machine is a file to be locked. Whoever reads a paper holds one if
there is one; while others are free, further pages are read in copies of the process,
each holding one until its page is done. Papers that come meanwhile begin at once and
get their core when the next page is done, so a long paper does not hold up short
ones. The kernel unlocks what a dead process held.
"""

import contextlib
import fcntl
import json
import os
import select
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from ingest.model import Page, page_from_json

#: A page that takes less (seconds) is not worth a copy of the process.
_WORTH = 0.15
_CHUNK = 1 << 20


def make_cores(folder: Path, count: int) -> Path:
    """The folder with a file for each core; those that are there are left alone."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for number in range(count):
        (folder / str(number)).touch(mode=0o600)
    return folder


class Crew:
    """Reads the pages of one paper. With `cores` None everything is done in this process."""

    def __init__(self, cores: Path | None) -> None:
        self._files = sorted(cores.iterdir()) if cores is not None and cores.is_dir() else []
        self._own: int | None = None
        self._helpers: dict[int, _Helper] = {}

    def read(
        self,
        numbers: Iterable[int],
        read: Callable[[int], Page],
        *,
        reopen: Callable[[], Callable[[int], Page]],
        begin: Callable[[int], None],
        done: Callable[[Page], None],
        flags: set[str],
    ) -> None:
        """Call `read` for each number, and `done` with each page as it is finished, in any order.

        A copy calls what `reopen` returns instead, over files that it opened itself.
        `begin` is called before a page is read here. What `read` adds to `flags` in a copy
        is added here too. What `read` raises here is raised; a page whose copy died is read here.
        """
        waiting = deque(numbers)
        seconds = 0.0
        try:
            while waiting or self._helpers:
                waiting.extendleft(self._collect(done, flags, wait=not waiting))
                if not waiting:
                    continue
                self._own = self._own if self._own is not None else self._core()
                while seconds > _WORTH and len(waiting) > 1 and (core := self._core()) is not None:
                    self._start(waiting.popleft(), reopen, flags, core)
                number = waiting.popleft()
                began = time.monotonic()
                begin(number)
                done(read(number))
                seconds = time.monotonic() - began
        finally:
            self._end()

    def _core(self) -> int | None:
        """A locked core, as an open file; None if all are taken."""
        for file in self._files:
            try:
                core = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                continue
            try:
                fcntl.flock(core, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(core)
            else:
                return core
        return None

    def _start(
        self, number: int, reopen: Callable[[], Callable[[int], Page]], flags: set[str], core: int
    ) -> None:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            _help(number, reopen, flags, writer)
        os.close(writer)
        os.close(core)  # the copy holds it
        self._helpers[reader] = _Helper(pid, number)

    def _collect(self, done: Callable[[Page], None], flags: set[str], *, wait: bool) -> list[int]:
        """Take what copies have written; the numbers of pages whose copy died."""
        again: list[int] = []
        if not self._helpers:
            return again
        ready, _, _ = select.select(list(self._helpers), [], [], None if wait else 0)
        for reader in ready:
            helper = self._helpers[reader]
            part = os.read(reader, _CHUNK)
            helper.parts.append(part)
            if part:
                continue
            del self._helpers[reader]
            os.close(reader)
            os.waitpid(helper.pid, 0)
            try:
                answer = json.loads(b"".join(helper.parts))
                page = page_from_json(answer["page"])
            except (ValueError, KeyError, TypeError):
                again.append(helper.number)
                continue
            flags.update(answer["flags"])
            done(page)
        return again

    def _end(self) -> None:
        for reader, helper in self._helpers.items():
            with contextlib.suppress(ProcessLookupError):
                os.kill(helper.pid, 9)
            os.waitpid(helper.pid, 0)
            os.close(reader)
        self._helpers.clear()
        if self._own is not None:
            os.close(self._own)
            self._own = None


class _Helper:
    """A copy of the process that reads one page."""

    def __init__(self, pid: int, number: int) -> None:
        self.pid = pid
        self.number = number
        self.parts: list[bytes] = []


def _help(number: int, reopen: Callable[[], Callable[[int], Page]], flags: set[str], writer: int) -> NoReturn:
    """Never returns, whatever happens."""
    code = 1
    try:
        answer = {"page": asdict(reopen()(number)), "flags": sorted(flags)}
        data = memoryview(json.dumps(answer).encode())
        while data:
            data = data[os.write(writer, data) :]
        code = 0
    finally:
        os._exit(code)
