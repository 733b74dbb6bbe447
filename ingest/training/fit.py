"""Fitting what is added to the lexicon: multinomial logistic regression with the lexicon as offset.

    minimise  sum_i -log softmax(lexicon_i + x_i W)[y_i]  +  penalty / 2 * |W|^2

The penalty draws W to nothing: without examples the result is exactly the lexicon. Solved with
L-BFGS (Liu and Nocedal, 1989) in numpy, because scikit-learn knows no offsets and is not among what an
installation needs.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.classify.features import WIDTH, Features
from ingest.classify.residual import Model

Array = NDArray[np.float64]

#: Fewer papers of a domain than this leave its temperature as it is.
LEAST_TO_CALIBRATE: Final = 20
_TEMPERATURES: Final = (0.8, 0.9, 1.0, 1.1, 1.25, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0)
_MEMORY: Final = 6
_ROUNDS: Final = 40


@dataclass(frozen=True, slots=True)
class Example:
    """A paper whose type is known: its features and the lexicon's score of each type."""

    key: str
    doc_type: str
    features: Features
    scores: Mapping[str, float]


def fit(
    examples: Sequence[Example], types: Sequence[str], penalty: float, tick: Callable[[], None] = lambda: None
) -> NDArray[np.float32]:
    """The weights. The same examples in the same order give the same weights on one machine.

    Memory is about 32 KB an example beside 40 MB. `tick` is called in every round.
    """
    column = {code: i for i, code in enumerate(types)}
    known = [e for e in examples if e.doc_type in column]
    x = np.zeros((len(known), WIDTH), dtype=np.float32)
    offset = np.zeros((len(known), len(types)))
    truth = np.array([column[e.doc_type] for e in known], dtype=np.intp)
    for row, example in enumerate(known):
        x[row, list(example.features)] = list(example.features.values())
        offset[row] = [example.scores.get(code, 0.0) for code in types]
    if not known:
        return np.zeros((WIDTH, len(types)), dtype=np.float32)
    rows = np.arange(len(known))

    def objective(flat: Array) -> tuple[float, Array]:
        tick()
        w = flat.reshape(WIDTH, len(types))
        scores = offset + x @ w.astype(np.float32)
        scores -= scores.max(axis=1, keepdims=True)
        p = np.exp(scores)
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(np.maximum(p[rows, truth], 1e-12)).sum() + penalty / 2 * float(flat @ flat)
        p[rows, truth] -= 1.0
        gradient = x.T @ p.astype(np.float32) + penalty * w
        return float(loss), gradient.ravel()

    found = _lbfgs(objective, np.zeros(WIDTH * len(types)))
    return found.reshape(WIDTH, len(types)).astype(np.float32)


def _lbfgs(objective: Callable[[Array], tuple[float, Array]], start: Array) -> Array:
    point = start
    value, gradient = objective(point)
    steps: list[tuple[Array, Array, float]] = []
    for _ in range(_ROUNDS):
        direction = -_two_loops(gradient, steps)
        slope = float(gradient @ direction)
        if slope > -1e-5:
            break
        length = 1.0 if steps else min(1.0, 1.0 / math.sqrt(float(gradient @ gradient)))
        for _ in range(20):
            ahead = point + length * direction
            new_value, new_gradient = objective(ahead)
            if new_value <= value + 1e-4 * length * slope:
                break
            length /= 2
        else:
            break
        s, y = ahead - point, new_gradient - gradient
        curvature = float(s @ y)
        if curvature > 1e-10:
            steps = [*steps[-(_MEMORY - 1) :], (s, y, 1.0 / curvature)]
        small = value - new_value < 1e-4 * max(1.0, abs(new_value))
        point, value, gradient = ahead, new_value, new_gradient
        if small:
            break
    return point


def _two_loops(gradient: Array, steps: Sequence[tuple[Array, Array, float]]) -> Array:
    q = gradient.copy()
    saved = []
    for s, y, rho in reversed(steps):
        a = rho * float(s @ q)
        q -= a * y
        saved.append(a)
    if steps:
        s, y, rho = steps[-1]
        q *= 1.0 / (rho * float(y @ y))
    for (s, y, rho), a in zip(steps, reversed(saved), strict=True):
        q += (a - rho * float(y @ q)) * s
    return q


def scored(model: Model, example: Example) -> dict[str, float]:
    """The scores of an example under a model."""
    scores = dict(example.scores)
    for code, more in model.residual(example.features).items():
        if code in scores:
            scores[code] += more
    return scores


def calibrate(examples: Sequence[Example], model: Model, domains: Mapping[str, str]) -> dict[str, float]:
    """A temperature for each domain, fitted by likelihood on papers the weights have not seen.

    Papers count for the domain that the model takes them for. A domain with fewer than
    LEAST_TO_CALIBRATE papers keeps 1. One more paper, wrongly judged, is added in thought to
    each, so that a few right ones do not make the model too sure.
    """
    by_domain: dict[str, list[tuple[dict[str, float], str]]] = defaultdict(list)
    for example in examples:
        scores = scored(model, example)
        best = min(scores, key=lambda code: (-scores[code], code))
        by_domain[domains.get(best, "")].append((scores, example.doc_type))
    out = {}
    for domain, papers in sorted(by_domain.items()):
        if domain in ("", "other") or len(papers) < LEAST_TO_CALIBRATE:
            continue
        out[domain] = min(_TEMPERATURES, key=lambda t: (_loss(papers, t), abs(t - 1.0)))
    return out


def _loss(papers: Sequence[tuple[dict[str, float], str]], temperature: float) -> float:
    total = 0.0
    for scores, truth in papers:
        top = max(scores.values())
        logs = {code: (score - top) / temperature for code, score in scores.items()}
        whole = math.log(sum(math.exp(v) for v in logs.values()))
        total += whole - max(logs.get(truth, -20.0), -20.0)
    scores = papers[0][0]
    top = max(scores.values())
    ordered = sorted(scores.values(), reverse=True)
    whole = math.log(sum(math.exp((v - top) / temperature) for v in ordered))
    return total + whole - (ordered[1] - top) / temperature
