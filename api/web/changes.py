"""Changing a record from its page: correcting, accepting, rejecting, reading again, holds.

What stands in the way of a correction is said on the page with all that was
typed still in it; accepting what is doubted asks once, naming the doubts.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import Response

from akta.kernel.errors import AktaError, InvalidError, NotFoundError, StaleError
from akta.records.doctypes.current import current
from akta.records.models import Record
from akta.records.views import fields as fields_of
from akta.records.visibility import get_visible
from api.numbers import Number
from api.text import require_text
from api.web import labels
from api.web.answers import attempt, back
from api.web.record import Typed, record_page
from api.web.session import Visit, VisitDep, check_csrf
from api.web.wording import tell
from ingest.corrections import newest
from ingest.fields.checks import FAILED, outcomes
from ingest.fields.find import REQUIRED
from ingest.fields.found import SURE
from ingest.fields.typed import typed as typed_value
from ingest.manner import SECOND_READER, Manner
from retention.holds.placing import PlaceHold

router = APIRouter()
_LONGEST_VERSION = 18


@router.post("/records/{record_id}/correct")
async def correct(request: Request, record_id: str, visit: VisitDep) -> Response:
    """Save corrections; with `accept` the paper is filed, with `confirmed` in spite of doubts."""
    form = await request.form(max_files=0, max_fields=600)
    require_text(form)
    check_csrf(visit, str(form.get("csrf", "")))
    return await run_in_threadpool(_correct, request, record_id, visit, form)


def _version(text: str) -> int:
    """The record's version that a form names; one that no record has for what is none."""
    return int(text) if text.isdecimal() and len(text) < _LONGEST_VERSION else 0


def _correct(request: Request, record_id: str, visit: Visit, form: FormData) -> Response:
    typed = _typed(form)
    domain, _, doc_type = typed.kind.partition("/")
    accept = "accept" in form or "confirmed" in form
    doubts: dict[str, str] = {}
    saved = False
    try:
        with visit.app.database.write() as session:
            record = get_visible(session, visit.principal, record_id)
            stored = {f["name"]: f for f in fields_of(session, record_id)}
            changes = {n: v for n, v in typed.fields.items() if typed.base(n, stored) != v.strip()}
            if typed.new_value.strip() and not typed.new_field:
                raise InvalidError(f"Choose which field '{typed.new_value.strip()[:60]}' is.")
            if typed.new_field and typed.new_value.strip():
                changes[typed.new_field] = typed.new_value.strip()
            if accept and record.state == "review":
                doubts = _doubts(record, doc_type or record.doc_type, stored, changes)
                if "confirmed" in form:  # a person has seen and accepted what was doubted
                    changes |= {name: value for name, value in doubts.items() if value}
                    doubts = {}
            if not doubts:
                last = newest(session, record_id)
                visit.app.decisions.correct(
                    session,
                    visit.principal,
                    record_id,
                    domain=domain or None,
                    doc_type=doc_type or None,
                    fields=changes,
                    accept=accept,
                    expected_version=_version(typed.version),
                )
                saved = newest(session, record_id) != last
    except NotFoundError:
        raise
    except StaleError as error:
        return record_page(request, record_id, visit, 409, typed=typed, stale=True, problem=error.message)
    except AktaError as error:
        return record_page(request, record_id, visit, 422, typed=typed, problem=tell(error, visit.language))
    if doubts:
        return record_page(request, record_id, visit, typed=typed, doubts=_named(doubts, visit))
    visit.app.wake_workers()
    return back(visit, record_id, "", "accepted" if accept else "saved" if saved else "unchanged")


def _typed(form: FormData) -> Typed:
    texts = {name: str(value) for name, value in form.items()}
    return Typed(
        version=texts.get("version", ""),
        kind=texts.get("kind", ""),
        fields={n.removeprefix("field."): v for n, v in texts.items() if n.startswith("field.")},
        was={n.removeprefix("was."): v for n, v in texts.items() if n.startswith("was.")},
        was_kind=texts.get("was_kind", texts.get("kind", "")),
        new_field=texts.get("new_field", "").strip(),
        new_value=texts.get("new_value", ""),
    )


