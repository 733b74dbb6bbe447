"""Reading and understanding a file in the limited child, and taking what it says with care."""

import math
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from akta.kernel.errors import AktaError
from akta.records.doctypes.current import current, use
from akta.records.doctypes.tree import TypeTree
from akta.records.reasons import REASONS
from ingest.classify.shape import shape_of
from ingest.extract.context import ReadContext, harmless_name
from ingest.extract.options import ReadOptions
from ingest.fields.alternatives import MOST, MOST_FIELDS, Alternative
from ingest.fields.found import FoundField
from ingest.fields.names import FIELDS
from ingest.fields.rows import rows_of
from ingest.learning.lessons import Lesson, learn, lesson_of
from ingest.model import CHECKS, FLAGS, Child, Page, Reading, Refusal, from_json, page_from_json, to_json
from ingest.ocr.fingerprint import is_fingerprint
from ingest.piles.propose import Parts
from ingest.read import read_file
from ingest.sandbox.process import Died, Emit, Limits, run
from ingest.understand import Doubt, Judge, Understanding, load_model, understand

#: A file whose reader was killed this often is likely to be the reason: the kernel short of memory.
KILLED_TRIES = 4
_MAX_TEXT = 20_000_000
_PARTS = 4  # forms of one paper's data
_MAX_PARAM = 300
_MAX_MARK = 60


class ReaderKilledError(AktaError):
    """Somebody killed the child: the file may be as good as any, so the job is worth another try."""

    code = "reader_killed"


class UntrueMessageError(Exception):
    """The child sent something that no honest child sends."""


def read_in_sandbox(
    path: Path,
    file_name: str,
    options: ReadOptions,
    limits: Limits,
    out: Path,
    *,
    skip_pages: frozenset[int] = frozenset(),
    on_page: Callable[[Page, int], None] | None = None,
    on_tick: Callable[[], None] | None = None,
) -> Reading | Refusal:
    """Read the file at `path` in a limited child process.

    `file_name` is what the sender called it. `out` must exist; the children named
    in the reading lie there afterwards, under their `path`, until the caller
    takes them. `on_page` gets each page as it is finished, with the number of
    pages in all; the reading returned holds them again. `on_tick` is called at
    least every two seconds; what it raises ends the reading. Raises ReaderKilledError.
    """
    pages: dict[int, Page] = {}

    def on_message(message: dict[str, Any]) -> None:
        if "page" not in message:
            return
        page, total = _page(message["page"]), message.get("total")
        if not isinstance(total, int) or not 1 <= page.number <= max(total, options.max_pages):
            raise UntrueMessageError("page out of order")
        if page.number in pages or page.number in skip_pages:
            return
        pages[page.number] = page
        if on_page is not None:
            on_page(page, total)

    try:
        outcome = run(
            _read,
            path,
            file_name,
            options,
            out,
            skip_pages,
            limits=limits,
            folder=out.parent,
            on_message=on_message,
            on_tick=on_tick,
            readable=(path, *((options.cores,) if options.cores else ())),
            writable=(out,),
        )
        if isinstance(outcome, Died):
            return _refusal(outcome)
        result = _outcome(outcome.result, out)
    except UntrueMessageError as error:
        return Refusal("reader_died", {"detail": str(error)})
    if isinstance(result, Refusal):
        return result
    for page in result.pages:
        pages.setdefault(page.number, page)
    return replace(result, pages=tuple(pages[n] for n in sorted(pages)))


