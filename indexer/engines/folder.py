"""An index folder: generations, a pointer to the live one, one writer at a time.

    ROOT/current            the name of the live generation
    ROOT/lock               held by the writer (flock: released when its holder dies)
    ROOT/gen-…/             an engine's own files

A rebuild fills a new generation and then replaces the pointer atomically;
readers notice the change at their next search.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from akta.kernel.ids import new_id
from indexer.model import IndexBusyError


class IndexFolder:
    """The shared mechanics of engines that live in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def live(self) -> Path | None:
        """The live generation's folder, or None if nothing was ever written."""
        try:
            name = (self.root / "current").read_text("ascii").strip()
        except FileNotFoundError:
            return None
        return self.root / name

    def fresh(self) -> Path:
        """A new, empty generation that is not live yet."""
        folder = self.root / f"gen-{new_id()}"
        folder.mkdir()
        return folder

    def go_live(self, folder: Path) -> None:
        """Make a generation the live one and remove the others. The caller holds the lock."""
        draft = self.root / f".current.{os.getpid()}"
        with draft.open("w", encoding="ascii") as out:
            out.write(folder.name + "\n")
            out.flush()
            os.fsync(out.fileno())
        draft.replace(self.root / "current")
        for other in self.root.glob("gen-*"):
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)

    @contextmanager
    def writing(self, patience: float = 30.0) -> Iterator[None]:
        """Be the only writer. Raises IndexBusyError if another holds the lock for too long."""
        handle = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            deadline = time.monotonic() + patience
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise IndexBusyError("The index is being written by another process.") from None
                    time.sleep(0.02)
            yield
        finally:
            os.close(handle)
