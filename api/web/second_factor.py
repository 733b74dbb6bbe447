"""One's own second factor: setting it up, recovery codes, taking it away."""

from base64 import b64encode
from dataclasses import replace
from typing import Annotated, Any

import zxingcpp
from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from akta.access import sessions
from akta.access.models import User
from akta.access.second_factor import Setup
from akta.access.signing_in import is_fresh
from akta.kernel.errors import AktaError
from api.web.answers import back_to, said_by_us
from api.web.pages import page
from api.web.session import Visit, VisitDep, check_csrf, keep_session, visitor_of
from api.web.wording import tell

router = APIRouter()
_PATH = "/account/second-factor"
_DONE = ("removed",)


@router.get("/account/second-factor")
def show(
    request: Request,
    visit: VisitDep,
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """What there is, and what can be done with it."""
    said = said_by_us(visit, problem, seal)
    return _page(request, visit, problem=said, done=done if done in _DONE else "")


@router.post("/account/second-factor")
def begin(
    request: Request,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    password: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Make a secret to be put into an app. Asks for the password, or has the provider ask: an open session
    proves less than that."""
    check_csrf(visit, csrf)
    app = visit.app
    try:
        app.sign_ins.prove_person(visit.secret, password, visitor_of(request).origin)
        with app.database.write() as session:
            app.second_factors.begin(session, session.get_one(User, visit.principal.user_id))
    except AktaError as error:
        return back_to(visit, _PATH, tell(error, visit.language))
    return back_to(visit, _PATH, "")


@router.post("/account/second-factor/confirm")
def confirm(
    request: Request,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    code: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """Let it count. All other sessions end, and this one gets a new secret."""
    check_csrf(visit, csrf)
    app, user_id = visit.app, visit.principal.user_id or ""
    try:
        confirmed = app.sign_ins.confirm(user_id, code, visitor_of(request))
    except AktaError as error:
        return back_to(visit, _PATH, tell(error, visit.language))
    with app.database.read() as session:
        found = sessions.find_session(session, confirmed.secret, app.clock.now())
    fresh = replace(visit, csrf=found[0].csrf if found else "", secret=confirmed.secret)
    response = _page(request, fresh, codes=confirmed.codes)
    keep_session(response, app, confirmed.secret)
    return response


@router.post("/account/second-factor/codes")
def new_codes(
    request: Request,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    password: Annotated[str, Form(max_length=2000)] = "",
    code: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """Ten new recovery codes in place of the old ones."""
    check_csrf(visit, csrf)
    app = visit.app
    try:
        _prove(request, visit, password, code)
        with app.database.write() as session:
            codes = app.second_factors.new_codes(session, session.get_one(User, visit.principal.user_id))
    except AktaError as error:
        return back_to(visit, _PATH, tell(error, visit.language))
    return _page(request, visit, codes=codes)


@router.post("/account/second-factor/remove")
def remove(
    request: Request,
    visit: VisitDep,
    csrf: Annotated[str, Form()],
    password: Annotated[str, Form(max_length=2000)] = "",
    code: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """Take it away, to set up another or none. Where a role asks for one, nothing else is open until then."""
    check_csrf(visit, csrf)
    app = visit.app
    try:
        _prove(request, visit, password, code)
        with app.database.write() as session:
            app.second_factors.remove(session, session.get_one(User, visit.principal.user_id))
    except AktaError as error:
        return back_to(visit, _PATH, tell(error, visit.language))
    return back_to(visit, _PATH, "", "removed")


def _prove(request: Request, visit: Visit, password: str, code: str) -> None:
    """Both factors, so that somebody at an open session can change neither. Failures are counted."""
    origin = visitor_of(request).origin
    visit.app.sign_ins.prove_person(visit.secret, password, origin)
    visit.app.sign_ins.prove_code(visit.principal.user_id or "", code, origin)


def _page(request: Request, visit: Visit, **values: Any) -> Response:
    app = visit.app
    with app.database.read() as session:
        user = session.get_one(User, visit.principal.user_id)
        state = app.second_factors.state(session, user)
        setup = app.second_factors.setup(session, user)
        how = sessions.session_of(session, visit.secret)
    by_provider = how is not None and how.by_provider
    proof = {
        "by_provider": by_provider,
        "needed": by_provider and how is not None and not is_fresh(how, app.clock.now()),
        "asserted": how is not None and how.provider_factor,
    }
    told = {"problem": "", "done": "", "codes": None, **values}
    return page(
        request,
        "second_factor.html",
        visit,
        state=state,
        setup=setup,
        qr=_qr(setup) if setup else "",
        proof=proof,
        **told,
    )


def _qr(setup: Setup) -> str:
    """The address as a picture that is made here and asks no other server."""
    svg = zxingcpp.create_barcode(setup.uri, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_svg()
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode("ascii")
