"""What every engine makes of a document: analysed words, keywords, numbers."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from indexer.analysis import identifiers, joined, stems, words
from indexer.model import IndexDocument

YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document after analysis. Lists of words keep their order (phrases need it)."""

    body: list[str]
    stems: list[str]
    title: list[str]
    party: list[str]
    file: list[str]
    numbers: list[str]
    keywords: dict[str, str]
    values: dict[str, list[int]]


def prepare(document: IndexDocument) -> Prepared:
    """Analyse a document."""
    body = words(document.text)
    title = words(document.title)
    party = words(" \n ".join(document.parties))
    file = words(document.file_name)
    numbers = dict.fromkeys(identifiers(document.text))
    for number in document.identifiers:
        plain = joined(number)
        if plain:
            numbers[plain] = None
            digits = plain[2:]
            if plain[:2].isalpha() and digits.isdigit():  # PL5260001246 is found without its country
                numbers[digits] = None
    for amount in (*document.amounts, document.total):
        if amount is not None:
            numbers[f"{amount:.2f}"] = None
    stemmed: list[str] = []
    for word in (*body, *title, *party):
        stemmed.extend(stems(word))
    keywords = {
        "domain": document.domain,
        "type": document.doc_type,
        "state": document.state,
        "class": document.record_class.upper() if document.record_class else None,
        "language": document.language,
        "currency": document.currency.lower() if document.currency else None,
        "channel": document.channel,
        "hold": YES if document.on_hold else NO,
        "year": str(document.document_date.year) if document.document_date else None,
    }
    values = {
        "amount": sorted({cents(a) for a in document.amounts}),
        "total": [] if document.total is None else [cents(document.total)],
        "date": _days(document.document_date),
        "due": _days(document.due_date),
        "received": _days(document.received_on),
        "keep": _days(document.keep_until),
    }
    return Prepared(
        body,
        list(dict.fromkeys(stemmed)),
        title,
        party,
        file,
        list(numbers),
        {name: value for name, value in keywords.items() if value},
        values,
    )


def cents(amount: Decimal) -> int:
    """An amount in hundredths."""
    return int(amount * 100)


def _days(day: date | None) -> list[int]:
    return [] if day is None else [day.year * 10_000 + day.month * 100 + day.day]
