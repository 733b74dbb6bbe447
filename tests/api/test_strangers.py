"""What strangers send stays small: nobody fills memory or disk with forms, JSON or names."""

from collections.abc import Iterator

import pytest

from api.middleware import MOST_BODY
from tests.api.conftest import Site

_PIECE = b"a" * 65536


def _pieces(head: bytes) -> Iterator[bytes]:
    """A body whose length nobody was told."""
    yield head
    for _ in range(2 * MOST_BODY // len(_PIECE)):
        yield _PIECE


FORM_FILE = b'--x\r\nContent-Disposition: form-data; name="file"; filename="big"\r\n\r\n'


@pytest.mark.parametrize(
    ("path", "kind", "head"),
    [
        ("/v1/holds", "application/json", b'{"matter":"'),
        ("/sign-in", "application/x-www-form-urlencoded", b"login="),
        ("/sign-in", "multipart/form-data; boundary=x", FORM_FILE),
    ],
)
@pytest.mark.parametrize("told", [True, False])
def test_a_body_that_is_no_upload_is_bounded(
    site: Site, path: str, kind: str, head: bytes, told: bool
) -> None:
    body = b"".join(_pieces(head)) if told else _pieces(head)
    answer = site.client.post(path, content=body, headers={"content-type": kind})
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_a_page_says_it_too(site: Site) -> None:
    answer = site.client.post(
        "/sign-in",
        content=b"".join(_pieces(b"login=")),
        headers={"content-type": "application/x-www-form-urlencoded", "accept": "text/html"},
    )
    assert answer.status_code == 413
    assert "<html" in answer.text


def test_uploads_have_a_limit_of_their_own(site: Site) -> None:
    data = b"Faktura\n" * (2 * MOST_BODY // 8)
    assert site.send("large.txt", data).status_code == 202
    csrf = site.sign_in("clerk")
    answer = site.client.post(
        "/intake/files", files={"file": ("page.txt", data + b"x")}, headers={"x-csrf-token": csrf}
    )
    assert answer.status_code in (200, 202), answer.text


def test_made_up_methods_are_counted_together(site: Site) -> None:
    for name in ("BREW", "WHEN"):
        assert site.client.request(name, "/health/live").status_code == 405
    told = site.client.get("/metrics").text
    assert 'method="other"' in told
    assert "BREW" not in told
