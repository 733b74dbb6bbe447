"""The embedded executor as a process: one for each data folder, started where it is needed.

Whoever needs jobs done (the server, a waiting command) makes sure that an
executor runs. A lock on a file in the data folder says whether one does; it
is released by the kernel when its holder dies.
"""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Protocol

import structlog
from sqlalchemy import func, select

from akta.bootstrap import App, build, maintain, wind_up
from akta.events import jobs
from akta.events.models import Job
from akta.kernel.process import fork_for, owner_name
from akta.settings import ROOT, Settings
from akta.worker.executor import Executor, Works
from akta.worker.runner import Handler, Runner
from akta.worker.standby import Standby
from ingest.ocr import engines, neural
from ingest.read import EXTRACTORS
from ingest.understand import load_model

log = structlog.get_logger("akta.executor")

_OPEN_FILES = 65536


def run_executor(
    settings: Settings, *, parent: int | None = None, until_idle: bool = False, in_turn: bool = False
) -> bool:
    """Run the embedded executor here until told to stop; False if one runs already.

    `in_turn`: if one runs already, wait until it ends.
    """
    app = build(settings, pooled=False)
    lock = _lock_file(settings.home)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if in_turn else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(lock)
        return False

    def waiting() -> int:
        with app.database.read() as session:
            return jobs.waiting(session, app.clock.now(), most=settings.workers)

    def release(prefix: str) -> None:
        with app.database.write() as session:
            jobs.release_leases(session, prefix, app.clock.now())

    def make_works() -> Works:
        neural.leave_to_parent()  # two slots would hold its models twice
        mine = App(settings, pooled=True).wire()
        handlers = {kind: Handler(*pair) for kind, pair in mine.handlers().items()}
        runner = Runner(mine.database, mine.clock, handlers)
        return Works(runner.run_next, owner_name, neural.is_wanted)

    def idle() -> bool:
        with app.database.read() as session:
            open_jobs = select(func.count()).where(Job.state.in_(("ready", "running")))
            return not session.scalar(open_jobs)

    def work() -> None:
        Executor(
            slots=settings.workers,
            waiting=waiting,
            make_works=make_works,
            release=release,
            wake=app.wake_pipe,
            warm=lambda: load_for_reading(app),
            warm_more=load_for_rendering,
            warm_wanted=neural.warm,
        ).run()

    try:
        Standby(
            waiting=waiting,
            work=work,
            maintain=lambda: maintain(app),
            wake=app.wake_pipe,
            parent=parent,
            stop_when=idle if until_idle else None,
        ).run()
    finally:
        wind_up(app)
        app.close()
        os.close(lock)
    return True


def load_for_reading(app: App) -> None:
    """Load what reading needs into this process, so that those it forks share it and start at once."""
    for module in {*EXTRACTORS.values(), "ingest.extract.mail_msg"}:
        import_module(module)
    load_model()
    reading = app.pipeline_options.read
    try:
        engines.preload(reading.ocr_engine, reading.languages)
    except engines.ModelMissingError as error:
        # Pictures fail and say so; all that needs no recognition is read.
        log.error("ocr.not_ready", reason=str(error))


def load_for_rendering() -> None:
    """Load what making renditions needs; nobody waits for those as for a reading."""
    import_module("ingest.render")


def executor_runs(home: Path) -> bool:
    """Whether an executor works on this data folder now."""
    lock = _lock_file(home)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


class ExecutorProcess(Protocol):
    """What its keeper needs of an executor that runs as a child of this process."""

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""

    def terminate(self) -> None:
        """Ask it to stop."""

    def kill(self) -> None:
        """End it."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code; raises subprocess.TimeoutExpired."""


def start_executor(settings: Settings) -> ExecutorProcess:
    """Start an executor that ends with this process."""
    return subprocess.Popen(
        [sys.executable, "-m", "akta.cli", "worker", "--parent", str(os.getpid())],
        cwd=ROOT,
        env={**os.environ, "AKTA_HOME": str(settings.home), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
    )


def fork_executor(app: App) -> ExecutorProcess:
    """The same by a fork: both share the memory of what is loaded, and it is there at once.

    Only while this process has one thread. Open database connections of `app` are
    closed; nothing else that is open stays open in the executor.
    """
    app.database.close()
    parent = os.getpid()

    def work() -> None:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.closerange(3, _OPEN_FILES)
        # A command's executor, or that of a server that was killed, may be about to end.
        run_executor(app.settings, parent=parent, in_turn=True)

    return _Forked(fork_for(work))


class _Forked:
    """A forked child."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        if self._code is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("executor", timeout or 0.0)
            time.sleep(0.02)
        return code

    def _send(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self._pid, number)


@contextmanager
def ensure_executor(app: App) -> Iterator[None]:
    """Jobs are being run while the block lasts: by an executor that runs already, or by our own.

    With jobs=celery they are the workers' business and nothing is started.
    """
    if app.settings.jobs == "celery":
        yield
        return
    keeper = Keeper(app.settings)
    keeper.start()
    try:
        yield
    finally:
        keeper.stop()


class Keeper:
    """Keeps an executor running on the data folder: starts one, and another if it dies.

    `first` is one that was started already, as by `fork_executor`.
    """

    def __init__(self, settings: Settings, first: ExecutorProcess | None = None) -> None:
        self._settings = settings
        self._process = first
        self._ended = threading.Event()
        # A daemon thread: PR_SET_PDEATHSIG follows the thread that forked, so it must live as long as we do.
        self._thread = threading.Thread(target=self._tend, name="executor-keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(timeout=15)

    def _tend(self) -> None:
        while not self._ended.is_set():
            if self._process is not None and self._process.poll() is not None:
                self._process = None
            if self._process is None and not executor_runs(self._settings.home):
                self._process = start_executor(self._settings)
            self._ended.wait(1.0)
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()


def _lock_file(home: Path) -> int:
    return os.open(home / "run" / "executor.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
