"""The second factor on the pages: set up, confirmed, asked for at the door; what cannot get around it."""

import html
import re
from base64 import b32decode, b64decode
from collections.abc import Callable

import httpx
import pytest
from argon2 import PasswordHasher

from akta.access import accounts, totp
from akta.access.principal import operator
from akta.bootstrap import App
from tests.api.conftest import PASSWORD, Site, site_of
from tests.conftest import SetClock

PATH = "/account/second-factor"


@pytest.fixture
def stand(make_app: Callable[..., App], clock: SetClock) -> "Stand":
    app = make_app()
    app.clock = clock  # type: ignore[misc]
    return Stand(site_of(app), clock)


class Stand:
    """A site whose time stands still until it is moved, and somebody with a browser and a telephone."""

    def __init__(self, site: Site, clock: SetClock) -> None:
        self.site = site
        self.clock = clock
        self.secret = b""

    @property
    def cookie(self) -> str:
        return self.site.client.cookies.get("akta_session") or ""

    def get(self, path: str) -> httpx.Response:
        return self.site.client.get(path, headers={"accept": "text/html"}, follow_redirects=False)

    def post(self, path: str, **form: str) -> httpx.Response:
        return self.site.client.post(path, data=form, headers={"accept": "text/html"}, follow_redirects=False)

    def code(self, away: int = 0) -> str:
        return totp.code_at(self.secret, totp.step_of(self.clock.now()) + away)

    def first_step(self, role: str, target: str = "/") -> httpx.Response:
        self.site.client.cookies.clear()
        return self.post("/sign-in", login=role, password=PASSWORD, next=target)

    def pending(self) -> str:
        """The token in the form of the second step."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get("/sign-in/code").text)
        assert found
        return found[1]

    def begin(self, role: str) -> str:
        """Sign in and set a factor up; the session's token."""
        csrf = self.site.sign_in(role)
        assert self.post(PATH, csrf=csrf, password=PASSWORD).status_code == 303
        shown = self.get(PATH).text
        found = re.search(r'<code class="secret" translate="no">([A-Z2-7 ]+)</code>', shown)
        assert found
        self.secret = b32decode(found[1].replace(" ", ""))
        return csrf

    def enrol(self, role: str) -> list[str]:
        """Set a factor up and confirm it; the recovery codes."""
        csrf = self.begin(role)
        answer = self.post(f"{PATH}/confirm", csrf=csrf, code=self.code())
        assert answer.status_code == 200
        self.clock.move(seconds=60)
        return re.findall(r"<li><code>([a-z0-9-]+)</code></li>", answer.text)


def test_the_whole_way(stand: Stand) -> None:
    codes = stand.enrol("clerk")
    assert len(set(codes)) == 10
    assert stand.get("/account").status_code == 200  # the renewed session goes on
    assert not any(code in stand.get(PATH).text for code in codes)
    answer = stand.first_step("clerk", "/parties")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in/code?next=/parties")
    assert stand.cookie == ""
    assert stand.get("/account").headers["location"].startswith("/sign-in")
    page = stand.get(answer.headers["location"]).text
    assert 'autocomplete="one-time-code"' in page
    answer = stand.post("/sign-in/code", csrf=stand.pending(), code=stand.code(), next="/parties")
    assert (answer.status_code, answer.headers["location"]) == (303, "/parties")
    assert stand.get("/account").status_code == 200
    stand.first_step("clerk")
    answer = stand.post("/sign-in/code", csrf=stand.pending(), code=codes[0], next="//elsewhere.example")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "9 recovery codes are left" in stand.get("/account").text


