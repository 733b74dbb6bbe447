"""Computing what one rule says of a record."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from retention.rules.applying import answers, begun_again, days, unknown_facts
from retention.rules.dates import ONE_DAY, add, after, rounded, suspended
from retention.rules.fiscal import FiscalCalendar, end_by_known_end
from retention.rules.language import digest, rule_data, written_condition
from retention.rules.model import FISCAL_YEAR_END, SUSPENDED, Decision, Fact, Facts, Outcome, Rule, Step
from retention.rules.workdays import day_off, holidays_known

__all__ = ["add", "compute", "key_of"]


def compute(
    rule: Rule,
    facts: Facts,
    calendar: FiscalCalendar | None = None,
    *,
    days_off: Mapping[str, Collection[date]] | None = None,
) -> Decision:
    """What one rule says of a record with these facts.

    A condition on a fact that is not known leaves the rule open rather than out:
    what is unknown must not shorten keeping. `calendar` is the fiscal calendar of the
    record's legal entity. `days_off`, by `key_of` a rule, are the days off of a derivation
    that is computed again; without it they are looked up.
    """
    work = _Work(rule, facts, calendar, days_off)
    decision = work.decision()
    return Decision(
        decision.outcome,
        decision.retain_through,
        decision.steps,
        rule.id,
        rule.version,
        rule.action,
        decision.missing,
        needs=rule.needs if decision.outcome != "not_applicable" else (),
        inputs=work.inputs(),
    )


def key_of(rule: Rule) -> str:
    """Rule and version in one word."""
    return f"{rule.id}/{rule.version}"


class _Work:
    """One computation: its steps, and what it used."""

    def __init__(
        self,
        rule: Rule,
        facts: Facts,
        calendar: FiscalCalendar | None,
        days_off: Mapping[str, Collection[date]] | None,
    ) -> None:
        self.rule = rule
        self.facts = facts
        self.calendar = calendar
        self.given_off = days_off
        self.skipped: list[date] = []
        head = {"rule": rule.id, "version": rule.version, "basis": rule.basis, "status": rule.status}
        self.steps = [Step("rule", head)]
        if rule.note is not None:
            self.steps.append(Step("note", {"pl": rule.note[0], "en": rule.note[1]}))

    def decision(self) -> Decision:
        rule, zone = self.rule, self.rule.zone
        if rule.kind == "constraint":
            return self._told("not_applicable", None, Step("constraint", {"rule": rule.id}))
        told = answers(rule.conditions, self.facts, zone, on_all=rule.kind == "limit")
        failed = [written_condition(c) for c, answer in told if answer is False]
        if failed:
            step = Step("not_applicable", {"rule": rule.id, "conditions": failed})
            return self._told("not_applicable", None, step)
        passed = [written_condition(c) for c, answer in told if answer]
        if passed:
            self.steps.append(Step("applies", {"conditions": passed}))
        names = rule.trigger.facts
        missing = [name for name in names if not days(name, self.facts, zone)]
        wanted_all = rule.trigger.choice != "earlier_of"
        absent = bool(missing) if wanted_all else len(missing) == len(names)
        if absent and rule.only_if_known and not any(name in self.facts for name in missing):
            return self._told("not_applicable", None, Step("nothing_known", {"facts": missing}))
        unknown = [name for c in rule.conditions for name in unknown_facts(c, self.facts, zone)]
        if absent or unknown:
            return self._open((*unknown, *(missing if absent else ())))
        if rule.period is None:
            return self._told("permanent", None, Step("permanent"))
        start = self._trigger_date()
        try:
            through = self._through(start)
        except OverflowError:
            return self._told("permanent", None, Step("beyond_calendar"))
        if through is None:
            return self._open(("suspension_end",))
        code = "through" if rule.kind == "keep" else "limit"
        return self._told("until", through, Step(code, {"date": through.isoformat(), "rule": rule.id}))

    def _told(self, outcome: Outcome, through: date | None, step: Step) -> Decision:
        return Decision(outcome, through, (*self.steps, step))

    def _open(self, names: tuple[str, ...]) -> Decision:
        wanted = tuple(dict.fromkeys(names))
        again = [name for name in wanted if begun_again(name, self.facts, self.rule.zone)]
        if again:
            self.steps.append(Step("begun_again", {"facts": again}))
        misfits = [name for name in wanted if name in self.facts and name not in again]
        if misfits:
            self.steps.append(Step("misfit", {"facts": misfits}))
        code = "missing" if self.rule.kind == "keep" else "limit_open"
        return Decision("open", None, (*self.steps, Step(code, {"facts": list(wanted)})), missing=wanted)

    def _trigger_date(self) -> date:
        trigger, known = self.rule.trigger, []
        for name in trigger.facts:
            found = days(name, self.facts, self.rule.zone)
            if not found:
                continue
            day = found[0] if trigger.which == "first" else found[-1]
            day = self._year_end_by_calendar(name, day)
            known.append((day, name))
            self._tell_fact(name, day, len(found))
        chosen = min(known) if trigger.choice == "earlier_of" else max(known)
        if len(known) > 1:
            self.steps.append(Step(trigger.choice, {"fact": chosen[1], "date": chosen[0].isoformat()}))
        return chosen[0]

    def _year_end_by_calendar(self, name: str, day: date) -> date:
        """The end of the fiscal year by the entity's calendar where it was only inferred from a day."""
        fact = self.facts[name]
        if name != FISCAL_YEAR_END or self.calendar is None or fact.assumed is None:
            return day
        base = days(fact.assumed, self.facts, self.rule.zone)
        return self.calendar.end_of(base[-1]) if base else day

    def _tell_fact(self, name: str, day: date, count: int) -> None:
        fact, trigger = self.facts[name], self.rule.trigger
        data = {"fact": name, "date": day.isoformat(), "source": fact.source}
        if fact.assumed:
            self.steps.append(Step("assumed", {**data, "from": fact.assumed}))
        else:
            self.steps.append(Step("fact", data))
        if isinstance(fact.value, datetime):
            told = {"fact": name, "instant": fact.value.isoformat(), "zone": self.rule.zone}
            self.steps.append(Step("instant", told))
        if count > 1:
            self.steps.append(Step("entries", {"fact": name, "count": count, "which": trigger.which}))

    def _through(self, start: date) -> date | None:
        """The last day, or None while the clock stands still without end. Raises OverflowError."""
        rule = self.rule
        assert rule.period is not None
        length = {"years": rule.period.years, "months": rule.period.months, "days": rule.period.days}
        if rule.rounding == "start_of_next_fiscal_year":
            base = self._fiscal_year_end(start)
            counted = base if rule.period.until_event else base + ONE_DAY
            why = "fiscal_year_end" if rule.period.until_event else rule.rounding
            self.steps.append(Step("counted_from", {"date": counted.isoformat(), "why": why}))
        else:
            base = rounded(start, rule.rounding)
            if rule.rounding != "exact":
                self.steps.append(Step("counted_from", {"date": base.isoformat(), "why": rule.rounding}))
        self.steps.append(Step("until_event") if rule.period.until_event else Step("period", length))
        through = add(base, rule.period) if rule.rounding == "exact" else after(base, rule.period)
        if rule.hold_suspends:
            moved = suspended(base, through, self._spans())
            if moved is None:
                return None
            if moved != through:
                told = {"days": (moved - through).days, "date": moved.isoformat()}
                self.steps.append(Step("suspended", told))
            through = moved
        return self._rolled(through) if rule.roll_to_working_day else through

    def _spans(self) -> tuple[tuple[date, date | None], ...]:
        fact = self.facts.get(SUSPENDED)
        return fact.spans if fact is not None else ()

    def _rolled(self, through: date) -> date:
        """The next working day. Raises OverflowError after the last one of the calendar."""
        day, skipped = through, []
        while (why := self._why_off(day)) is not None:
            skipped.append({"date": day.isoformat(), "why": why})
            self.skipped.append(day)
            day += ONE_DAY
        if skipped:
            known = bool(self.rule.country) and holidays_known(self.rule.country, through.year)
            country = self.rule.country if known else ""
            told = {"date": day.isoformat(), "skipped": skipped, "country": country}
            self.steps.append(Step("rolled", told))
        return day

    def _why_off(self, day: date) -> str | None:
        if self.given_off is None:
            return day_off(day, self.rule.country)
        if day not in self.given_off.get(key_of(self.rule), ()):
            return None
        return day_off(day, self.rule.country) or "day_off"

    def _fiscal_year_end(self, day: date) -> date:
        """The end of the fiscal year in which `day` lies, which is `day` itself if it is one.

        The entity's calendar counts; without one the years are taken to end like
        the one whose end is known, and without that with the calendar year.
        """
        if FISCAL_YEAR_END in self.rule.trigger.facts and self.rule.trigger.choice == "single":
            return day
        if self.calendar is not None:
            return self.calendar.end_of(day)
        known = days(FISCAL_YEAR_END, self.facts, self.rule.zone)
        if known:
            return end_by_known_end(day, known[-1])
        self.steps.append(Step("calendar_year_assumed"))
        return date(day.year, 12, 31)

    def inputs(self) -> dict[str, Any]:
        """Everything that the result follows from, as plain data."""
        names = list(self.rule.asks)
        if self.rule.rounding == "start_of_next_fiscal_year":
            names.append(FISCAL_YEAR_END)
        if self.rule.hold_suspends:
            names.append(SUSPENDED)
        names += [f.assumed for n in names if (f := self.facts.get(n)) is not None and f.assumed]
        used = {n: fact_data(self.facts[n]) for n in sorted(set(names)) if n in self.facts}
        made: dict[str, Any] = {"rules": [_entry(self.rule)], "facts": used}
        if self.calendar is not None and FISCAL_YEAR_END in names:
            made["fiscal_years"] = self.calendar.as_data()
        if self.skipped:
            made["days_off"] = {key_of(self.rule): [day.isoformat() for day in self.skipped]}
        return made


