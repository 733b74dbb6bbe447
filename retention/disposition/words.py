"""The words of disposition in both languages: states, actions, decisions, outcomes, what stood in the way."""

from typing import Final

_Pair = tuple[str, str]

STATES: Final[dict[str, _Pair]] = {
    "proposed": ("Proposed", "Zaproponowane"),
    "released": ("Released", "Zatwierdzone"),
    "running": ("Being carried out", "W trakcie"),
    "done": ("Done", "Wykonane"),
    "void": ("Void", "Nieważne"),
    "cancelled": ("Cancelled", "Anulowane"),
}
ACTIONS: Final[dict[str, _Pair]] = {
    "destroy": ("Destroy", "Zniszczyć"),
    "erase": ("Erase", "Usunąć dane"),
    "transfer": ("Hand over", "Przekazać"),
    "review": ("Decide", "Rozstrzygnąć"),
}
DECISIONS: Final[dict[str, _Pair]] = {
    "open": ("Not reviewed", "Nieprzejrzane"),
    "accept": ("Accepted", "Zaakceptowane"),
    "extend": ("Kept longer", "Przedłużone"),
    "relabel": ("Other class", "Zmieniona klasa"),
    "exclude": ("Left out", "Wyłączone"),
}
OUTCOMES: Final[dict[str, _Pair]] = {
    "destroyed": ("Destroyed", "Zniszczone"),
    "transferred": ("Handed over and destroyed here", "Przekazane i zniszczone na miejscu"),
    "failed": ("Not done", "Niewykonane"),
}
NEEDS: Final[dict[str, _Pair]] = {
    "archive_consent": ("Consent of the state archive", "Zgoda archiwum państwowego"),
    "declared_no_value": (
        "Declaration that the papers have lost their value",
        "Oświadczenie o utracie znaczenia dokumentacji",
    ),
    "archive_opinion": ("Opinion of the state archive", "Ekspertyza archiwum państwowego"),
    "archive_receipt": ("Receipt of the one who took them over", "Potwierdzenie przejęcia"),
}
#: Why a record could not go.
FAILURES: Final[dict[str, _Pair]] = {
    "gone": ("It is destroyed already.", "Dokument jest już zniszczony."),
    "held": ("A legal hold covers it.", "Obejmuje go wstrzymanie."),
    "grace": (
        "The time of grace after a hold on it is not over.",
        "Nie minął jeszcze czas ochronny po zwolnieniu wstrzymania.",
    ),
    "not_filed": ("It is not in the files.", "Dokument nie jest w aktach."),
    "no_record": (
        "It never was a record, so it cannot be handed over.",
        "To nie jest dokument archiwalny, więc nie można go przekazać.",
    ),
    "permanent": ("It is kept for ever.", "Przechowywany bezterminowo."),
    "open": ("It is not known until when it must be kept.", "Nie wiadomo, do kiedy trzeba go przechowywać."),
    "not_due": ("It must still be kept.", "Trzeba go jeszcze przechowywać."),
    "action": ("Its rule does not end in this.", "Reguła nie przewiduje takiego zakończenia."),
    "chain": (
        "A paper that corrects it, or that it corrects, must still be kept.",
        "Trzeba jeszcze przechowywać dokument, który go koryguje lub jest przez niego korygowany.",
    ),
    "changed": (
        "Facts that the release rests on changed afterwards.",
        "Po zatwierdzeniu zmieniły się fakty, na których się opierało.",
    ),
    "longer": (
        "What has become known since keeps it longer; its keeping is being computed anew.",
        "Nowe informacje wydłużają jego przechowywanie; termin jest obliczany od nowa.",
    ),
    "need": (
        "A consent or declaration that it needs is missing.",
        "Brakuje wymaganej zgody lub oświadczenia.",
    ),
    "receipt": (
        "Nobody has confirmed that it was taken over.",
        "Nie ma potwierdzenia, że dokument przejęto.",
    ),
    "refused": ("The archive refused.", "Archiwum odmówiło."),
}
#: Where bytes of a destroyed record are left, and why.
REMAINS: Final[dict[str, _Pair]] = {
    "inside": (
        "inside the record it came in, which is kept",
        "w dokumencie, w którym przyszedł, a który zostaje",
    ),
    "shared": ("another record has the same bytes", "inny dokument ma te same bajty"),
    "locked": (
        "the store refuses to delete them until their date",
        "magazyn nie pozwala ich usunąć przed terminem",
    ),
}


def say(table: dict[str, _Pair], code: str | None, language: str) -> str:
    """The words of a code in pl or en; a code that is not known stands for itself."""
    pair = table.get(code or "")
    return (pair[1] if language == "pl" else pair[0]) if pair else (code or "")
