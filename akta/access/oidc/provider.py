"""One OpenID provider: what it says of itself, its keys, and its token endpoint.

Nothing is asked before somebody signs in, so Akta starts without it. What it says of itself is kept for some
minutes, its keys for an hour; after it did not answer nobody waits for it again for some seconds.
"""

import threading
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from joserfc.jwk import Key

from akta.access.oidc.fetching import ProviderDownError, ask
from akta.access.oidc.options import ProviderOptions, check_address
from akta.access.oidc.ticket import Ticket
from akta.access.oidc.tokens import (
    TokenRefusedError,
    UnknownKeyError,
    check_claims,
    public_keys,
    signed_claims,
)

#: Seconds for which metadata is taken as it was. Few, for asking also shows whether the provider is there
#: before somebody is sent to it.
AGE = 300.0
#: Seconds for which keys are taken as they were.
AGE_OF_KEYS = 3600.0
#: Seconds between two looks for new keys, however many tokens name one that is not known.
KEYS_AGAIN = 30.0
#: Seconds in which a provider that did not answer is not asked again.
REST = 10.0


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the provider says of itself; `end_session` is empty if it has none."""

    authorization: str
    token: str
    jwks: str
    end_session: str
    by_post: bool
    says_issuer: bool


@dataclass(frozen=True, slots=True)
class Identity:
    """Who came back: the subject and all that the provider's token says."""

    subject: str
    claims: dict[str, Any]