@lru_cache(maxsize=4096)
def _entry(rule: Rule) -> dict[str, Any]:
    """A rule as derivations hold it, made once for all records; nobody changes it."""
    data = rule_data(rule)
    return {"id": rule.id, "version": rule.version, "digest": digest(data), "rule": data}


def fact_data(fact: Fact) -> dict[str, Any]:
    """A fact as plain data."""
    kind = "text"
    if isinstance(fact.value, bool):
        kind = "flag"
    elif isinstance(fact.value, datetime):
        kind = "instant"
    elif isinstance(fact.value, date):
        kind = "day"
    value = fact.value.isoformat() if isinstance(fact.value, date) else fact.value
    data: dict[str, Any] = {kind: value, "source": fact.source}
    if fact.assumed:
        data["assumed"] = fact.assumed
    if fact.more:
        data["more"] = [day.isoformat() for day in fact.more]
    if fact.spans:
        data["spans"] = [[s.isoformat(), e.isoformat() if e else None] for s, e in fact.spans]
    return data


def fact_from_data(data: Mapping[str, Any]) -> Fact:
    """The fact of plain data. Raises ValueError or KeyError if it is none."""
    value: date | bool | str
    if "flag" in data:
        value = bool(data["flag"])
    elif "instant" in data:
        value = datetime.fromisoformat(data["instant"])
    elif "day" in data:
        value = date.fromisoformat(data["day"])
    else:
        value = str(data["text"])
    spans = tuple(
        (date.fromisoformat(s), date.fromisoformat(e) if e else None) for s, e in data.get("spans", ())
    )
    more = tuple(date.fromisoformat(day) for day in data.get("more", ()))
    return Fact(value, str(data["source"]), data.get("assumed"), more, spans)
