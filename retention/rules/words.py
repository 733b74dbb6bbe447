"""A derivation as sentences, one for each step, in Polish and English."""

from collections.abc import Callable, Mapping
from typing import Any

from retention.rules.names import FACTS, RECORDED_IN, fact_name
from retention.rules.phrases import capital, say_condition, say_day, say_length, where_recorded
from retention.rules.sources import basis

__all__ = ["FACTS", "RECORDED_IN", "fact_name", "headline", "say_day", "sentences"]

_ROUNDED = {
    "end_of_calendar_year": ("the end of that calendar year", "koniec tego roku kalendarzowego"),
    "start_of_next_fiscal_year": ("the start of the next fiscal year", "początek następnego roku obrotowego"),
    "fiscal_year_end": ("the end of that fiscal year", "koniec tego roku obrotowego"),
    "end_of_month": ("the end of that month", "koniec tego miesiąca"),
    "end_of_quarter": ("the end of that quarter", "koniec tego kwartału"),
}
#: What is said at steps that need nothing but a few holes filled: (English, Polish).
_PLAIN = {
    "permanent": ("Kept for ever.", "Przechowywać bezterminowo."),
    "beyond_calendar": (
        "Its end lies beyond the calendar: kept for ever.",
        "Koniec wypada poza kalendarzem: bezterminowo.",
    ),
    "no_rule": ("No rule of the class applies.", "Żadna reguła klasy nie pasuje."),
    "until_event": ("It is kept until then and no longer.", "Przechowywać do tego dnia, nie dłużej."),
    "calendar_year_assumed": (
        "The fiscal year is not known; the calendar year is taken for it.",
        "Rok obrotowy nie jest znany; przyjęto rok kalendarzowy.",
    ),
    "only_limit": (
        "Nothing says that it has to be kept; it goes when it may be kept no longer.",
        "Nic nie nakazuje przechowywania; usuwa się go, gdy dłużej przechowywać nie wolno.",
    ),
    "through": ("Kept through {date}, that day included.", "Przechowywać do {date} włącznie."),
    "limit": (
        "To be kept no longer than {date}, that day included (rule {rule}).",
        "Przechowywać najdłużej do {date} włącznie (reguła {rule}).",
    ),
    "constraint": (
        "The rule {rule} says how it is kept, not how long.",
        "Reguła {rule} mówi, jak przechowywać, a nie jak długo.",
    ),
    "suspended": (
        "The clock stood still for {length}; the end moves to {date}.",
        "Bieg był zawieszony przez {length}; koniec przesuwa się na {date}.",
    ),
    "instant": (
        "In the zone {zone} that instant falls on this day.",
        "W strefie {zone} ta chwila przypada w tym dniu.",
    ),
    "applies": ("The rule applies: {conditions}.", "Reguła ma zastosowanie: {conditions}."),
    "not_applicable": (
        "The rule {rule} does not apply; it would ask for: {conditions}.",
        "Reguła {rule} nie ma zastosowania; wymagałaby: {conditions}.",
    ),
    "nothing_known": (
        "The rule says nothing as long as this is not known: {facts}.",
        "Reguła nic nie mówi, dopóki nie jest znane: {facts}.",
    ),
    "misfit": (
        "What is recorded cannot be used, as it is of another kind: {facts}.",
        "To, co zapisano, nie nadaje się, bo jest innego rodzaju: {facts}.",
    ),
    "begun_again": (
        "What is recorded does not count, as the same began anew afterwards: {facts}.",
        "To, co zapisano, się nie liczy, bo później rozpoczęło się na nowo: {facts}.",
    ),
    "limit_open": (
        "How long it may be kept at most is not known for want of: {facts}.",
        "Nie wiadomo, jak długo najwyżej wolno przechowywać; brakuje: {facts}.",
    ),
    "own_limit": (
        "The limit of the paper itself counts and not that of its file: {rules}.",
        "Liczy się ograniczenie samego dokumentu, a nie jego akt: {rules}.",
    ),
    "part": (
        "It is taken out of its file by {rules}, so the keeping of the file does not count: {instead_of}.",
        "Wyjmuje się go z akt na podstawie {rules}, więc nie liczy się okres tych akt: {instead_of}.",
    ),
}


