"""Sums over papers of known truth, and the shares a person asks for.

Shares are of papers unless they say otherwise. What is reported:

- `domain_right`, `type_right`: accuracy over all papers; `type_macro_f1`: the mean over the
  types in the truth of the F1 of each;
- `filed`: the share filed without a person; `sure`: the share whose domain and type were beyond
  the working threshold, doubts about fields aside; `filed_domain_right` and so on: accuracy
  among those alone; `other_filed`: papers that are nobody's and were filed all the same;
- `calibration_error`: expected calibration error over ten bins of equal width (Naeini,
  Cooper and Hauskrecht, 2015), of the paper's confidence and of the fields';
- `fields`: exact matches by name, with precision (of the values found where there is a truth),
  recall (of the truths) and F1. `lines` and `items` are the number of line items; where a
  truth lists them, `line_items` counts each by its amount.
"""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from akta.operations.evaluation.compare import (
    character_error_rate,
    date_stands,
    field_is_right,
    listed_amounts,
    numbers_of,
    same,
    squeezed,
    stands,
    tells_nothing,
    told_amounts,
    word_scores,
)
from akta.operations.evaluation.manifest import Truth
from akta.operations.quality.figures import Bin, bin_of, expected_error
from akta.records.doctypes.current import current

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
#: Truths about line items: their number, or a list of them.
_LISTS: Final = ("lines", "items", "line_items")
_NOBODY: Final = "other"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a document. `cpu` in seconds, of reading and understanding it.

    `sure` says whether domain and type were beyond the working threshold; `confidence` is
    the probability given to both being right, None where nothing was judged.
    """

    state: str
    reason: str | None
    domain: str | None
    doc_type: str | None
    fields: dict[str, str]
    text: str
    pages: int
    cpu: float
    second_reader_pages: int = 0
    confidence: float | None = None
    sure: bool = False
    field_confidence: dict[str, float] = field(default_factory=dict)
    understanding_cpu: float | None = None
    subtype: str | None = None

    def called(self, truth: Truth) -> str | None:
        """The type as far as the truth goes: a finer one counts as the one above that the truth names."""
        path = current().path(self.subtype or self.doc_type or "")
        return truth.doc_type if truth.doc_type in path else self.doc_type

    def kind_right(self, truth: Truth) -> bool:
        """Domain and type right; the types of nobody's papers are not told apart."""
        if self.domain != truth.domain:
            return False
        return truth.domain == _NOBODY or self.called(truth) == truth.doc_type


