"""What every engine makes of a document: analysed words, keywords, numbers."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain
from pathlib import PurePath

from indexer.analysis import MAX_WORD, hyphenated, words
from indexer.bands import amount_band, confidence_band, share_parts
from indexer.engines.forms import VALUES
from indexer.inflection import former
from indexer.model import IndexDocument
from indexer.numerals import MAX_PARTS, identifier, joined, numbers, parts, parts_of
from indexer.paging import sort_keys
from indexer.query.values import MAX_CENTS
from indexer.stages import Stages


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document after analysis: fields with words in order, sets of words, keywords, numbers."""

    words: dict[str, list[str]]
    stems: list[str]
    numbers: list[str]
    parts: list[str]
    keywords: dict[str, tuple[str, ...]]
    values: dict[str, list[int]]
    sort_keys: dict[str, str]


def prepare(document: IndexDocument, stages: Stages) -> Prepared:
    """Analyse a document."""
    found = {
        "body": words(document.text),
        "title": words(document.title),
        # The full stop is no word, so a phrase does not run from one party into the next.
        "party": [word for party in document.parties for word in (*words(party), ".")][:-1],
        "file": words(document.file_name),
    }
    forms_of = former(stages)
    vocabulary = {word for field in found.values() for word in field}
    # A divided word is found by its forms only: it has no place of its own.
    vocabulary.update(hyphenated("\n\n".join((document.title, *document.parties, document.text))))
    return Prepared(
        found,
        sorted({form for word in vocabulary for form in forms_of(word)}),
        _numbers(document),
        _parts(document) if stages.parts else [],
        _keywords(document),
        _values(document),
        sort_keys(
            document.record_id,
            _number(document.document_date) if document.document_date else None,
            _cents(document.total),
        ),
    )


def _numbers(document: IndexDocument) -> list[str]:
    found = dict.fromkeys(numbers(document.text))
    found.update(dict.fromkeys(numbers(document.title)))
    found.update(dict.fromkeys(numbers(PurePath(document.file_name).stem)))
    for known in document.identifiers:
        found.update(dict.fromkeys(identifier(known)))
    for amount in (*document.amounts, document.total):
        value = _cents(amount)
        if value is not None:
            whole, rest = divmod(abs(value), 100)
            found[f"{whole}.{rest:02}"] = None
            found[str(whole)] = None
    for day in (document.document_date, document.due_date):
        if day is not None:
            found[f"@{_number(day):08}"] = None
    return list(found)


def _parts(document: IndexDocument) -> list[str]:
    # Akta's own numbers are typed whole or not at all.
    known = (joined(text) for text in document.identifiers if text != document.record_id)
    first = (part for text in known if len(text) <= MAX_WORD for part in parts_of(text))
    rest = (part for text in (document.title, document.file_name, document.text) for part in parts(text))
    found: dict[str, None] = {}
    for part in chain(first, rest):
        found[part] = None
        if len(found) == MAX_PARTS:
            break
    return list(found)


def _keywords(document: IndexDocument) -> dict[str, tuple[str, ...]]:
    cents, day = _cents(document.total), document.document_date
    found = {
        "domain": document.domain,
        "type": document.doc_type,
        "state": document.state,
        "class": document.record_class.upper() if document.record_class else None,
        "language": document.language,
        "currency": document.currency.lower() if document.currency else None,
        "channel": document.channel.lower(),
        "hold": "yes" if document.on_hold else "no",
        "year": f"{day.year:04}" if day else None,
        "month": f"{day.year:04}-{day.month:02}" if day else None,
        "amount_band": None if cents is None else amount_band(cents),
        "confidence_band": None if document.confidence is None else confidence_band(document.confidence),
    }
    made = {name: (value,) for name, value in found.items() if value}
    return made | ({"party_id": document.party_ids} if document.party_ids else {})


def _values(document: IndexDocument) -> dict[str, list[int]]:
    amounts = {cents for a in document.amounts if (cents := _cents(a)) is not None}
    total = _cents(document.total)
    days = (document.document_date, document.due_date, document.received_on, document.keep_until)
    sure = None if document.confidence is None else share_parts(document.confidence)
    singles = [total, *(None if day is None else _number(day) for day in days), sure]
    return dict(zip(VALUES, [sorted(amounts), *([] if v is None else [v] for v in singles)], strict=True))


def _cents(amount: Decimal | None) -> int | None:
    """An amount in hundredths; what no invoice can mean is left out, not cut."""
    if amount is None or not amount.is_finite() or abs(amount) > MAX_CENTS // 100:
        return None
    return int(amount * 100)


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
