"""Links on the pages of administrators and of the person, and what a provider's sign-in owes: second factor,
password, being asked anew."""

import re
from base64 import b32decode
from collections.abc import Callable

import pytest

from akta.access import totp
from akta.access.models import User
from akta.access.principal import operator
from tests.api.conftest import PASSWORD
from tests.api.gate import Gate
from tests.servers.oidc import OIDCProvider

FACTOR = "/account/second-factor"


@pytest.fixture
def gate(gates: Callable[..., Gate]) -> Gate:
    return gates()


def _csrf(gate: Gate) -> str:
    return str(gate.get("/session").json()["csrf"])


def _require(gate: Gate, role: str) -> None:
    with gate.app.database.write() as session:
        gate.app.second_factors.require(session, operator("test"), role, required=True)


# -- links on pages ------------------------------------------------------------


def test_an_administrator_links_and_unlinks(gate: Gate, provider: OIDCProvider) -> None:
    csrf = gate.site.sign_in("administrator")
    clerk = f"/admin/people/{gate.user('clerk').id}"
    page = gate.get(clerk).text
    assert "Identifier at Acme ID (sub)" in page
    assert 'name="follows"' not in page  # no groups are set, so there is nothing to follow
    answer = gate.post(f"{clerk}/links", csrf=csrf, subject=f" {provider.person} ", follows="true")
    assert answer.headers["location"] == f"{clerk}?done=linked"
    page = gate.get(answer.headers["location"]).text
    assert "The person can sign in there from now on" in page
    assert f'<code translate="no">{provider.person}</code>' in page
    assert "Identifier at Acme ID (sub)" not in page
    number = re.search(r'name="link" value="([^"]+)"', page)
    assert number
    assert "password or provider" in gate.get("/admin/people").text
    linked = [e for e in gate.entries() if e[0] == "user.linked"]
    assert linked[0][1:] == (
        f"user:{gate.user('clerk').id}",
        {"issuer": provider.url, "identifier": provider.person, "follows_groups": False},
    )
    assert gate.journey().status_code == 303
    assert gate.who() == "clerk"
    page = gate.get("/account").text
    assert "Acme ID" in page
    assert provider.person in page
    there = gate.cookie
    csrf = gate.site.sign_in("administrator")
    answer = gate.post(f"{clerk}/links/end", csrf=csrf, link=number[1])
    assert answer.headers["location"] == f"{clerk}?done=unlinked"
    gate.site.client.cookies.clear()
    gate.site.client.cookies.set("akta_session", there)
    assert gate.who() == ""  # what the link opened is closed with it
    assert gate.journey().status_code == 401
    assert [e[0] for e in gate.entries()].count("user.unlinked") == 1


def test_what_cannot_be_linked(gate: Gate, provider: OIDCProvider) -> None:
    csrf = gate.site.sign_in("administrator")
    clerk, officer = (f"/admin/people/{gate.user(name).id}" for name in ("clerk", "officer"))
    assert gate.post(f"{clerk}/links", csrf=csrf, subject="a\x00b").status_code == 422
    for subject in ("", "  ", "x" * 256):
        answer = gate.post(f"{clerk}/links", csrf=csrf, subject=subject)
        assert "identifier+that+the+provider+has" in answer.headers["location"]
    assert gate.post(f"{clerk}/links", csrf="x", subject="a").status_code == 403
    assert gate.post(f"{clerk}/links", csrf=csrf, subject="a").headers["location"].endswith("done=linked")
    assert (
        "linked+to+this+provider+already"
        in gate.post(f"{clerk}/links", csrf=csrf, subject="b").headers["location"]
    )
    told = gate.post(f"{officer}/links", csrf=csrf, subject="a").headers["location"]
    assert "linked+to+the+account+%27clerk%27" in told
    number = re.search(r'name="link" value="([^"]+)"', gate.get(clerk).text)
    assert number
    assert gate.post(f"{officer}/links/end", csrf=csrf, link=number[1]).status_code == 404
    csrf = gate.site.sign_in("officer")
    for path, form in (
        (f"{officer}/links", {"subject": "mine"}),
        (f"{clerk}/links/end", {"link": number[1]}),
    ):
        assert gate.post(path, csrf=csrf, **form).status_code == 403


