"""The snippets of a page of hits: three or four looks at the database however many hits there are.

First come the texts of the beginnings of the records; the words with their boxes, which are
most of a page's size, only of the pages that a snippet was chosen from.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.records.models import PageText
from akta.records.pages import unpack_columns
from indexer.hidden import hidden_of, masked
from indexer.places import Wanted
from indexer.query.ast import Query
from indexer.snippets import Box, Piece, Snippet, boxes_of, pieces

#: So many pages of a record are looked through at once, and so many where those have no hit.
PAGES, FURTHER = 5, 40
_AT_ONCE = 20


def shown(
    session: Session, record_ids: Sequence[str], query: Query, limit: int = 3
) -> dict[str, list[Snippet]]:
    """The best snippets of each record, at most `limit`, by its id; what has none is left out.

    What the sensitive fields of a record say is masked in them. Whether the records may be
    seen has been asked before.
    """
    wanted = Wanted(query)
    if not wanted or not record_ids:
        return {}
    texts: dict[str, list[tuple[int, str]]] = {}
    longer: set[str] = set()  # told by one page more than is looked through
    for record_id, number, text in session.execute(
        select(PageText.record_id, PageText.number, PageText.text)
        .where(PageText.record_id.in_(record_ids), PageText.number <= PAGES + 1)
        .order_by(PageText.record_id, PageText.number)
    ):
        if number > PAGES:
            longer.add(record_id)
        else:
            texts.setdefault(record_id, []).append((number, text))
    found: dict[str, list[Piece]] = {}
    for record_id, pages in texts.items():
        if chosen := pieces(pages, wanted, limit):
            found[record_id] = chosen
    _look_further(session, [i for i in texts if i in longer and i not in found], wanted, limit, found)
    # Both in one comparison of rows would cost SQLite its index.
    places = {(record_id, piece.page) for record_id, chosen in found.items() for piece in chosen}
    boxes: dict[tuple[str, int], tuple[Box, ...]] = {}
    for record_id, number, words in session.execute(
        select(PageText.record_id, PageText.number, PageText.words).where(
            PageText.record_id.in_(found), PageText.number.in_({number for _, number in places})
        )
    ):
        if (record_id, number) in places:
            boxes[record_id, number] = tuple(boxes_of(*unpack_columns(words), wanted))
    told = {
        record_id: [Snippet(p.page, p.text, p.hits, boxes[record_id, p.page]) for p in chosen]
        for record_id, chosen in found.items()
    }
    for record_id, hidden in hidden_of(session, told).items():
        told[record_id] = [masked(snippet, hidden) for snippet in told[record_id]]
    return told


def _look_further(
    session: Session, record_ids: Sequence[str], wanted: Wanted, limit: int, found: dict[str, list[Piece]]
) -> None:
    """The snippets of the first later page that has some; of most records there are no later pages."""
    if not record_ids:
        return
    rows = session.execute(
        select(PageText.record_id, PageText.number, PageText.text)
        .where(PageText.record_id.in_(record_ids), PageText.number > PAGES, PageText.number <= FURTHER)
        .order_by(PageText.record_id, PageText.number)
        .execution_options(yield_per=_AT_ONCE)
    )
    for record_id, number, text in rows:
        if record_id not in found and (chosen := pieces([(number, text)], wanted, limit)):
            found[record_id] = chosen
