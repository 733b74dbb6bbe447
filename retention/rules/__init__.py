"""Rules of retention: pure functions on civil dates."""

from retention.rules.applying import in_force
from retention.rules.compute import compute
from retention.rules.derivation import DerivationError, compact, faithful, reproduce
from retention.rules.fiscal import FiscalCalendar, FiscalCalendarError
from retention.rules.model import (
    AgeAt,
    Comparison,
    Condition,
    Decision,
    Fact,
    Facts,
    Known,
    OneOf,
    Period,
    Rule,
    Step,
    Trigger,
)
from retention.rules.together import decide, in_chain, longest
from retention.rules.words import headline, sentences

__all__ = [
    "AgeAt",
    "Comparison",
    "Condition",
    "Decision",
    "DerivationError",
    "Fact",
    "Facts",
    "FiscalCalendar",
    "FiscalCalendarError",
    "Known",
    "OneOf",
    "Period",
    "Rule",
    "Step",
    "Trigger",
    "compact",
    "compute",
    "decide",
    "faithful",
    "headline",
    "in_chain",
    "in_force",
    "longest",
    "reproduce",
    "sentences",
]
