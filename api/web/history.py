"""Who did what to a record when, from the audit log."""

import json
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from akta.access.models import ApiToken, User
from akta.access.principal import Principal
from akta.access.roles import Right
from akta.audit.models import AuditEntry
from akta.records.models import Correction, Hold, HoldItem, Record
from api.web import labels
from api.web.i18n import translate
from ingest.corrections import ACCEPTANCE, KIND

_MOST = 200
#: Of a hold's entries those that are about all that it covers.
_OF_HOLDS = ("hold.placed", "hold.released")
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
        or_(
            AuditEntry.subject == f"record:{record.id}",
            AuditEntry.subject.in_(list(holds)) & AuditEntry.action.in_(_OF_HOLDS),
        )
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
    changes = _changes(session, record.id, language)
    told = [(entry, json.loads(entry.body)["details"]) for entry in entries]
    return [
        {
            "at": entry.at,
            "who": _who(entry.actor, names),
            "what": labels.action(entry.action, language),
            "more": holds.get(entry.subject, "") or _more(entry.action, details, language),
            "batch": details.get("batch"),
            "changes": changes.get(details.get("batch") or "", []),
        }
        for entry, details in told
    ]


def _changes(session: Session, record_id: str, language: str) -> dict[str, list[dict[str, str]]]:
    """What was changed together, by batch: a label, what stood there and what stands there since."""
    asked = select(Correction).where(Correction.record_id == record_id, Correction.field != ACCEPTANCE)
    asked = asked.order_by(Correction.id.desc())
    out: dict[str, list[dict[str, str]]] = {}
    for row in session.scalars(asked.limit(_MOST)):
        before, after = (_said(row.field, state, language) for state in (row.before, row.after))
        label = translate("Kind", language) if row.field == KIND else labels.field(row.field, language)
        out.setdefault(row.batch, []).insert(0, {"label": label, "before": before, "after": after})
    return out


def _said(field: str, state: dict[str, Any] | None, language: str) -> str:
    if state is None:
        return ""
    if field == KIND:
        return (
            labels.doc_type(state.get("subtype") or state["doc_type"], language) if state["doc_type"] else ""
        )
    return str(state["value"])


def _who(actor: str, names: dict[str, str]) -> str:
    kind, _, name = actor.partition(":")
    return "Akta" if kind == "system" else names.get(name, name)


def _more(action: str, details: dict[str, Any], language: str) -> str:
    match action:
        case "record.corrected" if not details.get("batch"):  # before corrections were kept
            return ", ".join(labels.field(name, language) for name in details.get("fields", ()))
        case "record.filed":
            return labels.doc_type(details.get("doc_type"), language)
        case "record.received" | "record.received_again":
            return labels.channel(details.get("channel", ""), language)
        case "record.read_again":
            return labels.manner(details, language)
        case _:
            return ""
