"""Why a record is where it is: stable codes with a sentence and a way out, in both languages.

A reason belongs to the state it leads to: `rejected` where there is nothing to
keep, `quarantined` where a person must decide, `review` where Akta doubts.
"""

from dataclasses import dataclass
from typing import Any, Literal

State = Literal["quarantined", "rejected", "review"]


@dataclass(frozen=True, slots=True)
class Reason:
    """`en`/`pl` are format strings over the reason's params; `way_*` say what to do next."""

    state: State
    en: str
    pl: str
    way_en: str
    way_pl: str


_SEND_AGAIN_EN = "Ask the sender for a good copy and add it again, or reject this one."
_SEND_AGAIN_PL = "Poproś nadawcę o poprawny plik i dodaj go ponownie albo odrzuć ten."
_DECIDE_EN = "Check where it came from, then take it in unread or reject it."
_DECIDE_PL = "Sprawdź, skąd pochodzi, a potem przyjmij go bez odczytu albo odrzuć."
_LIMIT_EN = "Split it into smaller files and add them again, or ask an administrator to raise the limit."
_LIMIT_PL = "Podziel go na mniejsze pliki i dodaj ponownie albo poproś administratora o podniesienie limitu."
_REVIEW_EN = "Look at the paper and confirm or correct what Akta read."
_REVIEW_PL = "Obejrzyj dokument i potwierdź lub popraw odczyt."

