"""Who did what to a record when, from the audit log."""

import json
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from akta.access.models import ApiToken, User
from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.models import AuditEntry
from akta.records.models import Hold, HoldItem, Record
from api.web import labels

_MOST = 200
#: Who looked at a paper is for those who may read the audit log.
_READS = ("record.read", "record.downloaded")


def history(session: Session, principal: Principal, record: Record, language: str) -> list[dict[str, Any]]:
    """The entries of a record and its holds, newest first. The caller has checked that it may be seen."""
    holds = {
        f"hold:{row.id}": row.matter
        for row in session.execute(
            select(Hold.id, Hold.matter)
            .join(HoldItem, HoldItem.hold_id == Hold.id)
            .where(HoldItem.record_id == record.id)
        )
    }
    query = select(AuditEntry).where(
        or_(AuditEntry.subject == f"record:{record.id}", AuditEntry.subject.in_(list(holds)))
    )
    if not principal.may(Right.AUDIT):
        query = query.where(AuditEntry.action.not_in(_READS))
    entries = session.scalars(query.order_by(AuditEntry.seq.desc()).limit(_MOST)).all()
    ids = {entry.actor.partition(":")[2] for entry in entries}
    people = select(User.id, User.name).where(User.id.in_(ids))
    programs = (
        select(ApiToken.id, User.name).join(User, User.id == ApiToken.user_id).where(ApiToken.id.in_(ids))
    )
    names = {row.id: row.name for query in (people, programs) for row in session.execute(query)}
    return [
        {
            "at": entry.at,
            "who": _who(entry.actor, names),
            "what": labels.action(entry.action, language),
            "more": holds.get(entry.subject, "") or _more(entry, language),
        }
        for entry in entries
    ]


def _who(actor: str, names: dict[str, str]) -> str:
    kind, _, name = actor.partition(":")
    return "Akta" if kind == "system" else names.get(name, name)


def _more(entry: AuditEntry, language: str) -> str:
    details = json.loads(entry.body)["details"]
    match entry.action:
        case "record.corrected":
            return ", ".join(labels.field(name, language) for name in details.get("fields", ()))
        case "record.filed":
            return labels.doc_type(details.get("doc_type"), language)
        case "record.received" | "record.received_again":
            return labels.channel(details.get("channel", ""), language)
        case "record.read_again":
            return labels.manner(details, language)
        case _:
            return ""
