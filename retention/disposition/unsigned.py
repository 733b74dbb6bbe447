"""Which rules of a disposition no lawyer has signed: drafts let go as signed ones do, and it is said."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from akta.records.models import RecordClass


def drafts_among(session: Session, facts: Iterable[dict[str, Any]]) -> list[str]:
    """Of the rules that decided, with their versions, the drafts in the version of the class that said so."""
    asked = {(f["class"], f["class_version"], f["rule"], f["rule_version"]) for f in facts if f["rule"]}
    rows = session.execute(
        select(RecordClass.code, RecordClass.version, RecordClass.rules).where(
            RecordClass.code.in_({code for code, *_ in asked if code})
        )
    )
    status = {
        (code, version, rule["id"], rule.get("version", 1)): rule.get("status", "draft")
        for code, version, rules in rows
        for rule in rules
    }
    return sorted({f"{key[2]} v{key[3]}" for key in asked if status.get(key) == "draft"})