def test_the_picture_holds_the_address(stand: Stand) -> None:
    import zxingcpp
    from PIL import Image, ImageDraw

    stand.begin("clerk")
    shown = stand.get(PATH).text
    found = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', shown)
    address = re.search(r'href="(otpauth:[^"]+)"', shown)
    assert found
    assert address
    svg = b64decode(found[1]).decode()
    size = re.search(r'<svg width="(\d+)"', svg)
    assert size
    picture = Image.new("L", (int(size[1]) * 4, int(size[1]) * 4), 255)
    draw = ImageDraw.Draw(picture)
    for x, y, wide, high in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)", svg):
        left, top = int(x) * 4, int(y) * 4
        draw.rectangle((left, top, left + int(wide) * 4 - 1, top + int(high) * 4 - 1), fill=0)
    read = zxingcpp.read_barcodes(picture)
    assert [code.text for code in read] == [html.unescape(address[1])]
    assert totp.as_text(stand.secret) in read[0].text


def test_the_secret_of_the_session_changes_at_each_step(stand: Stand) -> None:
    csrf = stand.begin("clerk")
    before = stand.cookie
    stand.post(f"{PATH}/confirm", csrf=csrf, code=stand.code())
    after = stand.cookie
    assert before != after
    stand.clock.move(seconds=60)
    fixed = {"akta_session": "chosen-by-somebody-else", "akta_second_step": "chosen-too"}
    stand.site.client.cookies.clear()
    for name, value in fixed.items():
        path = "/sign-in" if name == "akta_second_step" else "/"
        stand.site.client.cookies.set(name, value, domain="testserver.local", path=path)
    stand.post("/sign-in", login="clerk", password=PASSWORD)
    pending = {c.value for c in stand.site.client.cookies.jar if c.name == "akta_second_step"}
    csrf = stand.pending()
    stand.post("/sign-in/code", csrf=csrf, code=stand.code())
    opened = {c.value for c in stand.site.client.cookies.jar if c.name == "akta_session"}
    assert len(opened - set(fixed.values()) - pending) == 1
    for dead in (before, *fixed.values(), *pending):
        stand.site.client.cookies.clear()
        stand.site.client.cookies.set("akta_session", dead)
        assert stand.get("/account").status_code == 303, dead


def test_the_cookie_between_is_kept_from_scripts_and_other_sites(stand: Stand) -> None:
    stand.enrol("clerk")
    told = stand.first_step("clerk").headers["set-cookie"]
    assert "HttpOnly" in told
    assert "SameSite=strict" in told
    assert "Path=/sign-in" in told


@pytest.mark.parametrize(
    "path",
    [PATH, f"{PATH}/confirm", f"{PATH}/codes", f"{PATH}/remove", "/account/password"],
)
def test_each_form_carries_the_token(stand: Stand, path: str) -> None:
    stand.enrol("clerk")
    form = {"password": PASSWORD, "code": stand.code(), "current": PASSWORD, "new": PASSWORD + "!"}
    assert stand.post(path, **form).status_code == 422
    assert stand.post(path, csrf="x", **form).status_code == 403
    assert "Since" in stand.get(PATH).text
    assert "10 recovery codes are left" in stand.get(PATH).text


def test_the_second_step_is_refused_from_elsewhere(stand: Stand) -> None:
    stand.enrol("clerk")
    stand.first_step("clerk")
    csrf, code = stand.pending(), stand.code()
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        answer = stand.site.client.post("/sign-in/code", data={"csrf": csrf, "code": code}, headers=headers)
        assert answer.status_code == 403
    assert stand.post("/sign-in/code", code=code).status_code == 401
    assert stand.post("/sign-in/code", csrf="x", code=code).status_code == 401
    assert stand.post("/sign-in/code", csrf=csrf, code=code).status_code == 303


def test_wrong_and_used_codes_are_refused_and_counted(stand: Stand) -> None:
    stand.enrol("clerk")
    stand.first_step("clerk")
    good = stand.code()
    stand.post("/sign-in/code", csrf=stand.pending(), code=good)
    stand.first_step("clerk")
    csrf = stand.pending()
    answer = stand.post("/sign-in/code", csrf=csrf, code=good)
    assert answer.status_code == 401
    assert "wrong or was used before" in answer.text
    for _ in range(accounts.THROTTLE_LOGIN - 1):
        assert stand.post("/sign-in/code", csrf=csrf, code="abc").status_code == 401
    answer = stand.post("/sign-in/code", csrf=csrf, code=stand.code(1))
    assert answer.status_code == 429
    assert "Wait a quarter of an hour" in answer.text
    assert stand.first_step("clerk").status_code == 429
    stand.clock.move(minutes=16)
    assert stand.first_step("clerk").status_code == 303


