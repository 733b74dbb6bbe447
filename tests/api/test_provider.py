"""Signing in through a provider: there and back, what is refused, and what becomes of the account."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from akta.access import accounts
from akta.access.oidc.provider import KEYS_AGAIN
from tests.api.conftest import Site
from tests.api.gate import Gate, query_of
from tests.servers.oidc import OIDCProvider

BACK = "/sign-in/provider/callback"
GROUPS = '{"archive": "clerk accounting:2 hr:1", "it": "administrator", "all of us": "staff"}'


@pytest.fixture
def gate(gates: Callable[..., Gate]) -> Gate:
    made = gates()
    made.link("clerk")
    return made


def test_without_a_provider_there_is_nothing(site: Site) -> None:
    page = site.client.get("/sign-in", headers={"accept": "text/html"}).text
    assert "provider" not in page
    for path in ("/sign-in/provider", f"{BACK}?state=x&code=y"):
        assert site.client.get(path).status_code == 404
    csrf = site.sign_in("administrator")
    assert site.client.get("/account/prove").status_code == 404
    assert "provider" not in site.client.get("/account").text
    user = site.client.get("/admin/people", headers={"accept": "text/html"}).text
    number = user.split('href="/admin/people/')[1][:26]
    answer = site.client.post(f"/admin/people/{number}/links", data={"csrf": csrf, "subject": "x"})
    assert answer.status_code == 404


def test_the_whole_way(gate: Gate, provider: OIDCProvider) -> None:
    page = gate.get("/sign-in?next=/parties%3Fq=a").text
    assert 'href="http://testserver/sign-in/provider?next=/parties%3Fq%3Da"' in page
    assert "Sign in with Acme ID" in page
    answer = gate.get("/sign-in/provider?next=/parties%3Fq%3Da")
    asked = query_of(answer.headers["location"])
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://testserver/sign-in/provider/callback"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    told = answer.headers["set-cookie"]
    assert "HttpOnly" in told
    assert "SameSite=lax" in told
    assert "Path=/sign-in/provider" in told
    assert not any(asked[name] in told for name in ("state", "nonce", "code_challenge"))
    back = gate.get(gate.at_provider(answer.headers["location"]))
    assert (back.status_code, back.headers["location"]) == (303, "/parties?q=a")
    assert "akta_provider" not in gate.site.client.cookies
    assert gate.who() == "clerk"
    assert ("user.signed_in", f"user:{gate.user('clerk').id}", {"by": "provider", "factor": False}) in (
        gate.entries()
    )
    assert gate.whys() == []
    assert provider.refusals == []


def test_signing_out_offers_to_sign_out_there(gate: Gate, provider: OIDCProvider) -> None:
    gate.journey()
    csrf = gate.get("/session").json()["csrf"]
    answer = gate.post("/sign-out", csrf=csrf)
    assert answer.headers["location"] == "/sign-in?out=provider"
    assert gate.who() == ""
    page = gate.get("/sign-in?out=provider").text
    assert f'href="{provider.url}/leave?client_id=akta"' in page
    assert "Sign out of Acme ID" in page
    csrf = gate.site.sign_in("clerk")
    assert gate.post("/sign-out", csrf=csrf).headers["location"] == "/sign-in"


def test_a_provider_without_a_place_to_sign_out(gate: Gate, provider: OIDCProvider) -> None:
    for where in (None, "javascript:alert(1)", "http://elsewhere.example/leave"):
        provider.metadata = {"end_session_endpoint": where}
        gate.app.provider_sign_ins.provider._metadata = None
        page = gate.get("/sign-in?out=provider").text
        assert "You are signed out of Akta" in page
        assert "Sign out of Acme ID" not in page


def test_only_own_paths_are_gone_on_to(gate: Gate) -> None:
    for target in ("//evil.example", "https://evil.example/", "/\\evil.example", "x", "/" + "a" * 3000):
        assert gate.journey(target).headers["location"] == "/"


# -- what is refused on the way ------------------------------------------------


def _refused(gate: Gate, path: str, why: str, sentence: str) -> None:
    before = gate.whys()
    answer = gate.get(path)
    assert answer.status_code == 401, answer.text
    assert sentence in answer.text
    assert 'name="password"' in answer.text  # the other door stays open
    assert gate.cookie == ""
    assert gate.get("/account").status_code == 303
    assert gate.whys() == [*before, why]
    polish = gate.get(f"{BACK}?state=x", accept_language="pl").text
    assert "Zaloguj się" in polish


def test_somebody_elses_journey_is_refused(gate: Gate) -> None:
    """Login CSRF: the address of an attacker's finished journey is opened in another browser."""
    back = gate.leave()
    gate.site.client.cookies.clear()
    _refused(gate, back, "state", "begun in another window")


