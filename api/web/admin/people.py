"""People: added, given roles and grants, switched off, given a new password, signed out."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from akta.access import accounts, sessions, signed_in
from akta.access.models import User
from akta.access.oidc import links
from akta.access.roles import DOMAINS, UNFILED
from akta.access.second_factor import required_roles, with_factor
from akta.kernel.errors import AktaError, InvalidError, NotFoundError
from api.web import labels
from api.web.admin.names import RIGHTS, ROLES, named
from api.web.admin.visits import PeopleVisit, admin_page
from api.web.answers import attempt, back_to, said_by_us
from api.web.session import Visit, check_csrf
from api.web.sessions import sessions_shown
from api.web.wording import tell

router = APIRouter()
_DONE = ("access", "off", "on", "factor", "ended", "linked", "unlinked")
_PLACES = (*DOMAINS, UNFILED)


@router.get("/admin/people")
def show(request: Request, visit: PeopleVisit) -> Response:
    """Everybody, by account name."""
    return _list(request, visit)


@router.post("/admin/people")
def add(
    request: Request,
    visit: PeopleVisit,
    csrf: Annotated[str, Form()],
    login: Annotated[str, Form(max_length=200)] = "",
    name: Annotated[str, Form(max_length=120)] = "",
    roles: Annotated[Sequence[str], Form()] = (),
    grants: Annotated[Sequence[str], Form()] = (),
) -> Response:
    """Add a person; the password is made here, shown once, and changed at the first sign-in."""
    check_csrf(visit, csrf)
    app = visit.app
    password = accounts.generate_password()
    try:
        with app.database.write() as session:
            user = accounts.create_user(
                session,
                app.audit,
                visit.principal.actor,
                login=login,
                name=name,
                password=password,
                roles=_some(roles),
                grants={domain: level for domain, level in _grants(grants).items() if level},
                language=app.settings.first_language,
                now=app.clock.now(),
                must_change_password=True,
            )
    except AktaError as error:
        typed = {"login": login, "name": name, "roles": list(roles), "levels": _levels(grants)}
        return _list(request, visit, 422, problem=tell(error, visit.language), typed=typed)
    return admin_page(request, "password.html", visit, user=user, password=password, fresh=True)


@router.get("/admin/people/{user_id}")
def one(
    request: Request,
    user_id: str,
    visit: PeopleVisit,
    problem: Annotated[str, Query(max_length=300)] = "",
    seal: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """A person: what they may do and see, and where they are signed in."""
    app = visit.app
    with app.database.read() as session:
        user = _person(session, user_id)
        values: dict[str, Any] = {
            "person": user,
            "levels": {g.domain: g.level for g in user.grants},
            "factor": app.second_factors.state(session, user),
            **_links(session, visit, user.id),
            "sessions": sessions_shown(session, visit, user.id),
            "tokens": [t for t, _ in sessions.list_tokens(session, user.id) if t.revoked_at is None],
        }
    return admin_page(
        request,
        "person.html",
        visit,
        **values,
        **_words(visit),
        problem=said_by_us(visit, problem, seal),
        done=done if done in _DONE else "",
    )


@router.post("/admin/people/{user_id}/access")
def access(
    user_id: str,
    visit: PeopleVisit,
    csrf: Annotated[str, Form()],
    roles: Annotated[Sequence[str], Form()] = (),
    grants: Annotated[Sequence[str], Form()] = (),
) -> Response:
    """Change roles and grants; all of the form counts. It acts at the person's next click."""
    check_csrf(visit, csrf)
    app = visit.app

    def run(session: Session) -> None:
        user = _person(session, user_id)
        held = {g.domain: g.level for g in user.grants}
        changed = {d: level for d, level in _grants(grants).items() if held.get(d, 0) != level}
        accounts.change_access(
            session,
            app.audit,
            visit.principal.actor,
            user.login,
            now=app.clock.now(),
            roles=_some(roles),
            grants=changed,
        )

    return _back(visit, user_id, attempt(visit, run), "access")


@router.post("/admin/people/{user_id}/active")
def active(
    user_id: str,
    visit: PeopleVisit,
    csrf: Annotated[str, Form()],
    works: Annotated[bool, Form()],
) -> Response:
    """Switch an account off, which signs the person out and stops their tokens, or on again."""
    check_csrf(visit, csrf)
    app = visit.app

    def run(session: Session) -> None:
        login = _person(session, user_id).login
        accounts.change_access(
            session, app.audit, visit.principal.actor, login, now=app.clock.now(), active=works
        )

    return _back(visit, user_id, attempt(visit, run), "on" if works else "off")


@router.post("/admin/people/{user_id}/password")
def password(request: Request, user_id: str, visit: PeopleVisit, csrf: Annotated[str, Form()]) -> Response:
    """Make a new password, shown this once; all the person's sessions end and they choose another."""
    check_csrf(visit, csrf)
    app = visit.app
    made = accounts.generate_password()
    with app.database.write() as session:
        user = _person(session, user_id)
        accounts.set_password(
            session,
            app.audit,
            visit.principal.actor,
            user.login,
            made,
            now=app.clock.now(),
            must_change=True,
        )
    return admin_page(request, "password.html", visit, user=user, password=made, fresh=False)