@dataclass(slots=True)
class Tally:
    """One field's values: `found` where there is a truth, `right` of them, `truths` in all."""

    truths: int = 0
    found: int = 0
    right: int = 0

    def report(self) -> dict[str, Any]:
        """Counts, precision, recall and F1 (None where nothing was found)."""
        return {
            "hits": self.right,
            "of": self.truths,
            "precision": _share(self.right, self.found),
            "recall": _share(self.right, self.truths),
            "f1": _share(2 * self.right, self.found + self.truths),
        }


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
    types: Counter[tuple[str, str]] = field(default_factory=Counter)
    sure: list[tuple[bool, bool]] = field(default_factory=list)
    filed: list[tuple[bool, bool]] = field(default_factory=list)
    nobodys: int = 0
    nobodys_filed: int = 0
    confidences: list[tuple[float, bool]] = field(default_factory=list)
    field_confidences: list[tuple[float, bool]] = field(default_factory=list)
    understanding: list[float] = field(default_factory=list)
    words: list[tuple[float, float, float | None]] = field(default_factory=list)
    present: dict[str, list[int]] = field(default_factory=dict)
    fields: dict[str, Tally] = field(default_factory=dict)

    def add(self, truth: Truth, outcome: Outcome) -> None:
        """Count one document in."""
        self.documents += 1
        self.pages += outcome.pages
        self.cpu += outcome.cpu
        self.second_reader_pages += outcome.second_reader_pages
        self.states[outcome.state] += 1
        self._kind(truth, outcome)
        if outcome.understanding_cpu is not None:
            self.understanding.append(outcome.understanding_cpu)
        if truth.text is not None:
            self.words.append(
                (*word_scores(truth.text, outcome.text), character_error_rate(truth.text, outcome.text))
            )
        self._fields(truth, outcome)

    def _kind(self, truth: Truth, outcome: Outcome) -> None:
        domain_right = outcome.domain == truth.domain
        right = outcome.kind_right(truth)
        self.domain_right += domain_right
        self.type_right += outcome.called(truth) == truth.doc_type
        self.types[truth.doc_type, outcome.called(truth) or ""] += 1
        if outcome.sure:
            self.sure.append((domain_right, right))
        if outcome.state == "filed":
            self.filed.append((domain_right, right))
        if truth.domain == _NOBODY:
            self.nobodys += 1
            self.nobodys_filed += outcome.state == "filed"
        if outcome.confidence is not None:
            self.confidences.append((outcome.confidence, right))

    def _fields(self, truth: Truth, outcome: Outcome) -> None:
        text = squeezed(outcome.text)
        numbers = numbers_of(outcome.text)
        for name, value in truth.fields.items():
            if name in _LISTS:
                self._lines(name, value, outcome)
                continue
            if isinstance(value, bool | list | dict) or value is None or name == "text":
                continue
            if tells_nothing(str(value)):
                continue
            raw = truth.fields.get("date_raw") if name == "date" else None
            if name not in _NOT_ON_PAPER:
                found = stands(str(raw or value), outcome.text, text, numbers)
                if name == "date" and not found:
                    found = date_stands(str(value), outcome.text)
                self.present.setdefault(name, []).append(int(found))
            if name == "date_raw":
                continue
            tally = self.fields.setdefault(name, Tally())
            tally.truths += 1
            if name in outcome.fields:
                hit = field_is_right(name, str(value), outcome.fields)
                tally.found += 1
                tally.right += hit
                if name in outcome.field_confidence:
                    self.field_confidences.append((outcome.field_confidence[name], hit))

    def _lines(self, name: str, value: Any, outcome: Outcome) -> None:
        """Line items: how many there are, and where the truth lists them, each by its amount."""
        count = len(value) if isinstance(value, list) else value
        tally = self.fields.setdefault(name, Tally())
        tally.truths += 1
        if "lines" in outcome.fields:
            tally.found += 1
            tally.right += same(str(count), outcome.fields["lines"])
        wanted = listed_amounts(value)
        if wanted:
            told = told_amounts(outcome.fields.get("items", ""))
            each = self.fields.setdefault("line_items", Tally())
            each.truths += wanted.total()
            each.found += told.total()
            each.right += (wanted & told).total()

    def report(self) -> dict[str, Any]:
        """Shares, means and counts, ready for JSON. CPU in seconds a page."""
        cer = [c for _, _, c in self.words if c is not None]
        return {
            "documents": self.documents,
            "pages": self.pages,
            "states": dict(sorted(self.states.items())),
            "domain_right": _share(self.domain_right, self.documents),
            "type_right": _share(self.type_right, self.documents),
            "type_macro_f1": macro_f1(self.types),
            "sure": _share(len(self.sure), self.documents),
            "sure_domain_right": _share(sum(d for d, _ in self.sure), len(self.sure)),
            "sure_type_right": _share(sum(r for _, r in self.sure), len(self.sure)),
            "filed": _share(len(self.filed), self.documents),
            "filed_domain_right": _share(sum(d for d, _ in self.filed), len(self.filed)),
            "filed_type_right": _share(sum(r for _, r in self.filed), len(self.filed)),
            "other_filed": {"hits": self.nobodys_filed, "of": self.nobodys},
            "calibration_error": calibration_error(self.confidences),
            "field_calibration_error": calibration_error(self.field_confidences),
            "understanding_cpu_median": _middle(self.understanding),
            "cpu_seconds_per_page": round(self.cpu / self.pages, 4) if self.pages else None,
            "cpu_seconds": round(self.cpu, 2),
            "second_reader_pages": self.second_reader_pages,
            "word_recall": _mean([r for r, _, _ in self.words]),
            "word_precision": _mean([p for _, p, _ in self.words]),
            "cer": _mean(cer),
            "fields_present": _hits(self.present),
            "fields": {name: tally.report() for name, tally in sorted(self.fields.items())},
        }


def macro_f1(types: Counter[tuple[str, str]]) -> float | None:
    """The unweighted mean of F1 over the types in the truth; `types` counts (true, found)."""
    true: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for (wanted, got), count in types.items():
        true[wanted] += count
        found[got] += count
    return _mean([2 * types[code, code] / (true[code] + found[code]) for code in true])


def calibration_error(judged: Sequence[tuple[float, bool]]) -> float | None:
    """Expected calibration error of (confidence, right) pairs, from 0 to 1."""
    bins: dict[int, Bin] = {}
    for confidence, right in judged:
        number = bin_of(confidence)
        bins[number] = bins.get(number, Bin()) + Bin(1, 1.0, confidence, float(right))
    error = expected_error(bins.values())
    return None if error is None else round(error, 4)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _middle(values: Sequence[float]) -> float | None:
    return round(statistics.median(values), 4) if values else None


def _hits(found: dict[str, list[int]]) -> dict[str, dict[str, int]]:
    return {name: {"hits": sum(h), "of": len(h)} for name, h in sorted(found.items())}


def grouped(pairs: Iterable[tuple[Truth, Outcome]]) -> dict[str, dict[str, Score]]:
    """Scores of all, by kind, by language, by source, and by domain and type."""
    scores: dict[str, dict[str, Score]] = {
        "all": {},
        "kind": {},
        "language": {},
        "source": {},
        "doc_type": {},
    }
    for truth, outcome in pairs:
        for group, key in (
            ("all", "all"),
            ("kind", truth.kind),
            ("language", truth.language),
            ("source", truth.source),
            ("doc_type", f"{truth.domain}/{truth.doc_type}"),
        ):
            scores[group].setdefault(key, Score()).add(truth, outcome)
    return scores
