"""An index folder: generations, a pointer to the live one, one writer at a time.

    ROOT/current            the live generation and the kind of index it is
    ROOT/lock               held by the writer (flock: released when its holder dies)
    ROOT/building           held by a rebuild
    ROOT/changed            the documents that were written during a rebuild, by id
    ROOT/gen-…/             an engine's own files
    ROOT/draft-…/           a generation being built

A rebuild fills a draft beside the live generation, which is written as ever meanwhile; what
changed there is taken into the draft at the end. Then it makes the draft a generation and
replaces the pointer atomically; readers notice the change at their next search.
"""

import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from akta.kernel.ids import new_id
from indexer.model import IndexBusyError, IndexDamagedError

_POINTER = re.compile(r"(gen-[0-9a-zA-Z]+) (\S+)")


def damaged(why: str) -> IndexDamagedError:
    """The error for an index that has to be built anew."""
    return IndexDamagedError(f"The search index {why}. Records are safe; run 'akta reindex'.")


class IndexFolder:
    """The shared mechanics of engines that live in a folder.

    `kind` names the engine and the form of its index; one of another kind counts as damaged.
    """

    def __init__(self, root: Path, kind: str, patience: float) -> None:
        self.root = root
        self._kind = kind
        self._patience = patience
        root.mkdir(parents=True, exist_ok=True)

    def live(self) -> Path | None:
        """The live generation's folder, or None if nothing was ever written. Raises IndexDamagedError."""
        try:
            pointer = (self.root / "current").read_text("ascii").strip()
        except FileNotFoundError:
            if any(self.root.glob("gen-*")):
                raise damaged("has lost its pointer") from None
            return None
        except (OSError, ValueError) as error:
            raise damaged("cannot be opened") from error
        match = _POINTER.fullmatch(pointer)
        if match is None or match[2] != self._kind:
            raise damaged("was made by another version of Akta, or is damaged")
        return self.root / match[1]

    def fresh(self) -> Path:
        """A new, empty draft. What earlier, broken builds left is removed; the caller holds the lock."""
        if self._is_free("building"):
            self._forget_drafts()
        draft = self.root / f"draft-{new_id()}"
        draft.mkdir()
        return draft

    def go_live(self, draft: Path) -> None:
        """Make a draft the live generation and remove the others. The caller holds the lock."""
        sync(draft)
        folder = draft.with_name(draft.name.replace("draft-", "gen-"))
        draft.rename(folder)
        pointer = self.root / f".current.{os.getpid()}"
        with pointer.open("w", encoding="ascii") as out:
            out.write(f"{folder.name} {self._kind}\n")
            out.flush()
            os.fsync(out.fileno())
        pointer.replace(self.root / "current")
        _sync_folder(self.root)
        for other in self.root.glob("gen-*"):
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)

    @contextmanager
    def building(self) -> Iterator[Path]:
        """A draft to be filled, with what is written meanwhile noted (`note`, `changed`).

        Raises IndexBusyError if another rebuild is under way.
        """
        with self._locked("building"):
            with self.writing():
                self._forget_drafts()
                draft = self.root / f"draft-{new_id()}"
                draft.mkdir()
                (self.root / "changed").write_text("", "ascii")
            try:
                yield draft
            except BaseException:
                shutil.rmtree(draft, ignore_errors=True)
                raise
            finally:
                (self.root / "changed").unlink(missing_ok=True)

    def note(self, ids: Iterable[str]) -> None:
        """Tell a rebuild that is under way which documents change now. The caller holds the lock."""
        path = self.root / "changed"
        if not path.exists():
            return
        if self._is_free("building"):  # its rebuild was killed
            path.unlink(missing_ok=True)
            return
        with path.open("a", encoding="utf-8") as out:
            out.writelines(f"{json.dumps(one)}\n" for one in ids)

    def changed(self) -> list[str]:
        """What was noted, each once. The caller holds the lock, and that of the rebuild."""
        lines = (self.root / "changed").read_text("utf-8").splitlines()
        return list(dict.fromkeys(json.loads(line) for line in lines))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only writer. Raises IndexBusyError if another holds the lock for too long."""
        with self._locked("lock"):
            yield

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        handle = os.open(self.root / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            deadline = time.monotonic() + self._patience
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise IndexBusyError(
                            "The search index is being written by another process. Try again."
                        ) from None
                    time.sleep(0.02)
            yield
        finally:
            os.close(handle)

    def _is_free(self, name: str) -> bool:
        """Whether nobody holds a lock."""
        handle = os.open(self.root / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(handle)
        return True

    def _forget_drafts(self) -> None:
        for left in self.root.glob("draft-*"):
            shutil.rmtree(left, ignore_errors=True)


def sync(folder: Path, since: float = 0.0) -> None:
    """Put the files of a folder on the disk; only those changed after `since` (a time stamp)."""
    for path in folder.iterdir():
        if path.is_file() and path.stat().st_mtime >= since:
            with path.open("rb") as file:
                os.fsync(file.fileno())
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
