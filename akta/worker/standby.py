"""Waiting for work in little memory: what the embedded executor is while nobody needs it.

It looks whether a job could start, sees to the upkeep, and forks the executor when
there is work. Only that process loads recognition, PDF and font libraries, and its end
gives all of it back, which no process can do with what it has imported itself. Like
the executor it is single-threaded and holds no database connection while it forks.
"""

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from akta.events.wake import drain, open_fifo
from akta.kernel.process import die_with_parent, fork_for

log = structlog.get_logger("akta.executor")

MAINTAIN_SECONDS = 60.0
_LOOK_SECONDS = 1.0
_WATCH_SECONDS = 0.25
#: After an executor that died, so that one that always does is not started in a circle.
_PAUSE_SECONDS = 2.0
#: An executor that was told to stop gives its slots five seconds.
_STOP_SECONDS = 8.0


class Standby:
    """Starts the executor when there is work, or when somebody said that some is expected.

    Args:
        waiting: opens and closes its own connection and says how many jobs could start.
        work: the executor; called in a forked process, returns when there is nothing left to do.
        maintain: small upkeep, called about once a minute, and at once after an executor that died.
        wake: a FIFO that others write to when they have written a job.
        parent: end when this process is no longer the parent.
        stop_when: asked now and then; True ends it.
    """

    def __init__(
        self,
        *,
        waiting: Callable[[], int],
        work: Callable[[], None],
        maintain: Callable[[], None],
        wake: Path,
        parent: int | None = None,
        stop_when: Callable[[], bool] | None = None,
    ) -> None:
        self._waiting = waiting
        self._work = work
        self._maintain = maintain
        self._wake = wake
        self._parent = parent
        self._stop_when = stop_when
        self._executor: int | None = None
        self._expected = False
        self._maintain_at = 0.0
        self._start_at = 0.0
        self._stopping = False

    def run(self) -> None:
        """Until told to stop (SIGTERM, SIGINT, the parent gone, or `stop_when`)."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        die_with_parent()
        fifo = open_fifo(self._wake)
        try:
            while not self._stopping and not self._orphaned():
                self._reap()
                if time.monotonic() >= self._maintain_at:
                    self._quietly(self._maintain)
                    self._maintain_at = time.monotonic() + MAINTAIN_SECONDS
                if self._executor is None and time.monotonic() >= self._start_at and self._is_work():
                    self._executor, self._expected = fork_for(self._work), False
                if self._stop_when is not None and self._stop_when():
                    return
                if self._executor is not None:
                    time.sleep(_WATCH_SECONDS)  # the pipe is the executor's to read
                elif select.select([fifo], [], [], _LOOK_SECONDS)[0]:
                    self._expected = drain(fifo)
        finally:
            self._shut_down()
            os.close(fifo)

    def _stop(self, _signal: int, _frame: object) -> None:
        self._stopping = True

    def _orphaned(self) -> bool:
        return self._parent is not None and os.getppid() != self._parent

    def _is_work(self) -> bool:
        try:
            return self._expected or self._waiting() > 0
        except Exception as error:  # noqa: BLE001 - the database may be away for a while
            log.warning("executor.cannot_look", error=type(error).__name__)
            return False

    def _reap(self) -> None:
        if self._executor is None:
            return
        pid, status = os.waitpid(self._executor, os.WNOHANG)
        if not pid:
            return
        self._executor = None
        if status != 0:
            log.warning("executor.ended", pid=pid, status=status)
            self._start_at = time.monotonic() + _PAUSE_SECONDS
            self._maintain_at = 0.0  # its slots ended with it: their leases are released now

    def _quietly(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - upkeep is tried again at its next turn
            log.warning("executor.upkeep_failed", error=type(error).__name__)

    def _shut_down(self) -> None:
        if self._executor is None:
            return
        _kill(self._executor, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while self._executor is not None and time.monotonic() < deadline:
            time.sleep(0.05)
            self._reap()
        if self._executor is not None:
            _kill(self._executor, signal.SIGKILL)
            os.waitpid(self._executor, 0)


def _kill(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
