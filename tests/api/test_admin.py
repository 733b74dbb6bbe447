"""The desk of administrators: who may come, what they do there, and that nobody is locked out."""

import re

import httpx
import pytest
from sqlalchemy import select

from akta.access import accounts, sessions
from akta.access.models import SecondFactor, User, WebSession
from akta.access.roles import ROLES, Right
from akta.audit.models import AuditEntry
from akta.events.jobs import enqueue
from akta.events.models import Job
from akta.operations.backup import back_up
from api.web.admin.names import RIGHTS
from api.web.admin.names import ROLES as ROLE_NAMES
from tests.api.conftest import PASSWORD, Site

PAGES = ("people", "roles", "tokens", "jobs", "health", "models")


def _get(site: Site, path: str) -> httpx.Response:
    return site.client.get(path, headers={"accept": "text/html"}, follow_redirects=False)


def _post(site: Site, path: str, **form: object) -> httpx.Response:
    return site.client.post(path, data=form, headers={"accept": "text/html"}, follow_redirects=False)


def _user(site: Site, login: str) -> User:
    with site.app.database.read() as session:
        return next(user for user in accounts.list_users(session) if user.login == login)


def _actions(site: Site, subject: str) -> list[str]:
    with site.app.database.read() as session:
        query = select(AuditEntry.action).where(AuditEntry.subject == subject).order_by(AuditEntry.seq)
        return list(session.scalars(query))


def test_names_are_complete() -> None:
    assert set(ROLE_NAMES) == set(ROLES)
    assert set(RIGHTS) == {right.value for right in Right}


def test_only_administrators_come_in_and_each_form_carries_the_token(site: Site) -> None:
    clerk = _user(site, "clerk").id
    forms = (
        "people",
        *(f"people/{clerk}/{act}" for act in ("access", "active", "password", "second-factor/take-away")),
        *(f"people/{clerk}/{act}" for act in ("links", "links/end")),
        *(f"people/{clerk}/sessions/{act}" for act in ("end", "end-all")),
        *("roles/clerk/second-factor", "tokens/x/revoke", "jobs/x/retry", "jobs/x/cancel"),
        *("models/train", "models/rollback", "models/x/promote"),
    )
    given = {"works": "false", "number": "x", "required": "true", "reason": "x", "link": "x"}
    for role in ("officer", "auditor"):
        csrf = site.sign_in(role)
        assert "/admin" not in re.findall(r'href="(/admin[^"]*)"', _get(site, "/home").text)
        for path in ("", *(f"/{name}" for name in PAGES), f"/people/{clerk}"):
            assert _get(site, f"/admin{path}").status_code == 403, path
        for path in forms:
            assert _post(site, f"/admin/{path}", csrf=csrf, **given).status_code == 403, path
    site.sign_in("administrator")
    for path in forms:
        assert _post(site, f"/admin/{path}", **given).status_code == 422, path
        assert _post(site, f"/admin/{path}", csrf="x", **given).status_code == 403, path
    assert _user(site, "clerk").active
    assert _get(site, "/admin").headers["location"] == "/admin/people"
    for name in PAGES:
        answer = _get(site, f"/admin/{name}")
        assert answer.status_code == 200, name
        assert f'href="/admin/{name}" aria-current="page"' in answer.text
    assert _get(site, "/admin/people/nobody").status_code == 404


def test_a_person_is_added_and_chooses_a_password(site: Site) -> None:
    csrf = site.sign_in("administrator")
    form = {"csrf": csrf, "login": "Nowa/Osoba?", "name": "<b>Nowa</b>", "roles": ["clerk", "auditor"]}
    refused = _post(site, "/admin/people", **{**form, "roles": []})
    assert refused.status_code == 422
    assert "Give at least one role" in refused.text
    assert 'value="Nowa/Osoba?"' in refused.text
    for wrong in (
        {"roles": ["king"]},
        {"grants": ["hr:9"]},
        {"grants": ["moon:1"]},
        {"grants": ["hr"]},
        {"login": "x"},
    ):
        assert _post(site, "/admin/people", **{**form, **wrong}).status_code == 422, wrong
    made = _post(site, "/admin/people", **form, grants=["hr:2", "lab:0"])
    assert made.status_code == 200
    assert "<b>Nowa</b>" not in made.text
    password = re.search(r'<code class="shown-once" translate="no">([^<]+)</code>', made.text)
    assert password
    person = _user(site, "nowa/osoba?")
    assert (person.roles, {g.domain: g.level for g in person.grants}) == (["auditor", "clerk"], {"hr": 2})
    assert _post(site, "/admin/people", **form).status_code == 422  # there is one already
    assert _get(site, f"/admin/people/{person.id}").status_code == 200
    assert password[1] not in _get(site, f"/admin/people/{person.id}").text
    site.client.cookies.clear()
    _post(site, "/sign-in", login="nowa/osoba?", password=password[1])
    assert _get(site, "/home").headers["location"] == "/account#password"


