"""The file plan in the database: numbered, immutable versions of classes."""

import json
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from akta.audit.log import AuditLog
from akta.kernel.ids import new_id
from akta.records.doctypes.current import current
from akta.records.models import RecordClass
from retention.rules import Rule
from retention.schedules.loading import PlanClass, load_plan, rule_from_data

_LOCK = 5121107  # any number that nothing else locks
SHIPPED = Path(__file__).parent / "plan"


@cache
def shipped_plans() -> tuple[PlanClass, ...]:
    """The classes that come with Akta: Poland, and examples for the EU and the US."""
    return tuple(cls for path in sorted(SHIPPED.glob("*.yaml")) for cls in load_plan(path))


def import_plan(
    session: Session, audit: AuditLog, actor: str, classes: Iterable[PlanClass], now: datetime
) -> list[str]:
    """Bring classes into the file plan; returns the codes that got a new version.

    A class that is the same as its current version is left alone, so importing
    the same plan again changes nothing. An older version stays as it was: dates
    computed under it can always be explained.
    """
    changed = []
    for cls in classes:
        digest = digest_of(cls)
        current = current_class(session, cls.code)
        if current is not None and current.digest == digest:
            continue
        version = last_version(session, cls.code) + 1
        if current is not None:
            current.current = False
        session.flush()
        session.add(row_of(cls, version, now))
        session.flush()
        audit.append(
            session,
            at=now,
            actor=actor,
            action="class.versioned",
            subject=f"class:{cls.code}",
            details={"version": version, "digest": digest},
        )
        changed.append(cls.code)
    return changed


def row_of(cls: PlanClass, version: int, now: datetime) -> RecordClass:
    """The row of a version of a class, current unless its maker says otherwise."""
    return RecordClass(
        id=new_id(),
        code=cls.code,
        version=version,
        current=True,
        jurisdiction=cls.jurisdiction,
        domain=cls.domain,
        title_pl=cls.title_pl,
        title_en=cls.title_en,
        confidentiality=cls.confidentiality,
        doc_types=list(cls.doc_types),
        rules=list(cls.source["rules"]),
        status="draft" if any(r.status == "draft" for r in cls.rules) else "approved",
        digest=digest_of(cls),
        created_at=now,
        author="",
        approver="",
    )


def digest_of(cls: PlanClass) -> str:
    """The SHA-256 that stands for all that a class says."""
    return _digest(cls.source)


def digest_of_row(stored: RecordClass) -> str:
    """The same of a stored version, from what its row says now."""
    return _digest(
        {
            "code": stored.code,
            "jurisdiction": stored.jurisdiction,
            "domain": stored.domain,
            "title": {"pl": stored.title_pl, "en": stored.title_en},
            "confidentiality": stored.confidentiality,
            "doc_types": list(stored.doc_types),
            "rules": stored.rules,
        }
    )


def _digest(source: dict[str, Any]) -> str:
    return sha256(json.dumps(source, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def last_version(session: Session, code: str) -> int:
    """The highest number of a class's versions, also of those that wait for their day; 0 if it has none."""
    return session.scalar(select(func.max(RecordClass.version)).where(RecordClass.code == code)) or 0


def codes(session: Session) -> set[str]:
    """The codes of all classes there are or were."""
    return set(session.scalars(select(RecordClass.code).distinct()))


def lock_plan(session: Session) -> None:
    """Let nobody else change the file plan until the transaction ends."""
    # SQLite's write transaction is a lock on everything already.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})


def current_class(session: Session, code: str) -> RecordClass | None:
    """The version of a class that is used for filing."""
    return session.scalars(select(RecordClass).where(RecordClass.code == code, RecordClass.current)).first()


def class_for(
    session: Session,
    domain: str | None,
    doc_type: str | None,
    jurisdiction: str,
    subtype: str | None = None,
) -> RecordClass | None:
    """The class a type of paper falls into by default, or None.

    The finest type counts first, then those above it. A class that an officer's definition names, or
    that takes a finer type by its code, may belong to another domain than the papers of the type above.
    """
    if doc_type is None:
        return None
    types = current()
    for code in types.path(subtype or doc_type):
        known = types.get(code)
        named = known.class_code if known is not None else None
        cls = current_class(session, named) if named else None
        cls = cls or _taker(session, domain if code == doc_type else None, code, jurisdiction)
        if cls is not None:
            return cls
    return None


def _taker(session: Session, domain: str | None, code: str, jurisdiction: str) -> RecordClass | None:
    for cls in session.scalars(
        select(RecordClass)
        .where(RecordClass.current, RecordClass.jurisdiction == jurisdiction)
        .order_by(RecordClass.code)
    ):
        if code in cls.doc_types and domain in (None, cls.domain):
            return cls
    return None


def rules_of(cls: RecordClass) -> list[Rule]:
    """The rules of a stored class version."""
    rules = []
    for data in cls.rules:
        plain = dict(data)
        zone = str(plain.pop("zone", "Europe/Warsaw"))
        rules.append(rule_from_data(plain, zone))
    return rules