def test_a_link_of_a_provider_that_was_given_up(gates: Callable[..., Gate], provider: OIDCProvider) -> None:
    gate = gates()
    with gate.app.database.write() as session:
        from akta.access.oidc.links import add_link

        user = session.get_one(User, gate.user("clerk").id)
        facts = {"issuer": "https://old.example", "subject": provider.person, "follows_groups": False}
        add_link(session, gate.app.audit, "system:test", user, now=gate.clock.now(), **facts)
    assert gate.journey().status_code == 401  # the same number at another provider is another person
    gate.site.sign_in("administrator")
    page = gate.get(f"/admin/people/{gate.user('clerk').id}").text
    assert "https://old.example" in page
    assert "signs nobody in now" in page
    assert "Identifier at Acme ID (sub)" in page


def test_the_form_to_follow_groups(gates: Callable[..., Gate], provider: OIDCProvider) -> None:
    gate = gates(oidc_groups_claim="groups", oidc_groups='{"archive": "clerk"}')
    csrf = gate.site.sign_in("administrator")
    staff = f"/admin/people/{gate.user('staff').id}"
    assert 'name="follows"' in gate.get(staff).text
    gate.post(f"{staff}/links", csrf=csrf, subject=provider.person, follows="true")
    assert "what is saved above lasts until the next sign-in there" in gate.get(staff).text
    provider.claims = {"groups": ["archive"]}
    gate.journey()
    assert gate.user("staff").roles == ["clerk"]


# -- duties --------------------------------------------------------------------


def test_a_password_that_an_administrator_made_is_not_owed_by_this_door(gate: Gate) -> None:
    gate.link("clerk")
    csrf = gate.site.sign_in("administrator")
    gate.post(f"/admin/people/{gate.user('clerk').id}/password", csrf=csrf)
    assert gate.user("clerk").must_change_password
    gate.journey()
    assert gate.get("/review").status_code == 200
    assert "An administrator chose your password" not in gate.get("/account").text


def test_our_second_factor_is_owed_whatever_the_provider_says(gate: Gate, provider: OIDCProvider) -> None:
    """Unless the settings say so, what the provider asserts counts for nothing."""
    gate.link("clerk")
    _require(gate, "clerk")
    provider.claims = {"amr": ["pwd", "mfa"], "acr": "urn:strong"}
    gate.journey()
    answer = gate.get("/review")
    assert (answer.status_code, answer.headers["location"]) == (303, FACTOR)


def test_what_the_provider_asserts_may_stand_for_our_factor(
    gates: Callable[..., Gate], provider: OIDCProvider
) -> None:
    gate = gates(oidc_second_factor="amr:mfa acr:urn:strong")
    gate.link("clerk")
    _require(gate, "clerk")
    for claims, enough in (
        ({"amr": ["pwd", "mfa"]}, True),
        ({"acr": "urn:strong"}, True),
        ({"amr": ["pwd"]}, False),
        ({"amr": "mfa"}, False),
        ({"acr": "mfa"}, False),
        ({"amr": ["urn:strong"]}, False),
        ({}, False),
    ):
        provider.claims = claims
        gate.journey()
        assert gate.get("/review").status_code == (200 if enough else 303), claims
    assert ("user.signed_in", f"user:{gate.user('clerk').id}", {"by": "provider", "factor": True}) in (
        gate.entries()
    )
    provider.claims = {"amr": ["mfa"]}
    gate.journey()
    assert "What the provider says of its own stands for it" in gate.get("/account").text
    # It is this session's, not the person's: a password alone owes the factor as before.
    gate.site.client.cookies.clear()
    gate.post("/sign-in", login="clerk", password=PASSWORD)
    assert gate.get("/review").headers["location"] == FACTOR


def _enrol(gate: Gate) -> bytes:
    """Set a factor up in a session that the provider opened just now; the app's secret."""
    csrf = _csrf(gate)
    assert gate.post(FACTOR, csrf=csrf).headers["location"] == FACTOR
    found = re.search(r'<code class="secret" translate="no">([A-Z2-7 ]+)</code>', gate.get(FACTOR).text)
    assert found
    secret = b32decode(found[1].replace(" ", ""))
    code = totp.code_at(secret, totp.step_of(gate.clock.now()))
    assert gate.post(f"{FACTOR}/confirm", csrf=csrf, code=code).status_code == 200
    gate.clock.move(seconds=60)
    return secret


