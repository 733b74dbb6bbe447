"""What a provider's settings and answers mean, and asking it over HTTP."""

import contextlib
import socket
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, RSAKey

from akta.access.oidc import fetching
from akta.access.oidc.fetching import ProviderDownError, ask
from akta.access.oidc.options import Access, access_of, read_factors, read_groups
from akta.access.oidc.refusals import sentences
from akta.access.oidc.ticket import Tickets
from akta.access.oidc.tokens import public_keys
from akta.settings import SettingsError, load_settings
from api.web.i18n import messages
from tests.conftest import SetClock

WHOLE = {
    "oidc_issuer": "https://id.example/realms/acme",
    "oidc_client_id": "akta",
    "oidc_client_secret": "s3cret",
    "public_url": "https://akta.example/",
    "public_https": "true",
}


def test_the_settings_of_a_provider(tmp_path: Path) -> None:
    assert load_settings(home=tmp_path).provider is None
    options = load_settings(
        home=tmp_path,
        **WHOLE,
        oidc_groups_claim="groups",
        oidc_groups='{"CN=Archive,OU=Acme": "clerk all:1 hr:3", "it": "administrator"}',
        oidc_second_factor="amr:mfa acr:urn:a:b",
    ).provider
    assert options is not None
    assert options.name == "id.example"
    assert options.redirect_uri == "https://akta.example/sign-in/provider/callback"
    assert options.factors == (("amr", "mfa"), ("acr", "urn:a:b"))
    given = access_of(options.groups, ["CN=Archive,OU=Acme", "it", "unheard of"])
    assert given.roles == ("administrator", "clerk")
    assert given.grants["hr"] == 3
    assert given.grants["unfiled"] == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"public_url": ""}, "AKTA_OIDC_ISSUER needs AKTA_PUBLIC_URL"),
        ({"oidc_client_secret": ""}, "AKTA_OIDC_ISSUER needs AKTA_OIDC_CLIENT_SECRET"),
        ({"oidc_issuer": "http://id.example"}, "AKTA_OIDC_ISSUER: an address without https"),
        ({"oidc_issuer": "id.example"}, "AKTA_OIDC_ISSUER: say https://"),
        ({"oidc_issuer": "https://u:s3cret@id.example"}, "AKTA_OIDC_ISSUER: say https://"),
        ({"oidc_issuer": "https://id.example/?a=b"}, "AKTA_OIDC_ISSUER: say https://"),
        ({"oidc_issuer": "https://[::1"}, "AKTA_OIDC_ISSUER: say https://"),
        ({"public_url": "akta.example"}, "AKTA_PUBLIC_URL: say https://"),
        ({"public_url": "https://akta.example/akta"}, "AKTA_PUBLIC_URL: say the address without a path"),
        ({"public_https": "false"}, "AKTA_PUBLIC_URL begins with https: exactly where AKTA_PUBLIC_HTTPS"),
        ({"public_url": "http://akta.example"}, "AKTA_PUBLIC_URL begins with https: exactly where"),
        ({"oidc_ca": "/no/such.pem"}, "AKTA_OIDC_CA: there is no file '/no/such.pem'"),
        ({"oidc_scopes": "profile email"}, "AKTA_OIDC_SCOPES: openid is one of them"),
        ({"oidc_groups_claim": "groups"}, "AKTA_OIDC_GROUPS_CLAIM and AKTA_OIDC_GROUPS go together"),
        ({"oidc_groups": '{"a": "clerk"}'}, "AKTA_OIDC_GROUPS_CLAIM and AKTA_OIDC_GROUPS go together"),
        ({"oidc_groups": "a=clerk"}, "AKTA_OIDC_GROUPS: say a JSON object"),
        ({"oidc_groups": '["clerk"]'}, "AKTA_OIDC_GROUPS: say a JSON object"),
        ({"oidc_groups": '{"a": ["clerk"]}'}, "AKTA_OIDC_GROUPS: say a JSON object"),
        ({"oidc_groups": '{"a": "chief"}'}, "AKTA_OIDC_GROUPS: 'chief' of the group 'a' is neither a role"),
        ({"oidc_groups": '{"a": "hr:4"}'}, "AKTA_OIDC_GROUPS: 'hr:4' of the group 'a' is neither a role"),
        ({"oidc_unknown": "create"}, "AKTA_OIDC_UNKNOWN=create needs AKTA_OIDC_GROUPS"),
        ({"oidc_unknown": "all"}, "AKTA_OIDC_UNKNOWN: "),
        ({"oidc_second_factor": "mfa"}, "AKTA_OIDC_SECOND_FACTOR: 'mfa' is neither amr:VALUE nor acr:VALUE"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, given: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(home=tmp_path, **{**WHOLE, **given})
    assert told in caught.value.message
    assert "s3cret" not in caught.value.message


def test_no_groups_give_nothing() -> None:
    assert read_groups("") == {}
    assert read_factors(" ") == ()
    assert access_of({"a": Access(("clerk",), {"hr": 1})}, []) == Access()
    both = access_of({"a": Access(("clerk",), {"hr": 1}), "b": Access((), {"hr": 2, "lab": 1})}, ["b", "a"])
    assert both == Access(("clerk",), {"hr": 2, "lab": 1})


def test_every_refusal_is_told_in_polish() -> None:
    assert len(sentences()) > 9
    assert [said for said in sentences() if not messages("pl").get(said)] == []


def test_a_ticket_is_opened_where_it_was_made(clock: SetClock) -> None:
    tickets, other = Tickets(b"k" * 32), Tickets(b"l" * 32)
    ticket = tickets.new("/parties?q=ł", clock.now())
    sealed = tickets.seal(ticket)
    assert tickets.open(sealed, clock.now()) == ticket
    assert other.open(sealed, clock.now()) is None
    assert tickets.new("/" + "ł" * 800, clock.now()).target == "/"
    assert len(tickets.seal(tickets.new("/" + "a" * 1499, clock.now()))) < 3900
    clock.move(seconds=-61)
    assert tickets.open(sealed, clock.now()) is None
    # The challenge of RFC 7636, appendix B.
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    told = type(ticket)("", "", verifier, "/", 0)
    assert told.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_only_keys_that_sign_are_taken() -> None:
    fine = {**ECKey.generate_key("P-256").as_dict(private=False), "kid": "fine"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        small = {**RSAKey.generate_key(1024).as_dict(private=False), "kid": "small"}
    listed = [
        *(fine, small, {**fine, "use": "enc"}, {**fine, "x": "!"}, {**fine, "crv": "P-0"}, {"kty": "EC"}),
        *({"kty": "oct", "k": "c2VjcmV0"}, {"kty": ["RSA"]}, "a key", None),
    ]
    assert [key.kid for key in public_keys({"keys": listed})] == ["fine"]
    for nothing in ({}, {"keys": None}, {"keys": "RSA"}):
        assert public_keys(nothing) == []


@pytest.fixture
def said() -> Iterator[tuple[int, list[bytes]]]:
    """A port, and the pieces that whoever asks there is answered with."""
    pieces: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            with line:
                line.recv(65536)
                for piece in pieces:
                    try:
                        line.sendall(piece)
                    except OSError:
                        break

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield server.getsockname()[1], pieces
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(10)


def test_a_provider_that_drips_its_answer_is_not_waited_for() -> None:
    """Each wait of the library ends with the next byte, so only a deadline over all of it ends the whole."""
    server, ended = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def drip() -> None:
        line, _ = server.accept()
        with line, contextlib.suppress(OSError):
            line.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
            for _ in range(100):
                time.sleep(0.1)
                line.sendall(b"x")
            ended.set()

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    with pytest.raises(ProviderDownError):
        ask("GET", f"http://127.0.0.1:{server.getsockname()[1]}/", seconds=0.4)
    assert not ended.is_set()  # it was still dripping
    server.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 429 Wait\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<ht>",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\xff\xfe",
        b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}",
        b"SSH-2.0-OpenSSH\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 200_000,
    ],
)
def test_what_is_no_answer_is_a_provider_that_is_away(said: tuple[int, list[bytes]], answer: bytes) -> None:
    port, pieces = said
    pieces.append(answer)
    with pytest.raises(ProviderDownError):
        ask("GET", f"http://127.0.0.1:{port}/", seconds=2)


def test_a_long_answer_is_not_read_to_its_end(said: tuple[int, list[bytes]]) -> None:
    port, pieces = said
    pieces += [b"HTTP/1.1 200 OK\r\n\r\n", b'{"a": "', *[b"x" * 65536] * 64, b'"}']
    with pytest.raises(ProviderDownError) as caught:
        ask("GET", f"http://127.0.0.1:{port}/", seconds=5)
    assert "too long" in str(caught.value.params["detail"])
    pieces[:] = [b"HTTP/1.1 200 OK\r\n\r\n", b'{"a": "', *[b"x" * 65536] * 8, b'"}']
    assert ask("GET", f"http://127.0.0.1:{port}/", seconds=5)[0] == 200
    assert fetching._LONGEST == 1 << 20


def test_a_certificate_that_nobody_vouches_for_is_refused(said: tuple[int, list[bytes]]) -> None:
    port, pieces = said
    pieces.append(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    with pytest.raises(ProviderDownError):
        ask("GET", f"https://127.0.0.1:{port}/", seconds=2)
