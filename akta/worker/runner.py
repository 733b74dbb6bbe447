"""Running one claimed job: the same few lines for the embedded executor and for Celery."""

import errno
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from akta.db.engine import Database, DatabaseUnavailableError
from akta.events import jobs
from akta.events.heartbeat import Heartbeat
from akta.events.jobs import Claim
from akta.kernel.clock import Clock
from akta.kernel.errors import AktaError, OutageError

#: So many tries more than its own has a job whose worker dies: the machine may be at fault, not the job.
DEATHS = 10
#: So long a worker that cannot write down how its job ended waits for the database, in seconds.
_PATIENCE = 6 * 3600

log = structlog.get_logger("akta.worker")


@dataclass(frozen=True, slots=True)
class Handler:
    """What does a kind of job, and what is said on its subject when it is given up.

    `run` opens its own transactions, renews the claim in each that changes something
    (`Claim.hold`) and marks the job done in the last one. Between them the runner
    renews the lease.
    """

    run: Callable[[Claim], None]
    given_up: Callable[[Session, Claim, str], None] | None = None


class Runner:
    """Claims jobs and runs their handlers."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        handlers: dict[str, Handler],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._db = database
        self._clock = clock
        self._handlers = handlers
        self._sleep = sleep

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(self._handlers)

    def run_next(self, owner: str) -> bool:
        """Claim and run one job; False if none could be claimed."""
        with self._db.write() as session:
            claim = jobs.claim(session, owner, self._clock.now(), kinds=self.kinds)
        if claim is None:
            return False
        self.run(claim)
        return True

    def run_by_id(self, owner: str, job_id: str) -> bool:
        """Claim and run the job a message names; False if it is done, taken or not due."""
        with self._db.write() as session:
            claim = jobs.claim(session, owner, self._clock.now(), job_id=job_id)
        if claim is None:
            return False
        self.run(claim)
        return True

    def run(self, claim: Claim) -> None:
        """Run a claimed job; a failure is written on it, never raised."""
        started = time.monotonic()
        bound = log.bind(job=claim.id, kind=claim.kind, attempt=claim.attempt)
        try:
            if claim.tries > claim.max_attempts + DEATHS:
                raise jobs.PermanentJobError("The worker died each time it tried this.")
            with Heartbeat(self._db, self._clock, claim):
                self._handlers[claim.kind].run(claim)
        except jobs.LeaseLostError:
            bound.warning("job.lease_lost")
        except Exception as error:  # noqa: BLE001 - the task edge: whatever happens is written on the job
            self._failed(claim, error)
            bound.warning(
                "job.failed", error=type(error).__name__, seconds=round(time.monotonic() - started, 2)
            )
        else:
            bound.debug("job.done", seconds=round(time.monotonic() - started, 2))

    def _failed(self, claim: Claim, error: Exception) -> None:
        # No values of the failing code are written down: they could be document text.
        where = traceback.extract_tb(error.__traceback__)
        place = f" at {Path(where[-1].filename).name}:{where[-1].lineno}" if where else ""
        said = error.message if isinstance(error, AktaError) else type(error).__name__
        text = f"{said}{place}"
        slept, pause = 0.0, 1.0
        while slept < _PATIENCE:
            try:
                self._write_down(claim, error, text)
                return
            except DatabaseUnavailableError:
                self._sleep(pause)
                slept, pause = slept + pause, min(60.0, pause * 2)
        # The lease has run out, and the job is taken again.

    def _write_down(self, claim: Claim, error: Exception, text: str) -> None:
        with self._db.write() as session:
            now = self._clock.now()
            if _is_outage(error):
                jobs.wait(session, claim, text, now)
                return
            permanent = isinstance(error, jobs.PermanentJobError)
            parked = jobs.fail(session, claim, text, now, permanent=permanent)
            handler = self._handlers[claim.kind]
            if parked and handler.given_up is not None:
                handler.given_up(session, claim, text)


def _is_outage(error: Exception) -> bool:
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return full or isinstance(error, OutageError)
