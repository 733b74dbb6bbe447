"""Computing until when a record is kept."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import MAXYEAR, date, timedelta

from retention.rules.model import Comparison, Decision, Facts, Period, Rule, Step

_ONE_DAY = timedelta(days=1)


def compute(rule: Rule, facts: Facts) -> Decision:
    """What one rule says of a record with these facts.

    A condition on a fact that is not known leaves the rule open rather than out:
    what is unknown must not shorten keeping.
    """
    head = Step(
        "rule", {"rule": rule.id, "version": rule.version, "basis": rule.basis, "status": rule.status}
    )
    unknown = [c.fact for c in rule.conditions if c.fact not in facts]
    if any(c.fact in facts and not _holds(c, facts) for c in rule.conditions):
        return _decision(rule, "not_applicable", None, (head, Step("not_applicable", {"rule": rule.id})))
    if rule.period is None and not rule.trigger.facts:
        return _decision(rule, "permanent", None, (head, Step("permanent")))
    missing = [name for name in rule.trigger.facts if name not in facts]
    wanted_all = rule.trigger.choice != "earlier_of"
    absent = bool(missing) if wanted_all else len(missing) == len(rule.trigger.facts)
    if absent and rule.only_if_known:
        return _decision(rule, "not_applicable", None, (head, Step("not_applicable", {"rule": rule.id})))
    if absent or unknown:
        names = tuple(dict.fromkeys((*unknown, *(missing if absent else ()))))
        return _decision(rule, "open", None, (head, Step("missing", {"facts": list(names)})), names)
    if rule.period is None:
        return _decision(rule, "permanent", None, (head, Step("permanent")))
    steps = [head]
    start = _trigger_date(rule, facts, steps)
    try:
        through = _through(rule, start, facts, steps)
    except OverflowError:
        return _decision(rule, "permanent", None, (*steps, Step("beyond_calendar")))
    steps.append(Step("through", {"date": through.isoformat()}))
    return _decision(rule, "until", through, tuple(steps))


def longest(decisions: Sequence[Decision]) -> Decision:
    """One decision out of several: permanent beats open beats the latest date.

    Rules that do not apply say nothing; if none applies the record is open,
    because nothing says that it may go. The result does not depend on the order.
    """
    applying = [d for d in decisions if d.outcome != "not_applicable"]
    if not applying:
        steps = tuple(s for d in decisions for s in d.steps)
        return Decision("open", None, (*steps, Step("no_rule")), missing=("rule",))
    rank = {"permanent": 2, "open": 1, "until": 0}

    def key(decision: Decision) -> tuple[int, date, str, int]:
        day = decision.retain_through or date.min
        return rank[decision.outcome], day, decision.rule_id or "", decision.rule_version or 0

    best = max(applying, key=key)
    if len(applying) == 1:
        return best
    others = sorted(
        (d for d in applying if d is not best), key=lambda d: (d.rule_id or "", d.rule_version or 0)
    )
    told = [
        {
            "rule": d.rule_id,
            "outcome": d.outcome,
            "date": d.retain_through.isoformat() if d.retain_through else None,
        }
        for d in others
    ]
    missing = tuple(
        dict.fromkeys(name for d in sorted(applying, key=key, reverse=True) for name in d.missing)
    )
    return Decision(
        best.outcome,
        best.retain_through,
        (*best.steps, Step("longest", {"others": told})),
        best.rule_id,
        best.rule_version,
        best.action,
        missing,
        best.conflicts,
    )


def add(day: date, period: Period) -> date:
    """`day` plus a period. Months and years keep the day of the month where it exists.

    Raises OverflowError beyond the year 9999.
    """
    months = day.year * 12 + day.month - 1 + period.years * 12 + period.months
    year, month = divmod(months, 12)
    if year > MAXYEAR:
        raise OverflowError("beyond the calendar")
    length = monthrange(year, month + 1)[1]
    if day.day > length and period.leap_to_march and day.month == 2:
        moved = date(year, 3, 1)
    else:
        moved = date(year, month + 1, min(day.day, length))
    return moved + timedelta(days=period.days)


def _holds(condition: Comparison, facts: Facts) -> bool:
    value, wanted = facts[condition.fact].value, condition.value
    if isinstance(value, bool) or isinstance(wanted, bool):
        return condition.operator == "==" and value is wanted
    match condition.operator:
        case "<":
            return value < wanted
        case "<=":
            return value <= wanted
        case ">":
            return value > wanted
        case ">=":
            return value >= wanted
        case "==":
            return value == wanted


def _trigger_date(rule: Rule, facts: Facts, steps: list[Step]) -> date:
    known: list[tuple[date, str]] = []
    for name in rule.trigger.facts:
        if name not in facts:
            continue
        fact = facts[name]
        if not isinstance(fact.value, date):
            raise TypeError(f"the trigger {name} is not a date")
        known.append((fact.value, name))
        data = {"fact": name, "date": fact.value.isoformat(), "source": fact.source}
        if fact.assumed:
            steps.append(Step("assumed", {**data, "from": fact.assumed}))
        else:
            steps.append(Step("fact", data))
    chosen = min(known) if rule.trigger.choice == "earlier_of" else max(known)
    if len(known) > 1:
        steps.append(Step(rule.trigger.choice, {"fact": chosen[1], "date": chosen[0].isoformat()}))
    return chosen[0]


def _through(rule: Rule, start: date, facts: Facts, steps: list[Step]) -> date:
    assert rule.period is not None
    length = {"years": rule.period.years, "months": rule.period.months, "days": rule.period.days}
    if rule.rounding == "start_of_next_fiscal_year":
        end = _fiscal_year_end(start, facts)
        begin = end + _ONE_DAY
        steps.append(Step("counted_from", {"date": begin.isoformat(), "why": rule.rounding}))
        steps.append(Step("period", length))
        through = add(begin, rule.period) - _ONE_DAY
    else:
        base = _rounded(start, rule.rounding)
        if rule.rounding != "exact":
            steps.append(Step("counted_from", {"date": base.isoformat(), "why": rule.rounding}))
        steps.append(Step("period", length))
        through = add(base, rule.period)
    if rule.roll_to_working_day and through.weekday() >= 5:
        through += timedelta(days=7 - through.weekday())
        steps.append(Step("rolled", {"date": through.isoformat()}))
    return through


def _rounded(day: date, rounding: str) -> date:
    if rounding == "end_of_calendar_year":
        return date(day.year, 12, 31)
    if rounding == "end_of_quarter":
        month = (day.month - 1) // 3 * 3 + 3
        return date(day.year, month, monthrange(day.year, month)[1])
    if rounding == "end_of_month":
        return date(day.year, day.month, monthrange(day.year, day.month)[1])
    return day


def _fiscal_year_end(day: date, facts: Facts) -> date:
    """The end of the fiscal year in which `day` lies, which is `day` itself if it is one.

    Without a known fiscal calendar (`fiscal_year_end` as a fact) the calendar year counts.
    """
    known = facts.get("fiscal_year_end")
    if known is not None and isinstance(known.value, date) and known.value >= day:
        return known.value
    return date(day.year, 12, 31)


def _decision(
    rule: Rule, outcome: str, through: date | None, steps: tuple[Step, ...], missing: tuple[str, ...] = ()
) -> Decision:
    return Decision(outcome, through, steps, rule.id, rule.version, rule.action, missing)  # type: ignore[arg-type]
