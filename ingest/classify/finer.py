"""Types below the topmost ones, and those that an officer defined: their words beside the lexicon's.

`finer.txt` has the words of the finer types that come with Akta, in the form of `lexicon.txt`.
A definition's phrases stand in words of weight, see `ingest.doctypes.definition`. What speaks for
a finer type speaks for every type above it, so a type defined below another also brings papers there.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from akta.records.doctypes.current import current
from akta.records.doctypes.tree import TypeTree, shipped
from ingest.classify.evidence import Entry, Lexicon, compiled, entries_of, gather
from ingest.doctypes.definition import WEIGHTS
from ingest.fields.rows import Row

_LEXICON: Final = Path(__file__).with_name("finer.txt")
_CLEAR: Final = 3.0  # what must speak for a finer type; less is left at the type above
_APART: Final = 1.0  # by how much it must be ahead of one beside it


@lru_cache(maxsize=4)
def finer_lexicon(tree: TypeTree) -> Lexicon:
    """The words of all types that `lexicon.txt` does not know."""
    return compiled([*entries_of(_LEXICON, shipped().types), *_defined(tree)])


def _defined(tree: TypeTree) -> Iterator[Entry]:
    for known in tree.types.values():
        for key, title in (("titles", True), ("phrases", False)):
            for weight, phrases in known.definition.get(key, {}).items():
                for phrase in phrases:
                    yield Entry(known.code, title, WEIGHTS[weight][0 if title else 1], phrase)


def finer_evidence(rows: Sequence[Row], ocr: bool) -> dict[str, float]:
    """Scores of finer types and of officers' types, on the scale of the lexicon's; none of disabled ones."""
    tree = current()
    scores = gather(rows, ocr, finer_lexicon(tree)).scores
    return {code: score for code, score in scores.items() if tree.given(code)}


def walk_up(scores: dict[str, float], finer: dict[str, float]) -> None:
    """Carry what speaks for finer types over to the topmost ones, and leave disabled types out."""
    tree = current()
    for code, score in finer.items():
        top = tree.top(code)
        scores[top] = max(scores.get(top, 0.0), score)
    for code in [c for c in scores if not tree.given(c)]:
        del scores[code]


def subtype_of(finer: dict[str, float], doc_type: str) -> str | None:
    """The finer type below `doc_type` that is spoken for; the one above where two beside each other are."""
    tree = current()
    below = set(tree.below(doc_type))
    ranked = sorted(
        (
            (score, len(tree.path(code)), code)
            for code, score in finer.items()
            if code in below and score >= _CLEAR
        ),
        key=lambda e: (-e[0], -e[1], e[2]),
    )
    if not ranked:
        return None
    best = ranked[0]
    path = tree.path(best[2])
    for score, _, code in ranked[1:]:
        if best[0] - score >= _APART:
            break
        other = tree.path(code)
        if best[2] in other:  # finer still, and spoken for as clearly
            path = other
        elif code not in path:
            common = next((c for c in path if c in other), doc_type)
            return common if common != doc_type else None
    return path[0]
