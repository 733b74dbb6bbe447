"""Several rules together: the longest keeping, the shortest limit, and what contradicts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from retention.rules.compute import compute
from retention.rules.fiscal import FiscalCalendar
from retention.rules.model import ACTIONS, CLAIMS, Decision, Facts, Rule, Step

_RANK = {"permanent": 2, "open": 1, "until": 0}


def longest(decisions: Sequence[Decision]) -> Decision:
    """One decision out of several: permanent beats open beats the latest date.

    Among equals the record's own rule goes before that of its file, then the action that lets
    go least, then the rule's name. What an archive may claim (handing over, its own review) stands beside a
    rule that keeps longer and would destroy. Rules that do not apply say nothing; if none applies the record
    is open, because nothing says that it may go. The result does not depend on the order.
    """
    inputs = {**_gathered(decisions), "way": "longest"}
    applying = [d for d in decisions if d.outcome != "not_applicable"]
    if not applying:
        steps = tuple(s for d in sorted(decisions, key=_name) for s in d.steps)
        return Decision("open", None, (*steps, Step("no_rule")), missing=("rule",), inputs=inputs)
    order = sorted(applying, key=_precedence)
    best = order[0]
    needs = tuple(dict.fromkeys(need for d in order for need in d.needs))
    missing = tuple(dict.fromkeys(name for d in order for name in d.missing))
    steps = best.steps
    claim = max(applying, key=lambda d: (_claim(d), *_name(d)))
    if _claim(claim) > ACTIONS.get(best.action or "", 0):
        best = replace(best, action=claim.action)
    if len(order) > 1:
        told = [
            {"rule": d.rule_id, "outcome": d.outcome, "date": _iso(d.retain_through)}
            for d in sorted(order[1:], key=_name)
        ]
        steps = (*steps, Step("longest", {"others": told}))
        if best.action != order[0].action:
            own = {"own": _own_action(order[0])}
            steps = (*steps, Step("claimed", {"rule": claim.rule_id, "action": best.action, **own}))
    return replace(best, steps=steps, missing=missing, needs=needs, inputs=inputs)


def decide(
    rules: Sequence[Rule],
    facts: Facts,
    calendar: FiscalCalendar | None = None,
    *,
    inherited: Sequence[Rule] = (),
    days_off: Mapping[str, Collection[date]] | None = None,
) -> Decision:
    """What the rules of a record's class, and those of the file it lies in, say together.

    Keeping is the longest of all duties to keep. The last day by which it may be kept is the
    earliest of the limits, the record's own before those of its file. Where the limit lies before
    the end of keeping, keeping wins and the conflict is told. Where no duty to keep applies a limit
    is also the end of keeping; where nothing applies at all the record is open. A rule for a part,
    once its day is known, frees the paper from the keeping of its file.
    """
    own = [(r, compute(r, facts, calendar, days_off=days_off)) for r in rules]
    above = [
        (r, replace(compute(r, facts, calendar, days_off=days_off), inherited=True))
        for r in inherited
        if not r.part
    ]
    inputs = {**_gathered([d for _, d in (*own, *above)]), "way": "decide"}
    freed = sorted(r.id for r, d in own if r.part and d.outcome == "until")
    keeps = [d for r, d in (*own, *above) if r.kind == "keep" and not (freed and d.inherited)]
    limits = [d for r, d in (*own, *above) if r.kind == "limit"]
    bound = sorted((d for r, d in (*own, *above) if r.kind == "constraint"), key=_name)
    constraints = [step for d in bound for step in d.steps]
    tightest, limit_steps = _limit(limits)
    kept = any(d.outcome != "not_applicable" for d in keeps)
    if kept or not any(d.outcome != "not_applicable" for d in limits):
        made = longest(keeps)
    else:
        made = _at_most(limits, tightest)
        limit_steps = ()
    steps = [*made.steps, *limit_steps]
    if freed and above:
        steps.append(Step("part", {"rules": freed, "instead_of": sorted({r.id for r, _ in above})}))
    conflicts: tuple[str, ...] = ()
    if tightest is not None and kept and _outlasts(made, tightest):
        conflicts = (f"{made.rule_id}>{tightest.rule_id}",)
        limit = {"limit": tightest.rule_id, "limit_date": _iso(tightest.retain_through)}
        steps.append(Step("conflict", {"keep": made.rule_id, "date": _iso(made.retain_through), **limit}))
    return replace(
        made,
        steps=(*steps, *constraints),
        conflicts=conflicts,
        limit_through=tightest.retain_through if tightest else None,
        limit_rule=tightest.rule_id if tightest else None,
        inputs=inputs,
    )


def in_chain(decisions: Mapping[str, Decision]) -> dict[str, Decision]:
    """Documents that correct each other: each is kept as long as the one that is kept longest.

    The names tell the documents apart. What each document's own rules say stays in its derivation.
    """
    if not decisions:
        return {}
    order = sorted(decisions, key=lambda name: (*_precedence(decisions[name]), name))
    name = order[0]
    best = decisions[name]
    return {own: lengthened(made, best, name) for own, made in decisions.items()}


def lengthened(own: Decision, other: Decision, name: str) -> Decision:
    """`own`, kept as long as `other`, the decision of the document called `name`, if that is longer."""
    if _length(other) <= _length(own):
        return own
    data = {"document": name, "outcome": other.outcome, "date": _iso(other.retain_through)}
    linked = {**data, "rule": other.rule_id, "version": other.rule_version, "missing": list(other.missing)}
    made = replace(
        own,
        outcome=other.outcome,
        retain_through=other.retain_through,
        missing=tuple(dict.fromkeys((*own.missing, *other.missing))),
        steps=(*own.steps, Step("chain", data)),
        inputs={**own.inputs, "chain": linked},
    )
    if made.limit_through is None or not _outlasts_date(made, made.limit_through):
        return made
    told = f"{other.rule_id}>{made.limit_rule}"
    return replace(made, conflicts=tuple(dict.fromkeys((*made.conflicts, told))))


def _limit(limits: Sequence[Decision]) -> tuple[Decision | None, tuple[Step, ...]]:
    """The limit that counts, and the steps that tell of it and of those for which a fact is missing."""
    known = [d for d in limits if d.outcome == "until"]
    explicit = [d for d in known if not d.inherited]
    counted = sorted(explicit or known, key=lambda d: (d.retain_through, *_name(d)))
    told: list[Step] = list(counted[0].steps) if counted else []
    if explicit and len(explicit) < len(known):
        aside = sorted(str(d.rule_id) for d in known if d.inherited)
        told.append(Step("own_limit", {"rules": aside}))
    for d in sorted((d for d in limits if d.outcome == "open"), key=_name):
        told += d.steps
    return (counted[0] if counted else None), tuple(told)


def _at_most(limits: Sequence[Decision], tightest: Decision | None) -> Decision:
    """The decision on a record that nobody has to keep but that may be kept only so long."""
    _, told = _limit(limits)
    if tightest is not None:
        needs = tuple(dict.fromkeys(need for d in sorted(limits, key=_name) for need in d.needs))
        return replace(tightest, steps=(*told, Step("only_limit")), needs=needs)
    order = sorted((d for d in limits if d.outcome == "open"), key=_name)
    missing = tuple(dict.fromkeys(name for d in order for name in d.missing))
    return replace(order[0], steps=told, missing=missing)


def _claim(decision: Decision) -> int:
    """How strong an archive's claim is on what follows keeping; 0 for what the company decides itself."""
    return ACTIONS[decision.action] if decision.action in CLAIMS else 0


