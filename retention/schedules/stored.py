"""Classes of the database as they would stand in a plan."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.records.models import RecordClass
from retention.rules.language import rule_data
from retention.schedules.building import PlanClass
from retention.schedules.fileplan import rules_of


def current_plan(session: Session) -> list[PlanClass]:
    """The versions of all classes that are used for filing, by code."""
    rows = session.scalars(select(RecordClass).where(RecordClass.current).order_by(RecordClass.code))
    return [as_plan_class(row) for row in rows]


def as_plan_class(stored: RecordClass) -> PlanClass:
    """A stored version of a class, for showing, writing and comparing."""
    rules = tuple(rules_of(stored))
    source = {
        "code": stored.code,
        "jurisdiction": stored.jurisdiction,
        "domain": stored.domain,
        "title": {"pl": stored.title_pl, "en": stored.title_en},
        "confidentiality": stored.confidentiality,
        "doc_types": list(stored.doc_types),
        "rules": [rule_data(rule) for rule in rules],
    }
    return PlanClass(
        stored.code,
        stored.jurisdiction,
        stored.domain,
        stored.title_pl,
        stored.title_en,
        stored.confidentiality,
        tuple(stored.doc_types),
        rules,
        source,
    )
