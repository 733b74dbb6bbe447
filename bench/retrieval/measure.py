"""Asks every query of an engine whose stages are set one way or another."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import fmean

from bench.retrieval.papers import Paper
from bench.retrieval.queries import Judged
from indexer.engines.tantivy import TantivyEngine
from indexer.engines.whoosh import WhooshEngine
from indexer.model import SearchEngine
from indexer.query import parse
from indexer.stages import ALL_STAGES, Stages

ENGINES: dict[str, Callable[..., SearchEngine]] = {"tantivy": TantivyEngine, "whoosh": WhooshEngine}
NAMES = tuple(field.name for field in fields(Stages))
#: All on, each one off alone, all off.
SETTINGS: dict[str, Stages] = {
    "all": ALL_STAGES,
    **{f"-{name}": Stages(**{name: False}) for name in NAMES},
    "none": Stages(**dict.fromkeys(NAMES, False)),
}
FIRST = 10


@dataclass(frozen=True, slots=True)
class Score:
    """Means over queries: the share of right papers among the first ten, and one over the first one's rank.

    Where more than ten are right, ten of them are all that can be had. A right paper after the
    tenth place counts as none.
    """

    queries: int
    recall: float
    rank: float


def scores(
    engine_name: str, stages: Stages, papers: Sequence[Paper], judged: Sequence[Judged]
) -> list[tuple[float, float]]:
    """Recall and reciprocal rank of each query, over an index of the papers made for it."""
    with tempfile.TemporaryDirectory() as folder:
        engine = ENGINES[engine_name](Path(folder, "index"), stages=stages)
        try:
            engine.rebuild([[paper.document() for paper in papers]])
            return [_score(engine, one) for one in judged]
        finally:
            engine.close()


def _score(engine: SearchEngine, judged: Judged) -> tuple[float, float]:
    hits = engine.search(parse(judged.text), scopes=None, limit=FIRST).hits
    good = [hit.record_id in judged.right for hit in hits]
    recall = sum(good) / min(FIRST, len(judged.right))
    return recall, 1 / (good.index(True) + 1) if any(good) else 0.0


def by_kind(judged: Sequence[Judged], found: Sequence[tuple[float, float]]) -> dict[str, Score]:
    """The means of each kind, and of all queries under `overall`."""
    kinds: dict[str, list[tuple[float, float]]] = {}
    for one, score in zip(judged, found, strict=True):
        kinds.setdefault(one.kind, []).append(score)
    kinds["overall"] = list(found)
    return {
        kind: Score(len(some), fmean(r for r, _ in some), fmean(m for _, m in some))
        for kind, some in kinds.items()
    }
