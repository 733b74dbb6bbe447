"""Making renditions in the limited child: the same hostile bytes meet the same libraries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from akta.records.renditions import REDACTED, TABLES
from ingest.model import Page
from ingest.sandbox.process import Died, Emit, Limits, run

#: Areas by number of page: (x0, y0, x1, y1) in fractions of it.
Boxes = Mapping[int, Sequence[tuple[float, float, float, float]]]

_KINDS = {
    "searchable_pdf": "application/pdf",
    "preview": "image/jpeg",
    "thumbnail": "image/jpeg",
    TABLES: "application/json",
    REDACTED: "application/pdf",
}


def render_in_sandbox(
    original: Path,
    media_type: str,
    pages: Sequence[Page],
    wanted: Sequence[tuple[str, int]],
    limits: Limits,
    out: Path,
    *,
    password: str | None = None,
    file_name: str = "",
    on_tick: Callable[[], None] | None = None,
    boxes: Boxes | None = None,
) -> list[dict[str, Any]] | Died:
    """Make the wanted renditions in `out`; returns what was made, as in `ingest.render.Made`.

    `boxes` are the areas by page that a redacted copy has not.
    """
    # By whoever renders first, not by its children, each of which would load it anew; and not at the
    # top: processes that make no rendition need not carry font and PDF libraries.
    import ingest.render  # noqa: F401

    outcome = run(
        _render,
        original,
        media_type,
        tuple(pages),
        tuple(wanted),
        out,
        password,
        file_name,
        boxes,
        limits=limits,
        folder=out.parent,
        on_tick=on_tick,
        readable=(original,),
        writable=(out,),
    )
    if isinstance(outcome, Died):
        return outcome
    made = outcome.result.get("made")
    if not isinstance(made, list):
        return Died("crash", "no renditions")
    return [item for item in made if _true(item, wanted, out)]


def _render(
    _emit: Emit,
    original: Path,
    media_type: str,
    pages: tuple[Page, ...],
    wanted: tuple[tuple[str, int], ...],
    out: Path,
    password: str | None,
    file_name: str,
    boxes: Boxes | None,
) -> dict[str, Any]:
    from ingest.render import render

    made = render(original, media_type, pages, wanted, out, password, file_name, boxes)
    return {"made": [asdict(m) for m in made]}


def _true(item: Any, wanted: Sequence[tuple[str, int]], out: Path) -> bool:
    """Whether the child names a file it was asked for, of the type that belongs to it."""
    if not isinstance(item, dict) or not isinstance(item.get("path"), str):
        return False
    path = out / item["path"]
    return (
        (item.get("kind"), item.get("page")) in set(wanted)
        and _KINDS.get(str(item.get("kind"))) == item.get("media_type")
        and isinstance(item.get("agent"), str)
        and path.parent == out
        and path.is_file()
        and not path.is_symlink()
    )
