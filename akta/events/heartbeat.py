"""Renewing a job's lease while its worker waits for something long."""

import time

from akta.db.engine import Database
from akta.events.jobs import Claim
from akta.kernel.clock import Clock

SECONDS = 10.0


class Heartbeat:
    """Call it as often as convenient; it renews the lease every ten seconds. Raises LeaseLostError."""

    def __init__(self, database: Database, clock: Clock, claim: Claim) -> None:
        self._db = database
        self._clock = clock
        self._claim = claim
        self._last = time.monotonic()

    def __call__(self) -> None:
        if time.monotonic() - self._last < SECONDS:
            return
        with self._db.write() as session:
            self._claim.hold(session, self._clock.now())
        self._last = time.monotonic()
