"""Rendering templates: one environment, autoescape, language of the person."""

from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from akta.access.roles import Right
from akta.bootstrap import App
from akta.kernel.errors import AktaError
from api.web import desks, i18n, labels
from api.web.session import DutyError, SignInNeededError, Visit, get_visit, language_chosen
from api.web.static import static_url
from api.web.themes import theme_of
from api.web.waiting import waiting_counts
from api.web.wording import tell
from indexer.saved.news import unseen_count
from retention.holds.notices import open_notices


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    messages = i18n.translations(language)
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        messages.gettext, messages.ngettext, newstyle=True
    )
    environment.filters["say_date"] = lambda value: i18n.say_date(value, language)
    environment.filters["say_size"] = lambda value: i18n.say_size(value, language)
    environment.filters["say_number"] = lambda value: i18n.say_number(value, language)
    environment.filters["say_short"] = lambda value: i18n.say_short(value, language)
    for name in (
        "domain",
        "state",
        "flag",
        "channel",
        "doc_type",
        "field",
        "check",
        "mark",
        "party_kind",
        "role",
        "hold_state",
        "hold_how",
        "case_kind",
        "rendition",
    ):
        function = getattr(labels, name)
        environment.filters[f"{name}_label"] = lambda value, f=function: f(value, language)
    environment.globals["static"] = static_url
    environment.globals["language"] = language
    return environment


def page(
    request: Request, template: str, visit: Visit | None, status_code: int = 200, **values: Any
) -> HTMLResponse:
    """An HTML page in the person's language."""
    app: App = request.app.state.akta
    language = visit.language if visit else language_of(request)
    environment = _environment(language)
    html = environment.get_template(template).render(
        visit=visit,
        path=request.url.path,
        theme=theme_of(request, visit),
        **_desks(visit, request.url.path),
        hold_notices=_hold_notices(visit),
        say_instant=lambda value: i18n.say_instant(value, language, app.settings.zone),
        **values,
    )
    return HTMLResponse(html, status_code, headers={"content-language": language})


def part(request: Request, template: str, visit: Visit, **values: Any) -> HTMLResponse:
    """A piece of a page, for a script that puts it into its place."""
    app: App = request.app.state.akta
    html = (
        _environment(visit.language)
        .get_template(template)
        .render(
            visit=visit,
            say_instant=lambda value: i18n.say_instant(value, visit.language, app.settings.zone),
            **values,
        )
    )
    return HTMLResponse(html, headers={"content-language": visit.language})


def language_of(request: Request) -> str:
    """That of the person, if the request got so far that they are known, else that of the browser."""
    known = getattr(request.state, "language", None)
    return known or i18n.choose_language(request.headers.get("accept-language", ""))


def _desks(visit: Visit | None, path: str) -> dict[str, Any]:
    """The rail, and what of it stands at the lower edge of a phone."""
    if visit is None:
        return {"rail": [], "below": []}
    counts = {"review": _to_review(visit), "news": _news_count(visit)}
    of = (visit.principal, path, counts, visit.language)
    return {"rail": desks.rail(*of), "below": desks.below(*of)}


def _to_review(visit: Visit) -> int:
    """The count beside the review desk, which only those have who review."""
    if not visit.principal.may(Right.CORRECT):
        return 0
    with visit.app.database.read() as session:
        return waiting_counts(session, visit.principal)["review"]


def _news_count(visit: Visit) -> int:
    """The count beside the saved searches: records that are news and that the person may see."""
    if not visit.principal.may(Right.READ):
        return 0
    with visit.app.database.read() as session:
        return unseen_count(session, visit.principal)


def _hold_notices(visit: Visit | None) -> int:
    """The count beside one's name: notices of legal holds that wait to be acknowledged."""
    if visit is None:
        return 0
    with visit.app.database.read() as session:
        return open_notices(session, visit.principal)


def error_page(request: Request, error: AktaError, status: int) -> HTMLResponse:
    """What went wrong, what is safe, what to do next; with the rail for who is signed in."""
    visit = _visit(request) if status < 500 else None
    if visit is None and status < 500 and not hasattr(request.state, "language"):
        request.state.language = language_chosen(request)
    told = tell(error, visit.language if visit else language_of(request))
    return page(request, "error.html", visit, status, told=told, status=status)


def _visit(request: Request) -> Visit | None:
    """Who asked, on a path that no page has read the session for; None for a stranger."""
    if request.method != "GET":
        return None
    try:
        return get_visit(request)
    except (AktaError, DutyError, SignInNeededError):
        return None
