"""A model version: what training adds to the lexicon's scores, and how far its probabilities are believed.

The score of a type is the lexicon's plus the product of weights and features. Without weights it
is the lexicon alone. The file of a version is taken as untrusted: numbers only, every shape checked.
"""

import hashlib
import io
import json
import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ingest.classify.features import WIDTH, Features
from ingest.classify.types import DOMAINS, TYPES

BUILT_IN_VERSION: Final = "lexicon-2"
_FORMAT: Final = 1
_MOST_BYTES: Final = 16 * 1024**2
_MOST_TYPES: Final = 500
_MOST_WEIGHT: Final = 60.0
_TEMPERATURES: Final = (0.2, 5.0)

Weights = NDArray[np.float32]


class BrokenModelError(ValueError):
    """The bytes are no model of ours, or not the ones that were kept."""


@dataclass(frozen=True, slots=True)
class Model:
    """`weights` has a row for each feature and a column for each of `types`, None for the lexicon alone.

    `temperatures` divides scores by the domain of the likeliest type: above 1 is less sure.
    """

    version: str = BUILT_IN_VERSION
    types: tuple[str, ...] = ()
    weights: Weights | None = None
    temperatures: Mapping[str, float] = field(default_factory=dict)

    @property
    def trained(self) -> bool:
        return self.weights is not None

    def residual(self, features: Features) -> dict[str, float]:
        """What training adds to the score of each type it knows; empty without weights."""
        if self.weights is None or not features:
            return {}
        index = np.fromiter(features.keys(), dtype=np.intp, count=len(features))
        values = np.fromiter(features.values(), dtype=np.float32, count=len(features))
        sums = values @ self.weights[index]
        return dict(zip(self.types, sums.tolist(), strict=True))

    def ranked(self, scores: Mapping[str, float], domains: Mapping[str, str]) -> list[tuple[str, float]]:
        """Probabilities by type, the likeliest first, under the temperature of the winner's domain."""
        best = min(scores, key=lambda code: (-scores[code], code))
        temperature = self.temperatures.get(domains.get(best, ""), 1.0)
        top = scores[best]
        weights = {code: math.exp((score - top) / temperature) for code, score in scores.items()}
        total = sum(weights.values())
        return sorted(((code, w / total) for code, w in weights.items()), key=lambda e: (-e[1], e[0]))


#: The lexicon alone: what judges until a version was trained and promoted, and whenever that one is broken.
#: Its temperatures were fitted on halves of real sources, which agreed (docs/model-card.md).
BUILT_IN: Final = Model(temperatures={"it": 1.5, "lab": 1.7})


def dump(model: Model) -> bytes:
    """The bytes of a trained version. Raises ValueError for one without weights."""
    if model.weights is None:
        raise ValueError("the lexicon alone is not kept as a file")
    about = {"format": _FORMAT, "types": list(model.types), "temperatures": dict(model.temperatures)}
    out = io.BytesIO()
    np.savez_compressed(
        out,
        about=np.frombuffer(json.dumps(about, sort_keys=True).encode(), dtype=np.uint8),
        weights=model.weights.astype(np.float16),
    )
    return out.getvalue()


def digest(data: bytes) -> str:
    """The hash by which a version's bytes are known (SHA-256, hexadecimal)."""
    return hashlib.sha256(data).hexdigest()


def load(data: bytes, version: str, sha256: str) -> Model:
    """The model of bytes that `dump` made. Raises BrokenModelError for anything else."""
    if len(data) > _MOST_BYTES or digest(data) != sha256:
        raise BrokenModelError("not the bytes that were kept")
    try:
        _check_sizes(data)
        with np.load(io.BytesIO(data), allow_pickle=False) as parts:
            about = json.loads(parts["about"].tobytes())
            raw = parts["weights"]
    except BrokenModelError:
        raise
    except Exception as error:
        raise BrokenModelError(f"not a model's file ({type(error).__name__})") from error
    types, temperatures = _checked(about)
    if raw.dtype != np.float16 or raw.shape != (WIDTH, len(types)):
        raise BrokenModelError("weights of another size")
    weights = np.ascontiguousarray(raw, dtype=np.float32)
    if not np.isfinite(weights).all() or np.abs(weights).max(initial=0.0) > _MOST_WEIGHT:
        raise BrokenModelError("weights beyond all measure")
    weights.setflags(write=False)
    return Model(version, types, weights, temperatures)


def _check_sizes(data: bytes) -> None:
    """Refuses a file that would unpack to more than any model of ours."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        members = packed.infolist()
        if {m.filename for m in members} != {"about.npy", "weights.npy"}:
            raise BrokenModelError("other parts than a model has")
        if sum(m.file_size for m in members) > _MOST_BYTES:
            raise BrokenModelError("too large when unpacked")


def _checked(about: Any) -> tuple[tuple[str, ...], dict[str, float]]:
    if not isinstance(about, dict) or about.get("format") != _FORMAT:
        raise BrokenModelError("another format")
    types, temperatures = about.get("types"), about.get("temperatures")
    if (
        not isinstance(types, list)
        or not 2 <= len(types) <= _MOST_TYPES
        or not all(isinstance(t, str) and 0 < len(t) <= 80 for t in types)
        or len(set(types)) != len(types)
    ):
        raise BrokenModelError("no list of types")
    low, high = _TEMPERATURES
    if not isinstance(temperatures, dict) or not all(
        domain in DOMAINS and isinstance(t, int | float) and low <= t <= high
        for domain, t in temperatures.items()
    ):
        raise BrokenModelError("no temperatures")
    return tuple(types), {domain: float(t) for domain, t in temperatures.items()}


def known_types() -> Sequence[str]:
    """The types that training gives weights to, in their order."""
    return tuple(TYPES)
