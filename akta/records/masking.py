"""Values that are masked until somebody asks for them, wherever a record is told of.

What hands a record's fields out gives masks unless it was asked for the values and has written down that
it was (`akta.records.reads.note_shown`). The mask is the same for every value: its length tells nothing.
See decision 46.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, false, func, or_, select, true
from sqlalchemy.orm import Session

from akta.records.doctypes.current import current
from akta.records.doctypes.sensitive import places_of, sensitive_fields
from akta.records.models import ACCEPTANCE, KIND, Correction, Field, Record

MASK: Final = "••••"
#: Fields read on papers that are facts of retention, and the fact's name.
FIELD_FACTS: Final = {
    "hire_date": "hired_on",
    "termination_date": "employment_end",
    "birth_date": "birth_date",
}
#: What is told of a doubt that could be a value, and the sums that a doubt without a field is about.
_VALUES: Final = ("stated", "computed", "shown")
_SUMS: Final = frozenset(["net", "vat", "total", "subtotal", "tax", "amount_due"])


def sensitive_on(record: Record) -> frozenset[str]:
    """The names of the fields that are sensitive on a record, whether it has them or not."""
    return sensitive_fields(record.subtype or record.doc_type, record.domain, current())


def sensitive_there(name: str) -> ColumnElement[bool]:
    """The same for one field, as a condition on `Record`."""
    everywhere, domains, types = places_of(name, current())
    if everywhere:
        return true()
    parts: list[ColumnElement[bool]] = [false()]
    if domains:
        parts.append(func.coalesce(Record.domain, "").in_(sorted(domains)))
    if types:
        parts.append(func.coalesce(Record.subtype, Record.doc_type, "").in_(sorted(types)))
    return or_(*parts)


def sensitive_names(session: Session, record: Record) -> list[str]:
    """Of the sensitive fields those that the record has, had, or may have: what there is to be shown."""
    return _there(session, record, sensitive_on(record) | _sensitive_before(session, record))


def masked_names(session: Session, record: Record) -> list[str]:
    """The same of what is sensitive as the record stands now."""
    return _there(session, record, sensitive_on(record))


def _there(session: Session, record: Record, wanted: frozenset[str]) -> list[str]:
    have = select(Field.name).where(Field.record_id == record.id, Field.name.in_(wanted))
    had = select(Correction.field).where(Correction.record_id == record.id, Correction.field.in_(wanted))
    found = {*session.scalars(have), *session.scalars(had), *(record.suggestions or {})}
    return sorted(found & wanted)


def _sensitive_before(session: Session, record: Record) -> frozenset[str]:
    """The names that were sensitive on a record under the types it had."""
    found: set[str] = set()
    kinds = select(Correction.before, Correction.after).where(
        Correction.record_id == record.id, Correction.field == KIND
    )
    for kind in (kind for row in session.execute(kinds) for kind in row if kind):
        found |= sensitive_fields(kind.get("subtype") or kind.get("doc_type"), kind.get("domain"), current())
    return frozenset(found)


def masked_field(field: Mapping[str, Any]) -> dict[str, Any]:
    """A field, or what a correction keeps of one, without what it says."""
    out = dict(field)
    for key in ("value", "raw"):
        if out.get(key):
            out[key] = MASK
    if out.get("alternatives"):
        out["alternatives"] = [masked_field(other) for other in out["alternatives"]]
    return out


def masked_params(params: Mapping[str, Any] | None, hidden: Iterable[str]) -> dict[str, Any]:
    """The facts of a reason's or doubt's sentence, without values of hidden fields."""
    told = dict(params or {})
    names = frozenset(hidden)
    about = {str(told["field"])} if told.get("field") else _SUMS
    if about & names:
        told.update((key, MASK) for key in _VALUES if key in told)
    return told


def masked_correction(
    field: str, kept: Mapping[str, Any] | None, hidden: frozenset[str]
) -> dict[str, Any] | None:
    """What a correction keeps of a field, or why an accepted paper waited, without hidden values."""
    if kept is None or field == KIND:
        return None if kept is None else dict(kept)
    if field == ACCEPTANCE:
        return _masked_acceptance(kept, hidden)
    return masked_field(kept) if field in hidden else dict(kept)


def _masked_acceptance(before: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    told = dict(before)
    if told.get("reason_params"):
        told["reason_params"] = masked_params(told["reason_params"], names)
    if told.get("doubts"):
        told["doubts"] = [{**d, "params": masked_params(d.get("params"), names)} for d in told["doubts"]]
    return told


def told_params(record: Record) -> dict[str, Any]:
    """The facts of the sentence that says why a record is where it is."""
    return masked_params(record.reason_params, sensitive_on(record))


def masked_derivation(derivation: Mapping[str, Any] | None, hidden: Iterable[str]) -> dict[str, Any] | None:
    """How long a record is kept, as data, without the days that hidden fields say."""
    if derivation is None:
        return None
    facts = hidden_facts(hidden)
    inputs = derivation.get("inputs", {})
    known = inputs.get("facts", {})
    if not facts & known.keys():
        return dict(derivation)
    kept = {name: _without_day(data) if name in facts else data for name, data in known.items()}
    steps = [
        {**step, "data": _without_day(step["data"])} if step.get("data", {}).get("fact") in facts else step
        for step in derivation.get("steps", ())
    ]
    return {**derivation, "inputs": {**inputs, "facts": kept}, "steps": steps}


def hidden_facts(hidden: Iterable[str]) -> frozenset[str]:
    """The facts of retention that hidden fields tell."""
    return frozenset(FIELD_FACTS[name] for name in hidden if name in FIELD_FACTS)


def _without_day(data: Any) -> Any:
    if not isinstance(data, dict):
        return MASK
    return {key: MASK if key in ("date", "value") and value else value for key, value in data.items()}
