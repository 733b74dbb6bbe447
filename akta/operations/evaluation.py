"""How well papers were read and understood, against a manifest of what is true.

A manifest is a file of JSON lines, one for each document: `path` (within the
manifest's folder, or the folder above it), `kind`, `language`, `domain`,
`doc_type`, and `ground_truth`, a flat object of field values. `text` (there or
beside it) is what the paper says, if known word by word.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from rapidfuzz.distance import Levenshtein

from akta.kernel.errors import InvalidError

#: What of the truth can stand on the paper and be looked for there. Counts and labels cannot.
_NOT_ON_PAPER = frozenset(
    (
        "text",
        "currency",
        "date_raw",
        "syntax",
        "lines",
        "measurements",
        "technique",
        "root",
        "obr",
        "obx",
        "abnormal_flags",
        "documents",
        "filled",
        "handwritten",
        "topic",
        "labels",
        "fields",
        "type_code",
        "invoice_kind",
        "title",
        "jurisdiction",
        "service",
        "transactions",
        "asset",
        "state",
        "event",
    )
)
_NUMBER = re.compile(r"[-−]?\d[\d\s.,'\u00a0\u202f]*")
_WORD = re.compile(r"\w+")
#: Longer texts are compared by their words only: the distance costs the product of both lengths.
_LONGEST_FOR_CER = 100_000


@dataclass(frozen=True, slots=True)
class Truth:
    """One line of a manifest."""

    path: Path
    kind: str
    language: str
    domain: str
    doc_type: str
    fields: dict[str, Any]
    text: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a document. `cpu` in seconds, of reading and understanding it."""

    state: str
    reason: str | None
    domain: str | None
    doc_type: str | None
    fields: dict[str, str]
    text: str
    pages: int
    cpu: float
    second_reader_pages: int = 0


@dataclass(slots=True)
class Score:
    """Sums over documents; `report` turns them into shares."""

    documents: int = 0
    pages: int = 0
    cpu: float = 0.0
    second_reader_pages: int = 0
    states: Counter[str] = field(default_factory=Counter)
    domain_right: int = 0
    type_right: int = 0
    words: list[tuple[float, float, float | None]] = field(default_factory=list)
    present: dict[str, list[int]] = field(default_factory=dict)
    exact: dict[str, list[int]] = field(default_factory=dict)

    def add(self, truth: Truth, outcome: Outcome) -> None:
        """Count one document in."""
        self.documents += 1
        self.pages += outcome.pages
        self.cpu += outcome.cpu
        self.second_reader_pages += outcome.second_reader_pages
        self.states[outcome.state] += 1
        self.domain_right += outcome.domain == truth.domain
        self.type_right += outcome.doc_type == truth.doc_type
        if truth.text is not None:
            self.words.append(
                (*word_scores(truth.text, outcome.text), character_error_rate(truth.text, outcome.text))
            )
        text = _squeezed(outcome.text)
        numbers = _numbers(outcome.text)
        for name, value in truth.fields.items():
            if isinstance(value, bool | list | dict) or value is None or name == "text":
                continue
            raw = truth.fields.get("date_raw") if name == "date" else None
            if name not in _NOT_ON_PAPER:
                found = stands(str(raw or value), outcome.text, text, numbers)
                if name == "date" and not found:
                    found = _date_stands(str(value), outcome.text)
                self.present.setdefault(name, []).append(int(found))
            if name != "date_raw":
                self.exact.setdefault(name, []).append(int(same(str(value), outcome.fields.get(name))))

    def report(self) -> dict[str, Any]:
        """Shares, means and counts, ready for JSON. CPU in seconds a page."""
        cer = [c for _, _, c in self.words if c is not None]
        return {
            "documents": self.documents,
            "pages": self.pages,
            "states": dict(sorted(self.states.items())),
            "domain_right": _share(self.domain_right, self.documents),
            "type_right": _share(self.type_right, self.documents),
            "cpu_seconds_per_page": round(self.cpu / self.pages, 4) if self.pages else None,
            "cpu_seconds": round(self.cpu, 2),
            "second_reader_pages": self.second_reader_pages,
            "word_recall": _mean([r for r, _, _ in self.words]),
            "word_precision": _mean([p for _, p, _ in self.words]),
            "cer": _mean(cer),
            "fields_present": _hits(self.present),
            "fields_exact": _hits(self.exact),
        }