class Provider:
    """Safe for several threads. `tick` counts seconds, for ages."""

    def __init__(self, options: ProviderOptions, tick: Callable[[], float] = time.monotonic) -> None:
        self.options = options
        self._tick = tick
        self._lock = threading.Lock()
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, list[Key]] | None = None
        self._down: tuple[float, ProviderDownError] | None = None

    def leave(self, ticket: Ticket, *, anew: bool = False) -> str:
        """Where to send somebody; `anew`: the provider is to ask who they are. Raises ProviderDownError."""
        query = {
            "response_type": "code",
            "client_id": self.options.client_id,
            "redirect_uri": self.options.redirect_uri,
            "scope": " ".join(self.options.scopes),
            "state": ticket.state,
            "nonce": ticket.nonce,
            "code_challenge": ticket.challenge,
            "code_challenge_method": "S256",
        }
        if anew:
            query |= {"prompt": "login", "max_age": "0"}
        where = self.metadata().authorization
        return f"{where}{'&' if urlsplit(where).query else '?'}{urlencode(query)}"

    def check_answer(self, issuer: str | None) -> None:
        """Refuse an answer of another provider (RFC 9207). Raises TokenRefusedError, ProviderDownError."""
        wanted = self.metadata().says_issuer
        if issuer != self.options.issuer and (wanted or issuer is not None):
            raise TokenRefusedError(why="mixed_up")

    def identity(self, code: str, ticket: Ticket, now: int) -> Identity:
        """Who the code stands for. Raises TokenRefusedError, ProviderDownError."""
        token = self._redeem(code, ticket)
        claims = self._signed(token)
        o = self.options
        subject = check_claims(claims, issuer=o.issuer, client_id=o.client_id, nonce=ticket.nonce, now=now)
        return Identity(subject, claims)

    def end_session(self) -> str:
        """Where one signs out at the provider; empty if it names no such place or is away."""
        try:
            where = self.metadata().end_session
        except ProviderDownError:
            return ""
        if not where:
            return ""
        query = urlencode({"client_id": self.options.client_id})
        return f"{where}{'&' if urlsplit(where).query else '?'}{query}"

    def metadata(self) -> Metadata:
        """What the provider says of itself. Raises ProviderDownError."""
        with self._lock:
            if self._metadata is None or self._tick() - self._metadata[0] > AGE:
                self._metadata = None
                self._metadata = (self._tick(), self._discover())
            return self._metadata[1]

    # -- inside ----------------------------------------------------------------

    def _redeem(self, code: str, ticket: Ticket) -> str:
        o, metadata = self.options, self.metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": o.redirect_uri,
            "code_verifier": ticket.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if metadata.by_post:
            form |= {"client_id": o.client_id, "client_secret": o.client_secret}
        else:
            told = f"{quote_plus(o.client_id)}:{quote_plus(o.client_secret)}"  # RFC 6749, 2.3.1
            headers["Authorization"] = "Basic " + b64encode(told.encode()).decode()
        status, answer = self._ask("POST", metadata.token, headers=headers, body=urlencode(form).encode())
        token = answer.get("id_token")
        if status != 200 or not isinstance(token, str):
            refused = answer.get("error")
            # Both mean that it was asked in order: the first is the person's code, the other our settings.
            raise TokenRefusedError(why="code" if refused == "invalid_grant" else "client")
        return token

    def _signed(self, token: str) -> dict[str, Any]:
        try:
            return signed_claims(token, self._current_keys())
        except UnknownKeyError:
            with self._lock:
                old = self._keys is None or self._tick() - self._keys[0] > KEYS_AGAIN
                if old:
                    self._keys = None
            if not old:
                raise
        return signed_claims(token, self._current_keys())

    def _current_keys(self) -> list[Key]:
        where = self.metadata().jwks
        with self._lock:
            if self._keys is None or self._tick() - self._keys[0] > AGE_OF_KEYS:
                status, told = self._asked("GET", where)
                if status != 200:
                    raise self._note(
                        ProviderDownError("The provider does not give its keys. Sign in with a password.")
                    )
                self._keys = (self._tick(), public_keys(told))
            return self._keys[1]

    def _discover(self) -> Metadata:
        o = self.options
        status, told = self._asked("GET", f"{o.issuer.rstrip('/')}/.well-known/openid-configuration")
        ends = {name: told.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        if status != 200 or told.get("issuer") != o.issuer:
            # One letter more or less, often the slash at the end, is another issuer.
            raise self._note(
                ProviderDownError(
                    "The provider calls itself otherwise than AKTA_OIDC_ISSUER does. Sign in with a password."
                )
            )
        leave = told.get("end_session_endpoint")
        plain = o.issuer.startswith("http:")
        if not all(_usable(where, plain) for where in ends.values()):
            raise self._note(
                ProviderDownError(
                    "The provider names no addresses that can be used. Sign in with a password."
                )
            )
        methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return Metadata(
            authorization=str(ends["authorization_endpoint"]),
            token=str(ends["token_endpoint"]),
            jwks=str(ends["jwks_uri"]),
            end_session=str(leave) if _usable(leave, plain) else "",
            by_post=isinstance(methods, list) and "client_secret_basic" not in methods,
            says_issuer=told.get("authorization_response_iss_parameter_supported") is True,
        )

    def _ask(self, method: str, url: str, **how: Any) -> tuple[int, dict[str, Any]]:
        with self._lock:
            self._rest()
        try:
            return ask(method, url, seconds=self.options.patience, ca=self.options.ca, **how)
        except ProviderDownError as error:
            with self._lock:
                self._note(error)
            raise

    def _asked(self, method: str, url: str) -> tuple[int, dict[str, Any]]:
        """As `_ask`, for one that holds the lock: whoever waits for it then finds what was learnt."""
        self._rest()
        try:
            return ask(method, url, seconds=self.options.patience, ca=self.options.ca)
        except ProviderDownError as error:
            raise self._note(error) from error

    def _rest(self) -> None:
        if self._down and self._tick() - self._down[0] < REST:
            said = self._down[1]
            raise ProviderDownError(said.message, **said.params)

    def _note(self, error: ProviderDownError) -> ProviderDownError:
        self._down = (self._tick(), error)
        return error


def _usable(where: object, plain: bool) -> bool:
    try:
        check_address(str(where).partition("?")[0])
    except ValueError:
        return False
    return isinstance(where, str) and "#" not in where and (plain or where.startswith("https:"))
