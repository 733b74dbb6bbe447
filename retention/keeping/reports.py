"""Reports of simulations and recomputations, as somebody may see them.

They are made of the whole archive. Whoever reads one sees the counts of classes in the domains that they are
granted, and of the samples the records that they may see.
"""

from typing import Any

from sqlalchemy import and_, false, or_, select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.records.models import Record, RecordClass
from akta.records.visibility import visible_to


def seen_by(session: Session, principal: Principal, report: dict[str, Any]) -> dict[str, Any]:
    """The part of a report that is the principal's to see."""
    granted = [
        and_(RecordClass.domain == domain, RecordClass.confidentiality <= level)
        for domain, level in principal.levels.items()
    ]
    codes = set(session.scalars(select(RecordClass.code).where(or_(false(), *granted))))
    ids = {record_id for found in report.get("samples", {}).values() for record_id in found}
    query = select(Record.id).where(Record.id.in_(ids), Record.state != "destroyed", visible_to(principal))
    seen = set(session.scalars(query)) if ids else set()
    samples = {what: [i for i in found if i in seen] for what, found in report.get("samples", {}).items()}
    return {
        **report,
        "classes": {code: counts for code, counts in report.get("classes", {}).items() if code in codes},
        "samples": {what: found for what, found in samples.items() if found},
    }
