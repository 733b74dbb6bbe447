"""Working folders that name the process they belong to, so that left-overs can be told from live ones."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from akta.kernel.process import started

_PREFIX = "paper"
#: After this long the folder of another machine, whose processes cannot be seen, is a left-over.
_FOREIGN_SECONDS = 24 * 3600


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """A folder under `parent` for as long as the block lasts."""
    own = f"{_PREFIX}-{_host()}-{os.getpid()}-{started(os.getpid())}-"
    folder = Path(tempfile.mkdtemp(prefix=own, dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep_scratch(parent: Path) -> int:
    """Remove the folders whose process is gone; returns how many.

    `parent` may be shared by machines (or containers): each judges its own folders by its
    processes, and those of others by their age alone.
    """
    removed = 0
    for path in parent.glob(f"{_PREFIX}-*"):
        parts = path.name.split("-")
        if len(parts) == 5 and parts[1] == _host():
            gone = not parts[2].isdigit() or started(int(parts[2])) != parts[3]
        else:
            try:
                gone = time.time() - path.stat().st_mtime > _FOREIGN_SECONDS
            except OSError:
                continue
        if gone:
            shutil.rmtree(path, ignore_errors=True)
            removed += 1
    return removed


def _host() -> str:
    return os.uname().nodename.replace("-", "_")
