"""Which process this is, and whether another one still lives.

Process numbers come round again, so a process is named by host, number and the
time it started (field 22 of /proc/PID/stat, see proc(5)).
"""

import ctypes
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def owner_name() -> str:
    """`host:pid:started` of this process."""
    return f"{os.uname().nodename}:{os.getpid()}:{started(os.getpid())}"


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))


def owner_prefix(pid: int) -> str:
    """What the names of a process of this host with that number begin with."""
    return f"{os.uname().nodename}:{pid}:"


def started(pid: int) -> str:
    """When the process started, in clock ticks since boot; empty if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        return ""


def dead_owners(owners: Iterable[str]) -> list[str]:
    """Those of the names that belong to this host and whose process is gone."""
    gone = []
    for owner in owners:
        host, _, rest = owner.partition(":")
        number, _, start = rest.partition(":")
        if host == os.uname().nodename and number.isdigit() and started(int(number)) != start:
            gone.append(owner)
    return gone


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent dies, however it dies (Linux)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def cpu_seconds() -> float:
    """Processor time of this process and of the children it has waited for."""
    return sum(os.times()[:4])


def fork_for(work: Callable[[], int | None]) -> int:
    """Fork a process that calls `work` and ends, and ends at the latest with this one; returns its number.

    What `work` returns is its exit code, and 1 if it raised.

    For a process with one thread and nothing open that must not cross a fork, such
    as an SQLite connection.
    """
    gc.collect()
    gc.freeze()  # what both share is not written to by the collector, so it stays shared
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        die_with_parent()
        if os.getppid() == parent:  # else it died before we asked
            code = work() or 0
    except BaseException as error:  # noqa: BLE001 - the process edge
        # Not its message, which may quote a document.
        logging.getLogger("akta.process").warning("process.died: %s", type(error).__name__)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
