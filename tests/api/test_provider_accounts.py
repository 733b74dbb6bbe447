"""Whose account it is whom a provider vouches for: linked, matched by a rule, made, and what groups give."""

from collections.abc import Callable
from typing import Any

import pytest

from akta.access import accounts, signed_in
from tests.api.conftest import PASSWORD
from tests.api.gate import Gate
from tests.servers.oidc import OIDCProvider

GROUPS = '{"archive": "clerk accounting:2 hr:1", "it": "administrator", "all of us": "staff"}'


@pytest.fixture
def gate(gates: Callable[..., Gate]) -> Gate:
    made = gates()
    made.link("clerk")
    return made


# -- whose account -------------------------------------------------------------


def test_somebody_unknown_is_told_how_to_be_linked(gate: Gate, provider: OIDCProvider) -> None:
    provider.person, provider.claims = "somebody <new>", {"email": "clerk", "email_verified": True}
    answer = gate.journey()
    assert answer.status_code == 401
    assert "somebody &lt;new&gt;" in answer.text
    assert "An administrator links you" in answer.text
    assert gate.whys() == ["unknown"]
    assert not any(entry[0] == "user.created" and entry[2].get("name") for entry in gate.entries())


def test_somebody_switched_off_stays_out(gate: Gate) -> None:
    with gate.app.database.write() as session:
        accounts.change_access(
            session, gate.app.audit, "system:test", "clerk", now=gate.clock.now(), active=False
        )
    answer = gate.journey()
    assert answer.status_code == 401
    assert "switched off" in answer.text
    assert gate.whys() == ["inactive"]
    assert ("user.sign_in_failed", f"user:{gate.user('clerk').id}") in [e[:2] for e in gate.entries()]


def test_a_subject_is_another_person_in_other_letters(gate: Gate, provider: OIDCProvider) -> None:
    gate.link("officer", subject="AbC")
    provider.person = "abc"
    assert gate.journey().status_code == 401
    provider.person = "AbC"
    assert gate.journey().status_code == 303
    assert gate.who() == "officer"


#: What the provider says, and whose account that is by the rule `email`.
MATCHES: list[tuple[dict[str, Any], str]] = [
    ({"email": "staff", "email_verified": True}, "staff"),
    ({"email": "STAFF ", "email_verified": True}, ""),  # who is linked already
    ({"email": "officer", "email_verified": False}, ""),
    ({"email": "officer", "email_verified": "true"}, ""),
    ({"email": "officer"}, ""),
    ({"email": ["officer"], "email_verified": True}, ""),
    ({"email": "administrator", "email_verified": True}, ""),  # who manages people is linked by hand
    ({"email": "clerk", "email_verified": True}, ""),  # is linked to somebody else
    ({"preferred_username": "officer"}, ""),
]


def test_an_account_is_matched_by_the_rule_alone(gates: Callable[..., Gate], provider: OIDCProvider) -> None:
    gate = gates(oidc_match_claim="email")
    gate.link("clerk", subject="another")
    for number, (provider.claims, who) in enumerate(MATCHES):
        provider.person = f"person {number}"
        assert gate.journey().status_code == (303 if who else 401), number
        assert gate.who() == who, number
    assert gate.whys() == ["unknown"] * (len(MATCHES) - 1)
    # Linked from now on, whatever the rule says.
    provider.person, provider.claims = "person 0", {}
    assert gate.journey().status_code == 303
    assert [e[0] for e in gate.entries()].count("user.linked") == 2


def test_another_claim_can_be_the_rule(gates: Callable[..., Gate], provider: OIDCProvider) -> None:
    gate = gates(oidc_match_claim="preferred_username")
    provider.claims = {"preferred_username": "officer", "email": "staff", "email_verified": True}
    gate.journey()
    assert gate.who() == "officer"


def _creating(gates: Callable[..., Gate]) -> Gate:
    return gates(oidc_unknown="create", oidc_groups_claim="groups", oidc_groups=GROUPS)


