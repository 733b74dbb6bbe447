"""Schedules on pages: the classes in use, drafts, what a draft changes, and its simulation."""

from datetime import date
from typing import Annotated, Any, cast

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from akta.access.roles import Right
from akta.kernel.errors import NotFoundError
from api.web.answers import attempt, back_to, said_by_us
from api.web.pages import page
from api.web.session import VisitDep, check_csrf
from retention.events.days import parse_day
from retention.rules.model import Rule
from retention.rules.saying import say_rule, say_verified
from retention.schedules import drafts, publishing, simulation
from retention.schedules.fixing import lock_class, locks
from retention.schedules.stored import current_plan

router = APIRouter()
_DRAFTS = 50
_DONE = ("drafted", "simulated", "published", "withdrawn", "locked")
#: What a simulation counts, in the order of the table.
_COUNTED = ("longer", "shorter", "newly_due", "newly_open", "held", "conflict", "unchanged")


@router.get("/schedules")
def show_list(
    request: Request,
    visit: VisitDep,
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The classes in use with their rules, and the drafts."""
    polish = visit.language == "pl"
    with visit.app.database.read() as session:
        found = [drafts.as_data(d) for d in drafts.list_drafts(session, visit.principal, limit=_DRAFTS)]
        fixed = locks(session)
        classes = [
            {
                "code": cls.code,
                "title": cls.title_pl if polish else cls.title_en,
                "rules": [_rule(rule, visit.language) for rule in cls.rules],
                "draft": any(rule.status == "draft" for rule in cls.rules),
                "lock": _lock(fixed.get(cls.code)),
            }
            for cls in current_plan(session)
        ]
    return page(
        request,
        "schedules.html",
        visit,
        classes=classes,
        drafts=found,
        may_change=visit.principal.may(Right.SCHEDULE),
        problem=said_by_us(visit, problem, seal),
        done=done if done in _DONE else "",
    )


@router.post("/schedules/lock")
def lock(
    visit: VisitDep, csrf: Annotated[str, Form()], code: Annotated[str, Form(max_length=40)]
) -> Response:
    """Ask for a class to be locked, or lock it where somebody else has asked."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        lock_class(session, visit.app.audit, visit.principal, code, visit.app.clock.now())

    return back_to(visit, "/schedules", attempt(visit, run), "locked")


@router.get("/schedules/{draft_id}")
def show(
    request: Request,
    draft_id: str,
    visit: VisitDep,
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """One draft: what it changes in words, and what it would do to the archive."""
    with visit.app.database.read() as session:
        draft = drafts.get_draft(session, visit.principal, draft_id)
        changes = drafts.changes_of(session, drafts.classes_in(draft)) if draft.state == "draft" else []
        row = simulation.latest_simulation(session, draft.id)
        valid = row is not None and row.digest == drafts.digest_now(session, draft)
        told = simulation.as_data(session, visit.principal, row, valid) if row else None
        shorter = simulation.sum_of(row.report, "shorter") if row else 0
    return page(
        request,
        "schedule.html",
        visit,
        draft=drafts.as_data(draft),
        text=draft.text,
        changes=drafts.changes_as_data(changes, visit.language),
        simulation=told,
        counted=_COUNTED,
        totals=_totals(row.report) if row else [],
        shorter=shorter,
        mine=draft.author == visit.principal.user_id,
        may_change=visit.principal.may(Right.SCHEDULE),
        problem=said_by_us(visit, problem, seal),
        done=done if done in _DONE else "",
    )


@router.post("/schedules/{draft_id}/decide")
def decide(
    draft_id: str,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    act: Annotated[str, Form(max_length=10)],
    shortened: Annotated[str, Form(max_length=10)] = "",
    starts: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Simulate, publish or withdraw a draft."""
    check_csrf(visit, csrf)
    app, who, now = visit.app, visit.principal, visit.app.clock.now()

    def run(session: Session) -> None:
        match act:
            case "simulate":
                simulation.ask_simulation(session, app.audit, who, draft_id, now)
            case "withdraw":
                drafts.withdraw_draft(session, app.audit, who, draft_id, now)
            case "publish":
                publishing.publish(
                    session,
                    app.audit,
                    who,
                    draft_id,
                    now=now,
                    zone=app.settings.zone,
                    shortened=_shortened(shortened),
                    valid_from=_day(starts),
                )
            case _:
                raise NotFoundError("There is nothing here.")

    done = {"simulate": "simulated", "withdraw": "withdrawn"}.get(act, "published")
    return back_to(visit, f"/schedules/{draft_id}", attempt(visit, run), done)


def _totals(report: dict[str, Any]) -> list[dict[str, Any]]:
    """What a simulation counted over all classes; a share is that of the most frequent."""
    sums = {what: simulation.sum_of(report, what) for what in _COUNTED}
    most = max(1, *sums.values())
    return [
        {"what": what, "records": count, "share": round(100 * count / most, 1)}
        for what, count in sums.items()
        if count
    ]


def _shortened(text: str) -> publishing.Shortened | None:
    return cast(publishing.Shortened, text) if text in ("approve", "keep") else None


def _day(text: str) -> date | None:
    return parse_day(text) if text.strip() else None


def _rule(rule: Rule, language: str) -> dict[str, str]:
    return {
        "name": f"{rule.id}, {rule.version}",
        "words": say_rule(rule, language),
        "basis": rule.basis,
        "verified": say_verified(rule, language),
        "note": rule.note[0 if language == "pl" else 1] if rule.note else "",
    }


def _lock(row: Any) -> str:
    return "" if row is None else "locked" if row.locked_at is not None else "asked"
