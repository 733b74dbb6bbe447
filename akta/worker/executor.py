"""The embedded executor: worker processes forked from one that has loaded what they need.

It is there only while there is work (see `akta.worker.standby`) and stays
single-threaded, so a worker (a "slot") is forked in milliseconds and shares its
memory; slots end when the queue has been empty for a while. It never holds a
database connection while it forks (an SQLite connection must not cross a fork).
A slot that dies is seen at once and its lease released.
"""

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from akta.events.wake import drain, open_fifo
from akta.kernel.process import fork_for, owner_prefix, started

log = structlog.get_logger("akta.executor")

#: The exit code of a slot that ended because its parent should load something for all of them.
_WANTS_MORE = 99

POLL_SECONDS = 0.25
SLOT_IDLE_SECONDS = 3.0
SLOT_JOBS = 500
#: Without a slot for so long the executor ends, and all that it loaded is given back.
COOL_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Works:
    """What a process needs to run jobs; built fresh in each forked slot.

    `wants_more`, asked after a job, says that the next ones need what is worth loading for all slots.
    """

    run_next: Callable[[str], bool]
    owner: Callable[[], str]
    wants_more: Callable[[], bool] = lambda: False


class Executor:
    """Keeps up to `slots` workers busy.

    Args:
        waiting: opens and closes its own connection and says how many jobs could start.
        make_works: builds a slot's runner after the fork.
        release: lets a dead slot's leases be taken at once (owner prefix).
        wake: a FIFO that others write to when they have written a job.
        warm: loads what a paper needs first; called before the first fork.
        warm_more: loads what later jobs share; called when the first slots are at work.
        warm_wanted: loads what a slot wanted; called when it has ended for it, for those after it.
    """

    def __init__(
        self,
        *,
        slots: int,
        waiting: Callable[[], int],
        make_works: Callable[[], Works],
        release: Callable[[str], None],
        wake: Path,
        warm: Callable[[], None] = lambda: None,
        warm_more: Callable[[], None] = lambda: None,
        warm_wanted: Callable[[], None] = lambda: None,
    ) -> None:
        self._slots = slots
        self._waiting = waiting
        self._make_works = make_works
        self._release = release
        self._wake = wake
        self._warm = warm
        self._warm_more = warm_more
        self._warm_wanted = warm_wanted
        self._has_wanted = False
        self._busy = 0.0
        self._children: dict[int, str] = {}
        self._stopping = False

    def run(self) -> None:
        """Work until SIGTERM, SIGINT, the parent's end, or `COOL_SECONDS` without anything to do."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        fifo = open_fifo(self._wake)
        self._quietly(self._warm)
        self._busy = time.monotonic()
        try:
            self._spawn()
            self._quietly(self._warm_more)
            while not self._stopping and not self._rested():
                wanted = self._reap()
                self._spawn()  # first: what is to be found or shown now need not wait for the loading
                if wanted and not self._has_wanted:
                    self._has_wanted = True
                    self._quietly(self._warm_wanted)
                ready, _, _ = select.select([fifo], [], [], POLL_SECONDS if self._children else 1.0)
                if ready:
                    drain(fifo)
        finally:
            self._shut_down()
            os.close(fifo)

    def _stop(self, _signal: int, _frame: object) -> None:
        self._stopping = True

    def _spawn(self) -> None:
        free = self._slots - len(self._children)
        if free <= 0:
            return
        try:
            waiting = self._waiting()
        except Exception as error:  # noqa: BLE001 - the database may be away for a while
            log.warning("executor.cannot_look", error=type(error).__name__)
            time.sleep(1.0)
            return
        for _ in range(min(free, waiting)):
            pid = fork_for(self._slot)
            self._children[pid] = started(pid)

    def _rested(self) -> bool:
        if self._children:
            self._busy = time.monotonic()
        return time.monotonic() - self._busy > COOL_SECONDS

    def _slot(self) -> int:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends us
        works = self._make_works()
        owner = works.owner()
        idle_since = time.monotonic()
        for _ in range(SLOT_JOBS):
            while not works.run_next(owner):
                if time.monotonic() - idle_since > SLOT_IDLE_SECONDS:
                    return 0
                time.sleep(0.1)
            if works.wants_more():
                return _WANTS_MORE
            idle_since = time.monotonic()
        return 0

    def _reap(self) -> bool:
        """Take note of slots that ended, release the leases of those that died; whether one wanted more."""
        wanted = False
        while self._children:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                self._children.clear()
                break
            if pid == 0:
                break
            known = self._children.pop(pid, None)
            code = os.waitstatus_to_exitcode(status)
            wanted = wanted or code == _WANTS_MORE
            if known is not None and code not in (0, _WANTS_MORE):
                if not self._stopping:
                    log.warning("slot.ended", pid=pid, status=status)
                self._quietly(lambda: self._release(owner_prefix(pid)))  # noqa: B023
        return wanted

    def _quietly(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - upkeep is tried again at its next turn
            log.warning("executor.upkeep_failed", error=type(error).__name__)

    def _shut_down(self) -> None:
        for pid in self._children:
            _kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 5
        while self._children and time.monotonic() < deadline:
            self._reap()
            time.sleep(0.05)
        for pid in self._children:
            _kill(pid, signal.SIGKILL)
        while self._children:
            self._reap()
            time.sleep(0.02)


def _kill(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
