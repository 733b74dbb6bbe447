"""A derivation as sentences, one for each step, in Polish and English."""

from datetime import date
from typing import Any

from retention.rules.sources import basis

_MONTHS_PL = [
    "stycznia",
    "lutego",
    "marca",
    "kwietnia",
    "maja",
    "czerwca",
    "lipca",
    "sierpnia",
    "września",
    "października",
    "listopada",
    "grudnia",
]
_MONTHS_EN = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]

#: Facts by name, as they stand in a sentence: (English, Polish).
FACTS = {
    "received": ("receipt of the paper", "wpływ dokumentu"),
    "document_date": ("the date on the paper", "data dokumentu"),
    "fiscal_year_end": ("end of the fiscal year", "koniec roku obrotowego"),
    "tax_due": ("due date of the tax", "termin płatności podatku"),
    "tax_paid": ("payment of the tax", "zapłata podatku"),
    "employment_end": ("end of employment", "ustanie zatrudnienia"),
    "hired_on": ("start of employment", "data zatrudnienia"),
    "ria_filed": ("filing of the information report (ZUS RIA)", "złożenie raportu informacyjnego (ZUS RIA)"),
    "ria_reported": (
        "whether the information report (ZUS RIA) was filed",
        "czy złożono raport informacyjny (ZUS RIA)",
    ),
    "ksef_issued": ("issue of the invoice in KSeF", "wystawienie faktury w KSeF"),
    "statement_approved": ("approval of the financial statement", "zatwierdzenie sprawozdania finansowego"),
    "claim_settled": ("settlement of the claim", "rozliczenie roszczenia"),
    "complaint_settled": ("settlement of the complaint", "rozpatrzenie reklamacji"),
    "blood_traced": ("the need to trace blood", "potrzeba śledzenia losów krwi"),
    "death_by_injury": ("death by injury or poisoning", "zgon wskutek uszkodzenia ciała lub zatrucia"),
    "transaction": ("the transaction", "transakcja"),
    "release": ("release of the goods", "zwolnienie towaru"),
    "last_device_placed": (
        "placing of the last device on the market",
        "wprowadzenie ostatniego wyrobu do obrotu",
    ),
    "submitted_on": ("submission", "data złożenia"),
    "last_entry": ("last entry in the medical record", "ostatni wpis w dokumentacji medycznej"),
    "service_performed": ("performance of the service", "wykonanie świadczenia"),
    "recruitment_closed": ("end of the recruitment", "zakończenie rekrutacji"),
    "contract_end": ("end of the contract", "koniec umowy"),
    "device_withdrawn": ("withdrawal of the device", "wycofanie urządzenia"),
    "asset_retired": ("retirement of the asset", "wycofanie środka"),
    "policy_withdrawn": ("withdrawal of the policy", "wycofanie regulaminu"),
    "log_entry": ("the log entry", "wpis w dzienniku"),
    "delivered_on": ("delivery", "dostawa"),
    "ticket_closed": ("closing of the ticket", "zamknięcie zgłoszenia"),
    "return_filed": ("filing of the tax return", "złożenie zeznania"),
    "training_expired": ("expiry of the training", "wygaśnięcie szkolenia"),
    "accident_report": ("the accident report", "protokół powypadkowy"),
    "reporting_date": ("reporting of the result", "wydanie wyniku"),
    "rule": ("a rule that applies", "obowiązująca reguła"),
}
#: Facts that a person records in a field of the record, and the field's label: (English, Polish).
RECORDED_IN = {
    "document_date": ("Date", "Data"),
    "hired_on": ("Date of employment", "Data zatrudnienia"),
    "employment_end": ("End of employment", "Data ustania zatrudnienia"),
}
_ROUNDED = {
    "end_of_calendar_year": ("the end of that calendar year", "koniec tego roku kalendarzowego"),
    "start_of_next_fiscal_year": ("the start of the next fiscal year", "początek następnego roku obrotowego"),
    "end_of_month": ("the end of that month", "koniec tego miesiąca"),
    "end_of_quarter": ("the end of that quarter", "koniec tego kwartału"),
}


def say_day(iso: str, language: str) -> str:
    """`31 December 2031` or `31 grudnia 2031 r.`."""
    day = date.fromisoformat(iso)
    if language == "pl":
        return f"{day.day} {_MONTHS_PL[day.month - 1]} {day.year} r."
    return f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}"


def fact_name(name: str, language: str) -> str:
    """A fact's name in a sentence; unknown ones as they are."""
    pair = FACTS.get(name)
    return (pair[1] if language == "pl" else pair[0]) if pair else name.replace("_", " ")


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