def _doubts(
    record: Record, doc_type: str | None, stored: dict[str, dict[str, Any]], changes: dict[str, str]
) -> dict[str, str]:
    """What a person should look at before the paper is filed: fields with their values, '' if missing."""
    doubted = {
        name.strip()
        for doubt in record.doubts
        for name in str(doubt["params"].get("fields", "")).split(",")
        if name.strip()
    }
    doubted |= {name for name, f in stored.items() if f["confidence"] < SURE}
    found: dict[str, str] = {}
    for name in REQUIRED.get(current().top(doc_type or ""), ()):
        if not changes.get(name, stored[name]["value"] if name in stored else "").strip():
            found[name] = ""
    for name, field in stored.items():
        if name in doubted and name not in changes and not field["confirmed_by"]:
            found[name] = field["value"]
    values = {n: f["value"] for n, f in stored.items()} | {n: typed_value(n, v) for n, v in changes.items()}
    for name, outcome in outcomes({n: v for n, v in values.items() if v}).items():
        if outcome in FAILED and (name in changes or not stored[name]["confirmed_by"]):
            found[name] = values[name]
    return found


@router.post("/records/{record_id}/undo")
def undo(
    record_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    version: Annotated[Number, Form()],
    batch: Annotated[str, Form(max_length=40)],
) -> Response:
    """Take the newest correction back."""
    check_csrf(visit, csrf)
    problem = attempt(
        visit,
        lambda session: visit.app.decisions.undo(
            session, visit.principal, record_id, batch, expected_version=version
        ),
    )
    return back(visit, record_id, problem, "undone")


def _named(doubts: dict[str, str], visit: Visit) -> list[dict[str, str]]:
    return [
        {"name": name, "label": labels.field(name, visit.language), "value": value}
        for name, value in sorted(doubts.items(), key=lambda pair: pair[1] != "")
    ]


@router.post("/records/{record_id}/decide")
def decide(
    record_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    act: Annotated[str, Form()],
    version: Annotated[Number, Form()],
    note: Annotated[str, Form(max_length=500)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    reading: Annotated[list[str], Form(max_length=10)] = [],  # noqa: B006 copied by the framework
) -> Response:
    """Reject, release, stop or read again."""
    check_csrf(visit, csrf)
    decisions = visit.app.decisions

    def run(session: Session) -> None:
        match act:
            case "reject":
                decisions.reject(session, visit.principal, record_id, note, expected_version=version)
            case "release":
                decisions.release(session, visit.principal, record_id, expected_version=version)
            case "stop":  # what is read so far changes all the time: any version will do
                decisions.stop_reading(session, visit.principal, record_id)
            case "read-again":
                decisions.read_again(
                    session,
                    visit.principal,
                    record_id,
                    password=password or None,
                    manner=_manner(reading),
                    expected_version=version,
                )
            case _:
                raise NotFoundError("There is no such decision.")

    problem = attempt(visit, run)
    return back(visit, record_id, problem, {"reject": "rejected", "stop": "stopped"}.get(act, ""))


def _manner(chosen: Sequence[str]) -> Manner:
    """From the form's `name=value` pairs; what is not chosen is done as always."""
    told = dict(pair.split("=", 1) for pair in chosen if "=" in pair)
    second = told.get("second_reader")
    return Manner(
        languages=tuple(code for code in told.get("languages", "").split("+") if code),
        ignore_text_layer="ignore_text_layer" in told,
        second_reader=next((s for s in SECOND_READER if s == second), "doubt"),
        one_column="one_column" in told,
        enlarge="enlarge" in told,
    )


@router.post("/records/{record_id}/hold")
def hold(
    record_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    matter: Annotated[str, Form(max_length=200)] = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Place a legal hold on this record."""
    check_csrf(visit, csrf)
    app = visit.app
    wanted = PlaceHold(matter=matter, reason=reason, record_ids=(record_id,))
    problem = attempt(visit, lambda session: app.holds.place(session, visit.principal, wanted))
    return back(visit, record_id, problem, "held")


@router.post("/records/{record_id}/release-hold")
def release_hold(
    record_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    hold_id: Annotated[str, Form(alias="hold")],
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Release a legal hold, with all the records that it covers."""
    check_csrf(visit, csrf)
    app = visit.app
    problem = attempt(
        visit,
        lambda session: app.holds.release(session, visit.principal, hold_id, reason),
    )
    return back(visit, record_id, problem, "released")
