"""Checking an ID token (OpenID Connect Core 3.1.3.7): who signed it, for whom, when, for which journey."""

import hmac
import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

#: Only signatures that the provider alone can make. HMAC is left out: whoever knows the client's secret, or
#: takes a public key for one, could make those.
ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
#: Seconds by which the provider's clock may be away from ours.
SKEW = 60
_KINDS: dict[str, type[RSAKey] | type[ECKey] | type[OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
_SMALLEST_RSA = 2048


class TokenRefusedError(Exception):
    """The token does not hold; carries a short code of the reason."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class UnknownKeyError(TokenRefusedError):
    """No key of the provider fits: they may have changed since they were asked for."""


def registry() -> JWSRegistry:
    """Which headers and algorithms are read at all."""
    made = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    made.max_header_length = 4096
    return made


def public_keys(told: Mapping[str, Any]) -> list[Key]:
    """The keys of a JWKS that signatures may be checked with; others in it are passed over."""
    found: list[Key] = []
    listed = told.get("keys")
    for one in listed if isinstance(listed, list) else ():
        if not isinstance(one, dict) or str(one.get("kty")) not in _KINDS or one.get("use", "sig") != "sig":
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # small keys are told of so; they are left out below
                key = _KINDS[one["kty"]].import_key({k: v for k, v in one.items() if k in _PUBLIC})
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if not isinstance(key, RSAKey) or key.raw_value.key_size >= _SMALLEST_RSA:
            found.append(key)
    return found


_PUBLIC = {"kty", "kid", "use", "alg", "n", "e", "crv", "x", "y"}


def signed_claims(token: str, keys: Sequence[Key]) -> dict[str, Any]:
    """The claims of a token that one of these keys signed. Raises TokenRefusedError, UnknownKeyError."""
    rules = registry()
    try:
        header = jws.extract_compact(token.encode("ascii"), registry=rules).headers()
    except (JoseError, ValueError, RecursionError) as error:
        raise TokenRefusedError("unreadable") from error
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        raise TokenRefusedError("algorithm")
    candidates = [k for k in keys if kid is None or k.kid == kid]
    if not candidates:
        raise UnknownKeyError("unknown_key")
    for key in candidates:
        try:
            return jwt.decode(token, key, algorithms=[str(algorithm)], registry=rules).claims
        except (JoseError, ValueError, RecursionError):
            continue  # without a number in the token the next key may be the one
    raise UnknownKeyError("signature")


def check_claims(claims: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str, now: int) -> str:
    """The subject, if the claims are for us, for this journey and in time. Raises TokenRefusedError."""
    if claims.get("iss") != issuer:
        raise TokenRefusedError("issuer")
    audience = claims.get("aud")
    listed = audience if isinstance(audience, list) else [audience]
    party = claims.get("azp")
    if client_id not in listed or ((party is not None or len(listed) > 1) and party != client_id):
        raise TokenRefusedError("audience")
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise TokenRefusedError("nonce")
    ends, made = _time(claims, "exp"), _time(claims, "iat")
    begins = _time(claims, "nbf") if "nbf" in claims else made
    if ends <= now - SKEW:
        raise TokenRefusedError("expired")
    if made > now + SKEW or begins > now + SKEW:
        raise TokenRefusedError("early")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= 255 or not subject.isprintable():
        raise TokenRefusedError("subject")
    return subject


def _time(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    # JSON as Python reads it knows NaN, which is neither before nor after anything.
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise TokenRefusedError(f"no_{name}")
    return value