def test_an_account_is_made_for_whom_groups_let_in(
    gates: Callable[..., Gate], provider: OIDCProvider
) -> None:
    gate = _creating(gates)
    provider.claims = {
        "groups": ["archive", "all of us", "unheard of", 7],
        "preferred_username": " Anna.Nowak ",
        "name": "Anna\nNowak",
    }
    assert gate.journey().status_code == 303
    assert gate.who() == "AnnaNowak"
    made = gate.user("anna.nowak")
    assert made.roles == ["clerk", "staff"]
    assert {g.domain: g.level for g in made.grants} == {"accounting": 2, "hr": 1}
    # No password opens it, not even none.
    for password in ("", PASSWORD):
        assert gate.post("/sign-in", login="anna.nowak", password=password).status_code in (401, 422)
    # The groups decide at each sign-in.
    provider.claims["groups"] = ["all of us"]
    gate.journey()
    made = gate.user("anna.nowak")
    assert made.roles == ["staff"]
    assert made.grants == []
    changes = [e for e in gate.entries() if e[0] == "user.access_changed"]
    gate.journey()
    assert [
        e for e in gate.entries() if e[0] == "user.access_changed"
    ] == changes  # nothing changed, nothing said


def test_whoever_left_all_groups_loses_what_they_gave(
    gates: Callable[..., Gate], provider: OIDCProvider
) -> None:
    gate = _creating(gates)
    provider.claims = {"groups": "archive", "preferred_username": "anna"}
    gate.journey()
    open_session = gate.cookie
    provider.claims["groups"] = []
    answer = gate.journey()
    assert answer.status_code == 401
    assert "None of your groups" in answer.text
    made = gate.user("anna")
    assert (made.roles, made.grants) == ([], [])
    with gate.app.database.read() as session:
        assert signed_in.list_sessions(session, made.id, gate.clock.now()) == []
    gate.site.client.cookies.set("akta_session", open_session)
    assert gate.who() == ""
    # That it says nothing of groups is something else: nothing changes, and nobody comes in.
    provider.claims = {"groups": ["archive"], "preferred_username": "anna"}
    assert gate.journey().status_code == 303
    provider.claims = {}
    answer = gate.journey()
    assert "did not say which groups" in answer.text
    assert gate.user("anna").roles == ["clerk"]
    assert gate.whys() == ["groups", "no_groups"]


def test_no_account_is_made_over_another(gates: Callable[..., Gate], provider: OIDCProvider) -> None:
    gate = _creating(gates)
    provider.claims = {"groups": ["archive"], "preferred_username": "Administrator"}
    answer = gate.journey()
    assert answer.status_code == 401
    assert provider.person in answer.text
    provider.claims["groups"] = ["unheard of"]
    assert "None of your groups" in gate.journey().text
    assert gate.whys() == ["taken", "groups"]


#: What the provider says, and what a new account is called.
NAMES: list[tuple[dict[str, Any], str]] = [
    ({}, ""),
    ({"email": "ewa@acme.example", "email_verified": True}, "ewa@acme.example"),
    ({"email": "ewa@acme.example"}, ""),
    ({"preferred_username": "x", "name": 7}, ""),
    ({"preferred_username": "e w\u200ba"}, "ewa"),
]


def test_what_a_new_account_is_called(gates: Callable[..., Gate], provider: OIDCProvider) -> None:
    gate = _creating(gates)
    for number, (claims, login) in enumerate(NAMES):
        provider.person, provider.claims = f"Person {number}", {"groups": ["archive"], **claims}
        assert gate.journey().status_code == 303, number
        assert gate.user(login or f"person{number}").password_hash == ""


def test_groups_change_only_whom_they_are_to_change(
    gates: Callable[..., Gate], provider: OIDCProvider
) -> None:
    gate = gates(oidc_groups_claim="groups", oidc_groups=GROUPS)
    gate.link("officer")
    provider.claims = {"groups": ["archive"]}
    assert gate.journey().status_code == 303
    assert gate.user("officer").roles == ["officer"]
    provider.person = "another"
    gate.link("auditor", follows=True)
    gate.journey()
    assert gate.user("auditor").roles == ["clerk"]
    assert {g.domain: g.level for g in gate.user("auditor").grants} == {"accounting": 2, "hr": 1}


@pytest.mark.parametrize("groups", [["archive"], []])
def test_groups_lock_nobody_out_of_managing_people(
    gates: Callable[..., Gate], provider: OIDCProvider, groups: list[str]
) -> None:
    gate = gates(oidc_groups_claim="groups", oidc_groups=GROUPS)
    gate.link("administrator", follows=True)
    provider.claims = {"groups": groups}
    answer = gate.journey()
    assert answer.status_code == 401
    assert "leave nobody who manages people" in answer.text
    assert gate.user("administrator").roles == ["administrator"]
    assert gate.whys() == ["last_administrator"]