def _own_action(decision: Decision) -> str:
    """What the rule itself says, also where an archive's claim stands in its place: ranks go by that."""
    claimed = [step for step in decision.steps if step.code == "claimed"]
    return str(claimed[0].data["own"]) if claimed else decision.action or ""


def _outlasts(keep: Decision, limit: Decision) -> bool:
    return keep.rule_id is not None and _outlasts_date(keep, limit.retain_through)


def _outlasts_date(keep: Decision, limit: date | None) -> bool:
    if limit is None:
        return False
    return keep.outcome != "until" or (keep.retain_through is not None and keep.retain_through > limit)


def _length(decision: Decision) -> tuple[int, date]:
    return _RANK.get(decision.outcome, -1), decision.retain_through or date.min


def _precedence(decision: Decision) -> tuple[int, int, bool, int, str, int]:
    """Smaller comes first."""
    rank, day = _length(decision)
    careful = ACTIONS.get(_own_action(decision), 0)
    return -rank, -day.toordinal(), decision.inherited, -careful, *_name(decision)


def _name(decision: Decision) -> tuple[str, int]:
    return decision.rule_id or "", decision.rule_version or 0


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _gathered(decisions: Sequence[Decision]) -> dict[str, Any]:
    """The inputs of several computations as one."""
    made: dict[str, Any] = {"rules": [], "facts": {}}
    days_off: dict[str, list[str]] = {}
    for decision in sorted(decisions, key=lambda d: (*_name(d), d.inherited)):
        inputs = decision.inputs
        mark = {"inherited": True} if decision.inherited else {}
        made["rules"] += [{**entry, **mark} for entry in inputs.get("rules", ())]
        made["facts"] |= inputs.get("facts", {})
        days_off |= inputs.get("days_off", {})
        if "fiscal_years" in inputs:
            made["fiscal_years"] = inputs["fiscal_years"]
    made["facts"] = dict(sorted(made["facts"].items()))
    if days_off:
        made["days_off"] = days_off
    return made
