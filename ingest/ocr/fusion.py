"""Two readings of one page become one.

The neural reader finds lines that Tesseract passes over and reads bad print better,
above all digits; Tesseract knows where words end, and what it reads surely in letters
alone is right more often. Line by line the surer text is taken; a text of the neural reader
gets back the spaces and diacritics on which both agree but for them, and word by word
(`ingest.ocr.spelling`) what Tesseract spells better or what was passed over.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from ingest.model import Word
from ingest.ocr import spelling

Box = tuple[float, float, float, float]

#: From this score on the neural reader's line is believed against an unsure Tesseract.
_SURE = 0.80
#: From this mean confidence on Tesseract's line is believed against an unsure neural reader.
_TESSERACT_SURE = 0.93
#: What the neural reader passed over must be this sure to stay: specks read as words are not.
_ALONE = 0.80
_ALONE_CHARS = 2
#: What is one letter must be surer, and stand on a line of Tesseract's that is print for certain.
_SINGLE = 0.85
_DASHES = frozenset("-–")
_LEAST_SCORE = 0.5
#: Lines whose heights overlap by so much of the lower one stand side by side.
_BESIDE = 0.5
#: ... unless they lie over each other by so much of the shorter one: then one is above the other.
_STACKED = 0.3
#: On a paper in a language with accents this many words show them surely; a single one is misread.
_ACCENTED = 2
_ACCENT_SURE = 0.80


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the neural reader: its words with their boxes in fractions of the page."""

    words: tuple[Word, ...]
    box: Box
    score: float

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


def fuse(tesseract: Sequence[Word], lines: Sequence[Line]) -> tuple[str, tuple[Word, ...]]:
    """The text and the words of a page, in rows from top to bottom, from both readings."""
    lines = [line for line in lines if line.score >= _LEAST_SCORE and line.words]
    inside: dict[int, list[Word]] = {}
    alone: dict[int, list[Word]] = {}
    print_lines = {w.line for w in tesseract if _is_print(w)}
    for word in tesseract:
        home = _home(word, lines)
        if home is not None:
            inside.setdefault(home, []).append(word)
        elif _is_print(word) or (word.confidence >= _SINGLE and word.line in print_lines and _single(word)):
            alone.setdefault(word.line, []).append(word)
    accented = _accented(tesseract)
    runs = [_chosen(line, inside.get(index, []), accented) for index, line in enumerate(lines)]
    runs.extend(alone.values())
    return _rows(runs)


def _is_print(word: Word) -> bool:
    return word.confidence >= _ALONE and sum(c.isalnum() for c in word.text) >= _ALONE_CHARS


def _single(word: Word) -> bool:
    """A number of a row, an `i`, a dash in a cell: on a line of print, no speck."""
    return word.text in _DASHES or (sum(c.isalnum() for c in word.text) == 1 and len(word.text) <= 2)


