"""Pages as rows of the database, and back."""

from akta.records.models import PageText
from akta.records.pages import pack, unpack
from ingest.model import Page, Word


def row_of_page(record_id: str, page: Page) -> PageText:
    """A page as a database row."""
    return PageText(
        record_id=record_id,
        number=page.number,
        width=page.width,
        height=page.height,
        outcome=page.outcome,
        reader=page.reader[:40],
        reader_version=page.reader_version[:60],
        confidence=page.confidence,
        rotation=page.rotation,
        marks=list(page.marks),
        picture=page.picture,
        error=page.error,
        text=page.text.replace("\x00", "\N{REPLACEMENT CHARACTER}"),  # PostgreSQL keeps no NUL
        words=pack([(w.text, w.box, w.confidence, w.line) for w in page.words]),
    )


def page_of_row(row: PageText) -> Page:
    """The inverse of `row_of_page`."""
    return Page(
        number=row.number,
        width=row.width,
        height=row.height,
        outcome=row.outcome,  # type: ignore[arg-type]  # written by us from the same type
        reader=row.reader,
        reader_version=row.reader_version,
        text=row.text,
        words=tuple(Word(t, b, c, line) for t, b, c, line in unpack(row.words)),
        confidence=row.confidence,
        error=row.error,
        rotation=row.rotation,
        marks=tuple(row.marks),
        picture=row.picture,
    )