REASONS: dict[str, Reason] = {
    "merged": Reason(
        "rejected",
        "Its pages are part of another paper now ({record}).",
        "Jego strony są teraz częścią innego dokumentu ({record}).",
        "Nothing is left to do. To undo it, read this one again and take the pages out of the other.",
        "Nic więcej nie trzeba robić. Aby to cofnąć, odczytaj ten ponownie i wyjmij strony z tamtego.",
    ),
    "pages_not_moved": Reason(
        "review",
        "The pages could not be put together anew ({detail}). Nothing was changed.",
        "Nie udało się ułożyć stron na nowo ({detail}). Nic nie zostało zmienione.",
        "Look at the paper, then accept it as it is or read it again.",
        "Obejrzyj dokument, a potem przyjmij go bez zmian albo odczytaj ponownie.",
    ),
    "stopped": Reason(
        "review",
        "A person stopped its reading; pages read until then: {done}.",
        "Odczyt został zatrzymany; stron odczytanych do tej chwili: {done}.",
        "Read it again, perhaps in another manner, or reject it.",
        "Odczytaj dokument ponownie, może w inny sposób, albo go odrzuć.",
    ),
    "may_be_several": Reason(
        "review",
        "These look like {papers} papers in one file; others begin on page {starts}.",
        "To wygląda na {papers} dokumenty w jednym pliku; kolejne zaczynają się na stronie {starts}.",
        "Split them, or accept them as one paper.",
        "Podziel plik albo przyjmij go jako jeden dokument.",
    ),
    "empty": Reason(
        "rejected",
        "The file is empty: there is nothing in it to keep.",
        "Plik jest pusty: nie ma w nim nic do przechowania.",
        "Scan or save the paper again.",
        "Zeskanuj lub zapisz dokument jeszcze raz.",
    ),
    "unknown_format": Reason(
        "quarantined",
        "Akta does not know this kind of file ({detected}).",
        "Akta nie zna tego rodzaju pliku ({detected}).",
        "Save it as PDF and add it again, take it in unread, or reject it.",
        "Zapisz go jako PDF i dodaj ponownie, przyjmij bez odczytu albo odrzuć.",
    ),
    "unsupported_format": Reason(
        "quarantined",
        "Akta recognises this format ({detected}) but cannot read it yet.",
        "Akta rozpoznaje ten format ({detected}), ale jeszcze go nie czyta.",
        "Save it as PDF and add it again, or take it in unread.",
        "Zapisz go jako PDF i dodaj ponownie albo przyjmij bez odczytu.",
    ),
    "executable": Reason(
        "quarantined",
        "This is a program ({detected}), not a paper.",
        "To program ({detected}), a nie dokument.",
        _DECIDE_EN,
        _DECIDE_PL,
    ),
    "needs_password": Reason(
        "quarantined",
        "The file is locked with a password.",
        "Plik jest zabezpieczony hasłem.",
        "Give its password, or reject it.",
        "Podaj hasło albo odrzuć plik.",
    ),
    "wrong_password": Reason(
        "quarantined",
        "The password that was given does not open the file.",
        "Podane hasło nie otwiera pliku.",
        "Check capital letters and give it again, or reject the file.",
        "Sprawdź wielkość liter i podaj je ponownie albo odrzuć plik.",
    ),
    "damaged": Reason(
        "quarantined",
        "The file is damaged and cannot be opened ({detail}).",
        "Plik jest uszkodzony i nie da się go otworzyć ({detail}).",
        _SEND_AGAIN_EN,
        _SEND_AGAIN_PL,
    ),
    "no_pages": Reason(
        "quarantined",
        "The document has no pages.",
        "Dokument nie ma żadnej strony.",
        _SEND_AGAIN_EN,
        _SEND_AGAIN_PL,
    ),
    "too_large": Reason(
        "quarantined",
        "The file is larger than Akta may read ({size} of at most {limit} bytes).",
        "Plik jest większy, niż Akta może odczytać ({size} z najwyżej {limit} bajtów).",
        _LIMIT_EN,
        _LIMIT_PL,
    ),
    "too_many_pixels": Reason(
        "quarantined",
        "The picture is too large to open safely ({detail}).",
        "Obraz jest zbyt duży, by go bezpiecznie otworzyć ({detail}).",
        _LIMIT_EN,
        _LIMIT_PL,
    ),
    "expands_too_much": Reason(
        "quarantined",
        "Unpacked, the file would grow beyond all measure ({detail}); it may be meant to do harm.",
        "Po rozpakowaniu plik urósłby ponad miarę ({detail}); może być złośliwy.",
        _DECIDE_EN,
        _DECIDE_PL,
    ),
    "unsafe_archive": Reason(
        "quarantined",
        "The archive is built in an unsafe way ({detail}).",
        "Archiwum ma niebezpieczną budowę ({detail}).",
        _DECIDE_EN,
        _DECIDE_PL,
    ),
    "nested_too_deep": Reason(
        "quarantined",
        "There are too many files within files ({detail}).",
        "Zbyt wiele plików zagnieżdżonych w plikach ({detail}).",
        _LIMIT_EN,
        _LIMIT_PL,
    ),
    "forbidden_xml": Reason(
        "quarantined",
        "The XML declares entities or a document type ({detail}); Akta does not process these.",
        "Plik XML deklaruje encje lub typ dokumentu ({detail}); Akta ich nie przetwarza.",
        _DECIDE_EN,
        _DECIDE_PL,
    ),
    "active_page": Reason(
        "quarantined",
        "The file only works as a program ({detail}); there is no paper to show.",
        "Plik działa tylko jako program ({detail}); nie ma dokumentu do pokazania.",
        _DECIDE_EN,
        _DECIDE_PL,
    ),
    "took_too_long": Reason(
        "quarantined",
        "Reading was stopped after {seconds} seconds.",
        "Odczyt przerwano po {seconds} s.",
        "Try again, or " + _LIMIT_EN[0].lower() + _LIMIT_EN[1:],
        "Spróbuj ponownie. " + _LIMIT_PL,
    ),
    "took_too_much_memory": Reason(
        "quarantined",
        "Reading was stopped because it needed more than {mebibytes} MiB of memory.",
        "Odczyt przerwano, bo wymagał ponad {mebibytes} MiB pamięci.",
        _LIMIT_EN,
        _LIMIT_PL,
    ),
    "reader_died": Reason(
        "quarantined",
        "The program that reads this format broke down on the file ({detail}).",
        "Program czytający ten format zawiódł na tym pliku ({detail}).",
        "Try again; if it fails again, " + _SEND_AGAIN_EN[0].lower() + _SEND_AGAIN_EN[1:],
        "Spróbuj ponownie; jeśli znów zawiedzie: " + _SEND_AGAIN_PL[0].lower() + _SEND_AGAIN_PL[1:],
    ),
    "gave_up": Reason(
        "quarantined",
        "Akta tried {attempts} times and gave up ({detail}).",
        "Akta próbowała {attempts} razy i zrezygnowała ({detail}).",
        "Try again; if it fails again, tell an administrator the receipt number.",
        "Spróbuj ponownie; jeśli znów zawiedzie, podaj administratorowi numer przyjęcia.",
    ),
    "nothing_read": Reason(
        "review",
        "There is no text that could be read on the paper.",
        "Na dokumencie nie ma tekstu, który dałoby się odczytać.",
        _REVIEW_EN,
        _REVIEW_PL,
    ),
    "page_failed": Reason(
        "review",
        "Some pages could not be read ({pages}).",
        "Niektórych stron nie udało się odczytać ({pages}).",
        _REVIEW_EN,
        _REVIEW_PL,
    ),
    "read_in_part": Reason(
        "review",
        "The file is damaged or too long; only a part of it was read.",
        "Plik jest uszkodzony lub zbyt długi; odczytano tylko część.",
        "Compare with the original; ask for a good copy if something is missing.",
        "Porównaj z oryginałem; jeśli czegoś brakuje, poproś o dobrą kopię.",
    ),
    "unsure_type": Reason(
        "review",
        "Akta is not sure what kind of paper this is.",
        "Akta nie ma pewności, jaki to rodzaj dokumentu.",
        _REVIEW_EN,
        _REVIEW_PL,
    ),
    "not_ours": Reason(
        "review",
        "This does not look like a business paper of any domain.",
        "To nie wygląda na dokument żadnej z dziedzin.",
        "Choose a domain and type if it is one, or reject it.",
        "Jeśli jest dokumentem, wskaż dziedzinę i rodzaj; w przeciwnym razie odrzuć go.",
    ),
    "unsure_fields": Reason(
        "review",
        "Akta doubts what it read in: {fields}.",
        "Akta ma wątpliwości co do pól: {fields}.",
        _REVIEW_EN,
        _REVIEW_PL,
    ),
    "sums_differ": Reason(
        "review",
        "The numbers do not add up ({check_en}): {stated} is stated, the rest makes {computed}.",
        "Liczby się nie zgadzają ({check_pl}): podano {stated}, z pozostałych wynika {computed}.",
        "Check the paper; ask the sender for a correction before it is paid or booked.",
        "Sprawdź dokument; przed zapłatą lub zaksięgowaniem poproś nadawcę o korektę.",
    ),
    "data_differs": Reason(
        "review",
        "Data and page differ in “{field_en}”: {stated} in the data inside the file, {shown} on the page.",
        "Dane w pliku i jego strona różnią się w polu „{field_pl}”: {stated} w danych, {shown} na stronie.",
        "Ask the sender which one holds before anything is paid or booked.",
        "Zapytaj nadawcę, co obowiązuje, zanim dokument zostanie zapłacony lub zaksięgowany.",
    ),
    "possible_duplicate": Reason(
        "review",
        "This may be the same paper as one that is here already.",
        "To może być ten sam dokument, co jeden z już przyjętych.",
        "Compare both; reject this one if it is the same paper, or say that they are different papers.",
        "Porównaj oba; odrzuć ten, jeśli to ten sam dokument, albo zaznacz, że to różne dokumenty.",
    ),
    "duplicate_settled": Reason(
        "review",
        "It looked like a paper that is here already; it does not any more.",
        "Wyglądał jak dokument, który już tu jest; teraz już tak nie wygląda.",
        _REVIEW_EN,
        _REVIEW_PL,
    ),
    "unlearned": Reason(
        "review",
        "A correction that Akta learnt from was taken back; what it read here changed with it.",
        "Cofnięto poprawkę, z której Akta się uczyła; zmieniło to odczyt tego dokumentu.",
        _REVIEW_EN,
        _REVIEW_PL,
    ),
    "no_class": Reason(
        "review",
        "No class of the file plan takes this type of paper yet.",
        "Żadna klasa wykazu akt nie przyjmuje jeszcze tego rodzaju dokumentu.",
        "Choose a class, or ask a compliance officer to add one.",
        "Wybierz klasę albo poproś osobę odpowiedzialną za zgodność o jej dodanie.",
    ),
    "released_unread": Reason(
        "review",
        "A person took this file in unread.",
        "Plik przyjęto bez odczytu decyzją osoby.",
        _REVIEW_EN,
        _REVIEW_PL,
    ),
    "duplicate_of": Reason(
        "rejected",
        "A person said that it is the same paper as another, which is kept.",
        "Uznano, że to ten sam dokument co inny, który pozostaje w aktach.",
        "Nothing is left to do. If it was a mistake, open the question again beside the other paper.",
        "Nic więcej nie trzeba robić. Jeśli to pomyłka, otwórz sprawę ponownie przy drugim dokumencie.",
    ),
    "rejected_by_person": Reason(
        "rejected",
        "A person rejected it: {note}",
        "Odrzucone przez osobę: {note}",
        "It can be taken up again.",
        "Można je przyjąć ponownie.",
    ),
}


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def explain(code: str, params: dict[str, Any] | None, language: str = "en") -> str:
    """The sentence for a reason code, in Polish (`pl`) or else English."""
    reason = REASONS[code]
    template = reason.pl if language == "pl" else reason.en
    return template.format_map(_Facts(params or {}))


def way_out(code: str, language: str = "en") -> str:
    """What a person can do about it."""
    reason = REASONS[code]
    return reason.way_pl if language == "pl" else reason.way_en
