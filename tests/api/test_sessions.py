"""Sessions on the page of one's account."""

import re

import pytest

from api.web.browsers import browser_family
from tests.api.conftest import PASSWORD, Site

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.mark.parametrize(
    ("told", "family"),
    [
        (FIREFOX, "Firefox, Windows"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/1 Safari/1 Edg/1",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18 Safari/1",
            "Safari, iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/1 Mobile Safari/1",
            "Chrome, Android",
        ),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_a_browser_is_known_by_family_and_system(told: str, family: str) -> None:
    assert browser_family(told) == family


def _be(site: Site, secret: str) -> None:
    site.client.cookies.clear()
    site.client.cookies.set("akta_session", secret)


def test_my_sessions_are_listed_and_ended(site: Site) -> None:
    site.client.headers["user-agent"] = FIREFOX
    csrf = site.sign_in("clerk")
    elsewhere = site.client.cookies["akta_session"]
    site.client.headers["user-agent"] = "<script>alert(1)</script>"
    csrf = site.sign_in("clerk")
    shown = site.client.get("/account").text
    assert "Firefox, Windows" in shown
    assert "alert(1)" not in shown
    assert shown.count("this one") == 1
    numbers = re.findall(r'name="number" value="([0-9a-f]{16})"', shown)
    assert len(numbers) == 1
    form = {"number": numbers[0]}
    assert site.client.post("/account/sessions/end", data=form).status_code == 422
    assert site.client.post("/account/sessions/end", data={**form, "csrf": "x"}).status_code == 403
    assert site.client.post("/account/sessions/end-others", data={"csrf": "x"}).status_code == 403
    answer = site.client.post("/account/sessions/end", data={**form, "csrf": csrf})
    assert "Whoever was there must sign in again" in answer.text
    assert not re.findall(r'name="number"', answer.text)
    answer = site.client.post("/account/sessions/end", data={**form, "csrf": csrf})
    assert answer.status_code == 404
    mine = site.client.cookies["akta_session"]
    _be(site, elsewhere)
    assert site.client.get("/account", follow_redirects=False).status_code == 303
    site.client.cookies.clear()
    site.client.post("/sign-in", data={"login": "clerk", "password": PASSWORD})
    _be(site, mine)
    assert site.client.get("/account").text.count('name="number"') == 1
    site.client.post("/account/sessions/end-others", data={"csrf": csrf})
    assert site.client.get("/account").text.count('name="number"') == 0
