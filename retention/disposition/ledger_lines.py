"""The file of the ledger: its lines, their chain, and who may write it."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from akta.audit.verifier import GENESIS, canonical

#: So much of a file's end is looked at first.
TAIL: Final = 1 << 16
#: No database counts as far.
_BEYOND: Final = 1 << 63


@dataclass(frozen=True, slots=True)
class Line:
    """One act. `seq` and `entry` are the number and the hash of its audit entry."""

    number: int
    seq: int
    entry: str
    kind: str
    at: str
    data: dict[str, Any]
    previous: str
    hash: str
    signature: str

    def body(self) -> dict[str, Any]:
        return {
            "n": self.number,
            "seq": self.seq,
            "entry": self.entry,
            "kind": self.kind,
            "at": self.at,
            "data": self.data,
        }

    def text(self) -> str:
        signed = {"previous": self.previous, "hash": self.hash, "signature": self.signature}
        return canonical({**self.body(), **signed})


def chained(previous: str, body: Mapping[str, Any]) -> str:
    """The hash of a line, from the hash before it and what it says."""
    return sha256(f"{previous}\n{canonical(body)}".encode()).hexdigest()


def message(digest: str) -> bytes:
    """What is signed of a line with this hash."""
    return f"akta ledger {digest}".encode()


def append(file: Path, lines: Sequence[Line]) -> None:
    """Append lines and put them on the disk. A line torn by a crash is left and begun anew behind it."""
    torn = file.exists() and file.stat().st_size > 0 and not _ends_line(file)
    fresh = not file.exists()
    with file.open("ab") as out:
        os.fchmod(out.fileno(), 0o600)
        out.write(b"\n" if torn else b"")
        out.write("".join(line.text() + "\n" for line in lines).encode())
        out.flush()
        os.fsync(out.fileno())
    if fresh:
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def lines_of(file: Path) -> Iterator[Line]:
    """The whole lines of a ledger, in order. What a crash tore is left out (see `verify_ledger`)."""
    with file.open("rb") as source:
        for raw in source:
            line = _parsed(raw) if raw.endswith(b"\n") else None
            if line is not None:
                yield line


def last_line(file: Path) -> Line | None:
    """The last whole line; None if there is none."""
    if not file.exists():
        return None
    with file.open("rb") as source:
        end = source.seek(0, os.SEEK_END)
        step = TAIL
        while True:
            start = max(0, end - step)
            source.seek(start)
            parts = source.read(end - start).split(b"\n")
            whole = parts[1:-1] if start else parts[:-1]
            for raw in reversed(whole):
                line = _parsed(raw + b"\n")
                if line is not None:
                    return line
            if not start:
                return None
            step *= 8


def verify_ledger(file: Path, key: Ed25519PublicKey) -> tuple[int, list[str]]:
    """Check a ledger's chain and signatures; returns how many lines it has, and at most 50 problems."""
    problems: list[str] = []
    previous, number = GENESIS, 0
    torn = 0
    with file.open("rb") as source:
        for at, raw in enumerate(source, start=1):
            line = _parsed(raw)
            if line is None or not raw.endswith(b"\n"):
                torn = at if line is None else torn
                continue
            if line.number != number + 1 or line.previous != previous:
                problems.append(f"Line {at} of the ledger does not follow from the one before it.")
            if chained(line.previous, line.body()) != line.hash or not _signed(key, line):
                problems.append(
                    f"Line {at} of the ledger was changed, or is not signed by this archive's key."
                )
            previous, number, torn = line.hash, line.number, 0
            if len(problems) >= 50:
                break
    if torn and _ends_line(file):
        problems.append(f"Line {torn} of the ledger cannot be read.")
    return number, problems


def _signed(key: Ed25519PublicKey, line: Line) -> bool:
    try:
        key.verify(bytes.fromhex(line.signature), message(line.hash))
    except (InvalidSignature, ValueError):
        return False
    return True


def _parsed(raw: bytes) -> Line | None:
    try:
        data = json.loads(raw)
        line = Line(
            int(data["n"]),
            int(data["seq"]),
            str(data["entry"]),
            str(data["kind"]),
            str(data["at"]),
            dict(data["data"]),
            str(data["previous"]),
            str(data["hash"]),
            str(data["signature"]),
        )
        line.text().encode()  # half a pair is no text, and what is nested without end no line of ours
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return line if 0 <= line.seq < _BEYOND and 0 < line.number < _BEYOND else None


def _ends_line(file: Path) -> bool:
    with file.open("rb") as source:
        source.seek(-1, os.SEEK_END)
        return source.read(1) == b"\n"


def same_end(source: Any, target: Path, have: int) -> bool:
    """Whether the first `have` bytes end alike in both files."""
    size = min(have, TAIL)
    source.seek(have - size)
    ours = source.read(size)
    with target.open("rb") as copy:
        copy.seek(have - size)
        return bool(copy.read(size) == ours)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only one that writes the ledger."""
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