def sentences(decision: dict[str, Any], language: str) -> list[str]:
    """One sentence for each step of a stored decision."""
    said = [_sentence(step["code"], step["data"], language == "pl", language) for step in decision["steps"]]
    return [s for s in said if s]


def _sentence(code: str, data: dict[str, Any], polish: bool, language: str) -> str:
    def day(iso: str) -> str:
        return say_day(iso, language)

    match code:
        case "class":
            title = data["title_pl"] if polish else data["title_en"]
            return f"Klasa {data['class']}: {title}." if polish else f"Class {data['class']}: {title}."
        case "rule":
            draft = (
                (" (projekt, niezatwierdzony)" if polish else " (draft, not approved)")
                if data["status"] == "draft"
                else ""
            )
            word = "Reguła" if polish else "Rule"
            version = "wersja" if polish else "version"
            law = basis(data["basis"], language)
            return f"{word} {data['rule']}, {version} {data['version']}{draft}: {law}."
        case "fact":
            name = fact_name(data["fact"], language)
            return f"{_capital(name)}: {day(data['date'])}" + ("" if polish else ".")
        case "assumed":
            name, base = fact_name(data["fact"], language), fact_name(data["from"], language)
            if polish:
                text = f"{_capital(name)}: przyjęto {day(data['date'])} na podstawie: {base}"
                return text + _where(data["from"], "; zmieni się po poprawieniu pola {field}", polish) + "."
            text = f"{_capital(name)}: taken to be {day(data['date'])}, going by {base}"
            return text + _where(data["from"], "; it changes if the field {field} is corrected", polish) + "."
        case "later_of" | "earlier_of":
            name = fact_name(data["fact"], language)
            later = code == "later_of"
            if polish:
                return f"Liczy się {'późniejsze' if later else 'wcześniejsze'}: {name}, {day(data['date'])}"
            return f"The {'later' if later else 'earlier'} counts: {name}, {day(data['date'])}."
        case "counted_from":
            pair = _ROUNDED[data["why"]]
            if polish:
                return f"Okres liczy się od: {pair[1]}, {day(data['date'])}"
            return f"The period is counted from {pair[0]}, {day(data['date'])}."
        case "period":
            return _length(data, polish)
        case "rolled":
            return (
                f"Przesunięto na dzień roboczy: {day(data['date'])}"
                if polish
                else f"Moved to the next working day: {day(data['date'])}."
            )
        case "through":
            if polish:
                return f"Przechowywać do {day(data['date'])} włącznie."
            return f"Kept through {day(data['date'])}, that day included."
        case "missing":
            names = ", ".join(fact_name(n, language) for n in data["facts"])
            said = " Wpisz to w pole {field}." if polish else " Enter it in the field {field}."
            told = "".join(_where(name, said, polish) for name in data["facts"])
            if polish:
                return f"Nie wiadomo: {names}. Do tego czasu dokument jest przechowywany bez końca.{told}"
            return f"Not known: {names}. Until it is, the record is kept without end.{told}"
        case "permanent":
            return "Przechowywać bezterminowo." if polish else "Kept for ever."
        case "beyond_calendar":
            return (
                "Koniec wypada poza kalendarzem: bezterminowo."
                if polish
                else "Its end lies beyond the calendar: kept for ever."
            )
        case "no_rule":
            return "Żadna reguła klasy nie pasuje." if polish else "No rule of the class applies."
        case "longest":
            others = ", ".join(
                f"{o['rule']}" + (f" ({day(o['date'])})" if o["date"] else "") for o in data["others"]
            )
            if polish:
                return f"Decyduje najdłuższy okres; pozostałe reguły: {others}."
            return f"The longest keeping counts; other rules: {others}."
        case _:
            return ""


def _length(data: dict[str, int], polish: bool) -> str:
    parts = []
    for unit, one, few, many, en in (
        ("years", "rok", "lata", "lat", "year"),
        ("months", "miesiąc", "miesiące", "miesięcy", "month"),
        ("days", "dzień", "dni", "dni", "day"),
    ):
        count = data.get(unit, 0)
        if not count:
            continue
        if polish:
            form = (
                one if count == 1 else few if 2 <= count % 10 <= 4 and not 12 <= count % 100 <= 14 else many
            )
            parts.append(f"{count} {form}")
        else:
            parts.append(f"{count} {en}{'' if count == 1 else 's'}")
    text = (" i " if polish else " and ").join(parts) or ("0 dni" if polish else "0 days")
    return f"Okres: {text}." if polish else f"Period: {text}."


def _where(fact: str, said: str, polish: bool) -> str:
    """`said` with the field in which the fact is recorded; nothing if there is none."""
    field = RECORDED_IN.get(fact)
    if field is None:
        return ""
    return said.replace("{field}", f"„{field[1]}”" if polish else f"“{field[0]}”")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
