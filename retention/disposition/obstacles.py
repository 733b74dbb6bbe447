"""What stands in the way of letting a record go: asked when it is proposed, reviewed, and in the act."""

from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from akta.records.guard import active_holds, was_filed
from akta.records.models import HoldItem, Record
from retention.disposition.chains import kept_by_chain
from retention.disposition.needs import ending


def amiss(facts: dict[str, Any], action: str, today: date) -> str | None:
    """The first reason (a code of `retention.disposition.words`) in a record's facts why `action` may not be.

    `today` is a civil date in the archive's zone. Action `review` asks only whether it is due at all.
    """
    state = facts.get("state")
    if state == "destroyed":
        return "gone"
    if facts.get("held"):
        return "held"
    if state == "rejected":
        return None if action in ("destroy", "erase", "review") else "no_record"
    if state != "filed":
        return "not_filed"
    if facts.get("outcome") == "permanent":
        return "permanent"
    if facts.get("outcome") != "until" or not facts.get("until"):
        return "open"
    if date.fromisoformat(facts["until"]) >= today:
        return "not_due"
    return None if _allowed(facts.get("action"), action) else "action"


def obstacle(session: Session, record: Record, facts: dict[str, Any], action: str, today: date) -> str | None:
    """`amiss`, and what only the database knows. Asked under the record's lock it is the last word."""
    wrong = amiss(facts, action, today)
    if wrong is not None:
        return wrong
    if active_holds(session, record.id):
        return "held"
    if released_lately(session, record.id, today):
        return "grace"
    if facts["state"] == "rejected":
        return "not_filed" if was_filed(session, record.id) else None
    return "chain" if kept_by_chain(session, record.id, today) else None


def released_lately(session: Session, record_id: str, today: date) -> bool:
    """Whether the time of grace after a hold on the record is not over: its matter may come back.

    Its last day counts as a whole, as people are told; the guard knows the moment.
    """
    last = session.scalar(
        select(func.max(HoldItem.grace_until)).where(
            HoldItem.record_id == record_id, HoldItem.active.is_(False)
        )
    )
    return last is not None and last.date() >= today


def _allowed(wanted: Any, action: str) -> bool:
    """Whether a rule that ends in `wanted` allows `action`: handing over instead of destroying always is."""
    match ending(wanted):
        case "review":
            return action in ("review", "destroy", "erase", "transfer")
        case "destroy" | "erase":
            return action in ("destroy", "erase", "transfer")
        case "transfer":
            return action == "transfer"
    return False
