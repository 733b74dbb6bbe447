"""The labels of laboratory papers in the language of the paper, where it can be told."""

import re
from typing import Final

_POLISH: Final = re.compile("[ąćęłńśźżĄĆĘŁŃŚŹŻ]")
_PL: Final = {
    "Laboratory report": "Sprawozdanie z badań laboratoryjnych",
    "Laboratory order": "Zlecenie badań laboratoryjnych",
    "HL7 message": "Komunikat HL7",
    "Message": "Komunikat",
    "Date": "Data",
    "From": "Nadawca",
    "To": "Odbiorca",
    "Patient": "Pacjent",
    "Patient number": "Numer pacjenta",
    "Date of birth": "Data urodzenia",
    "Sex": "Płeć",
    "Test": "Badanie",
    "Tests": "Badania",
    "Result": "Wynik",
    "Unit": "Jednostka",
    "Reference": "Zakres referencyjny",
    "Flag": "Flaga",
    "Status": "Status",
    "Order number": "Numer zlecenia",
    "Filler number": "Numer laboratorium",
    "Collected": "Pobrano",
    "Reported": "Wydano",
    "Ordered by": "Zlecający",
    "Laboratory": "Laboratorium",
    "Note": "Uwaga",
    "Conclusion": "Wniosek",
}


def is_polish(text: str) -> bool:
    """Whether a message has letters that only Polish has."""
    return _POLISH.search(text) is not None


def say(label: str, polish: bool) -> str:
    """A label of the table above, in Polish if asked; English is the key."""
    return _PL[label] if polish else label
