"""From evidence to a probability for every type, with the right to say "don't know"."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ingest.classify.evidence import Evidence, gather
from ingest.classify.features import features_of
from ingest.classify.finer import finer_evidence, subtype_of, walk_up
from ingest.classify.residual import BUILT_IN, Model
from ingest.classify.shape import Shape, shape_evidence, shape_of
from ingest.classify.types import TYPES, kind_of
from ingest.fields.rows import Row
from ingest.model import Reading

# Where nothing speaks for any type, the paper is nobody's: this is what other types must beat.
_UNKNOWN: Final = 3.5
# Layouts that a reader recognises by the form of lines alone. They state no kind: machines log as
# computers do, and many tables have a serial number in their head. So they are evidence among other.
HINTS: Final = {"log": ("system_log", 4.0), "instrument export": ("instrument_result", 4.0)}


@dataclass(frozen=True, slots=True)
class Decision:
    """`ranked` lists (type, probability) from the likeliest, summing to 1.

    `strength` is the best raw score.
    """

    ranked: tuple[tuple[str, float], ...]
    strength: float
    shape: Shape
    evidence: Evidence
    finer: dict[str, float] = field(default_factory=dict)  # scores of finer and of officers' types

    @property
    def best(self) -> str:
        return self.ranked[0][0]

    def domain_probability(self, domain: str) -> float:
        """The probability mass of a domain's types."""
        return sum(p for code, p in self.ranked if kind_of(code).domain == domain)

    def subtype(self, doc_type: str) -> str | None:
        """The finer type below a type that the paper's words speak for, if they do so clearly."""
        return subtype_of(self.finer, doc_type)


def weigh(
    reading: Reading, rows: Sequence[Row]
) -> tuple[dict[str, float], Shape, Evidence, dict[str, float]]:
    """The score of every type by words and shape alone, before anything trained; last of finer types."""
    shape = shape_of(reading, rows)
    evidence = gather(rows, shape.ocr)
    scores = dict.fromkeys(TYPES, 0.0)
    scores["unknown"] = _UNKNOWN
    for source in (evidence.scores, shape_evidence(shape, rows)):
        for code, weight in source.items():
            scores[code] += weight
    if reading.structured is not None and reading.structured.syntax in HINTS:
        code, weight = HINTS[reading.structured.syntax]
        scores[code] += weight
    if evidence.headings.get("invoice_correction", 0.0) >= 5.0:
        scores["invoice"] -= 4.0  # a correction speaks of the invoice it corrects, not the other way about
    if evidence.headings.get("invoice", 0.0) >= 4.0:
        for code in ("purchase_order", "order_response", "despatch_advice", "order_form"):
            scores[code] -= 2.5  # an invoice names the order and the delivery it is for
    finer = finer_evidence(rows, shape.ocr)
    walk_up(scores, finer)
    return scores, shape, evidence, finer


def decide(
    reading: Reading, rows: Sequence[Row], model: Model = BUILT_IN, language: str | None = None
) -> Decision:
    """Classifies a reading by its words and shape, and by what `model` has learnt. Pure."""
    scores, shape, evidence, finer = weigh(reading, rows)
    if model.trained:
        for code, more in model.residual(features_of(rows, shape, language)).items():
            if code in scores:
                scores[code] += more
    top = max(scores.values())
    ranked = model.ranked(scores, {code: kind_of(code).domain for code in scores})
    return Decision(tuple(ranked), top, shape, evidence, finer)