def _home(word: Word, lines: Sequence[Line]) -> int | None:
    """The line in whose box the middle of the word lies, the nearest in height if several."""
    x, y = (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2
    best: tuple[float, int] | None = None
    for index, line in enumerate(lines):
        x0, y0, x1, y1 = line.box
        slack = 0.15 * (y1 - y0)
        if x0 - slack <= x <= x1 + slack and y0 - slack <= y <= y1 + slack:
            distance = abs(y - (y0 + y1) / 2)
            if best is None or distance < best[0]:
                best = (distance, index)
    return best[1] if best else None


def _accented(words: Sequence[Word]) -> bool:
    """Whether the paper is written with letters that the neural reader does not know."""
    sure = {w.text for w in words if w.confidence > _ACCENT_SURE and _has_accents(w.text)}
    return len(sure) >= _ACCENTED


def _has_accents(text: str) -> bool:
    return spelling.accents(text) > 0


def _chosen(line: Line, words: list[Word], accented: bool) -> list[Word]:
    if not words:
        return _spread(spelling.company_form(line.text), line)
    words = sorted(words, key=lambda w: w.box[0])
    other = " ".join(word.text for word in words)
    confidence = statistics.fmean(word.confidence for word in words)
    if spelling.folded("".join(other.split())) == spelling.folded("".join(line.text.split())):
        sure = max(confidence, line.score)
        if not accented and _has_accents(other):
            return _spread(mended(line.text, other, False), line)
        parts = mended(line.text, other, False).split()
        spelt = [w.text for w in words]
        if accented and len(parts) == len(words):
            spelt = [spelling.more_accented(w.text, p) for w, p in zip(words, parts, strict=True)]
        return [
            Word(text, w.box, max(w.confidence, sure), w.line) for text, w in zip(spelt, words, strict=True)
        ]
    if (line.score < _SURE and confidence > line.score) or (
        line.score < 0.9 and confidence >= _TESSERACT_SURE
    ):
        return words
    parts = mended(line.text, other, accented).split()
    own = {w.text: w.confidence for w in line.words}
    spelt = spelling.chosen(parts, [own.get(p, line.score) for p in parts], words, accented)
    return _spread(" ".join(spelt), line)


def mended(text: str, other: str, accented: bool = True) -> str:
    """`text` with the spaces and, if `accented`, the diacritics of `other` where both agree but for them."""
    bare, places = _letters(text)
    other_bare, other_places = _letters(other)
    out = list(text)
    gaps: set[int] = set()
    for step in Levenshtein.opcodes(spelling.folded(bare), spelling.folded(other_bare)):
        if step.tag != "equal":
            continue
        for offset in range(step.src_end - step.src_start):
            mine, theirs = places[step.src_start + offset], other_places[step.dest_start + offset]
            letter = other[theirs]
            if accented and not letter.isascii() and letter.isalpha() and text[mine].isascii():
                out[mine] = letter.upper() if text[mine].isupper() else letter
            follows = offset + 1 < step.src_end - step.src_start
            if follows and other_places[step.dest_start + offset + 1] > theirs + 1:
                gaps.add(mine)
    return " ".join("".join(c + (" " if i in gaps else "") for i, c in enumerate(out)).split())


def _letters(text: str) -> tuple[str, list[int]]:
    places = [i for i, c in enumerate(text) if not c.isspace()]
    return "".join(text[i] for i in places), places


def _spread(text: str, line: Line) -> list[Word]:
    """The words of a text on the place of a line: on its own boxes if their number fits, else by length."""
    parts = text.split()
    if len(parts) == len(line.words):
        return [
            Word(part, word.box, word.confidence, word.line)
            for part, word in zip(parts, line.words, strict=True)
        ]
    x0, y0, x1, y1 = line.box
    step = (x1 - x0) / max(1, len(text))
    made, at = [], 0
    for part in parts:
        box = (round(x0 + at * step, 5), y0, round(x0 + (at + len(part)) * step, 5), y1)
        made.append(Word(part, box, line.score, 0))
        at += len(part) + 1
    return made


def _over(a: list[Word], b: list[Word]) -> bool:
    """Whether two runs share so much of the page's width that they cannot stand side by side."""
    left, right = max(_left(a), _left(b)), min(_right(a), _right(b))
    return right - left > _STACKED * min(_right(a) - _left(a), _right(b) - _left(b))


def _left(run: list[Word]) -> float:
    return min(w.box[0] for w in run)


def _right(run: list[Word]) -> float:
    return max(w.box[2] for w in run)


def _rows(runs: list[list[Word]]) -> tuple[str, tuple[Word, ...]]:
    """Runs of words in rows: what stands side by side is one line, left to right."""
    placed = []
    for run in runs:
        top, bottom = min(w.box[1] for w in run), max(w.box[3] for w in run)
        placed.append(((top + bottom) / 2, top, bottom, run))
    placed.sort(key=lambda p: p[0])
    rows: list[tuple[float, float, list[list[Word]]]] = []
    for _, top, bottom, run in placed:
        for row_top, row_bottom, members in reversed(rows[-2:]):
            shared = min(bottom, row_bottom) - max(top, row_top)
            beside = not any(_over(run, member) for member in members)
            if beside and shared >= _BESIDE * min(bottom - top, row_bottom - row_top):
                members.append(run)
                break
        else:
            rows.append((top, bottom, [run]))
    words: list[Word] = []
    lines = []
    for number, (_, _, members) in enumerate(rows):
        members.sort(key=lambda run: run[0].box[0])
        row = [Word(w.text, w.box, min(1.0, w.confidence), number) for run in members for w in run]
        words.extend(row)
        lines.append(" ".join(w.text for w in row))
    return "\n".join(lines), tuple(words)
