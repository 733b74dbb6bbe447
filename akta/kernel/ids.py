"""Identifiers that sort by time of creation.

The form is that of a ULID (48 bits of milliseconds, 80 random bits, Crockford
base 32), written in lower case. They are safe in addresses and file names and
serve as keyset cursors. Source: the ULID specification, github.com/ulid/spec.
"""

import os
import re
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_SHAPE = re.compile(r"^[0-7][0-9a-hjkmnp-tv-z]{25}$")


def new_id(at_ms: int | None = None) -> str:
    """A new identifier of 26 characters; `at_ms` fixes its time part (Unix milliseconds)."""
    ms = time.time_ns() // 1_000_000 if at_ms is None else at_ms
    number = (ms << 80) | int.from_bytes(os.urandom(10), "big")
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))


def is_id(text: str) -> bool:
    """Whether `text` has the form of an identifier made by `new_id`."""
    return _SHAPE.match(text) is not None
