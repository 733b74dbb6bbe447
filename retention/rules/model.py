"""What a rule is made of, and what comes out of it.

All dates are civil dates in the rule's zone. A period ends inclusively:
`retain_through` is the last day of keeping, disposition may begin the day after.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Rounding = Literal[
    "exact", "end_of_month", "end_of_quarter", "end_of_calendar_year", "start_of_next_fiscal_year"
]
Kind = Literal["keep", "limit"]
Outcome = Literal["until", "open", "permanent", "not_applicable"]

ROUNDINGS: tuple[str, ...] = (
    "exact",
    "end_of_month",
    "end_of_quarter",
    "end_of_calendar_year",
    "start_of_next_fiscal_year",
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A known date (or yes/no) about a record. `assumed` says from what it was inferred, if it was."""

    value: date | bool
    source: str
    assumed: str | None = None


Facts = Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Period:
    """A length in calendar units. 29 February plus n years is 28 February unless `leap_to_march`."""

    years: int = 0
    months: int = 0
    days: int = 0
    leap_to_march: bool = False


@dataclass(frozen=True, slots=True)
class Trigger:
    """What starts the clock: one fact, or the later or earlier of several."""

    facts: tuple[str, ...]
    choice: Literal["single", "later_of", "earlier_of"] = "single"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A condition on one fact; all of a rule's conditions must hold."""

    fact: str
    operator: Literal["<", "<=", ">=", ">", "=="]
    value: date | bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One numbered, immutable version of a rule.

    `period` None means for ever. `kind` `keep` is a duty to keep at least so long,
    `limit` a duty to keep no longer. `only_if_known`: while the trigger is not
    known the rule says nothing, instead of leaving the record open; for rules
    that add to another one.
    """

    id: str
    version: int
    trigger: Trigger
    period: Period | None
    rounding: Rounding = "exact"
    conditions: tuple[Comparison, ...] = ()
    kind: Kind = "keep"
    action: str = "destroy"
    basis: str = ""
    status: str = "draft"
    verified: str = "unverified"
    zone: str = "Europe/Warsaw"
    only_if_known: bool = False
    roll_to_working_day: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a derivation: a code and its data, rendered by `retention.rules.words`."""

    code: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule (or several) says of a record.

    `until`: kept through `retain_through`, inclusive. `open`: kept without end
    because a fact is missing; never due. `permanent`: for ever.
    """

    outcome: Outcome
    retain_through: date | None
    steps: tuple[Step, ...]
    rule_id: str | None = None
    rule_version: int | None = None
    action: str | None = None
    missing: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain data that can be stored and rendered again."""
        return {
            "outcome": self.outcome,
            "retain_through": self.retain_through.isoformat() if self.retain_through else None,
            "rule": self.rule_id,
            "rule_version": self.rule_version,
            "action": self.action,
            "missing": list(self.missing),
            "conflicts": list(self.conflicts),
            "steps": [{"code": s.code, "data": s.data} for s in self.steps],
        }
