"""Fits and judges the classifier's two free numbers on labelled readings.

    python -m bench.train_classifier LABELLED.jsonl [--noise 0.1] [--seed 7]

Each line of the file is a reading (`ingest.model.to_json`) with a key `row` that holds
`domain`, `doc_type` and `kind`. Half of the papers, chosen by seed, fit the temperature and
the weight of "nobody's paper" by likelihood; the other half judges them. `--noise` exchanges
that share of letters first, as a bad scan would. Nothing is written: the values are
constants of `ingest.classify.decide`, changed by hand after a look at the figures.
"""

import argparse
import json
import math
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ingest.classify.decide import HINTS, decide
from ingest.classify.types import TYPES
from ingest.fields.rows import rows_of
from ingest.model import Page, Reading, from_json

_TEMPERATURES = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4, 1.7, 2.0)
_SHIFTS = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)  # added to the score of "nobody's paper"
_SLIPS = {"o": "0", "l": "1", "i": "l", "e": "c", "a": "o", "m": "rn", "s": "5", "n": "u", "r": "t"}

Case = tuple[dict[str, Any], dict[str, float]]  # the label, the log probability of every type


def spoiled(reading: Reading, share: float, rng: random.Random) -> Reading:
    """The reading with `share` of its letters exchanged and little confidence in its words."""

    def slip(text: str) -> str:
        return "".join(_SLIPS.get(c.lower(), c) if rng.random() < share else c for c in text)

    def page(p: Page) -> Page:
        words = tuple(replace(w, text=slip(w.text), confidence=0.5) for w in p.words)
        return replace(p, text="\n".join(slip(x) for x in p.text.splitlines()), words=words, confidence=0.5)

    return replace(reading, pages=tuple(page(p) for p in reading.pages))


def cases(path: Path, noise: float, seed: int) -> list[Case]:
    """Every labelled reading with the classifier's log probabilities."""
    rng = random.Random(seed)
    out: list[Case] = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            data = json.loads(line)
            row = data.pop("row")
            reading = from_json(data)
            if not isinstance(reading, Reading):
                continue
            stated = reading.structured
            if stated is not None and stated.doc_type and stated.syntax not in HINTS:
                continue  # what states its type needs no classifier
            seen = spoiled(reading, noise, rng) if noise else reading
            ranked = decide(seen, rows_of(seen)).ranked
            out.append((row, {code: math.log(max(p, 1e-12)) for code, p in ranked}))
    return out


def probabilities(logs: dict[str, float], temperature: float, shift: float) -> dict[str, float]:
    """The distribution under another temperature and weight of "nobody's paper"."""
    moved = {c: (v + (shift if c == "unknown" else 0.0)) / temperature for c, v in logs.items()}
    top = max(moved.values())
    weights = {c: math.exp(v - top) for c, v in moved.items()}
    total = sum(weights.values())
    return {c: w / total for c, w in weights.items()}


def right(row: dict[str, Any], code: str) -> bool:
    """Whether a type is the paper's; within `other` any type will do."""
    domain = TYPES[code].domain
    return bool(code == row["doc_type"] or (domain == "other" and row["domain"] == "other"))


def loss(found: Sequence[Case], temperature: float, shift: float) -> float:
    """The mean negative log likelihood of the labels."""
    total = 0.0
    for row, logs in found:
        p = probabilities(logs, temperature, shift)
        total -= math.log(max(1e-9, sum(q for code, q in p.items() if right(row, code))))
    return total / max(1, len(found))


def report(found: Sequence[Case], temperature: float, shift: float, threshold: float = 0.75) -> None:
    """Accuracy, coverage, precision and calibration, by kind of file and on the whole."""
    groups: dict[str, list[tuple[float, bool, bool]]] = defaultdict(list)
    for row, logs in found:
        p = probabilities(logs, temperature, shift)
        best = max(sorted(p), key=lambda code: p[code])
        entry = (p[best], right(row, best), TYPES[best].domain == row["domain"])
        groups[str(row.get("kind"))].append(entry)
        groups["all"].append(entry)
    for name, entries in sorted(groups.items()):
        sure = [ok for p, ok, _ in entries if p >= threshold]
        print(
            f"{name:14} n={len(entries):4} domain={_share([d for *_, d in entries]):.3f} "
            f"type={_share([ok for _, ok, _ in entries]):.3f} coverage={len(sure) / len(entries):.3f} "
            f"precision={_share(sure):.4f}"
        )
    gap = 0.0
    for low in range(10):
        bin_ = [(p, ok) for p, ok, _ in groups["all"] if low <= p * 10 < low + 1 or (low == 9 and p == 1.0)]
        gap += abs(sum(p for p, _ in bin_) - sum(ok for _, ok in bin_))
    print(f"expected calibration error {gap / max(1, len(found)):.3f}")


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0


def main() -> None:
    """Fit on one half, judge on the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labelled", type=Path)
    parser.add_argument("--noise", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    found = cases(options.labelled, options.noise, options.seed)
    random.Random(options.seed).shuffle(found)
    fit, judge = found[::2], found[1::2]
    temperature, shift = min(
        ((t, s) for t in _TEMPERATURES for s in _SHIFTS), key=lambda pair: (loss(fit, *pair), pair)
    )
    print(f"best on the fitting half: temperature x{temperature}, nobody's paper {shift:+}")
    print("as it stands, on the judging half:")
    report(judge, 1.0, 0.0)
    print("with the best values, on the judging half:")
    report(judge, temperature, shift)


if __name__ == "__main__":
    main()
