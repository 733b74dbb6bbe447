"""Why a record is kept until when, in sentences."""

from typing import Any

from sqlalchemy.orm import Session

from akta.records.guard import active_holds
from akta.records.models import Record
from retention.rules import headline, sentences


def explanation(session: Session, record: Record, language: str) -> dict[str, Any]:
    """Headline, steps as sentences, and the derivation as data; holds come last."""
    steps = sentences(record.retention, language) if record.retention else []
    holds = active_holds(session, record.id)
    for hold in holds:
        if language == "pl":
            steps.append(
                f"Wstrzymanie „{hold.matter}” od {hold.placed_at:%Y-%m-%d} nie pozwala niczego zniszczyć."
            )
        else:
            steps.append(
                f"The hold “{hold.matter}”, placed {hold.placed_at:%Y-%m-%d}, stops any destruction."
            )
    return {
        "record": record.id,
        "headline": headline(record.retention, language),
        "steps": steps,
        "outcome": record.retention_state,
        "retain_through": record.retain_through.isoformat() if record.retain_through else None,
        "class": record.class_code,
        "derivation": record.retention,
        "holds": [{"id": h.id, "matter": h.matter} for h in holds],
    }
