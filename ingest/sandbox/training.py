"""Looking at reviewed papers and fitting a model in a limited child: their text is from outside."""

import base64
import binascii
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ingest.classify.decide import weigh
from ingest.classify.features import WIDTH, features_of
from ingest.classify.language import guess
from ingest.classify.residual import BUILT_IN, Model, digest, dump, load
from ingest.classify.types import TYPES
from ingest.fields.rows import rows_of
from ingest.model import Reading
from ingest.sandbox.process import Died, Emit, Limits, run
from ingest.training.fit import Example, calibrate, fit

_MOST_FEATURES = 10_000
_MOST_SCORE = 1000.0


class TrainingFailedError(Exception):
    """The child came to no result: out of time or memory, or killed."""


def examine_in_sandbox(
    papers: Sequence[tuple[str, str, Reading]],
    limits: Limits,
    folder: Path,
    *,
    on_tick: Callable[[], None] | None = None,
) -> list[Example]:
    """The examples of (id, type, reading); none at all if the child dies over one of them."""
    outcome = run(_examine, list(papers), limits=limits, folder=folder, on_tick=on_tick)
    if isinstance(outcome, Died):
        return []
    wanted = {key: doc_type for key, doc_type, _ in papers}
    found = []
    try:
        for key, features, scores in outcome.result["examples"]:
            numbers = {int(i): float(v) for i, v in features}
            weights = {str(code): float(score) for code, score in scores.items()}
            if (
                key in wanted
                and len(numbers) <= _MOST_FEATURES
                and all(0 <= i < WIDTH and 0.0 <= v <= 1000.0 for i, v in numbers.items())
                and all(code in TYPES and abs(score) <= _MOST_SCORE for code, score in weights.items())
            ):
                found.append(Example(key, wanted[key], numbers, weights))
    except (KeyError, TypeError, ValueError, AttributeError):
        return []
    return found


def fit_in_sandbox(
    training: Sequence[Example],
    calibrating: Sequence[Example],
    penalty: float,
    version: str,
    limits: Limits,
    folder: Path,
    *,
    on_tick: Callable[[], None] | None = None,
) -> tuple[Model, bytes]:
    """A model and its bytes, fitted in a child. Raises TrainingFailedError.

    Temperatures are fitted on `calibrating` by weights that have not seen them; the weights that are
    kept have seen both.
    """
    outcome = run(
        _fit, list(training), list(calibrating), penalty, limits=limits, folder=folder, on_tick=on_tick
    )
    if isinstance(outcome, Died):
        raise TrainingFailedError(str(outcome))
    try:
        data = base64.b64decode(outcome.result["model"], validate=True)
        return load(data, version, digest(data)), data
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise TrainingFailedError("no model") from error


# -- in the child ----------------------------------------------------------


def _examine(_emit: Emit, papers: list[tuple[str, str, Reading]]) -> dict[str, Any]:
    out = []
    for key, _, reading in papers:
        rows = rows_of(reading)
        scores, shape, *_ = weigh(reading, rows)
        language = reading.language or guess(r.text for r in rows[:200])
        out.append((key, list(features_of(rows, shape, language).items()), scores))
    return {"examples": out}


def _fit(emit: Emit, training: list[Example], calibrating: list[Example], penalty: float) -> dict[str, Any]:
    rounds = 0

    def tick() -> None:
        nonlocal rounds
        rounds += 1
        emit({"progress": rounds})

    types = tuple(TYPES)
    domains = {code: kind.domain for code, kind in TYPES.items()}
    first = Model("first", types, fit(training, types, penalty, tick))
    temperatures = {**BUILT_IN.temperatures, **calibrate(calibrating, first, domains)}
    weights = fit([*training, *calibrating], types, penalty, tick)
    model = Model("fitted", types, weights, temperatures)
    return {"model": base64.b64encode(dump(model)).decode("ascii")}
