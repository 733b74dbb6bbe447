"""The language of a paper, told by its small words and letters."""

import re
from collections.abc import Iterable
from typing import Final

_SMALL: Final = {
    "pl": "i w na z do się nie ze jest o to przez oraz lub od dla po jak za przy są razem faktura "
    "sprzedawca nabywca data kwota netto brutto wystawienia zapłaty ul sp zamówienie umowa pracy "
    "pracownik ilość cena wartość dnia nr numer",
    "en": "the of and to in is that for with on this not from at which have be by are or shall any your "
    "you our total date invoice amount number tax due name address description price quantity "
    "order thank payment",
    "de": "der die und das von zu den des mit ist im auf für nicht ein eine als auch werden oder bei "
    "rechnung datum betrag summe mwst kunde menge preis artikel gmbh straße steuer zahlen",
    "fr": "le la les et des du en un une que est pour dans qui sur pas au aux par facture montant total "
    "ttc ht tva adresse votre nous vous prix quantité client",
    "nl": "de het een van en dat op te zijn niet met voor factuur datum bedrag totaal btw klant aantal "
    "prijs omschrijving u",
    "it": "il lo gli di che non per con una sono della del fattura data importo totale iva cliente "
    "prezzo quantità codice",
    "es": "el los las de que y en un una por con para factura fecha importe total iva cliente precio "
    "cantidad",
}
_OF: Final = {lang: frozenset(words.split()) for lang, words in _SMALL.items()}
_LETTERS: Final = {"pl": re.compile(r"[ąćęłńśźż]"), "de": re.compile(r"[äöüß]"), "fr": re.compile(r"[éèêçà]")}
_WORD: Final = re.compile(r"[^\W\d_]+")


def guess(lines: Iterable[str]) -> str | None:
    """A two-letter code, or None where too little speaks for any language."""
    text = "\n".join(lines)[:8000].lower()
    words = _WORD.findall(text)
    scores = {lang: float(sum(1 for w in words if w in known)) for lang, known in _OF.items()}
    for lang, letters in _LETTERS.items():
        scores[lang] += 0.7 * sum(1 for w in words if letters.search(w))
    best = max(sorted(scores), key=lambda lang: scores[lang])
    return best if scores[best] >= 2 and scores[best] >= 0.02 * len(words) else None
