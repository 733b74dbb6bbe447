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
from akta.operations.quality.report import may_see
from api.web import i18n, labels
from api.web.session import COOKIE, Visit
from api.web.static import static_url
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
    language = visit.language if visit else _language(request)
    environment = _environment(language)
    html = environment.get_template(template).render(
        visit=visit,
        path=request.url.path,
        to_review=_to_review(visit),
        news_count=_news_count(visit),
        hold_notices=_hold_notices(visit),
        may_see_quality=visit is not None and may_see(visit.principal),
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


def _language(request: Request) -> str:
    """That of the person, if the request got so far that they are known, else that of the browser."""
    known = getattr(request.state, "language", None)
    return known or i18n.choose_language(request.headers.get("accept-language", ""))


def _to_review(visit: Visit | None) -> int | None:
    """The count beside the review desk in the navigation; None for people who review nothing."""
    if visit is None or not visit.principal.may(Right.CORRECT):
        return None
    with visit.app.database.read() as session:
        return waiting_counts(session, visit.principal)["review"]


def _news_count(visit: Visit | None) -> int:
    """The count beside the saved searches: records that are news and that the person may see."""
    if visit is None or not visit.principal.may(Right.READ):
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
    """What went wrong, what is safe, what to do next."""
    return page(
        request,
        "error.html",
        None,
        status,
        told=tell(error, _language(request)),
        status=status,
        signed_in=COOKIE in request.cookies,
    )