def test_our_factor_is_asked_for_after_the_provider(
    gates: Callable[..., Gate], provider: OIDCProvider
) -> None:
    gate = gates(oidc_second_factor="amr:mfa")
    gate.link("clerk")
    _require(gate, "clerk")
    gate.journey()
    secret = _enrol(gate)
    assert gate.get("/review").status_code == 200
    answer = gate.journey("/parties")
    assert answer.headers["location"] == "/sign-in/code?next=/parties"
    told = next(v for v in answer.headers.get_list("set-cookie") if v.startswith("akta_second_step"))
    assert "SameSite=lax" in told  # a strict one would be lost on the way from the provider
    assert gate.cookie == ""
    page = gate.get("/sign-in/code").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)[1]  # type: ignore[index]
    code = totp.code_at(secret, totp.step_of(gate.clock.now()))
    answer = gate.post("/sign-in/code", csrf=csrf, code=code, next="/parties")
    assert (answer.status_code, answer.headers["location"]) == (303, "/parties")
    assert gate.who() == "clerk"
    csrf = _csrf(gate)
    assert gate.post("/sign-out", csrf=csrf).headers["location"] == "/sign-in?out=provider"
    provider.claims = {"amr": ["mfa"]}
    assert gate.journey("/parties").headers["location"] == "/parties"


# -- being asked anew ----------------------------------------------------------


def test_who_has_no_password_proves_it_at_the_provider(
    gates: Callable[..., Gate], provider: OIDCProvider
) -> None:
    gate = gates(oidc_unknown="create", oidc_groups_claim="groups", oidc_groups='{"archive": "clerk"}')
    provider.claims = {"groups": ["archive"], "preferred_username": "anna"}
    gate.journey()
    page = gate.get("/account").text
    assert 'action="/account/password"' not in page
    assert "A provider signs you in" in page
    gate.clock.move(minutes=11)
    page = gate.get(FACTOR).text
    assert "Prove that it is you" in page
    assert f'action="{FACTOR}"' not in page
    before = gate.cookie
    answer = gate.post(FACTOR, csrf=_csrf(gate), password="anything at all")
    assert "problem=It+is+a+while" in answer.headers["location"]
    answer = gate.get(gate.leave(FACTOR, "/account/prove"))
    assert (answer.status_code, answer.headers["location"]) == (303, FACTOR)
    assert gate.cookie == before
    _enrol(gate)
    assert "Signing in asks for a code of your app" in gate.get("/account").text


def test_being_asked_anew_is_what_counts(gate: Gate, provider: OIDCProvider) -> None:
    gate.link("clerk")
    gate.journey()
    gate.clock.move(minutes=11)
    csrf = _csrf(gate)
    # The provider let the browser through without asking.
    provider.alter = lambda claims: {**claims, "auth_time": claims["iat"] - 600}
    answer = gate.get(gate.leave(FACTOR, "/account/prove"))
    assert answer.status_code == 401
    assert "did not ask you who you are" in answer.text
    provider.alter = lambda claims: {k: v for k, v in claims.items() if k != "auth_time"}
    assert gate.get(gate.leave(FACTOR, "/account/prove")).status_code == 401
    provider.alter = lambda claims: {**claims, "auth_time": claims["iat"] + 3600}
    assert gate.get(gate.leave(FACTOR, "/account/prove")).status_code == 401
    # Somebody else answered.
    provider.alter = dict
    gate.link("officer", subject="another")
    provider.person = "another"
    assert "as somebody else" in gate.get(gate.leave(FACTOR, "/account/prove")).text
    assert gate.who() == "clerk"
    assert gate.whys() == ["not_fresh", "not_fresh", "not_fresh", "other_person"]
    assert "problem=" in gate.post(FACTOR, csrf=csrf).headers["location"]


def test_a_password_proves_nothing_new_about_the_provider(gate: Gate) -> None:
    """Who came by a password gives the password; a journey to the provider does not replace it."""
    gate.link("clerk")
    csrf = gate.site.sign_in("clerk")
    assert gate.get(gate.leave(FACTOR, "/account/prove")).status_code == 303
    assert "problem=" in gate.post(FACTOR, csrf=csrf, password="a guess at it").headers["location"]
    assert gate.post(FACTOR, csrf=csrf, password=PASSWORD).headers["location"] == FACTOR


def test_to_be_asked_anew_one_is_signed_in(gate: Gate) -> None:
    assert gate.get("/account/prove").headers["location"].startswith("/sign-in?next=")
