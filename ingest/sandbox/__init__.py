"""The limited child process in which outside bytes are looked at."""

from ingest.sandbox.process import Died, Emit, Finished, Limits, run
from ingest.sandbox.reading import (
    KILLED_TRIES,
    ReaderKilledError,
    learn_in_sandbox,
    read_in_sandbox,
    understand_in_sandbox,
)
from ingest.sandbox.rendering import render_in_sandbox

__all__ = [
    "KILLED_TRIES",
    "Died",
    "Emit",
    "Finished",
    "Limits",
    "ReaderKilledError",
    "learn_in_sandbox",
    "read_in_sandbox",
    "render_in_sandbox",
    "run",
    "understand_in_sandbox",
]
