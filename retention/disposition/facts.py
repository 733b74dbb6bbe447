"""The facts of a record that a decision to let it go rests on, and the hash that a release is bound to."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from akta.audit.verifier import canonical
from akta.records.models import HoldItem, Record, RecordClass, Version
from retention.disposition.models import Disposition, DispositionItem
from retention.disposition.needs import needed

_AT_ONCE = 500


def facts_of(session: Session, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The facts of records by id, as they are now; a record that is not there has none.

    `state` is `filed` also for pages that were merged into another paper. `bytes` is the newest version,
    `plan` the version of its class that the file plan has now, `holds` how often a hold was put on it
    ever: one that was placed and released meanwhile is seen, too.
    """
    found: dict[str, dict[str, Any]] = {}
    for part in parts(sorted(set(ids)), _AT_ONCE):
        records = session.scalars(
            select(Record).where(Record.id.in_(part)).execution_options(populate_existing=True)
        ).all()
        codes = {r.class_code for r in records if r.class_code}
        plans = select(RecordClass.code, RecordClass.version).where(
            RecordClass.code.in_(codes), RecordClass.current
        )
        plan = dict(session.execute(plans).all())
        holds = select(HoldItem.record_id, func.count()).where(HoldItem.record_id.in_(part))
        held = dict(session.execute(holds.group_by(HoldItem.record_id)).all())
        newest: dict[str, str] = {}
        versions = select(Version.record_id, Version.number, Version.sha256).where(
            Version.record_id.in_(part)
        )
        for record_id, number, digest in session.execute(versions.order_by(Version.number)):
            newest[record_id] = f"{number}:{digest}"
        for record in records:
            found[record.id] = {
                **_of_record(record),
                "plan": plan.get(record.class_code or ""),
                "holds": held.get(record.id, 0),
                "bytes": newest.get(record.id),
            }
    return found


def _of_record(record: Record) -> dict[str, Any]:
    return {
        "state": "filed" if record.reason == "merged" else record.state,
        "sha256": record.sha256,
        "size": record.size,
        "class": record.class_code,
        **of_derivation(record.retention or {}),
        "outcome": record.retention_state,
        "until": record.retain_through.isoformat() if record.retain_through else None,
        "held": record.held,
    }


def of_derivation(kept: dict[str, Any]) -> dict[str, Any]:
    """The facts that stand in a derivation."""
    return {
        "class_version": kept.get("class_version"),
        "rule": kept.get("rule"),
        "rule_version": kept.get("rule_version"),
        "basis": basis_of(kept),
        "outcome": kept.get("outcome"),
        "until": kept.get("retain_through"),
        "action": kept.get("action"),
        "needs": list(needed(kept)),
    }


def basis_of(kept: dict[str, Any]) -> str:
    """The law that the deciding rule rests on, as the derivation has it; empty if it says nothing."""
    for step in kept.get("steps") or ():
        data = step.get("data") or {}
        if step.get("code") == "rule" and data.get("rule") == kept.get("rule"):
            return str(data.get("basis") or "")
    return ""


def digest_of(session: Session, made: Disposition) -> str:
    """SHA-256 over the exact list: each record with its facts, what is decided on it, and all consents.

    Whatever of it changes changes the hash, and with it the release is void.
    """
    hashed = sha256()
    head = {
        "disposition": made.id,
        "ground": made.ground,
        "consents": made.consents,
        "proposer": made.proposer,
        "reviewers": sorted(made.reviewers),
    }
    hashed.update(canonical(head).encode())
    items = select(DispositionItem).where(DispositionItem.disposition_id == made.id)
    ordered = items.order_by(DispositionItem.record_id).execution_options(yield_per=_AT_ONCE)
    for item in session.scalars(ordered):
        line = {
            "record": item.record_id,
            "action": item.action,
            "decision": item.decision,
            "until": item.until.isoformat() if item.until else None,
            "class": item.class_code,
            "reason": item.reason,
            "decided_by": item.decided_by,
            "facts": item.facts,
        }
        hashed.update(b"\n" + canonical(line).encode())
    return hashed.hexdigest()


def parts(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """A sequence in pieces, so that no statement has too many parameters."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