def headline(decision: dict[str, Any] | None, language: str) -> str:
    """Until when, in a few words."""
    polish = language == "pl"
    if decision is None:
        return "Nie ustalono: brak klasy" if polish else "Not decided: it has no class yet"
    match decision["outcome"]:
        case "until":
            return say_day(decision["retain_through"], language)
        case "permanent":
            return "Bezterminowo" if polish else "For ever"
        case _:
            names = ", ".join(fact_name(n, language) for n in decision["missing"])
            return (
                f"Bez końca, dopóki nie będzie znane: {names}"
                if polish
                else f"Open until this is known: {names}"
            )


def sentences(decision: Mapping[str, Any], language: str) -> list[str]:
    """One sentence for each step of a stored decision."""
    said = [_sentence(step["code"], step["data"], language) for step in decision["steps"]]
    return [s for s in said if s]


def _sentence(code: str, data: Mapping[str, Any], language: str) -> str:
    if code in _PLAIN:
        said = _PLAIN[code][language == "pl"].format(**_filled(data, language))
        return capital(said).replace("r..", "r.")
    make = _MADE.get(code)
    return make(data, language) if make is not None else ""


def _filled(data: Mapping[str, Any], language: str) -> dict[str, str]:
    """The facts of a step as they stand in a sentence."""
    made = {key: str(value) for key, value in data.items()}
    if data.get("date"):
        made["date"] = say_day(data["date"], language)
    if "facts" in data:
        made["facts"] = ", ".join(fact_name(n, language) for n in data["facts"])
    made["conditions"] = "; ".join(say_condition(c, language) for c in data.get("conditions", ()))
    for key in ("rules", "instead_of"):
        made[key] = ", ".join(data.get(key, ()))
    if "days" in data:
        made["length"] = say_length({"days": data["days"]}, language)
    return made


def _class(data: Mapping[str, Any], language: str) -> str:
    if language == "pl":
        return f"Klasa {data['class']}: {data['title_pl']}."
    return f"Class {data['class']}: {data['title_en']}."


def _note(data: Mapping[str, Any], language: str) -> str:
    return str(data[language]) if language in data else ""


def _rule(data: Mapping[str, Any], language: str) -> str:
    polish = language == "pl"
    draft = ""
    if data["status"] == "draft":
        draft = " (projekt, niezatwierdzony)" if polish else " (draft, not approved)"
    word, version = ("Reguła", "wersja") if polish else ("Rule", "version")
    law = basis(data["basis"], language)
    return f"{word} {data['rule']}, {version} {data['version']}{draft}: {law}."


def _fact(data: Mapping[str, Any], language: str) -> str:
    name = capital(fact_name(data["fact"], language))
    return f"{name}: {say_day(data['date'], language)}" + ("" if language == "pl" else ".")


def _assumed(data: Mapping[str, Any], language: str) -> str:
    name, base = capital(fact_name(data["fact"], language)), fact_name(data["from"], language)
    day = say_day(data["date"], language)
    if language == "pl":
        text, then = (
            f"{name}: przyjęto {day} na podstawie: {base}",
            "; zmieni się po poprawieniu pola {field}",
        )
    else:
        text = f"{name}: taken to be {day}, going by {base}"
        then = "; it changes if the field {field} is corrected"
    return text + where_recorded(data["from"], then, language) + "."


def _entries(data: Mapping[str, Any], language: str) -> str:
    name, first = fact_name(data["fact"], language), data["which"] == "first"
    if language == "pl":
        return (
            f"{capital(name)}: zapisano {data['count']} razy, liczy się {'pierwszy' if first else 'ostatni'}."
        )
    which = "first" if first else "latest"
    return f"{capital(name)}: recorded {data['count']} times, the {which} counts."


def _choice(later: bool) -> Callable[[Mapping[str, Any], str], str]:
    def said(data: Mapping[str, Any], language: str) -> str:
        name, day = fact_name(data["fact"], language), say_day(data["date"], language)
        if language == "pl":
            return f"Liczy się {'późniejsze' if later else 'wcześniejsze'}: {name}, {day}"
        return f"The {'later' if later else 'earlier'} counts: {name}, {day}."

    return said


