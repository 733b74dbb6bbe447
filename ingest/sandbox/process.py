"""Running a function of ours on outside bytes in a limited child process.

The worker has our parsers imported, so the child is forked, not started afresh:
milliseconds instead of seconds. It never returns into the worker's code. The
worker waits, passes on messages, renews its lease, and kills the child with all
that it started when time or memory is up.
"""

import contextlib
import gc
import os
import select
import shutil
import signal
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn

from ingest.sandbox import confine
from ingest.sandbox.family import anonymous, at_most_held, family_of, held_together, runs
from ingest.sandbox.messages import Inbox, MessageError, send

Emit = Callable[[dict[str, Any]], None]
Target = Callable[..., dict[str, Any]]

TICK_SECONDS = 1.5
_WATCH_SECONDS = 0.2
_SECOND_LOOK_SECONDS = 0.02
_GONE_SECONDS = 2.0
_CHUNK = 1024**2
_MOST_BYTES = 1024**3
_SIGNAL_BASE = 128
#: A crash with this part of the memory in use was caused by the limit.
_MUCH = 0.6


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one run may take.

    `seconds` is wall time without progress: a message `{"progress": n}` with a
    higher `n` than any before starts it anew. `total_seconds` is wall and
    processor time altogether. `memory_mib` is what child and grandchildren use
    together beyond what the worker itself holds; `file_mib` the size of one file written.
    """

    seconds: float = 300.0
    memory_mib: int = 1536
    total_seconds: float = 4 * 3600.0
    file_mib: int = 2048


@dataclass(frozen=True, slots=True)
class Finished:
    """The function returned."""

    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Died:
    """It did not; `detail` is a short fact for a person, never document text.

    `killed`: somebody else ended it (an operator, or the kernel short of memory), which
    says nothing of the file: worth another try.
    """

    kind: Literal["time", "memory", "crash", "cancelled", "killed"]
    detail: str


def run(
    target: Target,
    *args: Any,
    limits: Limits,
    folder: Path,
    on_message: Callable[[dict[str, Any]], None] | None = None,
    on_tick: Callable[[], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    readable: tuple[Path, ...] = (),
    writable: tuple[Path, ...] = (),
) -> Finished | Died:
    """Call `target(emit, *args)` in a limited child and wait for its result.

    `target` returns plain data and may `emit` plain data on the way, which
    `on_message` gets here. `on_tick` is called at least every two seconds. What
    either raises ends the child and goes on to the caller. The child sees the
    files in `readable` and `writable` (a folder holds for all beneath it) and a
    private folder made in `folder`, its working and temporary folder, which is
    gone afterwards.
    """
    private = Path(tempfile.mkdtemp(prefix="sandbox-", dir=folder))
    try:
        reader, writer = os.pipe()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            _child(parent, writer, target, args, limits, private, readable, (private, *writable))
        os.close(writer)
        try:
            return _Watch(pid, reader, limits, on_message, on_tick, cancelled).wait()
        finally:
            os.close(reader)
    finally:
        shutil.rmtree(private, ignore_errors=True)


# -- in the child ----------------------------------------------------------


def _child(
    parent: int,
    writer: int,
    target: Target,
    args: tuple[Any, ...],
    limits: Limits,
    private: Path,
    readable: tuple[Path, ...],
    writable: tuple[Path, ...],
) -> NoReturn:
    """Never returns, whatever happens."""
    code = 1
    try:
        gc.freeze()  # what the worker holds is neither traversed nor finalised here
        confine.die_with_parent(parent)
        os.setsid()
        if confine.leave_namespaces():
            _hand_over(parent)
        pipe = confine.reset_process(writer, private)
        confine.limit_resources(
            memory=limits.memory_mib * 1024**2,
            cpu_seconds=int(limits.total_seconds) + 1,
            file_size=limits.file_mib * 1024**2,
        )
        confine.restrict_files(readable, writable)
        code = _work(pipe, target, args)
    finally:
        os._exit(code)


def _hand_over(parent: int) -> None:
    """Fork once more: the second process is the first of the new namespace.

    When the first of a process namespace dies, the kernel kills all others in
    it, so a program that a parser started cannot outlive us. This process stays
    to tell how it ended; the new one returns.
    """
    pid = os.fork()
    if pid == 0:
        confine.die_with_parent(0)
        return
    code = 1
    try:
        confine.die_with_parent(parent)  # again: new credentials may have undone it
        os.closerange(3, 65536)
        _, status = os.waitpid(pid, 0)
        code = _exit_code(status)
    finally:
        os._exit(code)


def _exit_code(status: int) -> int:
    return _SIGNAL_BASE + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def _work(pipe: int, target: Target, args: tuple[Any, ...]) -> int:
    def emit(message: dict[str, Any]) -> None:
        send(pipe, {"message": message})

    try:
        send(pipe, {"result": target(emit, *args)})
    except MemoryError:
        send(pipe, {"died": "memory"})
        return 1
    except BaseException as error:  # noqa: BLE001 - the process edge: no parser's error gets further
        send(pipe, {"died": "crash", "detail": _describe(error)})
        return 1
    return 0


def _describe(error: BaseException) -> str:
    """Which error and where in our code; not its message, which may quote the document."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "/ingest/" in f.filename and "/sandbox/" not in f.filename] or frames[-1:]
    place = f" in {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}{place}"


