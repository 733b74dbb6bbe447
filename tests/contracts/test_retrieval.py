"""Judged queries: what is right is found, and each stage of analysis earns its place."""

from functools import cache
from statistics import fmean

import pytest

from bench.retrieval.measure import ENGINES, SETTINGS, scores
from bench.retrieval.papers import Paper, generated
from bench.retrieval.queries import Judged, judge

#: The kinds that are asked here, and how many of each.
_ASKED = {
    "forms, Polish": 8,
    "forms, English": 8,
    "forms, names": 8,
    "misread on the paper": 6,
    "misread in the query, one letter": 6,
    "misread in the query, two signs or a digit": 6,
    "divided, another form": 6,
    "number, other separators": 6,
    "number, O for 0, I for 1": 6,
    "number, one digit wrong or missing": 6,
    "amount, other spelling": 6,
    "ranking, a word among look-alikes": 4,
    "ranking, a word on nearly every paper": 5,
}
#: For what a stage is there.
_WORTH = {
    "lemmas": "forms, English",
    "stems": "forms, names",
    "near": "misread in the query, one letter",
    "parts": "number, O for 0, I for 1",
    "misread": "number, one digit wrong or missing",
}
_FLOOR = {"overall": 0.93, "number, one digit wrong or missing": 0.6, "divided, another form": 0.7}
_USUAL_FLOOR = 0.9


@cache
def _judged() -> tuple[list[Paper], list[Judged]]:
    papers, judged = judge(generated(1))
    return papers, [
        one for kind, count in _ASKED.items() for one in [j for j in judged if j.kind == kind][:count]
    ]


@cache
def _recall(engine: str, setting: str) -> dict[str, float]:
    papers, judged = _judged()
    found = scores(engine, SETTINGS[setting], papers, judged)
    kinds = {
        kind: fmean(r for one, (r, _) in zip(judged, found, strict=True) if one.kind == kind)
        for kind in _ASKED
    }
    return kinds | {"overall": fmean(recall for recall, _ in found)}


def test_the_same_seed_asks_the_same() -> None:
    first, again = judge(generated(1), seed=3), judge(generated(1), seed=3)
    assert first == again
    assert len(first[1]) >= 200
    assert judge(generated(1), seed=4)[1] != first[1]
    assert len({one.text for one in first[1]}) == len(first[1])
    names = {paper.name for paper in first[0]}
    assert all(one.right and one.right <= names for one in first[1])


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_what_is_right_is_among_the_first_ten(engine: str) -> None:
    found = _recall(engine, "all")
    assert {kind: share for kind, share in found.items() if share < _FLOOR.get(kind, _USUAL_FLOOR)} == {}


@pytest.mark.parametrize("engine", sorted(ENGINES))
@pytest.mark.parametrize("stage", sorted(_WORTH))
def test_each_stage_earns_its_place(engine: str, stage: str) -> None:
    kind = _WORTH[stage]
    assert _recall(engine, f"-{stage}")[kind] <= _recall(engine, "all")[kind] - 0.05
    assert _recall(engine, "none")["overall"] < 0.6
