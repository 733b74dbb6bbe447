"""Codes that change with time (TOTP, RFC 6238), as the apps on telephones make them.

HMAC-SHA-1, thirty seconds and six digits are what every such app understands; most of them take an address
that says otherwise and then show wrong codes.
"""

import hmac
import secrets
from base64 import b32encode
from datetime import datetime
from urllib.parse import quote, urlencode

#: Seconds for which a code is shown.
STEP = 30
DIGITS = 6
#: Codes of so many steps before and after the present one are taken: clocks differ, and people type slowly.
SKEW = 1
#: Bytes of a secret: as many as SHA-1 gives, which RFC 4226 recommends.
SECRET_BYTES = 20


def new_secret() -> bytes:
    """A secret that nobody has yet."""
    return secrets.token_bytes(SECRET_BYTES)


def as_text(secret: bytes) -> str:
    """The secret as apps take it when it is typed in: base 32 without padding."""
    return b32encode(secret).decode("ascii").rstrip("=")


def otpauth_uri(secret: bytes, account: str, issuer: str) -> str:
    """The address that an app reads from a QR code."""
    label = quote(f"{issuer}:{account}", safe=":@")
    facts = {"secret": as_text(secret), "issuer": issuer, "digits": DIGITS, "period": STEP}
    return f"otpauth://totp/{label}?{urlencode(facts, quote_via=quote)}"


def step_of(now: datetime) -> int:
    """The number of the time step: thirty seconds each, since 1970."""
    return int(now.timestamp()) // STEP


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of a time step (RFC 4226, section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(secret: bytes, code: str, now: datetime) -> int | None:
    """The step whose code this is, the present one or one beside it; None for a code of no such step.

    All of them are compared, so that the time taken does not tell which one was nearly right.
    """
    present = step_of(now)
    found = None
    for step in range(present - SKEW, present + SKEW + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()):
            found = step
    return found
