"""A nudge for the embedded executor: a pipe in the data folder, so that jobs start at once.

It carries hardly any content: that there is work, or that some is expected. If nobody listens
nothing is lost: the executor also looks by itself.
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


_WORK, _EXPECTED = b"!", b"?"


def wake(path: Path, *, expected: bool = False) -> None:
    """Tell a running executor that there is work, or only `expected` soon; no executor is fine."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.ENOENT):
            return
        raise
    try:
        with contextlib.suppress(BlockingIOError):
            os.write(fd, _EXPECTED if expected else _WORK)
    finally:
        os.close(fd)


def drain(fd: int) -> bool:
    """Empty the wake-up pipe; whether somebody said that work is expected."""
    said = b""
    with contextlib.suppress(BlockingIOError):
        while part := os.read(fd, 4096):
            said += part
    return _EXPECTED in said