def test_a_state_of_another_journey_is_refused(gate: Gate) -> None:
    first = gate.leave()
    gate.leave()
    _refused(gate, first, "state", "begun in another window")


def test_a_made_up_state_or_cookie_is_refused(gate: Gate) -> None:
    _refused(gate, f"{BACK}?state=&code=x", "state", "begun in another window")
    back = gate.leave()
    for cookie in ("", "x", "AAAA" * 40, gate.site.client.cookies["akta_provider"][:-4] + "AAA="):
        gate.site.client.cookies.clear()
        gate.site.client.cookies.set(
            "akta_provider", cookie, domain="testserver.local", path="/sign-in/provider"
        )
        _refused(gate, back, "state", "begun in another window")


def test_too_long_a_stay_is_refused(gate: Gate) -> None:
    back = gate.leave()
    gate.clock.move(minutes=11)
    _refused(gate, back, "state", "took too long")


def test_an_answer_opens_a_session_once(gate: Gate, provider: OIDCProvider) -> None:
    back = gate.leave()
    kept = gate.site.client.cookies["akta_provider"]
    assert gate.get(back).status_code == 303
    _again(gate, kept)
    _refused(gate, back, "code", "used already")  # the provider takes a code once
    # And if it did not, the journey itself is over.
    provider.careless = True
    gate.site.client.cookies.clear()
    back = gate.leave()
    kept = gate.site.client.cookies["akta_provider"]
    assert gate.get(back).status_code == 303
    _again(gate, kept)
    _refused(gate, back, "replayed", "used already")


def _again(gate: Gate, cookie: str) -> None:
    gate.site.client.cookies.clear()
    gate.site.client.cookies.set("akta_provider", cookie, domain="testserver.local", path="/sign-in/provider")


def test_an_answer_of_another_provider_is_refused(gate: Gate, provider: OIDCProvider) -> None:
    for issuer in ("https://evil.example", ""):
        provider.answer = {"iss": issuer}
        _refused(gate, gate.leave(), "mixed_up", "begun in another window")
        gate.site.client.cookies.clear()
    assert "/token" not in provider.asked  # the code went nowhere


def test_what_the_provider_refuses_is_told(gate: Gate, provider: OIDCProvider) -> None:
    provider.answer = {"error": "access_denied", "error_description": "<b>pwned</b>", "code": ""}
    _refused(gate, gate.leave(), "cancelled", "You did not sign in at the provider")
    provider.answer = {"error": "server_error", "code": ""}
    answer = gate.journey()
    assert "does not hold" in answer.text
    assert "server_error" not in answer.text
    provider.answer = {}
    provider.client_secret = "changed there"
    assert gate.journey().status_code == 401
    assert gate.whys() == ["cancelled", "state", "error", "client"]


def _without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda claims: {k: v for k, v in claims.items() if k != name}


