"""What the trained part of the model sees of a paper: hashed words and pairs, their places, the shape.

Words are folded as the lexicon folds them, and hashed with CRC-32, so that features are the same in
every process and version of Python, and a model keeps no word in clear.
"""

import math
import zlib
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from ingest.classify.shape import Shape
from ingest.classify.words import tokens
from ingest.fields.rows import Row, cells

#: Buckets of hashed words; before them stand those of shape and language.
HASHED: Final = 4096
_LANGUAGES: Final = ("pl", "en", "de", "fr", "nl", "it", "es")
_SHAPES: Final = 16
#: How many numbers a paper comes to, which is how many rows a model's weights have.
WIDTH: Final = _SHAPES + len(_LANGUAGES) + HASHED
_ROWS: Final = 150
_WORDS: Final = 1200
_HEAD_ROWS: Final = 12
_LABEL_WORDS: Final = 4

#: Index of a feature and its value.
Features = dict[int, float]


def features_of(rows: Sequence[Row], shape: Shape, language: str | None) -> Features:
    """The features of a paper; looks at its first 150 rows and 1200 words at most.

    Words weigh the same together on a long paper as on a short one.
    """
    seen: set[str] = set()
    count = 0
    for number, row in enumerate(rows[:_ROWS]):
        for cell in cells(row):
            words = [w for token in cell for w in tokens(token.text) if _speaks(w)]
            count += len(words)
            seen.update(f"w {w}" for w in words)
            seen.update(f"p {a} {b}" for a, b in pairwise(words))
            if number < _HEAD_ROWS and row.page == rows[0].page and len(words) <= _LABEL_WORDS + 2:
                seen.update(f"h {w}" for w in words)
            if words and len(words) <= _LABEL_WORDS and cell[-1].text.endswith(":"):
                seen.add("l " + " ".join(words))
        if count > _WORDS:
            break
    out = _shape_features(shape)
    if language in _LANGUAGES:
        out[_SHAPES + _LANGUAGES.index(language)] = 0.3
    weight = 1.0 / math.sqrt(max(1, len(seen)))
    for name in sorted(seen):
        bucket = _SHAPES + len(_LANGUAGES) + zlib.crc32(name.encode()) % HASHED
        out[bucket] = out.get(bucket, 0.0) + weight
    return out


def _speaks(word: str) -> bool:
    return len(word) >= 2 and not any(c.isdigit() for c in word)


def _shape_features(shape: Shape) -> Features:
    values = (
        1.0,
        shape.logged,
        shape.numbers,
        shape.running,
        shape.money,
        shape.tabular,
        shape.columns,
        float(shape.ocr),
        float(shape.mail),
        float(shape.sheet),
        float(shape.text_file),
        float(shape.aspect > 1.75),
        float(shape.pages > 4),
        min(1.0, math.log10(1 + shape.words) / 4),
    )
    return {index: 0.3 * value for index, value in enumerate(values) if value}
