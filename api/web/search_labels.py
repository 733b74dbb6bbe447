"""What the search page calls fields, values of facets and orders."""

from akta.records.doctypes.current import current
from api.web import labels
from api.web.i18n import say_number

FIELDS = {
    "domain": ("Domain", "Dziedzina"),
    "type": ("Type", "Rodzaj"),
    "party": ("Company or person", "Firma lub osoba"),
    "party_id": ("Company or person", "Firma lub osoba"),
    "year": ("Year", "Rok"),
    "month": ("Month", "Miesiąc"),
    "amount_band": ("Total", "Kwota"),
    "class": ("Record class", "Klasa akt"),
    "state": ("State", "Stan"),
    "hold": ("Legal hold", "Wstrzymanie"),
    "language": ("Language", "Język"),
    "confidence_band": ("How sure Akta is", "Pewność odczytu"),
    "channel": ("Came in by", "Droga wpływu"),
    "currency": ("Currency", "Waluta"),
    "title": ("Title", "Tytuł"),
    "number": ("Number", "Numer"),
    "date": ("Date on the paper", "Data dokumentu"),
    "due": ("Due date", "Termin płatności"),
    "received": ("Came in on", "Data wpływu"),
    "keep": ("Kept until", "Przechowywać do"),
    "total": ("Total", "Kwota razem"),
    "amount": ("Any amount", "Dowolna kwota"),
    "confidence": ("How sure Akta is", "Pewność odczytu"),
    "file": ("File name", "Nazwa pliku"),
}
SORTS = {
    "relevance": ("best first", "najlepsze najpierw"),
    "newest": ("newest arrivals first", "ostatnio przyjęte"),
    "oldest": ("oldest arrivals first", "najdawniej przyjęte"),
    "date": ("by date on the paper", "według daty dokumentu"),
    "total": ("by total", "według kwoty"),
}
OPERATORS = {
    "is": ("is", "jest"),
    "not": ("is not", "nie jest"),
    "from": ("at least, from", "co najmniej, od"),
    "to": ("at most, to", "co najwyżej, do"),
    "over": ("over, after", "ponad, po"),
    "under": ("under, before", "poniżej, przed"),
    "between": ("between", "między"),
}
_LANGUAGES = {
    "pl": ("Polish", "polski"),
    "en": ("English", "angielski"),
    "de": ("German", "niemiecki"),
    "fr": ("French", "francuski"),
    "cs": ("Czech", "czeski"),
    "uk": ("Ukrainian", "ukraiński"),
    "ru": ("Russian", "rosyjski"),
    "es": ("Spanish", "hiszpański"),
    "it": ("Italian", "włoski"),
}
_HOLD = {"yes": ("on hold", "wstrzymane"), "no": ("not on hold", "bez wstrzymania")}


def _say(pair: tuple[str, str] | None, code: str, language: str) -> str:
    return code if pair is None else pair[language == "pl"]


def field(code: str, language: str) -> str:
    return _say(FIELDS.get(code), code, language)


def order(code: str, language: str) -> str:
    return _say(SORTS.get(code), code, language)


def operator(code: str, language: str) -> str:
    return _say(OPERATORS.get(code), code, language)


def value(facet: str, code: str, language: str, names: dict[str, str]) -> str:
    """A value of a facet in words; `names` has those that only the index or the file plan knows."""
    match facet:
        case "domain":
            return labels.domain(code, language)
        case "type":
            return labels.doc_type(code, language) or code
        case "state":
            return labels.state(code, language)
        case "channel":
            return labels.channel(code, language)
        case "language":
            return _say(_LANGUAGES.get(code), code, language)
        case "hold":
            return _say(_HOLD.get(code), code, language)
        case "currency":
            return code.upper()
        case "class":
            return f"{code.upper()} {names[code]}" if code in names else code.upper()
        case "amount_band" | "confidence_band":
            return _band(code, language, " %" if facet == "confidence_band" else "")
        case _:
            return names.get(code, code)


def _band(code: str, language: str, unit: str) -> str:
    low, _, high = code.partition("..")
    if not low:
        return f"{'poniżej' if language == 'pl' else 'under'} {say_number(int(high), language)}{unit}"
    said = say_number(int(low), language)
    if not high:
        return f"{said}{unit} {'i więcej' if language == 'pl' else 'and more'}"
    return f"{said} – {say_number(int(high), language)}{unit}"


def depth(facet: str, code: str) -> int:
    """How far below the main types a type stands."""
    return max(0, len(current().path(code)) - 1) if facet == "type" else 0
