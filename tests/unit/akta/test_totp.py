"""Codes that change with time, against the vectors of RFC 6238, appendix B, and of RFC 4226, appendix D."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from akta.access import totp

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_vectors_of_rfc_6238(seconds: int, code: str) -> None:
    step = totp.step_of(datetime.fromtimestamp(seconds, UTC))
    assert totp.code_at(SECRET, step, digits=8) == code
    assert totp.code_at(SECRET, step) == code[2:]


def test_vectors_of_rfc_4226() -> None:
    told = [
        "755224",
        "287082",
        "359152",
        "969429",
        "338314",
        "254676",
        "287922",
        "162583",
        "399871",
        "520489",
    ]
    assert [totp.code_at(SECRET, n) for n in range(10)] == told


def test_one_step_of_skew_either_way_and_no_more() -> None:
    now = datetime(2026, 3, 10, 11, 0, 7, tzinfo=UTC)
    present = totp.step_of(now)
    for away in range(-3, 4):
        code = totp.code_at(SECRET, present + away)
        assert totp.matching_step(SECRET, code, now) == (present + away if abs(away) <= 1 else None)
    assert totp.step_of(now + timedelta(seconds=22)) == present
    assert totp.step_of(now + timedelta(seconds=23)) == present + 1


@pytest.mark.parametrize("code", ["", "0", "12345", "1234567", "ż" * 6, "------", "1e5"])
def test_what_is_no_code_fits_nothing(code: str) -> None:
    assert totp.matching_step(SECRET, code, datetime(2026, 3, 10, tzinfo=UTC)) is None


def test_address_is_one_that_apps_read() -> None:
    told = urlsplit(totp.otpauth_uri(SECRET, "anna & co@x", "Akta"))
    assert (told.scheme, told.netloc, told.path) == ("otpauth", "totp", "/Akta:anna%20%26%20co@x")
    facts = {name: values[0] for name, values in parse_qs(told.query).items()}
    assert facts == {
        "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        "issuer": "Akta",
        "digits": "6",
        "period": "30",
    }


def test_secrets_are_long_and_never_the_same() -> None:
    made = {totp.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert {len(secret) for secret in made} == {20}
