"""Where the blob stores under test keep their bytes, here and in another process."""

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from akta.settings import ROOT
from akta.storage.port import (
    BlobProtectedError,
    BlobStore,
)

MIB = 1 << 20
ABSENT = "0" * 64


@dataclass(frozen=True)
class Place:
    """Where blobs are kept: makes stores on it, here and in another process."""

    make: Callable[[], BlobStore]
    code: str  # an expression that makes the same store in another process

    def child(self, body: str, **settings: object) -> "subprocess.Popen[str]":
        """A process that runs `body` with `store` and these names."""
        lines = [
            "import os, resource, sys, time",
            "from pathlib import Path",
            "from akta.kernel.errors import AktaError",
            "from akta.storage.filesystem import FilesystemBlobStore",
            "from akta.storage.s3 import S3BlobStore, S3Options",
            *(f"{name} = {value!r}" for name, value in settings.items()),
            f"store = {self.code}",
            body,
        ]
        return subprocess.Popen(
            [sys.executable, "-c", "\n".join(lines)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )


def name_of(data: bytes) -> str:
    """What a store calls these bytes."""
    return hashlib.sha256(data).hexdigest()


def soon(seconds: float) -> datetime:
    """So many seconds from now."""
    return datetime.now(UTC) + timedelta(seconds=seconds)


def until(done: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def deleted(store: BlobStore, name: str) -> bool:
    try:
        store.delete(name)
    except BlobProtectedError:
        return False
    return True
