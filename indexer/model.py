"""The index port: what is indexed, what is asked, what comes back.

An engine stores no text. It maps a document's words and values to a record's id
and version; snippets and boxes come from the record itself.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from akta.kernel.errors import AktaError, OutageError
from indexer.hits import Hit, Offer, Position, SearchPage
from indexer.query.ast import Query

#: Facets an engine counts.
FACETS = (
    *("domain", "type", "state", "class", "language", "hold", "year", "month", "currency", "channel"),
    *("party", "amount_band", "confidence_band"),
)
#: Orders an engine knows; `newest` and `oldest` go by arrival, `date` and `total` from the highest down.
SORTS = ("relevance", "newest", "oldest", "date", "total")


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """A record as the index sees it.

    `scopes` are its access tokens (`akta.records.visibility`), `party_ids` the numbers of the
    parties' leaves, by which the facet of parties counts.
    """

    record_id: str
    version: int
    scopes: tuple[str, ...]
    title: str
    text: str
    domain: str | None
    doc_type: str | None
    state: str
    language: str | None
    parties: tuple[str, ...]
    identifiers: tuple[str, ...]
    amounts: tuple[Decimal, ...]
    total: Decimal | None
    currency: str | None
    document_date: date | None
    due_date: date | None
    received_on: date
    keep_until: date | None
    record_class: str | None
    on_hold: bool
    confidence: float | None
    channel: str
    file_name: str
    party_ids: tuple[str, ...] = ()


__all__ = ["Hit", "Offer", "Position", "SearchPage"]


class IndexDamagedError(AktaError):
    """The index cannot be opened; records are safe. `akta reindex` builds it anew."""

    code = "index_damaged"


class IndexBusyError(AktaError):
    """Another process writes to the index; try again."""

    code = "index_busy"


class IndexUnavailableError(OutageError):
    """The server that has the index does not answer, is overloaded or does not let Akta in."""

    code = "index_unavailable"


#: Batches of documents and removals (id, version) as they are now, of records that changed meanwhile.
Late = Callable[[Sequence[str]], Iterable[tuple[Sequence[IndexDocument], Sequence[tuple[str, int]]]]]


def nothing_late(ids: Sequence[str]) -> Iterable[tuple[Sequence[IndexDocument], Sequence[tuple[str, int]]]]:
    """For one who knows that nothing else writes. Raises IndexBusyError if something did."""
    if ids:
        raise IndexBusyError("The search index was written while it was built anew. Try again.")
    return ()


class SearchEngine(Protocol):
    """One engine over one folder or server. Every engine passes `tests/contracts/test_search_*.py`.

    Over a server everything may raise IndexUnavailableError.
    """

    def apply(self, upserts: Sequence[IndexDocument], removals: Sequence[tuple[str, int]]) -> None:
        """Take changes in durably; in a folder in one commit, by a server one by one.

        A document replaces an older version of itself and is ignored if the index
        has a newer one; the same version again changes nothing. A removal (id,
        version) takes away what is not newer and leaves a tombstone of id and
        version, so that an older document cannot come back. Writers to a folder wait
        for each other; raises IndexBusyError (try again) when that takes too long.
        """
        ...

    def together(self) -> AbstractContextManager[None]:
        """Within the block this thread's changes are taken in by one writer, each call durable as ever.

        What an engine does to keep its index in order then runs beside them and is waited for at
        the end, so that papers that keep coming do not wait for it.
        """
        ...

    def search(
        self,
        query: Query,
        *,
        scopes: frozenset[str] | None,
        limit: int = 20,
        offset: int = 0,
        facets: Sequence[str] = (),
        sort: str = "relevance",
        after: Position | None = None,
    ) -> SearchPage:
        """Documents that fit and share a token with `scopes`, best first.

        `after`, a page's `next` (for the same order), goes before `offset`: what was there all
        the time is shown once, but for equals by relevance when parts of an index are merged.
        What has nothing to rank by, such as `type:invoice`, comes newest first.

        None for `scopes` is Akta itself and sees everything; an empty set sees nothing.
        Unknown facets are left out; raises InvalidError for an unknown order.
        """
        ...

    def complete(
        self, beginning: str, *, scopes: frozenset[str] | None, limit: int = 8, field: str = "any"
    ) -> list[Offer]:
        """Words that begin so (folded), the most frequent first, of documents within the scopes.

        `field` is one of words or `any`. Bounded work: of very many words only the most frequent
        are looked at, and none of the text for a beginning of one or two letters.
        """
        ...

    def correct(self, word: str, *, scopes: frozenset[str] | None, limit: int = 3) -> list[Offer]:
        """Words of documents within the scopes that a folded word may be a slip of, the likeliest first."""
        ...

    def known(self, words: Sequence[str], *, scopes: frozenset[str] | None) -> bool:
        """Whether a document within the scopes has one of these folded words, or a form of it."""
        ...

    def frequencies(self, words: Sequence[str]) -> tuple[dict[str, int], int]:
        """How many documents have each of these folded words in their text, and how many there are.

        Over all documents, also removed ones that are not yet merged away: for weighing words,
        never to be told.
        """
        ...

    def versions(self) -> Iterator[tuple[str, int]]:
        """Every document's id and version, for verification."""
        ...

    def count(self) -> int:
        """How many documents can be found."""
        ...

    def traces(self) -> int:
        """How many removed or replaced documents still have words in the engine's files.

        They cannot be found, but until segments merge or `rebuild` is called an
        examiner of the disk could tell their words.
        """
        ...

    def rebuild(
        self,
        batches: Iterable[Sequence[IndexDocument]],
        late: Late = nothing_late,
        processes: int = 1,
    ) -> int:
        """Build a new index beside the live one, count it, swap; returns the number of documents.

        Needs nothing of the old one, so it mends a damaged index, and leaves no trace
        of what was removed. The live one can be written meanwhile; then `late` is asked for what
        changed. `processes` is how many may analyse documents at a time, where the engine does not
        leave that to a server. Raises IndexBusyError if another rebuild is under way.
        """
        ...

    def close(self) -> None: ...