def understand_in_sandbox(
    reading: Reading,
    file_name: str,
    limits: Limits,
    folder: Path,
    *,
    lessons: Sequence[Lesson] = (),
    judge: Judge | None = None,
    on_tick: Callable[[], None] | None = None,
) -> Understanding | Refusal:
    """Classify the reading and find its fields in a limited child: patterns meet hostile text there."""
    load_model()
    outcome = run(
        _understand,
        reading,
        file_name,
        tuple(lessons),
        judge,
        current(),
        limits=limits,
        folder=folder,
        on_tick=on_tick,
    )
    if isinstance(outcome, Died):
        return _refusal(outcome)
    data = outcome.result
    try:
        return Understanding(
            **{
                **data,
                "alternatives": tuple((str(a), str(b), float(c)) for a, b, c in data["alternatives"]),
                "fields": tuple(
                    FoundField(**{**f, "box": tuple(f["box"]) if f["box"] else None}) for f in data["fields"]
                ),
                "doubts": tuple(Doubt(**d) for d in data["doubts"]),
                "pile": _pile(data["pile"], reading),
                "subtype": str(data["subtype"])[:40] if data["subtype"] else None,
                "sender": {str(key)[:120]: float(weight) for key, weight in data["sender"].items()},
                "suggestions": _suggestions(data["suggestions"]),
            }
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return Refusal("reader_died", {"detail": "no understanding"})


def learn_in_sandbox(
    reading: Reading,
    changes: Mapping[str, tuple[str | None, str]],
    limits: Limits,
    folder: Path,
    *,
    on_tick: Callable[[], None] | None = None,
) -> tuple[dict[str, float], list[Lesson]] | Refusal:
    """The keys of a paper's sender and what its correction teaches, found in a limited child."""
    outcome = run(_learn, reading, dict(changes), current(), limits=limits, folder=folder, on_tick=on_tick)
    if isinstance(outcome, Died):
        return _refusal(outcome)
    try:
        keys = {str(key)[:120]: float(weight) for key, weight in outcome.result["keys"].items()}
        return keys, [lesson_of(data) for data in outcome.result["lessons"]]
    except (KeyError, TypeError, ValueError, AttributeError):
        return Refusal("reader_died", {"detail": "no lessons"})


# -- in the child ----------------------------------------------------------


def _read(
    emit: Emit, path: Path, file_name: str, options: ReadOptions, out: Path, skip_pages: frozenset[int]
) -> dict[str, Any]:
    streamed: set[int] = set()

    def page_done(page: Page, total: int) -> None:
        streamed.add(page.number)
        emit({"page": asdict(page), "total": total, "progress": page.number})

    def progress(page: int, total: int) -> None:
        emit({"progress": page, "total": total})

    result = read_file(path, ReadContext(options, out, file_name, skip_pages, page_done, progress))
    if isinstance(result, Reading):
        result = replace(result, pages=tuple(p for p in result.pages if p.number not in streamed))
    return to_json(result)


def _understand(
    _emit: Emit,
    reading: Reading,
    file_name: str,
    lessons: tuple[Lesson, ...],
    judge: Judge | None,
    types: TypeTree,
) -> dict[str, Any]:
    use(types)
    return asdict(understand(reading, file_name, lessons, judge))


def _learn(
    _emit: Emit, reading: Reading, changes: Mapping[str, tuple[str | None, str]], types: TypeTree
) -> dict[str, Any]:
    use(types)
    rows = rows_of(reading)
    understood = understand(reading)
    lessons = learn(rows, shape_of(reading, rows).ocr, changes)
    return {"keys": dict(understood.sender), "lessons": [asdict(lesson) for lesson in lessons]}


# -- in the worker: taking nothing on trust ----------------------------------


def _refusal(died: Died) -> Refusal:
    match died.kind:
        case "killed":
            raise ReaderKilledError(f"The process that reads was killed ({died.detail}).")
        case "time":
            return Refusal("took_too_long", {"seconds": died.detail})
        case "memory":
            return Refusal("took_too_much_memory", {"mebibytes": died.detail})
        case "crash" | "cancelled":
            return Refusal("reader_died", {"detail": died.detail})


def _page(data: Any) -> Page:
    try:
        page = page_from_json(data)
        numbers = [page.width, page.height, *(v for w in page.words for v in (*w.box, w.confidence))]
        texts = [page.text, page.reader, page.reader_version, *(w.text for w in page.words)]
        true = (
            type(page.number) is int
            and page.number >= 1
            and page.outcome in ("recognised", "blank", "failed")
            and type(page.rotation) is int
            and all(type(n) in (int, float) and math.isfinite(n) for n in numbers)
            and all(len(w.box) == 4 and type(w.line) is int for w in page.words)
            and all(type(t) is str for t in texts)
            and (page.error is None or type(page.error) is str)
            and (page.confidence is None or math.isfinite(page.confidence))
            and len(page.text) <= _MAX_TEXT
            and all(type(m) is str and len(m) <= _MAX_MARK for m in page.marks)
            and (page.picture is None or is_fingerprint(page.picture))
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise UntrueMessageError("not a page") from error
    if not true:
        raise UntrueMessageError("not a page")
    return page if page.error is None else replace(page, error=page.error[:_MAX_PARAM])


def _suggestions(data: dict[str, Any]) -> dict[str, tuple[Alternative, ...]]:
    """Other values by field, of fields there are, no more and no longer than may be kept."""
    out: dict[str, tuple[Alternative, ...]] = {}
    for name, others in data.items():
        if name not in FIELDS or len(out) >= MOST_FIELDS or len(others) > MOST:
            raise ValueError("no suggestions")
        out[name] = tuple(
            Alternative(
                str(a["value"])[:_MAX_PARAM],
                str(a["raw"])[:_MAX_PARAM],
                int(a["page"]) if a["page"] is not None else None,
                _box(a["box"]),
                str(a["why"])[:40],
            )
            for a in others
        )
    return out


def _box(data: Any) -> tuple[float, float, float, float] | None:
    if data is None:
        return None
    x0, y0, x1, y1 = (float(v) for v in data)
    if not all(math.isfinite(v) for v in (x0, y0, x1, y1)):
        raise ValueError("no box")
    return x0, y0, x1, y1


def _pile(data: dict[str, Any] | None, reading: Reading) -> Parts | None:
    """The proposed papers: pages there are, each in one paper at most."""
    if data is None:
        return None
    pages = tuple(tuple(int(n) for n in part) for part in data["pages"])
    listed = [n for part in pages for n in part]
    known = {p.number for p in reading.pages}
    if not all(pages) or len(set(listed)) != len(listed) or not set(listed) <= known:
        raise ValueError("no papers")
    return Parts(pages, data["why"], bool(data["sure"]))


def _outcome(data: dict[str, Any], out: Path) -> Reading | Refusal:
    try:
        result = from_json({**data, "pages": []} if data.get("kind") == "Reading" else data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UntrueMessageError("not a reading") from error
    if isinstance(result, Refusal):
        if result.reason not in REASONS:
            raise UntrueMessageError("unknown reason")
        params = {
            str(k)[:40]: v if isinstance(v, int | float) else str(v)[:_MAX_PARAM]
            for k, v in result.params.items()
        }
        return Refusal(result.reason, params)
    structured = result.structured
    if structured is not None and not (
        all(isinstance(v, str) for pair in structured.fields.items() for v in pair)
        and isinstance(structured.syntax, str)
        and isinstance(structured.root, str)
        and all(
            c.check in CHECKS and isinstance(c.stated, str) and isinstance(c.computed, str)
            for c in structured.conflicts
        )
    ):
        raise UntrueMessageError("not structured data")
    return replace(
        result,
        pages=tuple(_page(p) for p in data["pages"]),
        children=tuple(_child(c, out) for c in result.children),
        parts=tuple(_child(c, out) for c in result.parts[:_PARTS]),
        flags=tuple(f for f in FLAGS if f in result.flags),
        total_pages=max(0, result.total_pages),
    )


def _child(child: Child, out: Path) -> Child:
    """A child must be a plain file directly in the output folder."""
    path = out / str(child.path)
    try:
        found = path.lstat()
    except (OSError, ValueError) as error:
        raise UntrueMessageError("a child is missing") from error
    if path.name != child.path or not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        raise UntrueMessageError("a child is no plain file")
    return Child(harmless_name(str(child.name)), path.name, found.st_size)