def _counted_from(data: Mapping[str, Any], language: str) -> str:
    english, polish = _ROUNDED[data["why"]]
    day = say_day(data["date"], language)
    return (
        f"Okres liczy się od: {polish}, {day}"
        if language == "pl"
        else (f"The period is counted from {english}, {day}.")
    )


def _period(data: Mapping[str, Any], language: str) -> str:
    return f"{'Okres' if language == 'pl' else 'Period'}: {say_length(data, language)}."


def _rolled(data: Mapping[str, Any], language: str) -> str:
    """Which days were passed over; without the country's holidays that is said too."""
    polish = language == "pl"
    off = "dzień wolny" if polish else "day off"
    told = ", ".join(
        f"{say_day(s['date'], language)} ({off if s['why'] in ('weekend', 'day_off') else s['why']})"
        for s in data["skipped"]
    )
    day, holidays = say_day(data["date"], language), bool(data["country"])
    if polish:
        only = "" if holidays else " Świąt tego roku lub kraju nie uwzględniono."
        return f"Przesunięto na dzień roboczy: {day} Wolne były: {told}.{only}"
    only = "" if holidays else " Public holidays of that year or country are not taken into account."
    return f"Moved to the next working day: {day}. Days off: {told}.{only}"


def _missing(data: Mapping[str, Any], language: str) -> str:
    polish = language == "pl"
    names = ", ".join(fact_name(n, language) for n in data["facts"])
    said = " Wpisz to w pole {field}." if polish else " Enter it in the field {field}."
    told = "".join(where_recorded(name, said, language) for name in data["facts"])
    if polish:
        return f"Nie wiadomo: {names}. Do tego czasu dokument jest przechowywany bez końca.{told}"
    return f"Not known: {names}. Until it is, the record is kept without end.{told}"


def _longest(data: Mapping[str, Any], language: str) -> str:
    others = ", ".join(
        f"{o['rule']}" + (f" ({say_day(o['date'], language)})" if o["date"] else "") for o in data["others"]
    )
    if language == "pl":
        return f"Decyduje najdłuższy okres; pozostałe reguły: {others}."
    return f"The longest keeping counts; other rules: {others}."


def _claimed(data: Mapping[str, Any], language: str) -> str:
    if language == "pl":
        then = "oceni je archiwum" if data["action"] == "review_by_archive" else "przejmie je archiwum"
        return f"Potem mimo to {then}, bo tak stanowi {data['rule']}."
    then = (
        "the archive gives its opinion" if data["action"] == "review_by_archive" else "the archive takes it"
    )
    return f"After that {then} all the same, because {data['rule']} says so."


def _conflict(data: Mapping[str, Any], language: str) -> str:
    limit = say_day(data["limit_date"], language)
    if language == "pl":
        kept = f"do {say_day(data['date'], language)}" if data["date"] else "bez końca"
        return (
            f"Sprzeczność: reguła {data['keep']} nakazuje przechowywać {kept},"
            f" a reguła {data['limit']} najdłużej do {limit} Przechowuje się dalej; zdecyduj, co słuszne."
        )
    kept = f"through {say_day(data['date'], language)}" if data["date"] else "without end"
    return (
        f"Contradiction: the rule {data['keep']} keeps it {kept}, the rule {data['limit']} no longer than"
        f" {limit}. It is kept; decide what is right."
    )


def _chain(data: Mapping[str, Any], language: str) -> str:
    if language == "pl":
        kept = f"do {say_day(data['date'], language)}" if data["date"] else "bez końca"
        return f"Przechowuje się tak długo jak dokument {data['document']} z tego samego ciągu korekt: {kept}"
    kept = f"through {say_day(data['date'], language)}" if data["date"] else "without end"
    return f"Kept as long as {data['document']} of the same chain of corrections: {kept}."


_MADE: dict[str, Callable[[Mapping[str, Any], str], str]] = {
    "class": _class,
    "note": _note,
    "rule": _rule,
    "fact": _fact,
    "assumed": _assumed,
    "entries": _entries,
    "later_of": _choice(True),
    "earlier_of": _choice(False),
    "counted_from": _counted_from,
    "period": _period,
    "rolled": _rolled,
    "missing": _missing,
    "longest": _longest,
    "conflict": _conflict,
    "claimed": _claimed,
    "chain": _chain,
}
