"""Piles for the tests: generated papers, scanned one after the other into one file."""

import io
from collections.abc import Sequence

import pikepdf
import pypdfium2 as pdfium
from PIL import Image

from tests.papers.make import generate


def scanned(kind: str, seed: int, language: str = "pl", dpi: int = 150) -> bytes:
    """A scanned paper as PDF."""
    return generate(kind, seed, language, "scan-pdf", dpi).data


def joined(papers: Sequence[bytes]) -> bytes:
    """One PDF with the pages of all."""
    out = io.BytesIO()
    with pikepdf.new() as pile:
        for paper in papers:
            with pikepdf.open(io.BytesIO(paper)) as pdf:
                pile.pages.extend(pdf.pages)
        pile.save(out)
    return out.getvalue()


def pictures(pdf: bytes, dpi: int = 150) -> list[Image.Image]:
    """The pages of a PDF as grey pictures."""
    document = pdfium.PdfDocument(pdf)
    try:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil() for page in document]
    finally:
        document.close()


def as_scan(pdf: bytes, dpi: int = 150) -> bytes:
    """A PDF as it comes back from a scanner: pictures alone."""
    first, *rest = pictures(pdf, dpi)
    out = io.BytesIO()
    first.save(out, "PDF", resolution=dpi, save_all=True, append_images=rest)
    return out.getvalue()


def as_tiff(pdf: bytes, dpi: int = 150) -> bytes:
    """The same as a TIFF of many pages."""
    first, *rest = pictures(pdf, dpi)
    out = io.BytesIO()
    first.save(out, "TIFF", dpi=(dpi, dpi), compression="tiff_lzw", save_all=True, append_images=rest)
    return out.getvalue()
