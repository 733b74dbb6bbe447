"""What is left of a destroyed record: number, class, dates, the original's hash, by what right it went."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.kernel.errors import NotFoundError
from akta.records.models import Record
from akta.records.visibility import visible_to

_FOR = frozenset({Right.HOLD, Right.DISPOSE, Right.AUDIT})


def get_stub(session: Session, principal: Principal, record_id: str) -> dict[str, Any]:
    """The stub, for officers and auditors who might have seen the record.

    Raises NotFoundError for all others, and if the record is not destroyed.
    """
    query = select(Record).where(Record.id == record_id, Record.state == "destroyed", visible_to(principal))
    record = session.scalars(query).first() if _FOR & principal.rights else None
    if record is None:
        raise NotFoundError("There is no such record.", record=record_id)
    kept = record.retention or {}
    return {
        "id": record.id,
        "state": record.state,
        "class": record.class_code,
        "class_version": kept.get("class_version"),
        "domain": record.domain,
        "doc_type": record.doc_type,
        "sha256": record.sha256,
        "size": record.size,
        "received_at": record.received_at.isoformat(),
        "kept_through": record.retain_through.isoformat() if record.retain_through else None,
        "rule": kept.get("rule"),
        "rule_version": kept.get("rule_version"),
        "destroyed_at": record.destroyed_at.isoformat() if record.destroyed_at else None,
        "authority": kept.get("authority") or {},
    }
