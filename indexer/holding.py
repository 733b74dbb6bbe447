"""What the index does for legal holds: finding all that fits, and holding changed records against queries.

A hold looks for what is asked and for nothing like it: where nothing fits, no engine guesses here.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.db.engine import Database
from akta.kernel.errors import AktaError, OutageError
from akta.kernel.scratch import scratch
from indexer.model import SearchEngine
from indexer.parties import with_parties
from indexer.query import parse
from indexer.service import IndexService

_PAGE: Final = 5000


class HoldQueryError(OutageError):
    """A hold's query can no longer be asked; what it would be held against waits."""

    code = "hold_query"


class HoldSearch:
    """The index as `retention.holds` asks it; `open_engine` makes an engine that does not guess."""

    def __init__(
        self,
        database: Database,
        index: IndexService,
        open_engine: Callable[[Path], SearchEngine],
        folder: Path,
    ) -> None:
        self._db = database
        self._index = index
        self._open = open_engine
        self._folder = folder

    def check(self, text: str) -> None:
        """Raises QueryError for what is no query."""
        parse(text)

    def complete(self) -> bool:
        """Whether the index has all records but those that wait for it."""
        if self._index.check().agrees:
            return True
        return self._index.check().agrees  # index and database are not seen at one instant

    def find(self, reach: dict[str, int], text: str) -> list[str]:
        """All records that fit. Raises QueryError."""
        principal = _reaching(reach)
        with self._db.read() as session:
            query = with_parties(session, principal, parse(text))
        found: dict[str, None] = {}
        after = None
        while True:
            page = self._index.engine.search(
                query, scopes=principal.tokens(), limit=_PAGE, sort="newest", after=after
            )
            found.update((hit.record_id, None) for hit in page.hits)
            if page.next is None:
                break
            if page.next.guess:
                return []
            after = page.next
        ids = list(found)
        if after is None and ids:  # a single page may be a guess
            with self._db.read() as session:
                return self._strictly(session, ids, text, reach)
        return ids

    def match(
        self, session: Session, record_ids: Sequence[str], asked: Sequence[tuple[str, str, dict[str, int]]]
    ) -> tuple[list[str], dict[str, set[str]]]:
        """Which of the records fit each of `asked`, as they are now; looks at as many as fit into memory."""
        taken, documents = self._index.documents(session, record_ids)
        fits: dict[str, set[str]] = {}
        with scratch(self._folder) as folder:
            engine = self._open(folder)
            try:
                engine.apply(documents, ())
                for name, text, reach in asked:
                    principal = _reaching(reach)
                    try:
                        query = with_parties(session, principal, parse(text))
                    except AktaError as error:  # a type or field was taken away since
                        raise HoldQueryError(
                            "The query of a legal hold makes no sense any more. Until the hold is "
                            "released, or what it names is there again, nothing that changed is destroyed."
                        ) from error
                    page = engine.search(query, scopes=principal.tokens(), limit=max(1, len(documents)))
                    fits[name] = {hit.record_id for hit in page.hits}
            finally:
                engine.close()
        return taken, fits

    def _strictly(self, session: Session, ids: Sequence[str], text: str, reach: dict[str, int]) -> list[str]:
        found: list[str] = []
        left = list(ids)
        while left:
            taken, fits = self.match(session, left, [("", text, reach)])
            found += [i for i in taken if i in fits[""]]
            left = left[len(taken) :]
        return found


def _reaching(reach: dict[str, int]) -> Principal:
    return Principal("system:holds", "holds", frozenset([Right.READ]), dict(reach))
