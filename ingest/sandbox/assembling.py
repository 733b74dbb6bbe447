"""Putting pages together anew in the limited child: outside bytes are parsed there."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ingest.piles.plan import Source, Taken
from ingest.sandbox.process import Died, Emit, Limits, run


def assemble_in_sandbox(
    sources: Sequence[Source],
    papers: Sequence[Sequence[Taken]],
    limits: Limits,
    out: Path,
    *,
    password: str | None = None,
    on_tick: Callable[[], None] | None = None,
) -> list[Path] | Died | str:
    """A PDF in `out` for each of `papers`; or how the child ended, or in words why it cannot be done."""
    outcome = run(
        _assemble,
        tuple(sources),
        tuple(tuple(pages) for pages in papers),
        out,
        password,
        limits=limits,
        folder=out.parent,
        on_tick=on_tick,
        readable=tuple(s.path for s in sources),
        writable=(out,),
    )
    if isinstance(outcome, Died):
        return outcome
    if isinstance(fault := outcome.result.get("fault"), str):
        return fault[:200]
    made = [out / f"paper-{n}.pdf" for n in range(1, len(papers) + 1)]
    if any(path.is_symlink() or not path.is_file() for path in made):
        return Died("crash", "no papers")
    return made


def _assemble(
    _emit: Emit,
    sources: tuple[Source, ...],
    papers: tuple[tuple[Taken, ...], ...],
    out: Path,
    password: str | None,
) -> dict[str, Any]:
    from ingest.piles.assemble import CannotAssembleError, assemble  # loads PDF libraries

    try:
        assemble(sources, papers, out, password)
    except CannotAssembleError as error:
        return {"fault": str(error)}
    return {}
