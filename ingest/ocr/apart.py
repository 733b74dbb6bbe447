"""Running a piece of native work in a copy of this process.

A copy shares what is loaded here and costs milliseconds. Whatever the library does
to it (a crash, a leak, something it remembers) is gone with it, and unlike a call it can be stopped.
"""

import os
import select
import signal
import time
from collections.abc import Callable
from typing import NoReturn

_MOST_BYTES = 256 * 1024**2
_CHUNK = 1024**2
_OPEN_FILES = 65536
#: Seconds after which a fork that failed is tried again.
_PAUSES = (0.1, 0.5)


class TookTooLongError(Exception):
    """The copy was stopped because its time was over."""


class EndedError(Exception):
    """The copy ended without an answer; `signal` is what killed it, or 0."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.signal = signal_number


def run_apart(work: Callable[[], bytes], seconds: float) -> bytes:
    """What `work` returns, done in a forked copy of this process.

    Raises:
        TookTooLongError: after `seconds`.
        EndedError: the copy died, or `work` raised something.
    """
    reader, writer = os.pipe()
    try:
        pid = _fork()
    except EndedError:
        os.close(reader)
        os.close(writer)
        raise
    if pid == 0:
        _copy(work, writer, seconds)
    os.close(writer)
    status = -1
    try:
        answer = _answer(reader, seconds)
        _, status = os.waitpid(pid, 0)
    finally:
        os.close(reader)
        if status == -1:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    if status != 0:
        raise EndedError(os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0)
    return answer


def _fork() -> int:
    """Fork; a machine that is short of memory or processes for a moment is asked again."""
    for pause in _PAUSES:
        try:
            return os.fork()
        except OSError:
            time.sleep(pause)
    try:
        return os.fork()
    except OSError as error:  # the page fails as if the copy had been killed, and not the file
        raise EndedError(signal.SIGKILL) from error


def _answer(reader: int, seconds: float) -> bytes:
    deadline = time.monotonic() + seconds
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    parts: list[bytes] = []
    size = 0
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise TookTooLongError
        part = os.read(reader, _CHUNK)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
        if size > _MOST_BYTES:
            raise EndedError(0)


def _copy(work: Callable[[], bytes], writer: int, seconds: float) -> NoReturn:
    """Never returns, whatever happens. Holds nothing open but its answer, and outlives nobody for long."""
    code = 1
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.alarm(int(seconds) + 2)
        os.closerange(3, writer)
        os.closerange(writer + 1, _OPEN_FILES)
        answer = memoryview(work())
        while answer:
            answer = answer[os.write(writer, answer) :]
        code = 0
    finally:
        os._exit(code)
