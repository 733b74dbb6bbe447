"""Renewing a job's lease in the background, whatever its handler waits for.

A handler may sit in a library for longer than a lease lasts: a large file comes
from a store far away. So the lease is renewed by a thread. Handlers fork (the
sandbox), and a child must not inherit what a thread held at that moment, be it
a lock or an SQLite transaction; so the thread ends before each fork and another
goes on after it, in the parent alone.
"""

import os
import threading
import time
from types import TracebackType

from akta.db.engine import Database
from akta.events.jobs import Claim, LeaseLostError
from akta.kernel.clock import Clock

SECONDS = 10.0
THREAD = "heartbeat"
_AGAIN_SECONDS = 2.0
#: How soon a worker knows that a person has stopped its work.
_LOOK_SECONDS = 1.0
#: A beat may wait for the database; whoever waits for the beat goes on after this long.
_PATIENCE_SECONDS = 35.0


class Heartbeat:
    """Renews the lease of `claim` for as long as the block lasts, and looks more often whether it holds.

    When it finds that the lease is lost it sets `claim.lost` and stops; the
    handler's next transaction fails by its own `Claim.hold` in any case.
    """

    def __init__(self, database: Database, clock: Clock, claim: Claim) -> None:
        self._db = database
        self._clock = clock
        self._claim = claim
        self._due = time.monotonic() + SECONDS
        self._halt = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "Heartbeat":
        self._start()
        _beating.add(self)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        _beating.discard(self)
        self._stop()

    def _start(self) -> None:
        if self._claim.lost.is_set():
            return
        self._halt = threading.Event()
        self._thread = threading.Thread(target=self._beat, args=(self._halt,), name=THREAD, daemon=True)
        self._thread.start()

    def _stop(self) -> None:
        self._halt.set()
        if self._thread is not None:
            self._thread.join(_PATIENCE_SECONDS)
            self._thread = None

    def _beat(self, halt: threading.Event) -> None:
        while not halt.wait(min(_LOOK_SECONDS, max(0.0, self._due - time.monotonic()))):
            try:
                if time.monotonic() < self._due:
                    with self._db.read() as session:
                        self._claim.look(session)
                    continue
                with self._db.write() as session:
                    self._claim.hold(session, self._clock.now())
            except LeaseLostError:
                self._claim.lost.set()
                return
            except Exception:  # noqa: BLE001 - the database is away: the next beat may reach it
                self._due = time.monotonic() + min(_AGAIN_SECONDS, SECONDS)
            else:
                self._due = time.monotonic() + SECONDS


#: Those that run in this process.
_beating: set[Heartbeat] = set()


def _before_fork() -> None:
    for beat in list(_beating):
        beat._stop()


def _after_fork_in_parent() -> None:
    for beat in list(_beating):
        beat._start()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_beating.clear)
