"""A nudge for the embedded executor: a pipe in the data folder, so that jobs start at once.

It carries no content. If nobody listens nothing is lost: the executor also looks by itself.
"""

import contextlib
import errno
import os
from pathlib import Path


def open_fifo(path: Path) -> int:
    """The wake-up pipe, open for reading without ever blocking on its writers."""
    with contextlib.suppress(FileExistsError):
        os.mkfifo(path, 0o600)
    return os.open(path, os.O_RDWR | os.O_NONBLOCK)


def wake(path: Path) -> None:
    """Tell a running executor that there is work; no executor is fine."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.ENOENT):
            return
        raise
    try:
        with contextlib.suppress(BlockingIOError):
            os.write(fd, b"!")
    finally:
        os.close(fd)


def drain(fd: int) -> None:
    """Empty the wake-up pipe."""
    with contextlib.suppress(BlockingIOError):
        while os.read(fd, 4096):
            pass
