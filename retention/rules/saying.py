"""What a rule says, as a sentence for people: how long, counted from what, when it applies, what follows."""

from retention.rules.language import rule_data
from retention.rules.model import Rule
from retention.rules.names import fact_name
from retention.rules.phrases import capital, say_condition, say_day, say_length

#: From where the period is counted, before what starts it.
_FROM = {
    "exact": ("counted from", "licząc od"),
    "end_of_month": ("from the end of the month of", "od końca miesiąca, w którym przypada"),
    "end_of_quarter": ("from the end of the quarter of", "od końca kwartału, w którym przypada"),
    "end_of_calendar_year": ("from the end of the calendar year of", "od końca roku, w którym przypada"),
    "start_of_next_fiscal_year": (
        "from the beginning of the fiscal year after",
        "od początku roku obrotowego, który następuje po",
    ),
}
_CHOICE = {"later_of": ("the later of", "późniejsze z"), "earlier_of": ("the earlier of", "wcześniejsze z")}
_THEN = {
    "destroy": ("then it is destroyed", "potem ulega zniszczeniu"),
    "erase": ("then it is erased", "potem zostaje usunięte"),
    "remove": ("then it leaves its file and is destroyed", "potem wychodzi z akt i ulega zniszczeniu"),
    "review": ("then a person decides", "potem decyduje człowiek"),
    "review_by_archive": ("then the state archive gives its opinion", "potem ocenia je archiwum państwowe"),
    "transfer": ("then it is handed over to the archive", "potem trafia do archiwum"),
}
_VERIFIED = {
    "verified": ("checked against the law's text", "sprawdzone z tekstem przepisu"),
    "partly": ("checked in part", "sprawdzone częściowo"),
    "unverified": ("not checked yet", "jeszcze nie sprawdzone"),
    "policy": ("the company's own decision", "własna decyzja firmy"),
}


def say_rule(rule: Rule, language: str) -> str:
    """The rule in one or two sentences of the language (`pl`, else English)."""
    polish = language == "pl"
    sentence = _length(rule, language)
    then = _THEN.get(rule.action)
    if then and rule.period is not None and rule.kind != "constraint":
        sentence += f"; {then[polish]}"
    sentence = f"{capital(sentence)}."
    conditions = [say_condition(str(text), language) for text in rule_data(rule).get("when", ())]
    if conditions:
        head = "Stosuje się, gdy" if polish else "Applies when"
        sentence += f" {head}: {'; '.join(conditions)}."
    days = _in_force(rule, language)
    return f"{sentence} {days}" if days else sentence


def say_verified(rule: Rule, language: str) -> str:
    """How far the source of the rule was checked."""
    return _VERIFIED[rule.verified][language == "pl"]


def _length(rule: Rule, language: str) -> str:
    polish = language == "pl"
    if rule.kind == "constraint":
        return (
            "obowiązek co do sposobu przechowywania" if polish else "a duty on how it is kept, not how long"
        )
    if rule.period is None:
        return "na zawsze" if polish else "for ever"
    names = ", ".join(fact_name(name, language) for name in rule.trigger.facts)
    if rule.trigger.choice != "single":
        names = f"{_CHOICE[rule.trigger.choice][polish]}: {names}"
    most = ("najwyżej " if polish else "at most ") if rule.kind == "limit" else ""
    if rule.period.until_event:
        return f"{most}{'do zdarzenia' if polish else 'until the event'}: {names}"
    period = rule.period
    length = say_length({"years": period.years, "months": period.months, "days": period.days}, language)
    return f"{most}{length} {_FROM[rule.rounding][polish]}: {names}"


def _in_force(rule: Rule, language: str) -> str:
    """The days on which this version counts, where it does not always."""
    polish = language == "pl"
    parts = []
    if rule.valid_from:
        day = say_day(rule.valid_from.isoformat(), language)
        parts.append(f"od {day}" if polish else f"from {day}")
    if rule.valid_to:
        day = say_day(rule.valid_to.isoformat(), language)
        parts.append(f"do {day}" if polish else f"to {day}")
    if not parts:
        return ""
    said = f"{'Obowiązuje' if polish else 'In force'} {' '.join(parts)}"
    return said if said.endswith(".") else f"{said}."