def load_manifest(path: Path) -> list[Truth]:
    """The documents a manifest names. Raises InvalidError naming the line that is wrong."""
    truths = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            fields = row.get("ground_truth") or {}
            text = row.get("text", fields.get("text"))
            truths.append(
                Truth(
                    _locate(path.parent, row["path"]),
                    str(row.get("kind", "unknown")),
                    str(row.get("language", "unknown")),
                    str(row.get("domain", "")),
                    str(row.get("doc_type", "")),
                    dict(fields),
                    text if isinstance(text, str) else None,
                )
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidError(f"Line {number} of {path} is no document of a manifest: {error!r}.") from error
    if not truths:
        raise InvalidError(f"{path} names no documents.")
    return truths


def _locate(folder: Path, name: str) -> Path:
    for base in (folder, folder.parent):
        if (base / name).is_file():
            return base / name
    return folder / name


def word_scores(truth: str, read: str) -> tuple[float, float]:
    """Recall and precision of words as bags: case counts, order does not."""
    wanted, found = Counter(_WORD.findall(truth)), Counter(_WORD.findall(read))
    both = sum((wanted & found).values())
    return both / max(1, wanted.total()), both / max(1, found.total())


def character_error_rate(truth: str, read: str) -> float | None:
    """Edits a character of the truth, white space folded; None if either is too long to compare."""
    a, b = " ".join(truth.split()), " ".join(read.split())
    if not a or max(len(a), len(b)) > _LONGEST_FOR_CER:
        return None
    return Levenshtein.distance(a, b) / len(a)


def stands(value: str, text: str, squeezed: str, numbers: frozenset[Decimal]) -> bool:
    """Whether a true value can be found in what was read: numbers by value, others without blanks, case."""
    number = _number(value)
    if number is not None and (number in numbers or re.search(r"[.,]\d{1,2}$", value)):
        return number in numbers
    wanted = _squeezed(value)
    return bool(wanted) and (wanted in squeezed or value in text)


def same(value: str, found: str | None) -> bool:
    """Whether a field has its true value, whatever the case, blanks and trailing zeros."""
    if found is None:
        return False
    number, other = _number(value), _number(found)
    if number is not None and other is not None:
        return number == other
    if value[:10] == found[:10] and re.fullmatch(r"\d{4}-\d\d-\d\d", value[:10]):
        return True
    return _squeezed(value) == _squeezed(found)


def _date_stands(value: str, text: str) -> bool:
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", value[:10])
    if match is None:
        return False
    year, month, day = match.groups()
    forms = {
        f"{year}[-./ ]?{month}[-./ ]?{day}",
        rf"(?<!\d)0?{int(day)}\s?[-./]\s?0?{int(month)}\s?[-./]\s?(?:{year[:2]})?{year[2:]}",
        rf"(?<!\d)0?{int(month)}\s?[-./]\s?0?{int(day)}\s?[-./]\s?(?:{year[:2]})?{year[2:]}",
        rf"(?<!\d)0?{int(day)}\W{{0,3}}[^\W\d]{{3,12}}\W{{0,3}}(?:{year[:2]})?{year[2:]}",
        rf"[^\W\d]{{3,12}}\W{{0,3}}0?{int(day)}\W{{1,3}}{year}",
    }
    return any(re.search(form, text) for form in forms)


def _number(value: str) -> Decimal | None:
    digits = re.sub(r"[\s'\u00a0\u202f]", "", value).replace("−", "-")
    if not re.fullmatch(r"-?[\d.,]*\d[.,]\d{1,4}|-?\d+", digits):
        return None
    if re.search(r"[.,]\d{1,2}$|[.,]\d{4}$", digits):
        whole, _, part = re.sub(r"[.,](?=\d+$)", "|", digits).rpartition("|")
        digits = re.sub(r"[.,]", "", whole) + "." + part
    else:
        digits = re.sub(r"[.,]", "", digits)
    try:
        return Decimal(digits).normalize()
    except InvalidOperation:
        return None


def _numbers(text: str) -> frozenset[Decimal]:
    found = set()
    for match in _NUMBER.findall(text):
        for piece in (match, *match.split()):
            number = _number(piece.strip().rstrip(".,'"))
            if number is not None:
                found.add(number)
    return frozenset(found)


def _squeezed(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in plain if c.isalnum())


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _hits(found: dict[str, list[int]]) -> dict[str, dict[str, int]]:
    return {name: {"hits": sum(h), "of": len(h)} for name, h in sorted(found.items())}


def grouped(pairs: Iterable[tuple[Truth, Outcome]]) -> dict[str, dict[str, Score]]:
    """Scores of all, by kind, by language, and by domain and type."""
    scores: dict[str, dict[str, Score]] = {"all": {}, "kind": {}, "language": {}, "doc_type": {}}
    for truth, outcome in pairs:
        for group, key in (
            ("all", "all"),
            ("kind", truth.kind),
            ("language", truth.language),
            ("doc_type", f"{truth.domain}/{truth.doc_type}"),
        ):
            scores[group].setdefault(key, Score()).add(truth, outcome)
    return scores
