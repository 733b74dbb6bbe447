"""How a file is to be read. Plain data: those who only pass it on need none of the parsers."""

from dataclasses import dataclass, field
from pathlib import Path

from ingest.ocr.engines import EngineName, best_engine
from ingest.piles.plan import LABEL_PREFIXES


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How far reading may go. All plain data.

    `max_pixels` holds for each page or picture, `max_expanded_bytes` for all that
    comes out of one file when it is unpacked, `max_members` for the files inside
    it. `max_depth` says how many further levels of files within files may be
    opened below this one; 0 means none. `ocr_dpi` is the resolution at which
    pages are rendered for recognition, `ocr_engine` what recognises them. `second_reader` lets
    pages that Tesseract reads badly be read by the neural reader too, `second_always` all that are
    recognised. `ignore_text_layer` recognises every page of a PDF from its picture, `one_column`
    takes it for one block of text, `straighten` lets pages askew be made straight first, `enlarge`
    makes the picture so many times larger. Barcodes that begin with one of `split_labels` and a
    number mark the first page of a paper in a pile. `cores` is the folder of `ingest.extract.crew`.
    """

    languages: tuple[str, ...] = ("pol", "eng")
    max_pages: int = 2000
    max_pixels: int = 120_000_000
    max_expanded_bytes: int = 512 * 1024**2
    max_members: int = 2000
    max_depth: int = 4
    password: str | None = field(default=None, repr=False)
    ocr_dpi: int = 300
    second_reader: bool = True
    second_always: bool = False
    ignore_text_layer: bool = False
    one_column: bool = False
    enlarge: float = 1.0
    straighten: bool = True
    cores: Path | None = None
    split_labels: tuple[str, ...] = LABEL_PREFIXES
    ocr_engine: EngineName = field(default_factory=best_engine)
