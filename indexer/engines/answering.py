"""What every engine does alike with a question: bounds, a second try for damaged letters, words to offer."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace

from akta.kernel.errors import InvalidError
from indexer.engines import forms
from indexer.engines.vocabulary import Vocabulary, complete, correct
from indexer.model import FACETS, SORTS, Offer, Position, SearchPage
from indexer.paging import Window
from indexer.query import ast
from indexer.stages import Stages

#: Fields whose words are offered, and those that can be asked for them.
_OFFERED = ("title", "party", "body")
_WORD_FIELDS = ("any", *forms.WORDS)


class Answering(ABC):
    """The part of the port that does not depend on how an engine keeps its index."""

    _stages: Stages

    @abstractmethod
    def _page(
        self, query: ast.Query, scopes: frozenset[str] | None, window: Window, facets: Sequence[str]
    ) -> SearchPage | None:
        """One page of what fits; None if there is no index yet. `scopes` is None or has a token."""

    @abstractmethod
    def _words(self, scopes: frozenset[str] | None) -> AbstractContextManager[Vocabulary | None]:
        """The words within the scopes; None if there is no index yet or nothing may be seen."""

    def together(self) -> AbstractContextManager[None]:
        return nullcontext()

    def search(
        self,
        query: ast.Query,
        *,
        scopes: frozenset[str] | None,
        limit: int = 20,
        offset: int = 0,
        facets: Sequence[str] = (),
        sort: str = "relevance",
        after: Position | None = None,
    ) -> SearchPage:
        if sort not in SORTS:
            raise InvalidError(f"There is no order '{sort}'. Orders: {', '.join(SORTS)}.", sort=sort)
        wanted = [name for name in facets if name in FACETS]
        page = None
        if scopes is None or scopes:
            window = Window(max(0, limit), offset, sort, after, guess=after is not None and after.guess)
            page = self._page(query, scopes, window, wanted)
            if page is not None and not page.total and self._stages.misread and after is None:
                with suppress(InvalidError):  # with guesses it may be too long; then none are made
                    page = self._page(query, scopes, replace(window, guess=True), wanted)
        return page or SearchPage((), 0, {name: {} for name in wanted})

    def complete(
        self, beginning: str, *, scopes: frozenset[str] | None, limit: int = 8, field: str = "any"
    ) -> list[Offer]:
        with self._words(scopes) as words:
            names = _OFFERED if field == "any" else (field,)
            return complete(words, beginning, names, limit) if words and field in _WORD_FIELDS else []

    def correct(self, word: str, *, scopes: frozenset[str] | None, limit: int = 3) -> list[Offer]:
        with self._words(scopes) as words:
            return correct(words, word, _OFFERED, limit) if words else []

    def known(self, words: Sequence[str], *, scopes: frozenset[str] | None) -> bool:
        fields = (*forms.WORDS, "stem")
        with self._words(scopes) as own:
            return own is not None and any(own.witness(word, fields) is not None for word in words)