def _with(**changed: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda claims: {**claims, **changed}


def _later(name: str, seconds: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda claims: {**claims, name: claims["iat"] + seconds}


#: Changed claims, and why they are refused.
NOT_FOR_US: list[tuple[Callable[[dict[str, Any]], dict[str, Any]], str]] = [
    (_with(nonce="another"), "nonce"),
    (_without("nonce"), "nonce"),
    (_with(nonce=None), "nonce"),
    (_with(aud="another"), "audience"),
    (_with(aud=["another"]), "audience"),
    (_with(aud=[]), "audience"),
    (_without("aud"), "audience"),
    (_with(aud=["akta", "another"]), "audience"),
    (_with(aud=["akta", "another"], azp="another"), "audience"),
    (_with(azp="another"), "audience"),
    (_with(iss="https://evil.example"), "issuer"),
    (_without("iss"), "issuer"),
    (_later("exp", -61), "expired"),
    (_without("exp"), "no_exp"),
    (_with(exp="soon"), "no_exp"),
    (_with(exp=True), "no_exp"),
    (_with(exp=float("nan")), "no_exp"),
    (_later("iat", 61), "early"),
    (_later("nbf", 61), "early"),
    (_without("iat"), "no_iat"),
    (_without("sub"), "subject"),
    (_with(sub=17), "subject"),
    (_with(sub=""), "subject"),
    (_with(sub="x" * 256), "subject"),
    (_with(sub="248289761001\n"), "subject"),
]


def test_a_token_that_is_not_for_us_is_refused(gate: Gate, provider: OIDCProvider) -> None:
    for number, (provider.alter, why) in enumerate(NOT_FOR_US):
        answer = gate.journey()
        assert answer.status_code == 401, number
        assert ("begun in another" if why == "nonce" else "does not hold") in answer.text, number
        assert gate.whys()[-1] == why, number
        assert len(gate.whys()) == number + 1
        assert gate.who() == "", number


#: How a token is signed, its header, and why it is refused.
NOT_SIGNED: list[tuple[str, dict[str, Any], str]] = [
    ("none", {}, "algorithm"),
    ("none", {"alg": "none", "kid": None}, "algorithm"),
    ("HS256", {}, "algorithm"),
    ("HS256", {"kid": None}, "algorithm"),
    ("HS256-secret", {}, "algorithm"),
    ("other", {}, "signature"),
    ("other", {"kid": "nowhere"}, "unknown_key"),
    ("other", {"kid": None}, "signature"),
    ("other", {"jku": "http://evil.example/jwks", "jwk": {"kty": "RSA"}}, "signature"),
    ("RS256", {"crit": ["b64"], "b64": False}, "signature"),
    ("RS256", {"kid": "oct"}, "unknown_key"),
]


def test_a_token_that_the_provider_did_not_sign_is_refused(gate: Gate, provider: OIDCProvider) -> None:
    for number, (provider.sign, provider.header, why) in enumerate(NOT_SIGNED):
        answer = gate.journey()
        assert answer.status_code == 401, number
        assert gate.whys()[-1] == why, number
        assert gate.who() == "", number


def test_clocks_may_differ_a_little(gate: Gate, provider: OIDCProvider) -> None:
    fine = (
        _later("exp", -59),
        _later("iat", 59),
        _with(aud=["akta", "another"], azp="akta"),
        _with(aud=["akta"]),
    )
    for number, provider.alter in enumerate(fine):
        assert gate.journey().status_code == 303, number
        assert gate.who() == "clerk", number


def test_other_ways_to_sign(gate: Gate, provider: OIDCProvider) -> None:
    for provider.sign, provider.header in (("RS256", {"kid": None}), ("ES256", {}), ("ES256", {"kid": None})):
        assert gate.journey().status_code == 303


def test_a_client_that_is_known_by_a_form(gate: Gate, provider: OIDCProvider) -> None:
    provider.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert gate.journey().status_code == 303


def test_keys_change_while_people_sign_in(gate: Gate, provider: OIDCProvider) -> None:
    ticks = [0.0]
    gate.app.provider_sign_ins.provider._tick = lambda: ticks[0]
    assert gate.journey().status_code == 303
    provider.rotate()
    ticks[0] += KEYS_AGAIN - 1
    assert (
        gate.journey().status_code == 401
    )  # asked for just now: one unknown number is no reason to ask again
    assert provider.asked.count("/jwks") == 1
    ticks[0] += 2
    assert gate.journey().status_code == 303
    assert provider.asked.count("/jwks") == 2
    provider.rotate(keep=True)
    ticks[0] += KEYS_AGAIN + 1
    assert gate.journey().status_code == 303
    assert provider.asked.count("/.well-known/openid-configuration") == 1
    ticks[0] += 3601
    assert gate.journey().status_code == 303
    assert provider.asked.count("/.well-known/openid-configuration") == 2


# -- a provider that is away ---------------------------------------------------


def test_a_provider_that_is_away_keeps_nobody_out(gate: Gate, provider: OIDCProvider) -> None:
    ticks = [0.0]
    gate.app.provider_sign_ins.provider._tick = lambda: ticks[0]
    provider.failing = [503]
    answer = gate.get("/sign-in/provider?next=/parties")
    assert answer.status_code == 503
    assert "The provider does not answer" in answer.text
    assert 'value="/parties"' in answer.text
    polish = gate.get("/sign-in/provider", accept_language="pl").text
    assert "Dostawca tożsamości nie odpowiada" in polish
    assert provider.asked == ["/.well-known/openid-configuration"]  # nobody waits for it twice
    assert gate.site.sign_in("clerk")
    ticks[0] += 11
    assert gate.get("/sign-in/provider").status_code == 303
    assert gate.whys() == []


@pytest.mark.parametrize("path", ["/token", "/jwks"])
def test_a_provider_that_breaks_off_on_the_way(gate: Gate, provider: OIDCProvider, path: str) -> None:
    back = gate.leave()
    provider.failing = [502] if path == "/token" else []
    if path == "/jwks":
        provider.jwks = lambda: ["no keys"]  # type: ignore[method-assign,assignment,return-value]
    answer = gate.get(back)
    assert answer.status_code == 503
    assert "Sign in with a password, or try again" in answer.text
    assert gate.who() == ""


def test_a_provider_that_is_silent_is_not_waited_for(gate: Gate, provider: OIDCProvider) -> None:
    gate.app.provider_sign_ins.provider.options = type(gate.app.settings.provider)(
        **{
            **{
                name: getattr(gate.app.settings.provider, name)
                for name in gate.app.settings.provider.__slots__
            },
            "patience": 0.2,
        }
    )
    provider.silent = 2
    assert gate.get("/sign-in/provider").status_code == 503


def test_akta_starts_without_its_provider(gates: Callable[..., Gate], provider: OIDCProvider) -> None:
    gate = gates(oidc_issuer="http://127.0.0.1:1")
    assert gate.get("/sign-in").status_code == 200
    assert gate.get("/sign-in/provider").status_code == 503
    assert provider.asked == []


def test_a_provider_that_says_odd_things_of_itself(gate: Gate, provider: OIDCProvider) -> None:
    ticks = [0.0]
    gate.app.provider_sign_ins.provider._tick = lambda: ticks[0]
    for provider.metadata in (
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
    ):
        answer = gate.get("/sign-in/provider")
        assert answer.status_code == 503
        assert "akta_provider" not in answer.headers.get("set-cookie", "")
        ticks[0] += 11


# -- guesses and floods --------------------------------------------------------


def test_a_page_elsewhere_neither_fills_the_log_nor_closes_a_door(gate: Gate) -> None:
    for _ in range(accounts.THROTTLE_ORIGIN + 5):
        assert gate.get(f"{BACK}?state=x&code=y").status_code == 401
    assert len(gate.whys()) == accounts.THROTTLE_ORIGIN
    assert gate.site.sign_in("clerk")
    assert gate.journey().status_code == 303
    assert gate.who() == "clerk"


def test_refusals_of_one_address_are_counted(gate: Gate, provider: OIDCProvider) -> None:
    provider.person = "unknown"
    for _ in range(accounts.THROTTLE_ORIGIN):
        gate.journey()
    before = len(provider.asked)
    provider.person = "248289761001"
    answer = gate.journey()
    assert answer.status_code == 429
    assert "/token" not in provider.asked[before:]
    assert gate.site.sign_in("clerk")
    gate.clock.move(minutes=16)
    assert gate.journey().status_code == 303


def test_secrets_are_in_no_log(gate: Gate, provider: OIDCProvider, capfd: pytest.CaptureFixture[str]) -> None:
    back = gate.leave()
    gate.get(back)
    told = capfd.readouterr()
    code = query_of(back)["code"]
    assert code not in told.out + told.err
    assert not any(code in str(entry) for entry in gate.entries())
    assert urlsplit(back).path == BACK
