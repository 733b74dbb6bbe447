"""Words of a page, packed for the database.

A page has hundreds of words with boxes; as compressed JSON columns they take
about a tenth of their plain size.
"""

import json
import zlib
from collections.abc import Sequence
from typing import Any

#: (text, (x0, y0, x1, y1), confidence, line)
PackedWord = tuple[str, tuple[float, float, float, float], float, int]


def pack(words: Sequence[PackedWord]) -> bytes:
    """Compressed column-wise JSON; boxes and confidences keep four decimals."""
    columns = {
        "t": [w[0] for w in words],
        "b": [[round(c, 4) for c in w[1]] for w in words],
        "c": [round(w[2], 4) for w in words],
        "l": [w[3] for w in words],
    }
    return zlib.compress(json.dumps(columns, ensure_ascii=False, separators=(",", ":")).encode(), 6)


def unpack(data: bytes) -> list[PackedWord]:
    """The inverse of `pack`."""
    columns: dict[str, list[Any]] = json.loads(zlib.decompress(data))
    return [
        (t, (b[0], b[1], b[2], b[3]), c, line)
        for t, b, c, line in zip(columns["t"], columns["b"], columns["c"], columns["l"], strict=True)
    ]


def unpack_columns(data: bytes) -> tuple[list[str], list[list[float]]]:
    """The texts and the boxes alone, each of four numbers, of what `pack` made."""
    columns: dict[str, Any] = json.loads(zlib.decompress(data))
    return columns["t"], columns["b"]
