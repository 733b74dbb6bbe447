"""Which kinds of events there are: the facts that rules can ask for, and a few that companies use."""

from difflib import get_close_matches
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.kernel.errors import InvalidError
from akta.records.models import RecordClass
from retention.rules.names import FACTS, fact_name
from retention.schedules.fileplan import rules_of

#: Kinds that no shipped rule asks for: (English, Polish).
_MORE: Final = {
    "invoice_paid": ("payment of the invoice", "zapłata faktury"),
    "payment_due": ("the day on which payment is due", "termin płatności"),
    "proceedings_opened": ("start of proceedings", "wszczęcie postępowania"),
}
#: Facts that come from elsewhere, and what to do instead of recording an event.
_ELSEWHERE: Final = {
    "received": "It is the day on which the paper came in.",
    "filed": "It is the day on which the paper was filed.",
    "created": "Correct the date of the paper instead.",
    "document_date": "Correct the date of the paper instead.",
    "birth_date": "Correct the date of birth on the paper instead.",
    "case_closed": "Close the case instead.",
    "fiscal_year_end": "Give the legal entity its fiscal years instead.",
    "suspended": "Place a legal hold instead.",
    "rule": "It is no event.",
}


def known_kinds(session: Session) -> set[str]:
    """All kinds that may be recorded, those of the company's own rules among them."""
    names = {*FACTS, *_MORE}
    for cls in session.scalars(select(RecordClass).where(RecordClass.current)):
        for rule in rules_of(cls):
            names |= set(rule.asks)
    return names - set(_ELSEWHERE)


def check_kind(kind: str, known: set[str]) -> str:
    """The kind itself. Raises InvalidError that says what was probably meant, or what to do instead."""
    if kind in _ELSEWHERE:
        raise InvalidError(f"'{kind}' cannot be recorded as an event. {_ELSEWHERE[kind]}")
    if kind not in known:
        near = get_close_matches(kind, known, 1)
        hint = f" Do you mean '{near[0]}'?" if near else ""
        raise InvalidError(f"No rule knows an event of the kind '{kind[:40]}'.{hint}")
    return kind


def kind_name(kind: str, language: str) -> str:
    """A kind in words."""
    if kind in _MORE:
        return _MORE[kind][1 if language == "pl" else 0]
    return fact_name(kind, language)
