"""The words of an export in both languages: headers, states, domains, why one failed."""

from akta.records.doctypes.current import current

#: English and Polish, by code.
DOMAINS = {
    "hr": ("HR", "Kadry"),
    "accounting": ("Accounting", "Księgowość"),
    "order": ("Orders", "Zamówienia"),
    "lab": ("Laboratory", "Laboratorium"),
    "it": ("IT", "IT"),
    "other": ("Other", "Inne"),
    "unfiled": ("Not yet filed", "Nieprzydzielone"),
}
STATES = {
    "received": ("Waiting", "Czeka"),
    "reading": ("Reading", "W odczycie"),
    "filed": ("Filed", "W aktach"),
    "review": ("To review", "Do sprawdzenia"),
    "quarantined": ("Needs you", "Wymaga decyzji"),
    "rejected": ("Rejected", "Odrzucone"),
}
REASONS = {
    "too_many": (
        "Too many records fit. Narrow the search.",
        "Pasuje za dużo dokumentów. Zawęź wyszukiwanie.",
    ),
    "too_large": (
        "The originals are too large together. Narrow the search, or take a table without them.",
        "Oryginały są razem za duże. Zawęź wyszukiwanie albo pobierz samą tabelę.",
    ),
    "not_allowed": (
        "Whoever asked for it may not read papers any more.",
        "Osoba, która o to prosiła, nie może już czytać dokumentów.",
    ),
    "query": (
        "The search makes no sense any more. Run it to see why.",
        "Wyszukiwanie nie ma już sensu. Uruchom je, aby zobaczyć dlaczego.",
    ),
    "failed": (
        "It could not be made. Ask for it again; if that does not help, ask whoever looks after Akta.",
        "Nie udało się go przygotować. Zamów ponownie; jeśli to nie pomoże, zapytaj opiekuna Akty.",
    ),
}
YES_NO = {True: ("yes", "tak"), False: ("no", "nie")}


def pick(pair: tuple[str, str], language: str) -> str:
    return pair[1] if language == "pl" else pair[0]


def domain(code: str | None, language: str) -> str:
    known = DOMAINS.get(code or "unfiled")
    return pick(known, language) if known else str(code)


def state(code: str, language: str) -> str:
    known = STATES.get(code)
    return pick(known, language) if known else code


def doc_type(code: str | None, language: str) -> str:
    known = current().get(code)
    return pick((known.en, known.pl), language) if known else (code or "")


def reason(code: str | None, language: str) -> str:
    """Why an export failed, as a sentence; empty if it did not."""
    return pick(REASONS.get(code, REASONS["failed"]), language) if code else ""
