"""Messages from the limited child: four bytes of length, then JSON. Never pickle.

The child may have been taken over by the file it reads, so the parent caps
sizes and takes nothing but plain data.
"""

import json
import os
import struct
from collections.abc import Iterator
from typing import Any

MAX_MESSAGE = 64 * 1024**2
_LENGTH = struct.Struct(">I")


class MessageError(Exception):
    """What came through the pipe is not a message of ours."""


def send(pipe: int, message: dict[str, Any]) -> None:
    """Write one message. Raises MessageError if it is too long to be taken."""
    data = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    if len(data) > MAX_MESSAGE:
        raise MessageError("message too long")
    view = memoryview(_LENGTH.pack(len(data)) + data)
    while view:
        view = view[os.write(pipe, view) :]


class Inbox:
    """Puts bytes from the pipe together to messages.

    Args:
        most: bytes taken altogether.
    """

    def __init__(self, most: int) -> None:
        self._left = most
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """The messages that `data` completes. Raises MessageError."""
        self._left -= len(data)
        if self._left < 0:
            raise MessageError("too many messages")
        self._buffer += data
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > MAX_MESSAGE:
                raise MessageError("message too long")
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[_LENGTH.size : end])
            del self._buffer[:end]
            try:
                message = json.loads(body)
            except (ValueError, RecursionError) as error:
                raise MessageError("not JSON") from error
            if not isinstance(message, dict):
                raise MessageError("not an object")
            yield message
