"""What an extractor is given, what it must be, and how it says no.

An extractor turns a file of one format into a `Reading`. It runs in the limited
child process of `ingest.sandbox`, so it may fail in any way without harm; what
it knows to be wrong it says as a `Refusal`.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from ingest.extract.crew import Crew
from ingest.extract.options import ReadOptions
from ingest.extract.typeset import Drawn
from ingest.model import Child, Page, Reading, Refusal

#: Longest name kept of a file found inside another, in characters.
MAX_NAME = 200


class RefusalError(Exception):
    """Thrown deep inside a parser to end the reading with a refusal; `read_file` turns it into a value."""

    def __init__(self, reason: str, **params: str | int | float) -> None:
        super().__init__(reason)
        self.refusal = Refusal(reason, dict(params))


class ReadContext:
    """What surrounds the reading of one file.

    Attributes:
        options: the limits and the password.
        out_dir: private folder; files put there by `new_child` reach the parent.
        file_name: what the sender called the file. Untrusted: never a path.
        skip_pages: numbers (from 1) of pages read in an earlier attempt; they are not read again.
        flags: codes found by identification; extractors add theirs to the reading, not here.
        charset: the encoding identification found in a text file, or None.
        of_pages: how many pages there are to be read, as far as the extractor has said.
        drawn: for pages that were set (see `ingest.extract.typeset`), what they have besides their words.
    """

    def __init__(
        self,
        options: ReadOptions,
        out_dir: Path,
        file_name: str = "",
        skip_pages: frozenset[int] = frozenset(),
        on_page: Callable[[Page, int], None] | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.options = options
        self.out_dir = out_dir
        self.file_name = file_name
        self.skip_pages = skip_pages
        self.flags: tuple[str, ...] = ()
        self.charset: str | None = None
        self.of_pages = 1
        self.drawn: dict[int, Drawn] = {}
        self._on_page = on_page
        self._on_progress = on_progress
        self._members = 0
        self._expanded = 0

    def page_done(self, page: Page, total: int) -> None:
        """Hand over a finished page of `total`, so that it survives if a later one fails.

        An extractor that streams leaves streamed pages out of its `Reading.pages`
        or repeats them there; the parent takes each page number once.
        """
        if self._on_page is not None:
            self._on_page(page, total)

    def progress(self, page: int, total: int) -> None:
        """Say that work on `page` of `total` begins; it also restarts the clock of the time limit."""
        self.of_pages = total
        if self._on_progress is not None:
            self._on_progress(page, total)

    def read_pages(
        self,
        total: int,
        read: Callable[[int], Page],
        flags: set[str],
        reopen: Callable[[], Callable[[int], Page]],
    ) -> list[Page]:
        """Read the pages 1 to `total` that are not to be skipped, at the same time where cores are idle.

        `read` may add to `flags`. `reopen` gives the same over a file of its own: a copy of the
        process shares the place in an open file with the others. Each page is handed over as it is
        finished; all are returned in order.
        """
        pages: list[Page] = []

        def done(page: Page) -> None:
            self.page_done(page, total)
            pages.append(page)

        self.of_pages = total
        numbers = [n for n in range(1, total + 1) if n not in self.skip_pages]
        Crew(self.options.cores).read(
            numbers,
            read,
            reopen=reopen,
            begin=lambda number: self.progress(number, total),
            done=done,
            flags=flags,
        )
        return sorted(pages, key=lambda page: page.number)

    def expanded(self, count: int) -> None:
        """Account for `count` bytes that came out of unpacking.

        Raises:
            RefusalError: `expands_too_much`, if all together are over the limit.
        """
        self._expanded += count
        if self._expanded > self.options.max_expanded_bytes:
            raise RefusalError("expands_too_much", detail=f"over {self.options.max_expanded_bytes} bytes")

    @contextmanager
    def child_file(self) -> Iterator["ChildFile"]:
        """A new file in `out_dir` to write a child to; it is taken away again if the block fails.

        Raises:
            RefusalError: `nested_too_deep` where no further level may be opened,
                `expands_too_much` when there are too many members or bytes.
        """
        if self.options.max_depth <= 0:
            raise RefusalError("nested_too_deep", detail="no further level is opened")
        if self._members >= self.options.max_members:
            raise RefusalError("expands_too_much", detail=f"over {self.options.max_members} members")
        self._members += 1
        path = self.out_dir / f"child-{self._members:05d}"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as stream:
            try:
                yield ChildFile(self, path, stream)
            except BaseException:
                path.unlink()
                raise

    def new_child(self, name: str, data: bytes) -> Child:
        """Keep `data` as a child called `name` (untrusted). Raises as `child_file` does."""
        with self.child_file() as file:
            file.write(data)
        return file.child(name)


class ChildFile:
    """A child being written; every byte counts against `max_expanded_bytes`."""

    def __init__(self, context: ReadContext, path: Path, stream: IO[bytes]) -> None:
        self._context = context
        self._path = path
        self._stream = stream
        self.size = 0

    def write(self, data: bytes) -> None:
        self._context.expanded(len(data))
        self._stream.write(data)
        self.size += len(data)

    def child(self, name: str) -> Child:
        return Child(harmless_name(name), self._path.name, self.size)


def harmless_name(untrusted_name: str, fallback: str = "file") -> str:
    """A name to show and to save under: no path, no control or direction characters, not too long."""
    last = untrusted_name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in last)
    shown = shown.strip().strip(".").strip() if set(shown) <= {".", " "} else shown.strip()
    if len(shown) > MAX_NAME:
        stem, dot, ending = shown.rpartition(".")
        shown = f"{stem[: MAX_NAME - 12]}….{ending}" if dot and len(ending) <= 10 else shown[:MAX_NAME]
    return shown or fallback


class Extractor(Protocol):
    """Reads files of the formats it is registered for in `ingest.read`."""

    def __call__(self, path: Path, media_type: str, context: ReadContext) -> Reading | Refusal: ...