def test_roles_and_grants_are_changed_and_count_at_once(site: Site) -> None:
    csrf = site.sign_in("administrator")
    clerk = _user(site, "clerk")
    path = f"/admin/people/{clerk.id}"
    answer = _post(site, f"{path}/access", csrf=csrf, roles=["staff"], grants=["hr:1", "lab:0", "it:3"])
    assert answer.headers["location"] == f"{path}?done=access"
    changed = _user(site, "clerk")
    levels = {g.domain: g.level for g in changed.grants}
    assert changed.roles == ["staff"]
    assert (levels["hr"], levels.get("lab"), levels["it"], levels["accounting"]) == (1, None, 3, 3)
    assert "problem=" in _post(site, f"{path}/access", csrf=csrf, roles=[]).headers["location"]
    assert site.client.get("/v1/parties", headers=site.as_("clerk")).status_code == 200
    assert _post(site, f"{path}/active", csrf=csrf, works="false").headers["location"].endswith("done=off")
    assert site.client.get("/v1/parties", headers=site.as_("clerk")).status_code == 401
    _post(site, f"{path}/active", csrf=csrf, works="true")
    assert site.client.get("/v1/parties", headers=site.as_("clerk")).status_code == 200
    assert _actions(site, f"user:{clerk.id}").count("user.access_changed") == 3


def test_the_last_administrator_is_not_locked_out(site: Site) -> None:
    csrf = site.sign_in("administrator")
    me = _user(site, "administrator")
    path = f"/admin/people/{me.id}"
    for answer in (
        _post(site, f"{path}/access", csrf=csrf, roles=["clerk"]),
        _post(site, f"{path}/active", csrf=csrf, works="false"),
    ):
        shown = site.client.get(answer.headers["location"]).text
        assert "is the last administrator" in shown
    assert _user(site, "administrator").active
    assert _user(site, "administrator").roles == ["administrator"]


def test_passwords_sessions_and_factors_of_others(site: Site) -> None:
    site.sign_in("clerk")
    site.sign_in("clerk")
    clerk = _user(site, "clerk")
    with site.app.database.write() as session:
        site.app.second_factors.begin(session, session.get_one(User, clerk.id))
        session.flush()
        session.get_one(SecondFactor, clerk.id).confirmed_at = site.app.clock.now()
    csrf = site.sign_in("administrator")
    path = f"/admin/people/{clerk.id}"
    shown = _get(site, path).text
    numbers = re.findall(r'name="number" value="([0-9a-f]{16})"', shown)
    assert len(numbers) == 2
    _post(site, f"{path}/sessions/end", csrf=csrf, number=numbers[0])
    assert re.findall(r'name="number" value="([0-9a-f]{16})"', _get(site, path).text) == numbers[1:]
    _post(site, f"{path}/sessions/end-all", csrf=csrf)
    assert "Nowhere now" in _get(site, path).text
    assert (
        _post(site, f"{path}/second-factor/take-away", csrf=csrf).headers["location"].endswith("done=factor")
    )
    assert "take-away" not in _get(site, path).text
    made = _post(site, f"{path}/password", csrf=csrf)
    password = re.search(r'<code class="shown-once" translate="no">([^<]+)</code>', made.text)
    assert password
    assert _user(site, "clerk").must_change_password
    with site.app.database.read() as session:
        assert session.scalars(select(WebSession.id).where(WebSession.user_id == clerk.id)).all() == []
        with pytest.raises(accounts.SignInError):
            accounts.check_password(session, "clerk", PASSWORD)
        assert accounts.check_password(session, "clerk", password[1])
    assert _actions(site, f"user:{clerk.id}")[-4:] == [
        "user.sessions_ended",
        "user.sessions_ended",
        "user.second_factor_taken_away",
        "user.password_changed",
    ]


