"""What a search gives back."""

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Position:
    """The last hit of a page: its order, its key or score and rank, whether the page was guessed at.

    `last` are the ids of the page's last hits, the very last first.
    """

    sort: str
    last: tuple[str, ...] = ()
    key: str = ""
    score: float = 0.0
    rank: int = 0
    guess: bool = False

    def dump(self) -> str:
        """The position as an opaque text for a URL."""
        told = [self.sort, self.last, self.key, self.score, self.rank, int(self.guess)]
        return urlsafe_b64encode(json.dumps(told, separators=(",", ":")).encode()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Offer:
    """A folded word that may be meant, and the id of a record within the scopes that has it."""

    word: str
    record_id: str


@dataclass(frozen=True, slots=True)
class Hit:
    record_id: str
    version: int
    score: float


@dataclass(frozen=True, slots=True)
class SearchPage:
    """`total` and `facets` count only what the scopes allow; `names` tells what a facet's values are called.

    `next` is where the following page begins, None on the last.
    """

    hits: tuple[Hit, ...]
    total: int
    facets: dict[str, dict[str, int]] = field(default_factory=dict)
    names: dict[str, dict[str, str]] = field(default_factory=dict)
    next: Position | None = None
