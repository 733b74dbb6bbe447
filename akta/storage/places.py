"""Places for small files that are written once: where anchors of the audit log are copied to."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from akta.storage.port import StorageError


class Place(Protocol):
    """Small files by name. A name that exists is whole, and is never written again."""

    def put(self, name: str, data: bytes) -> None:
        """Keep `data` under a new name; one that exists stays as it is. Raises StorageError."""
        ...

    def names(self) -> Iterator[str]:
        """Every name. Raises StorageError."""
        ...

    def read(self, name: str) -> bytes:
        """What is kept under a name. Raises StorageError."""
        ...


class FolderPlace:
    """A folder, best one of another machine or disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, data: bytes) -> None:
        target = self._folder / name
        draft = self._folder / f".{name}.{os.getpid()}"
        try:
            # Not made here: a disk that is not there must not become a folder of the one below it.
            with draft.open("xb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            try:
                os.link(draft, target)
            except FileExistsError:
                pass
            except OSError:  # a share without links
                if not target.exists():
                    draft.rename(target)
        except OSError as error:
            raise StorageError(
                f"The place of the anchors cannot be written to ({error.strerror})."
            ) from error
        finally:
            draft.unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        try:
            found = sorted(path.name for path in self._folder.iterdir() if not path.name.startswith("."))
        except OSError as error:
            raise StorageError(f"The place of the anchors cannot be read ({error.strerror}).") from error
        yield from found

    def read(self, name: str) -> bytes:
        try:
            return (self._folder / name).read_bytes()
        except OSError as error:
            raise StorageError(f"The place of the anchors cannot be read ({error.strerror}).") from error