def test_an_open_session_alone_changes_nothing(stand: Stand) -> None:
    """Who finds a browser open has neither the password nor the telephone."""
    csrf = stand.site.sign_in("clerk")
    answer = stand.post(PATH, csrf=csrf, password="a guess at it")
    assert "problem=" in answer.headers["location"]
    assert "data:image/svg" not in stand.get(PATH).text
    stand.enrol("clerk")
    csrf = re.search(r'name="csrf" value="([^"]+)"', stand.get(PATH).text)[1]  # type: ignore[index]
    for path in ("codes", "remove"):
        for form in (
            {"password": PASSWORD, "code": "000000"},
            {"password": "no", "code": stand.code()},
        ):
            assert "problem=" in stand.post(f"{PATH}/{path}", csrf=csrf, **form).headers["location"]
    assert "10 recovery codes are left" in stand.get(PATH).text
    answer = stand.post(f"{PATH}/codes", csrf=csrf, password=PASSWORD, code=stand.code())
    assert len(re.findall(r"<li><code>", answer.text)) == 10
    stand.clock.move(seconds=60)
    assert (
        "done=removed"
        in stand.post(f"{PATH}/remove", csrf=csrf, password=PASSWORD, code=stand.code()).headers["location"]
    )
    assert stand.first_step("clerk").headers["location"] == "/"


def test_guesses_at_the_password_of_an_open_session_are_counted(stand: Stand) -> None:
    csrf = stand.site.sign_in("clerk")
    for _ in range(accounts.THROTTLE_LOGIN):
        stand.post("/account/password", csrf=csrf, current="a guess", new=PASSWORD + "!")
    answer = stand.post("/account/password", csrf=csrf, current=PASSWORD, new=PASSWORD + "!")
    assert "Too many failed attempts" in answer.text
    assert stand.first_step("clerk").status_code == 429


def test_a_role_that_asks_for_it_opens_nothing_else_until_then(stand: Stand) -> None:
    app = stand.site.app
    csrf = stand.site.sign_in("clerk")
    assert stand.get("/parties").status_code == 200
    with app.database.write() as session:
        app.second_factors.require(session, operator("t"), "clerk", required=True)
    for path in ("/", "/home", "/parties", "/search?q=x", "/review", "/accounting"):
        answer = stand.get(path)
        assert answer.status_code in (303, 404)
        assert answer.headers.get("location", PATH) == PATH, path
    assert stand.get("/parties").headers["location"] == PATH
    assert stand.post("/searches", csrf=csrf, name="x", q="y").headers["location"] == PATH
    assert "Your role asks for a second factor" in stand.get("/account").text
    assert stand.site.client.get("/v1/parties", headers=stand.site.as_("clerk")).status_code == 200
    stand.enrol("clerk")
    assert stand.get("/parties").status_code == 200
    stand.site.sign_in("staff")  # another role is not asked
    assert stand.get("/parties").status_code == 200


def test_a_password_that_an_administrator_chose_is_changed_first(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    app = stand.site.app
    with app.database.write() as session:
        accounts.set_password(
            session, app.audit, "x:y", "clerk", "chosen by another", now=stand.clock.now(), must_change=True
        )
    stand.post("/sign-in", login="clerk", password="chosen by another")
    assert stand.get("/parties").headers["location"] == "/account#password"
    shown = stand.get("/account").text
    assert "Choose one of your own" in shown
    csrf = re.search(r'name="csrf" value="([^"]+)"', shown)[1]  # type: ignore[index]
    form = {"csrf": csrf, "current": "chosen by another"}
    assert stand.post("/account/password", **form, new="chosen by another").status_code == 422
    assert stand.post("/account/password", **form, new="my very own one").status_code == 303
    stand.post("/sign-in", login="clerk", password="my very own one")
    assert stand.get("/parties").status_code == 200
