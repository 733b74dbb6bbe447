"""Where a page of hits ended, so that the next one begins there however deep it is.

By arrival, date and total the place is a key that no other record has (`sort_keys`): what is
added or taken away meanwhile moves nothing, and a deep page costs what the first costs. By
relevance there is no such key in an index, and every change of it moves scores a little: the
page goes on after the last hit, or the last of those before it that is still there.
"""

import json
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass, replace

from akta.kernel.errors import InvalidError
from indexer.hits import Hit, Position

#: The field whose values an order goes by, and whether from the lowest up.
ORDERS = {
    "newest": ("id", False),  # ids begin with their time
    "oldest": ("id", True),
    "date": ("by_date", False),
    "total": ("by_total", False),
}
_LONGEST = 500
#: Hits of a page that its end is remembered by.
_ANCHORS = 5


@dataclass(frozen=True, slots=True)
class Window:
    """What of the hits is wanted: so many, from an offset or after a position, in an order."""

    limit: int
    offset: int
    sort: str
    after: Position | None = None
    guess: bool = False

    def ordered(self, *, ranked: bool) -> "Window":
        """The window in the order that it has: what nothing ranks comes newest first."""
        if self.after is not None:
            return replace(self, sort=self.after.sort, guess=self.after.guess)
        return self if ranked or self.sort != "relevance" else replace(self, sort="newest")

    def position(self, hits: Sequence[Hit], key: str) -> Position:
        """Where a page with these hits ends; by relevance, `key` is the rank of the last."""
        if self.sort == "relevance":
            last = tuple(hit.record_id for hit in reversed(hits[-_ANCHORS:]))
            return Position(self.sort, last, "", hits[-1].score, int(key), self.guess)
        return Position(self.sort, key=key, guess=self.guess)


def load(cursor: str, sort: str) -> Position:
    """The position in a cursor that `dump` made for the same order. Raises InvalidError."""
    problem = InvalidError("The cursor is not one of this search. Begin with the first page.")
    if len(cursor) > _LONGEST or not cursor.isascii():
        raise problem
    try:
        told = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        order, last, key, score, rank, guess = told
        made = Position(order, tuple(last), key, float(score), rank, bool(guess))
    except (ValueError, TypeError, Base64Error, RecursionError) as error:
        raise problem from error
    texts = all(isinstance(t, str) for t in (made.sort, *made.last, made.key))
    if not texts or not isinstance(rank, int) or rank < 0 or rank > 10**9 or made.sort not in _sorts(sort):
        raise problem
    if not all(_plain(text) for text in (*made.last, made.key)) or len(made.last) > _ANCHORS:
        raise problem
    if made.sort != "relevance" and not made.key:
        raise problem
    return made


def _sorts(sort: str) -> tuple[str, ...]:
    # Where a query has nothing to rank by, relevance is arrival.
    return ("relevance", "newest") if sort == "relevance" else (sort,)


def _plain(text: str) -> bool:
    return len(text) <= 120 and all(c.isascii() and (c.isalnum() or c in "-_.") for c in text)


def sort_keys(record_id: str, day: int | None, cents: int | None) -> dict[str, str]:
    """The keys of a record in the orders by date and by total; without a value it comes last."""
    total = "0" * 19 if cents is None else f"{cents + 10**18:019}"
    return {"by_date": f"{day or 0:08}{record_id}", "by_total": f"{total}{record_id}"}
