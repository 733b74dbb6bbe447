"""Putting pages together anew as PDF files. Runs in the limited child process.

Pages of PDFs are taken over as they are; pictures become pages without loss
wherever PDF can hold them (see `ingest.render.embed`). The same pages give the
same bytes, so that a worker that begins again makes the same files.
"""

from collections.abc import Sequence
from pathlib import Path

import img2pdf
import pikepdf

from ingest.piles.plan import Source, Taken
from ingest.render.embed import picture_pdf

_BROKEN = (OSError, ValueError, RuntimeError, KeyError, TypeError, SyntaxError, EOFError, IndexError)


class CannotAssembleError(Exception):
    """A source cannot be opened, or lacks a page."""


def assemble(
    sources: Sequence[Source], papers: Sequence[Sequence[Taken]], out: Path, password: str | None = None
) -> list[Path]:
    """Write a PDF for each of `papers` into `out`: `paper-1.pdf` and so on.

    Raises:
        CannotAssembleError: with a word on the source that is at fault.
    """
    opened: dict[int, pikepdf.Pdf] = {}
    try:
        made = []
        for number, pages in enumerate(papers, start=1):
            with pikepdf.new() as paper:
                for taken in pages:
                    pdf = opened.get(taken.source)
                    if pdf is None:
                        pdf = opened[taken.source] = _open(sources[taken.source], out, taken.source, password)
                    if not 1 <= taken.page <= len(pdf.pages):
                        raise CannotAssembleError(f"there is no page {taken.page}")
                    paper.pages.append(pdf.pages[taken.page - 1])
                    if taken.turn:
                        paper.pages[-1].rotate(taken.turn, relative=True)
                target = out / f"paper-{number}.pdf"
                paper.save(target, deterministic_id=True)
                made.append(target)
    except (pikepdf.PdfError, *_BROKEN) as error:
        raise CannotAssembleError("the pages cannot be taken out of the file") from error
    finally:
        for pdf in opened.values():
            pdf.close()
    return made


def _open(source: Source, out: Path, index: int, password: str | None) -> pikepdf.Pdf:
    try:
        if source.media_type == "application/pdf":
            return pikepdf.open(source.path, password=password or "", suppress_warnings=True)
        whole = out / f"source-{index}.pdf"
        whole.write_bytes(picture_pdf(source.path, source.pages))
        return pikepdf.open(whole)
    except pikepdf.PasswordError as error:
        raise CannotAssembleError("the file is locked with a password") from error
    except (pikepdf.PdfError, img2pdf.ImageOpenError, *_BROKEN) as error:
        raise CannotAssembleError("the file cannot be opened") from error
