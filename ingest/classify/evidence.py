"""Evidence from what a paper calls itself: a weighted lexicon over headings and words.

The lexicon (`lexicon.txt`) is written by hand from the titles and labels that such
papers carry in Polish, English and, for trade papers, German, French, Dutch and
Italian. It carries over to papers nobody trained on, which generated text alone
would not.
"""

import math
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from ingest.classify.types import TYPES
from ingest.classify.words import skeleton, tokens
from ingest.fields.rows import Row, Token, cells

_LEXICON: Final = Path(__file__).with_name("lexicon.txt")
_TITLE_ROWS: Final = 14  # headings stand among a paper's first lines
_FULL_WORDS: Final = 250  # up to this many words, a word counts in full
_MOST: Final = 9.0  # what words alone can say for one type
_MAX_WORDS: Final = 3500
# Ordinary words one letter from a phrase of the lexicon: these are no slips.
_ORDINARY: Final = ("designation", "invoiced", "resumed", "received", "relief", "quotations", "memorial")
_SURE: Final = 0.85  # words read with more confidence than this are not repaired


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`titles` and `words` map a folded phrase to (type, weight); `prefixes` bound the search."""

    titles: dict[str, tuple[tuple[str, float], ...]]
    words: dict[str, tuple[tuple[str, float], ...]]
    prefixes: frozenset[str]
    letters: frozenset[str]  # every single word of a phrase, for repairing OCR slips
    deletions: dict[str, str]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lexicon, read once. Raises ValueError on a line of unknown form or type."""
    return compiled(entries_of(_LEXICON, TYPES))


@dataclass(frozen=True, slots=True)
class Entry:
    """A phrase that speaks for a type: as a heading (`title`) or wherever it stands."""

    code: str
    title: bool
    weight: float
    phrase: str


def entries_of(path: Path, known: Container[str]) -> Iterator[Entry]:
    """The entries of a file of the lexicon's form. Raises ValueError on a line of unknown form or type."""
    current = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("@"):
            current = line[1:].strip()
            if current not in known:
                raise ValueError(f"lexicon names an unknown type: {current}")
            continue
        head, _, rest = line.partition(":")
        kind, weight = head.split()
        title = {"T": True, "A": False}[kind]
        for phrase in rest.split(";"):
            yield Entry(current, title, float(weight), phrase)


def compiled(entries: Iterable[Entry]) -> Lexicon:
    """A lexicon of these entries; of two for the same phrase and type the first counts."""
    titles: dict[str, list[tuple[str, float]]] = {}
    words: dict[str, list[tuple[str, float]]] = {}
    for entry in entries:
        key = " ".join(tokens(entry.phrase))
        known = (titles if entry.title else words).setdefault(key, [])
        if key and all(code != entry.code for code, _ in known):
            known.append((entry.code, entry.weight))
    prefixes: set[str] = set()
    single = {skeleton(w) for w in _ORDINARY}
    for phrase in (*titles, *words):
        parts = phrase.split()
        single.update(p for p in parts if len(p) >= 6)
        prefixes.update(" ".join(parts[:n]) for n in range(1, len(parts)))
    deletions = {w[:i] + w[i + 1 :]: w for w in sorted(single) for i in range(len(w))}
    return Lexicon(
        {k: tuple(v) for k, v in titles.items() if k},
        {k: tuple(v) for k, v in words.items() if k},
        frozenset(prefixes),
        frozenset(single),
        deletions,
    )


def repair(word: str, lex: Lexicon) -> str:
    """The lexicon's word that differs from `word` in one letter, else `word`.

    One letter more, fewer or other, found through shared deletions (the symmetric
    delete method of SymSpell), for words of six letters and more.
    """
    if len(word) < 6 or word in lex.letters or any(c.isdigit() for c in word):
        return word
    if word in lex.deletions:
        return lex.deletions[word]
    for i in range(len(word)):
        shorter = word[:i] + word[i + 1 :]
        if shorter in lex.letters:
            return shorter
        found = lex.deletions.get(shorter)
        if found is not None and len(found) == len(word):
            return found
    return word


@dataclass(frozen=True, slots=True)
class Evidence:
    """Scores by type, the strongest heading of each, and the folded words in order."""

    scores: dict[str, float]
    headings: dict[str, float]
    words: list[str]


