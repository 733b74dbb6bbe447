"""What a rule is made of, and what comes out of it.

All dates are civil dates in the rule's zone. A period ends inclusively:
`retain_through` is the last day of keeping, disposition may begin the day after.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

Rounding = Literal[
    "exact", "end_of_month", "end_of_quarter", "end_of_calendar_year", "start_of_next_fiscal_year"
]
Kind = Literal["keep", "limit", "constraint"]
Outcome = Literal["until", "open", "permanent", "not_applicable"]
Action = Literal["destroy", "erase", "remove", "review", "review_by_archive", "transfer", "none"]
Need = Literal["archive_consent", "declared_no_value", "archive_receipt"]

ROUNDINGS: tuple[str, ...] = (
    "exact",
    "end_of_month",
    "end_of_quarter",
    "end_of_calendar_year",
    "start_of_next_fiscal_year",
)
KINDS: tuple[str, ...] = ("keep", "limit", "constraint")
#: What happens when keeping ends, from what lets go most easily to what lets go least.
#: `remove` takes a paper out of its file, `review_by_archive` is the state archive's expertise,
#: `transfer` destroys nothing before the receiver's receipt, `none` belongs to a constraint.
ACTIONS: dict[str, int] = {
    "none": 0,
    "destroy": 1,
    "erase": 1,
    "remove": 1,
    "review": 2,
    "review_by_archive": 3,
    "transfer": 4,
}
#: Actions that others than the company have a right to; a longer duty of another law does not end it.
CLAIMS: tuple[str, ...] = ("review_by_archive", "transfer")
#: What must be on record before the action is carried out.
NEEDS: tuple[str, ...] = ("archive_consent", "declared_no_value", "archive_receipt")
STATUSES: tuple[str, ...] = ("draft", "approved")
#: What begins anew what an event ended: the end does not count while a later beginning has no end.
BEGUN_BY: dict[str, str] = {"employment_end": "hired_on"}
#: How far the source of a rule was checked; `policy`: the company's own will, no law.
VERIFIED: tuple[str, ...] = ("verified", "partly", "unverified", "policy")
#: The fact whose `spans` are the days on which a clock that holds can stop stood still.
SUSPENDED = "suspended"
#: The fact that is itself the last day of a fiscal year.
FISCAL_YEAR_END = "fiscal_year_end"

Span = tuple[date, date | None]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something known about a record: a day, an instant, yes or no, or a word.

    `assumed` names the fact from which it was inferred, if it was. `more` are
    further days of the same name (every entry of a file), `spans` the days from
    and to, both included, of what lasts; an open end is None. An instant (aware)
    becomes a day in the zone of the rule that asks.
    """

    value: date | bool | str
    source: str
    assumed: str | None = None
    more: tuple[date, ...] = ()
    spans: tuple[Span, ...] = ()


Facts = Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Period:
    """A length in calendar units. 29 February plus n years is 28 February unless `leap_to_march`.

    A period of no length keeps until the event itself (and to the end of what the rule rounds to).
    """

    years: int = 0
    months: int = 0
    days: int = 0
    leap_to_march: bool = False

    @property
    def until_event(self) -> bool:
        """Whether keeping ends with the event."""
        return not (self.years or self.months or self.days)


@dataclass(frozen=True, slots=True)
class Trigger:
    """What starts the clock: one fact, or the later or earlier of several.

    `which`: of several days of one name the latest counts (a last entry that moves), or the first.
    """

    facts: tuple[str, ...]
    choice: Literal["single", "later_of", "earlier_of"] = "single"
    which: Literal["latest", "first"] = "latest"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A condition on one fact; all of a rule's conditions must hold."""

    fact: str
    operator: Literal["<", "<=", ">=", ">", "==", "!="]
    value: date | bool | str

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts it asks for."""
        return (self.fact,)


@dataclass(frozen=True, slots=True)
class OneOf:
    """A condition that a fact is one of some words, or (`wanted` false) none of them."""

    fact: str
    values: tuple[str, ...]
    wanted: bool = True

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts it asks for."""
        return (self.fact,)


@dataclass(frozen=True, slots=True)
class AgeAt:
    """A condition on how old somebody was on the day of an event."""

    fact: str
    operator: Literal["<", "<=", ">=", ">"]
    age: Period
    birth: str = "birth_date"

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts it asks for."""
        return (self.fact, self.birth)


@dataclass(frozen=True, slots=True)
class Known:
    """A condition that a fact is known, or (`wanted` false) that it is not."""

    fact: str
    wanted: bool = True

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts it asks for."""
        return (self.fact,)


Condition = Comparison | OneOf | AgeAt | Known


@dataclass(frozen=True, slots=True)
class Rule:
    """One numbered, immutable version of a rule.

    `period` None means for ever. `kind` `keep` is a duty to keep at least so long,
    `limit` a duty to keep no longer, `constraint` a duty that no date follows from.
    `only_if_known`: while the trigger is not known the rule says nothing, instead of
    leaving the record open; for rules that add to another one. `country` is the
    one whose public holidays move an end (ISO 3166; none: weekends only).
    `hold_suspends`: days of suspension do not count. `part`: it speaks of a paper
    that is taken out of a file which itself is kept longer. A version is in force from
    `valid_from` to `valid_to`, both included. `note` is said to people: (Polish, English).
    """

    id: str
    version: int
    trigger: Trigger
    period: Period | None
    rounding: Rounding = "exact"
    conditions: tuple[Condition, ...] = ()
    kind: Kind = "keep"
    action: Action = "destroy"
    basis: str = ""
    status: str = "draft"
    verified: str = "unverified"
    zone: str = "Europe/Warsaw"
    only_if_known: bool = False
    roll_to_working_day: bool = False
    country: str = ""
    hold_suspends: bool = False
    part: bool = False
    needs: tuple[Need, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    note: tuple[str, str] | None = None

    @property
    def asks(self) -> tuple[str, ...]:
        """Every fact that the rule asks for, each once; with an end also its beginning."""
        names = [*self.trigger.facts, *(name for c in self.conditions for name in c.facts)]
        begun = [BEGUN_BY[name] for name in names if name in BEGUN_BY]
        return tuple(dict.fromkeys((*names, *begun)))


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a derivation: a code and its data, rendered by `retention.rules.words`."""

    code: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule (or several) says of a record.

    `until`: kept through `retain_through`, inclusive. `open`: kept without end
    because a fact is missing; never due. `permanent`: for ever. `limit_through`: the
    last day on which it may be kept; where that lies before the end of keeping, keeping
    wins and `conflicts` names both rules. `needs`: what must be on record before
    the action. `inherited`: it comes from the file that the record lies in.
    `inputs`: rules and facts, as data from which `reproduce` finds the same again.
    """

    outcome: Outcome
    retain_through: date | None
    steps: tuple[Step, ...]
    rule_id: str | None = None
    rule_version: int | None = None
    action: str | None = None
    missing: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    limit_through: date | None = None
    limit_rule: str | None = None
    needs: tuple[str, ...] = ()
    inherited: bool = False
    inputs: dict[str, Any] = field(default_factory=dict)

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
            "limit_through": self.limit_through.isoformat() if self.limit_through else None,
            "limit_rule": self.limit_rule,
            "needs": list(self.needs),
            "steps": [{"code": s.code, "data": s.data} for s in self.steps],
            "inputs": self.inputs,
        }


def is_instant(value: object) -> bool:
    """Whether a fact's value is an instant and not a day; Python calls every instant a day too."""
    return isinstance(value, datetime)
