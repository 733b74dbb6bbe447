"""What happened to a record, in people's words."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.operations.timeline import Moment, kinds_for, names_of_actors, timeline
from akta.records.masking import MASK, sensitive_on
from akta.records.models import ACCEPTANCE, KIND, Correction, Record
from akta.records.views import summary
from akta.records.visibility import get_visible
from api.web import labels
from api.web.i18n import say_date, translate
from api.web.pages import page, part
from api.web.session import VisitDep
from ingest.corrections import newest
from retention.events.kinds import kind_name

router = APIRouter()
#: Entries on the record's page, and on the page of its history.
BESIDE, _SHOWN = 12, 50
_MOST_CHANGES = 200


@router.get("/records/{record_id}/history")
def show(
    request: Request,
    record_id: str,
    visit: VisitDep,
    kind: Annotated[str, Query(max_length=20)] = "",
    before: Annotated[str, Query(max_length=80)] = "",
    alone: Annotated[bool, Query()] = False,
) -> Response:
    """The history page by page; `alone` gives the list without a page around it, for the record's page."""
    with visit.app.database.read() as session:
        record = get_visible(session, visit.principal, record_id)
        limit = BESIDE if alone else _SHOWN
        told = history(
            session, visit.principal, record, visit.language, kind=kind, before=before, limit=limit
        )
        may_correct = visit.principal.may(Right.CORRECT) and not record.held
        undoable = newest(session, record_id)
    values: dict[str, Any] = {
        "record": summary(record, visit.language),
        "past": told,
        "undoable": undoable,
        "may_correct": may_correct and record.state in ("review", "filed"),
    }
    if alone:
        return part(request, "history_list.html", visit, **values)
    return page(request, "history.html", visit, **values)


def history(
    session: Session,
    principal: Principal,
    record: Record,
    language: str,
    *,
    kind: str = "",
    before: str = "",
    limit: int = BESIDE,
    show: bool = False,
) -> dict[str, Any]:
    """The entries in words, the kinds to choose from, and where the list goes on.

    Old and new values of sensitive fields are masked unless `show`; `masked` says whether there are any.

    The caller has checked that the record may be seen. Raises InvalidError.
    """
    moments, following = timeline(session, principal, record, kind=kind, before=before, limit=limit)
    names = names_of_actors(session, (m.actor for m in moments))
    hidden = frozenset() if show else sensitive_on(record)
    changes = _changes(session, record.id, language, hidden)
    return {
        "entries": [_entry(m, names, changes, language) for m in moments],
        "kinds": [(k, labels.moment_kind(k, language)) for k in kinds_for(principal)],
        "kind": kind,
        "before": before,
        "next": following,
        "masked": any(change["masked"] for made in changes.values() for change in made),
    }


def _entry(
    moment: Moment, names: dict[str, str], changes: dict[str, list[dict[str, Any]]], language: str
) -> dict[str, Any]:
    batch = moment.details.get("batch")
    hold = moment.details.get("hold")
    return {
        "at": moment.at,
        "kind": moment.kind,
        "who": _who(moment.actor, names),
        "what": labels.action(moment.code, language),
        "more": _more(moment, language),
        "link": f"/holds/{hold}" if hold else "",
        "batch": batch,
        "changes": changes.get(batch or "", []),
    }


def _changes(
    session: Session, record_id: str, language: str, hidden: frozenset[str]
) -> dict[str, list[dict[str, Any]]]:
    """What was changed together, by batch: a label, what stood there and what stands there since."""
    asked = select(Correction).where(Correction.record_id == record_id, Correction.field != ACCEPTANCE)
    asked = asked.order_by(Correction.id.desc())
    out: dict[str, list[dict[str, Any]]] = {}
    for row in session.scalars(asked.limit(_MOST_CHANGES)):
        before, after = (_said(row.field, state, language) for state in (row.before, row.after))
        label = translate("Kind", language) if row.field == KIND else labels.field(row.field, language)
        masked = row.field in hidden
        confirmed = before == after
        if masked:
            before, after = (MASK if said else "" for said in (before, after))
        told = {"label": label, "before": before, "after": after, "confirmed": confirmed, "masked": masked}
        out.setdefault(row.batch, []).insert(0, told)
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
    return "Akta" if actor.startswith("system:") else names.get(actor, actor.partition(":")[2])


def _more(moment: Moment, language: str) -> str:
    details = moment.details
    match moment.code:
        case "record.corrected" if not details.get("batch"):  # before corrections were kept
            return ", ".join(labels.field(name, language) for name in details.get("fields", ()))
        case "record.filed":
            return labels.doc_type(details.get("doc_type"), language)
        case "record.received" | "record.received_again":
            return labels.channel(details.get("channel", ""), language)
        case "record.read_again":
            return labels.manner(details, language)
        case "field.shown":
            return ", ".join(labels.field(name, language) for name in details.get("fields", ()))
        case "record.printed":
            first, last = details.get("first"), details.get("last")
            return f"{translate('p.', language)} {first}" + (f"–{last}" if last != first else "")
        case "keeping.computed":
            cause = labels.cause(str(details["cause"]), language)
            until = say_date(details["retain_through"], language)
            return f"{until or labels.keeping(str(details['outcome']), language)} ({cause})"
        case "hold.placed" | "hold.released":
            return str(details.get("matter", ""))
        case code if code.startswith("event.") and details.get("kind"):
            told = (
                kind_name(details["kind"], language),
                say_date(details.get("effective") or details.get("after"), language),
            )
            return ", ".join(part for part in told if part)
        case _:
            return ""