def gather(rows: Sequence[Row], ocr: bool, lex: Lexicon | None = None) -> Evidence:
    """Looks for the phrases of the lexicon or of `lex`. With `ocr`, words one letter off are repaired."""
    lex = lex if lex is not None else lexicon()
    heights = sorted(r.height for r in rows if r.height > 0)
    usual = heights[len(heights) // 2] if heights else 0.0
    headings: dict[str, float] = {}
    seen: dict[str, int] = {}
    weak: dict[str, float] = {}
    stream: list[str] = []
    for number, row in enumerate(rows):
        if len(stream) > _MAX_WORDS:
            break
        big = usual > 0 and row.height >= 1.45 * usual
        on_first = row.page == rows[0].page
        in_head = on_first and (number < _TITLE_ROWS or (big and number < 40))
        row_words: list[str] = []
        for cell in cells(row):
            cell_words, labels = _folded(cell, lex if ocr else None)
            row_words.extend(cell_words)
            if in_head:
                _headings(cell_words, labels, lex, headings, big, number)
        _phrases(row_words, lex, seen, weak)
        stream.extend(row_words)
    damp = min(1.0, math.sqrt(_FULL_WORDS / max(1, len(stream))))
    sums: dict[str, float] = {}
    for phrase, count in seen.items():
        repeated = 1.0 + 0.15 * math.log2(min(count, 32))
        for code, weight in lex.words[phrase]:
            sums[code] = sums.get(code, 0.0) + weight * damp * (repeated if weight > 0 else 1.0)
    for code, weight in weak.items():
        sums[code] = sums.get(code, 0.0) + weight * damp
    scores = {code: _bounded(value) for code, value in sums.items()}
    for code, weight in headings.items():
        scores[code] = scores.get(code, 0.0) + weight
    return Evidence(scores, headings, stream)


def _bounded(value: float) -> float:
    return _MOST * (1.0 - math.exp(-value / _MOST)) if value > 0 else max(value, -6.0)


def _folded(cell: tuple[Token, ...], lex: Lexicon | None) -> tuple[list[str], list[bool]]:
    """The folded words of a cell, and for each whether a colon makes it a label."""
    words: list[str] = []
    labels: list[bool] = []
    if len(cell) > 3 and all(len(t.text) == 1 and t.text.isalpha() for t in cell):
        return [skeleton("".join(t.text for t in cell))], [False]
    for token in cell:
        if token.text == ":" and labels:
            labels[-1] = True
            continue
        for word in tokens(token.text):
            sure = lex is None or token.confidence >= _SURE
            words.append(word if sure or lex is None else repair(word, lex))
            labels.append(False)
        if labels and token.text.endswith((":", "#")):
            labels[-1] = True
    return words, labels


def _headings(
    words: list[str], labels: list[bool], lex: Lexicon, found: dict[str, float], big: bool, number: int
) -> None:
    count = len(words)
    for start in range(min(count, 12)):
        phrase = ""
        for end in range(start, min(count, start + 8)):
            phrase = words[end] if end == start else f"{phrase} {words[end]}"
            entries = lex.titles.get(phrase)
            if entries:
                size = end - start + 1
                share = size / count
                if share >= 0.5 or (start == 0 and count <= 8):
                    fit = 1.0 if share >= 0.5 else 0.75
                elif start == 0 or count <= 8:
                    fit = 0.45
                else:
                    fit = 0.0
                if labels[end]:
                    fit *= 0.7 if number < 2 else 0.35
                fit *= (1.15 if big else 1.0) * (1.0 if number < 8 else 0.85)
                for code, weight in entries:
                    found[code] = max(found.get(code, 0.0), weight * fit * (1 + 0.06 * (size - 1)))
            if phrase not in lex.prefixes:
                break


def _phrases(words: list[str], lex: Lexicon, seen: dict[str, int], weak: dict[str, float]) -> None:
    for start in range(len(words)):
        phrase = ""
        for end in range(start, min(len(words), start + 8)):
            phrase = words[end] if end == start else f"{phrase} {words[end]}"
            if phrase in lex.words:
                seen[phrase] = seen.get(phrase, 0) + 1
            entries = lex.titles.get(phrase)
            if entries:
                factor = 0.1 if end == start else 0.33
                for code, weight in entries:
                    weak[code] = max(weak.get(code, 0.0), weight * factor)
            if phrase not in lex.prefixes:
                break
