"""Rules of retention: pure functions on civil dates."""

from retention.rules.compute import compute, longest
from retention.rules.model import Comparison, Decision, Fact, Facts, Period, Rule, Step, Trigger
from retention.rules.words import headline, sentences

__all__ = [
    "Comparison",
    "Decision",
    "Fact",
    "Facts",
    "Period",
    "Rule",
    "Step",
    "Trigger",
    "compute",
    "headline",
    "longest",
    "sentences",
]