def test_a_role_is_asked_for_a_second_factor(site: Site) -> None:
    csrf = site.sign_in("administrator")
    _post(site, "/admin/roles/officer/second-factor", csrf=csrf, required="true")
    shown = _get(site, "/admin/roles").text
    assert "1 person has none yet" in shown
    assert "second factor missing" in _get(site, "/admin/people").text
    assert (
        "problem="
        in _post(site, "/admin/roles/king/second-factor", csrf=csrf, required="true").headers["location"]
    )
    _post(site, "/admin/roles/officer/second-factor", csrf=csrf, required="false")
    assert "has none yet" not in _get(site, "/admin/roles").text
    assert _actions(site, "role:officer") == ["role.second_factor_required", "role.second_factor_optional"]


def test_a_token_is_revoked(site: Site) -> None:
    csrf = site.sign_in("administrator")
    shown = _get(site, "/admin/tokens").text
    assert shown.count("/revoke") == len(ROLES) + 1
    assert not any(secret in shown for secret in site.tokens.values())
    with site.app.database.read() as session:
        token = next(t.id for t, login in sessions.list_tokens(session) if login == "staff")
    answer = _post(site, f"/admin/tokens/{token}/revoke", csrf=csrf)
    assert answer.headers["location"] == "/admin/tokens?done=revoked"
    assert site.client.get("/v1/parties", headers=site.as_("staff")).status_code == 401
    assert _get(site, "/admin/tokens").text.count("/revoke") == len(ROLES)
    assert _post(site, "/admin/tokens/nothing/revoke", csrf=csrf).status_code == 404


def test_jobs_are_tried_again_or_left_undone_for_a_reason(site: Site) -> None:
    now = site.app.clock.now()
    with site.app.database.write() as session:
        for kind in ("ingest.train", "indexer.purge"):
            enqueue(session, kind, {"actor": "x"}, key=kind, now=now)
        session.flush()
        for job in session.scalars(select(Job)):
            job.state, job.error, job.finished_at = "parked", "<i>broken</i>", now
    csrf = site.sign_in("administrator")
    shown = _get(site, "/admin/jobs").text
    assert "&lt;i&gt;broken" in shown
    assert shown.count("/retry") == 2
    assert shown.count("/cancel") == 1  # what is destroyed must leave the index
    with site.app.database.read() as session:
        train, purge = (
            session.scalars(select(Job.id).where(Job.kind == kind)).one()
            for kind in ("ingest.train", "indexer.purge")
        )
    for job, reason in ((purge, "no time"), (train, " "), (train, "x" * 301), (train, "")):
        answer = _post(site, f"/admin/jobs/{job}/cancel", csrf=csrf, reason=reason)
        assert "problem=" in answer.headers["location"], (job, reason)
    answer = _post(site, f"/admin/jobs/{train}/cancel", csrf=csrf, reason="too few papers")
    assert answer.headers["location"] == "/admin/jobs?done=cancelled"
    assert "too few papers" in _get(site, "/admin/jobs?state=cancelled").text
    assert "problem=" in _post(site, f"/admin/jobs/{train}/cancel", csrf=csrf, reason="x").headers["location"]
    for job in (train, purge):
        answer = _post(site, f"/admin/jobs/{job}/retry", csrf=csrf)
        assert answer.headers["location"] == "/admin/jobs?done=retried"
    assert _get(site, "/admin/jobs").text.count("/retry") == 0
    assert _actions(site, f"job:{train}") == ["job.cancelled", "job.retried"]
    assert _get(site, "/admin/jobs?state=moon").status_code == 422


def test_health_tells_of_the_last_backup_and_of_what_does_not_answer(site: Site) -> None:
    site.sign_in("administrator")
    shown = _get(site, "/admin/health").text
    assert "Database, storage and index answer." in shown
    assert "None was made of this archive yet." in shown
    back_up(site.app, site.app.home.parent / "b.tar")
    assert "to be deleted after" in _get(site, "/admin/health").text
    (site.app.home / "run" / "backup.json").write_text("{", "utf-8")
    assert "None was made of this archive yet." in _get(site, "/admin/health").text
    site.app.index.engine.close()
    assert _get(site, "/admin/health").status_code == 200


def test_versions_of_the_model(site: Site) -> None:
    csrf = site.sign_in("administrator")
    assert "No version was trained yet." in _get(site, "/admin/models").text
    for act in ("train", "rollback", "x+1/promote"):
        answer = _post(site, f"/admin/models/{act}", csrf=csrf)
        if act.startswith("x"):
            assert answer.status_code == 404
        else:
            assert "problem=" in answer.headers["location"]
