"""Home: what waits for somebody, what came in, what is stuck, and four pictures of the archive.

Each number is counted by an index, or read from a count that was made before, and leads to the list it
counts. Of papers only those are counted that the person may see. See docs/decisions/0040.
"""

from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from akta.access.principal import Principal
from akta.access.roles import DOMAINS, UNFILED, Right
from akta.kernel.clock import civil_date, day_start
from akta.kernel.errors import AktaError
from akta.operations.quality.report import may_see as may_see_quality
from akta.operations.quality.weekly import weekly_shares
from akta.records import spot_checks
from akta.records.reconciliation import ENDS, tally_since
from akta.records.stock import read_stock, stock_file, stock_of
from api.web import i18n
from api.web.charts import Column, columns
from api.web.ending import ending, month_after
from api.web.pages import page
from api.web.session import Visit, VisitDep
from api.web.stuck import stuck_counts
from api.web.waiting import concerns, waiting_counts
from indexer.saved.news import unseen_count
from retention.disposition import showing
from retention.events.listing import list_events
from retention.holds.listing import count_overdue
from retention.holds.notices import open_notices
from retention.keeping import approving, due
from retention.requests.showing import count_open

router = APIRouter()
_WEEKS, _MONTHS = 12, 12
_PROPOSALS = 100
_OFFICERS = frozenset({Right.SCHEDULE, Right.DISPOSE, Right.AUDIT})


@router.get("/home")
def show(request: Request, visit: VisitDep) -> Response:
    """The page that says what to do next."""
    app, who = visit.app, visit.principal
    now, zone = app.clock.now(), app.settings.zone
    today = civil_date(now, zone)
    with app.database.read() as session:
        waits = _waits(session, who, today)
        came = tally_since(session, concerns(who), day_start(now, zone)).as_dict()
        stuck = stuck_counts(session, app, who)
        shares = _shares(session, visit, today) if may_see_quality(who) else None
        ends = _ending(session, visit, today) if who.rights & _OFFICERS and who.may(Right.READ) else None
    weeks = _arrivals(visit, today) if who.may(Right.READ) else []
    return page(
        request,
        "home.html",
        visit,
        waits=waits,
        came={name: count for name, count in came.items() if count or name in ("received", "filed", "review")}
        if who.may(Right.READ)
        else {},
        stuck=stuck,
        weeks=columns(weeks) if weeks else None,
        week=weeks[-1] if weeks else None,
        shares=columns(shares, most=100) if shares else None,
        ending=columns(ends) if ends else None,
        stock=_stock(visit) if who.rights & (_OFFICERS | {Right.SYSTEM}) else None,
        ends=ENDS,
    )


# -- what waits -----------------------------------------------------------------


def _waits(session: Session, who: Principal, today: date) -> list[dict[str, Any]]:
    """What waits for somebody, by name with its count and how much of it is late; nothing of nought."""
    counted: list[tuple[str, int, int, str]] = [("notices", open_notices(session, who), 0, "/account")]
    if who.may(Right.CORRECT):
        waiting = waiting_counts(session, who)
        counted += [
            ("review", waiting["review"], 0, "/review"),
            ("quarantined", waiting["quarantined"], 0, "/review?state=quarantined"),
            ("spot_checks", spot_checks.count(session, who), 0, "/spot-checks"),
        ]
    if who.may(Right.DISPOSE):
        counted += [
            ("dispositions", *showing.count_to_release(session, who, today), "/dispositions"),
            ("requests", *count_open(session, who, today), "/requests"),
            ("shortenings", approving.count_shortenings(session, who), 0, "/retention#waiting"),
        ]
    if who.may(Right.EVENT):
        proposed = len(list_events(session, who, state="proposed", limit=_PROPOSALS))
        counted.append(("events", proposed, 0, "/events"))
    if who.may(Right.HOLD):
        late = count_overdue(session, who, today)
        counted.append(("holds", late, late, "/holds?overdue=true"))
    if who.may(Right.READ):
        counted.append(("news", unseen_count(session, who), 0, "/searches"))
    return [
        {
            "name": name,
            "count": count,
            "late": late,
            "href": href,
            "more": name == "events" and count == _PROPOSALS,
        }
        for name, count, late, href in counted
        if count
    ]


# -- pictures -------------------------------------------------------------------


def _search(query: str) -> str:
    return f"/search?q={quote(query)}"


def _arrivals(visit: Visit, today: date) -> list[Column]:
    """Papers by the week they came in, counted by the index with the rights of the person; [] without it."""
    monday = today - timedelta(days=today.weekday())
    told = []
    try:
        for back in range(_WEEKS - 1, -1, -1):
            first = monday - timedelta(weeks=back)
            last = first + timedelta(days=6)
            query = f"received:{first.isoformat()}..{last.isoformat()}"
            found, _ = visit.app.index.search(visit.principal, query, limit=0)
            said = i18n.say_number(found.total, visit.language)
            told.append(_week(visit, first, last, found.total, said, _search(query), now=not back))
    except AktaError:
        return []  # what is wrong with the index is said under "stuck"
    return told


def _week(
    visit: Visit, first: date, last: date, value: float | None, said: str, href: str, *, now: bool
) -> Column:
    name = i18n.say_day(first, visit.language)
    return Column(
        name, f"{name} – {i18n.say_date(last, visit.language)}", value, said, href, "now" if now else ""
    )


def _shares(session: Session, visit: Visit, today: date) -> list[Column]:
    """The share filed by itself, in per cent."""
    told = []
    for week in weekly_shares(session, visit.principal, today, _WEEKS, visit.app.settings.zone):
        per_cent = None if week.share is None else round(week.share * 100, 1)
        said = "" if per_cent is None else f"{i18n.say_number(per_cent, visit.language)} %"
        href = f"/quality?from={week.first.isoformat()}&to={week.last.isoformat()}"
        told.append(
            _week(visit, week.first, week.last, per_cent, said, href, now=week.first <= today <= week.last)
        )
    return told


def _ending(session: Session, visit: Visit, today: date) -> list[Column]:
    until = month_after(today, _MONTHS) - timedelta(days=1)
    months = due.due_by_month(session, visit.principal, today, until)
    over = due.due_before(session, visit.principal, today)
    return ending(visit.language, today, _MONTHS, months, over)


def _stock(visit: Visit) -> dict[str, Any]:
    """Records and bytes by domain as last counted; `share` is in per cent of the largest domain."""
    stock = read_stock(stock_file(visit.app.home))
    if stock is None:
        return {"at": None, "lines": []}
    found = stock_of(stock, visit.principal)
    most = max((size for _, size in found.values()), default=0) or 1
    return {
        "at": stock.at,
        "lines": [
            {
                "domain": domain,
                "records": found[domain][0],
                "size": found[domain][1],
                "share": round(found[domain][1] / most * 100, 1),
                "href": _search(f"domain:{domain}") if domain != UNFILED else "/review?state=quarantined",
            }
            for domain in (*DOMAINS, UNFILED)
            if domain in found
        ],
    }
