"""An OpenID provider of our own: real HTTP, real signatures, strict with its client, able to misbehave.

It is written here, so it shows what Akta does with each answer, not that others answer so. There is one
client and one person at a time, who agrees to everything; whatever a client must send is checked.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from joserfc import jwk, jws
from joserfc.jws import JWSRegistry

from tests.servers.http import Quiet, answering

_MUST = {
    *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce"),
    *("code_challenge", "code_challenge_method"),
}


def _real_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class OIDCProvider:
    """A running provider.

    `person` is who is signed in there, `claims` what it says beside; `alter` changes a token's claims before
    it is signed, `header` its header, `sign` is how (`RS256`, `ES256`, `HS256` with the public key or the
    client's secret, `none`, `other` for a key that is nowhere). `failing` are statuses of the next answers,
    `silent` seconds to wait before each; `careless` takes a code as often as it comes.
    `asked` are the paths in order.
    """

    client_id: str = "akta"
    client_secret: str = "a secret with +, % and spaces"
    redirect_uri: str = "http://testserver/sign-in/provider/callback"
    url: str = ""
    person: str = "248289761001"
    claims: dict[str, Any] = field(default_factory=dict)
    alter: Callable[[dict[str, Any]], dict[str, Any]] = dict
    header: dict[str, Any] = field(default_factory=dict)
    sign: str = "RS256"
    metadata: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, str] = field(default_factory=dict)
    failing: list[int] = field(default_factory=list)
    silent: float = 0.0
    careless: bool = False
    now: Callable[[], datetime] = _real_now
    signed_in_at: int = 0
    asked: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _keys: list[Any] = field(default_factory=list)
    _turn: int = 0

    def rotate(self, *, keep: bool = False) -> None:
        """Sign with new keys from now on; `keep`: the old ones stay in what is published."""
        self._turn += 1
        made = []
        for kind, key in _keys()[self._turn % 3].items():
            private = {**key.as_dict(private=True), "kid": f"{kind}-{self._turn}"}
            made.append(type(key).import_key(private))
        self._keys = [*self._keys, *made] if keep else made

    # -- answers ---------------------------------------------------------------

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "end_session_endpoint": f"{self.url}/leave",
            "authorization_response_iss_parameter_supported": True,
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            **self.metadata,
        }

    def jwks(self) -> dict[str, Any]:
        shown = [{**key.as_dict(private=False), "use": "sig"} for key in self._keys]
        return {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "oct"}, {"kty": "unheard"}, *shown]}

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser goes next. Raises ValueError for what no client may ask."""
        missing = _MUST - set(query)
        if missing or query["redirect_uri"] != self.redirect_uri or query["client_id"] != self.client_id:
            raise ValueError(f"missing {missing} or another client")
        if query["code_challenge_method"] != "S256" or "openid" not in query["scope"].split():
            raise ValueError("no S256 or no openid")
        if query.get("prompt") == "login" or not self.signed_in_at:
            self.signed_in_at = int(self.now().timestamp())
        if "error" in self.answer:
            told = {"state": query["state"], "iss": self.url, **self.answer}
        else:
            code = secrets.token_urlsafe(16)
            self._codes[code] = query
            told = {"code": code, "state": query["state"], "iss": self.url, **self.answer}
        told = {name: value for name, value in told.items() if value}
        return f"{query['redirect_uri']}?{urlencode(told)}"

    def token(self, authorization: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        kind, _, told = authorization.partition(" ")
        pair = base64.b64decode(told).decode() if kind == "Basic" else ":"
        client, secret = (unquote_plus(part) for part in pair.split(":", 1))
        if not client and self.metadata.get("token_endpoint_auth_methods_supported") == [
            "client_secret_post"
        ]:
            client, secret = form.get("client_id", ""), form.get("client_secret", "")
        if (client, secret) != (self.client_id, self.client_secret):
            return self._refuse(401, "invalid_client")
        take = self._codes.get if self.careless else self._codes.pop
        query = take(form.get("code", ""), None)
        if form.get("grant_type") != "authorization_code" or query is None:
            return self._refuse(400, "invalid_grant")
        proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if proof.decode().rstrip("=") != query["code_challenge"] or form["redirect_uri"] != self.redirect_uri:
            return self._refuse(400, "invalid_grant")
        made = int(self.now().timestamp())
        claims = {
            "iss": self.url,
            "sub": self.person,
            "aud": self.client_id,
            "iat": made,
            "exp": made + 300,
            "auth_time": self.signed_in_at,
            "nonce": query["nonce"],
            **self.claims,
        }
        token = self._signed(self.alter(claims))
        return 200, {"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": token}

    def _refuse(self, status: int, error: str) -> tuple[int, dict[str, Any]]:
        self.refusals.append(error)
        return status, {"error": error, "error_description": "<b>never shown</b>"}

    def _signed(self, claims: dict[str, Any]) -> str:
        rsa, ec = self._keys[-2:]
        key = {"ES256": ec, "other": _keys()[3]["RSA"]}.get(self.sign, rsa)
        algorithm = {"other": "RS256", "HS256-secret": "HS256"}.get(self.sign, self.sign)
        header = {"alg": algorithm, "kid": ec.kid if key is ec else rsa.kid, **self.header}
        header = {name: value for name, value in header.items() if value is not None}
        if algorithm in ("RS256", "ES256"):
            every = JWSRegistry(algorithms=["RS256", "ES256"], strict_check_header=False)
            return jws.serialize_compact(header, json.dumps(claims), key, registry=every)
        # By hand, for a library that is any good refuses to make what nobody should take.
        signed = b".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
        secret = rsa.as_pem(private=False) if self.sign == "HS256" else self.client_secret.encode()
        mac = b"" if algorithm == "none" else hmac.digest(secret, signed, "sha256")
        return (signed + b"." + _base64(mac)).decode()


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


_made: list[dict[str, Any]] = []


def _keys() -> list[dict[str, Any]]:
    """Four pairs of keys, made once: making an RSA key takes a moment."""
    while len(_made) < 4:
        _made.append({"RSA": jwk.RSAKey.generate_key(2048), "EC": jwk.ECKey.generate_key("P-256")})
    return _made


@contextlib.contextmanager
def oidc_provider() -> Iterator[OIDCProvider]:
    """Start one."""
    made = OIDCProvider()
    made.rotate()

    class Answers(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if self._unwell(parts.path):
                return
            if parts.path == "/.well-known/openid-configuration":
                self._json(200, made.discovery())
            elif parts.path == "/jwks":
                self._json(200, made.jwks())
            elif parts.path == "/authorize":
                try:
                    where = made.authorize(dict(parse_qsl(parts.query)))
                except ValueError as error:
                    made.refusals.append(str(error))
                    self._json(400, {"error": str(error)})
                    return
                self.send_response(303)
                self.send_header("location", where)
                self.send_header("content-length", "0")
                self.end_headers()
            else:
                self._json(404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            if self._unwell(self.path):
                return
            self._json(*made.token(self.headers.get("authorization", ""), dict(parse_qsl(body))))

        def _unwell(self, path: str) -> bool:
            made.asked.append(path)
            time.sleep(made.silent)
            if not made.failing:
                return False
            self._json(made.failing.pop(0), {"error": "made to fail"})
            return True

        def _json(self, status: int, told: dict[str, Any]) -> None:
            with contextlib.suppress(OSError):
                self.answer(status, "application/json", json.dumps(told).encode())

    with answering(Answers) as made.url:
        yield made