@router.post("/admin/people/{user_id}/second-factor/take-away")
def take_factor_away(user_id: str, visit: PeopleVisit, csrf: Annotated[str, Form()]) -> Response:
    """Take a lost second factor away; all the person's sessions end."""
    check_csrf(visit, csrf)

    def run(session: Session) -> None:
        visit.app.second_factors.take_away(session, visit.principal, _person(session, user_id).login)

    return _back(visit, user_id, attempt(visit, run), "factor")


@router.post("/admin/people/{user_id}/links")
def link(
    user_id: str,
    visit: PeopleVisit,
    csrf: Annotated[str, Form()],
    subject: Annotated[str, Form(max_length=400)] = "",
    follows: Annotated[bool, Form()] = False,
) -> Response:
    """Link the account to who its person is at the provider."""
    check_csrf(visit, csrf)
    app, provider = visit.app, visit.app.settings.provider
    if provider is None:
        raise NotFoundError("There is nothing here.")

    def run(session: Session) -> None:
        links.link(
            session,
            app.audit,
            visit.principal,
            _person(session, user_id).login,
            issuer=provider.issuer,
            subject=subject,
            follows_groups=follows and bool(provider.groups),
            now=app.clock.now(),
        )

    return _back(visit, user_id, attempt(visit, run), "linked")


@router.post("/admin/people/{user_id}/links/end")
def unlink(
    user_id: str,
    visit: PeopleVisit,
    csrf: Annotated[str, Form()],
    link: Annotated[str, Form(max_length=64)],
) -> Response:
    """Take a link away; all the person's sessions end."""
    check_csrf(visit, csrf)
    app = visit.app
    with app.database.write() as session:
        login = _person(session, user_id).login
        links.end_link(session, app.audit, visit.principal, login, link, app.clock.now())
    return _back(visit, user_id, "", "unlinked")


@router.post("/admin/people/{user_id}/sessions/end")
def end_session(
    user_id: str,
    visit: PeopleVisit,
    csrf: Annotated[str, Form()],
    number: Annotated[str, Form(max_length=64)],
) -> Response:
    """End one of a person's sessions."""
    check_csrf(visit, csrf)
    app = visit.app
    with app.database.write() as session:
        login = _person(session, user_id).login
        signed_in.end_session_of(session, app.audit, visit.principal, login, number, app.clock.now())
    return _back(visit, user_id, "", "ended")


@router.post("/admin/people/{user_id}/sessions/end-all")
def end_sessions(user_id: str, visit: PeopleVisit, csrf: Annotated[str, Form()]) -> Response:
    """End all sessions of a person."""
    check_csrf(visit, csrf)
    app = visit.app
    with app.database.write() as session:
        login = _person(session, user_id).login
        signed_in.end_sessions_of(session, app.audit, visit.principal, login, app.clock.now())
    return _back(visit, user_id, "", "ended")


def _list(request: Request, visit: Visit, status_code: int = 200, **given: Any) -> Response:
    with visit.app.database.read() as session:
        people = accounts.list_users(session)
        two_steps, asking = with_factor(session), required_roles(session)
        provider = visit.app.settings.provider
        linked = links.linked_people(session, provider.issuer) if provider else set()
    values = {
        "problem": "",
        "typed": {"login": "", "name": "", "roles": ["staff"], "levels": {}},
        "people": people,
        "two_steps": two_steps,
        "asking": asking,
        "linked": linked,
        **_words(visit),
        **given,
    }
    return admin_page(request, "people.html", visit, status_code, **values)


def _links(session: Session, visit: Visit, user_id: str) -> dict[str, Any]:
    provider, found = visit.app.settings.provider, links.links_of(session, user_id)
    may_link = provider is not None and all(one.issuer != provider.issuer for one in found)
    return {"links": found, "provider": provider, "may_link": may_link}


def _words(visit: Visit) -> dict[str, Any]:
    return {
        "role_names": named(ROLES, visit.language),
        "right_names": named(RIGHTS, visit.language),
        "domains": [(code, labels.domain(code, visit.language)) for code in _PLACES],
    }


def _person(session: Session, user_id: str) -> User:
    """The account of that number, with its grants."""
    found = next((user for user in accounts.list_users(session) if user.id == user_id), None)
    if found is None:
        raise NotFoundError("There is no such account.")
    return found


def _some(roles: Sequence[str]) -> list[str]:
    if not roles:
        raise InvalidError("Give at least one role. Who is to do nothing any more is switched off.")
    return list(roles)


def _levels(texts: Sequence[str]) -> dict[str, int]:
    """Grants as typed, for showing them again; what is none is left out."""
    pairs = (text.partition(":") for text in texts)
    return {domain: int(level) for domain, _, level in pairs if level.isdecimal() and len(level) == 1}


def _grants(texts: Sequence[str]) -> dict[str, int]:
    """Levels by domain out of `hr:2`; level 0 is no grant. Raises InvalidError."""
    made = _levels(texts)
    if len(made) != len(texts):
        raise InvalidError("A grant is a domain and a level.")
    return made


def _back(visit: Visit, user_id: str, problem: str, done: str) -> Response:
    return back_to(visit, f"/admin/people/{user_id}", problem, done)