# -- in the worker ---------------------------------------------------------


class _Watch:
    """Waits for one child."""

    def __init__(
        self,
        pid: int,
        reader: int,
        limits: Limits,
        on_message: Callable[[dict[str, Any]], None] | None,
        on_tick: Callable[[], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self._pid = pid
        self._reader = reader
        self._limits = limits
        self._on_message = on_message
        self._on_tick = on_tick
        self._cancelled = cancelled
        self._inbox = Inbox(_MOST_BYTES)
        self._started = self._since = self._ticked = self._looked = time.monotonic()
        self._progress = 0
        self._peak = 0
        self._result: Finished | Died | None = None
        self._baseline = anonymous(os.getpid())

    def wait(self) -> Finished | Died:
        status: int | None = None
        try:
            while self._result is None:
                ready, _, _ = select.select([self._reader], [], [], _WATCH_SECONDS)
                if ready:
                    data = os.read(self._reader, _CHUNK)
                    if not data:
                        break
                    self._take(data)
                over = self._over()
                if over is not None:
                    return over
                self._tick()
            status = self._reap()
        except MessageError as error:
            return Died("crash", str(error))
        finally:
            if status is None:
                self._kill()
        return self._result or self._verdict(status or 0)

    def _verdict(self, status: int) -> Died:
        """How a child ended that sent no result; libraries that get no more memory often just crash."""
        died = _verdict(status)
        if died.kind in ("crash", "killed") and self._peak > _MUCH * self._limits.memory_mib * 1024**2:
            return self._memory()
        return died

    def _take(self, data: bytes) -> None:
        for envelope in self._inbox.feed(data):
            match envelope:
                case {"message": dict() as message}:
                    progress = message.get("progress")
                    if isinstance(progress, int) and progress > self._progress:
                        self._progress, self._since = progress, time.monotonic()
                    if self._on_message is not None:
                        self._on_message(message)
                case {"result": dict() as result}:
                    self._result = Finished(result)
                case {"died": "memory"}:
                    self._result = self._memory()
                case {"died": "crash", "detail": str() as detail}:
                    self._result = Died("crash", detail[:200])
                case _:
                    raise MessageError("unknown message")

    def _over(self) -> Died | None:
        now = time.monotonic()
        if now - self._since > self._limits.seconds:
            return Died("time", f"{self._limits.seconds:g}")
        if now - self._started > self._limits.total_seconds:
            return Died("time", f"{self._limits.total_seconds:g}")
        if now - self._looked > _WATCH_SECONDS / 2:
            self._looked = now
            if self._over_memory():
                return self._memory()
        if self._cancelled is not None and self._cancelled():
            return Died("cancelled", "cancelled")
        return None

    def _memory(self) -> Died:
        return Died("memory", str(self._limits.memory_mib))

    def _tick(self) -> None:
        now = time.monotonic()
        if self._on_tick is not None and now - self._ticked > TICK_SECONDS:
            self._on_tick()
            self._ticked = time.monotonic()

    def _over_memory(self) -> bool:
        limit = self._limits.memory_mib * 1024**2
        used = at_most_held(self._pid, self._baseline)
        if used > limit:  # told exactly only now: that takes the kernel tens of milliseconds
            used = held_together(self._pid, used)
        self._peak = max(self._peak, used)
        if used <= limit:
            return False
        # A process about to start a program shows its parent's memory as its own for a moment.
        time.sleep(_SECOND_LOOK_SECONDS)
        return held_together(self._pid, at_most_held(self._pid, self._baseline)) > limit

    def _reap(self) -> int:
        # The pipe is closed, so the child is about to end; a grandchild that holds on is killed.
        for _ in range(100):
            pid, status, usage = os.wait4(self._pid, os.WNOHANG)
            if pid:
                self._pid = 0
                self._peak = max(self._peak, usage.ru_maxrss * 1024 - self._baseline)
                return status
            time.sleep(0.002)
        return self._kill()

    def _kill(self) -> int:
        if not self._pid:
            return 0
        family = family_of(self._pid)
        for pid in (*family[1:], family[0]):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pid, signal.SIGKILL)
        _, status = os.waitpid(self._pid, 0)
        self._pid = 0
        # A killed process may run a moment longer; the folder is not cleared under its hands.
        deadline = time.monotonic() + _GONE_SECONDS
        while any(runs(pid) for pid in family[1:]) and time.monotonic() < deadline:
            time.sleep(0.002)
        return status


def _verdict(status: int) -> Died:
    """How a child ended that sent no result."""
    code = _exit_code(status)
    if code <= _SIGNAL_BASE:
        return Died("crash", f"exit {code}")
    number = code - _SIGNAL_BASE
    if number == signal.SIGXCPU:
        return Died("time", "processor time")
    if number in (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP):  # not by us: that is told elsewhere
        return Died("killed", signal.Signals(number).name)
    try:
        return Died("crash", signal.Signals(number).name)
    except ValueError:
        return Died("crash", f"signal {number}")
