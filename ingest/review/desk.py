"""What a desk needs of a paper in review: its doubts, where they stand, what else it may be."""

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.records.masking import masked_field, masked_params, sensitive_on
from akta.records.models import Field, Record
from akta.records.queue import ReviewItem
from akta.records.reasons import explain, way_out
from ingest.classify.types import TYPES
from ingest.fields.names import FIELDS
from ingest.review.queue import MONEY, doubtful_names
from ingest.review.ranking import DAY, forward

#: Why a paper stands where it does, by term of the order.
_TERMS: Final = {
    "waiting": ("waits since {since}", "czeka od {since}"),
    "due": ("payment is due on {due}", "termin płatności: {due}"),
    "amount": ("{amount} {currency} to be paid", "kwota: {amount} {currency}"),
    "wrong": ("wrong with a probability of {percent} %", "prawdopodobieństwo błędu: {percent}%"),
    "alike": (
        "{alike} or more papers of this sender wait: one correction may teach them all",
        "na tego nadawcę czeka co najmniej {alike} dokumentów: jedna poprawka może nauczyć wszystkich",
    ),
    "effort": ("{places} things to look at", "miejsc do sprawdzenia: {places}"),
}
#: What speaks for an alternative, besides checks that are named as they are.
_WHY: Final = {
    "label": ("stands beside such a label", "stoi przy takiej etykiecie"),
    "other order": ("day and month the other way round", "dzień i miesiąc w odwrotnej kolejności"),
    "on the paper": ("stands on the paper", "znajduje się na dokumencie"),
    "largest": ("one of the largest amounts", "jedna z największych kwot"),
    "usual": ("often used", "często używana"),
    "net+vat=total": ("net and tax make the total", "netto i podatek dają brutto"),
    "cash-change=total": ("cash less change makes it", "gotówka minus reszta"),
    "rates=total": ("the sums by rate make it", "suma według stawek"),
    "nip checksum": ("its check digit is right", "cyfra kontrolna się zgadza"),
    "pesel checksum": ("its check digit is right", "cyfra kontrolna się zgadza"),
    "iban checksum": ("its check digits are right", "cyfry kontrolne się zgadzają"),
}


def why_first(record: Record, item: ReviewItem, language: str) -> list[dict[str, Any]]:
    """The terms of a paper's place, what moves it forward most first, in days and as sentences.

    An amount that is sensitive moves no paper; where all became so since, none tells of itself.
    """
    hidden = set(MONEY) <= sensitive_on(record)
    terms = [t for t in item.terms if t["term"] != "amount" or not hidden]
    if item.alike > 1:
        days = round(forward(item.alike) / DAY, 2)
        terms.append({"term": "alike", "days": days, "facts": {"alike": item.alike}})
    terms.sort(key=lambda term: -term["days"])
    return [{**term, "text": _said(_TERMS, term["term"], language, term["facts"])} for term in terms]


def doubts(session: Session, record: Record, language: str, *, show: bool = False) -> list[dict[str, Any]]:
    """Each doubt with the fields it is about: what was read, where, and the alternatives.

    Sensitive values are masked unless `show`.
    """
    hidden = frozenset() if show else sensitive_on(record)
    rows = {f.name: f for f in session.scalars(select(Field).where(Field.record_id == record.id))}
    return [
        {
            "code": doubt["reason"],
            "text": explain(doubt["reason"], masked_params(doubt["params"], hidden), language),
            "way_out": way_out(doubt["reason"], language),
            "fields": [
                masked_field(told) if told["name"] in hidden else told
                for told in (_field(record, rows.get(n), n, language) for n in doubtful_names(doubt))
            ],
        }
        for doubt in record.doubts
    ]


def kinds(record: Record, language: str) -> list[dict[str, Any]]:
    """What else the paper may be, the likeliest first; `index` chooses it."""
    out = []
    for index, (domain, code, probability) in enumerate(record.alternatives):
        known = TYPES.get(code)
        label = (known.pl if language == "pl" else known.en) if known else code
        out.append(
            {"index": index, "domain": domain, "doc_type": code, "label": label, "probability": probability}
        )
    return out


def _field(record: Record, row: Field | None, name: str, language: str) -> dict[str, Any]:
    known = FIELDS.get(name)
    others = row.alternatives if row is not None else (record.suggestions or {}).get(name, [])
    return {
        "name": name,
        "label": (known.pl if language == "pl" else known.en) if known else name,
        "value": row.value if row else None,
        "raw": row.raw if row else None,
        "page": row.page if row else None,
        "box": row.box if row else None,
        "confidence": round(row.confidence, 4) if row else None,
        "check": row.supported_by if row else None,
        "confirmed_by": row.confirmed_by if row else None,
        "alternatives": [
            {"index": index, **other, "why_text": _said(_WHY, other["why"], language, {})}
            for index, other in enumerate(others)
        ],
    }


def _said(table: dict[str, tuple[str, str]], key: str, language: str, facts: dict[str, Any]) -> str:
    en, pl = table.get(key, (key, key))
    return (pl if language == "pl" else en).format(**facts).strip()
