"""The second factor in a real browser, and the desk of administrators."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from akta.access import totp
from tests.e2e.browser import PASSWORD, Served, open_page, serving, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("access")) as site:
        site.akta(
            *("user", "add", "adam", "--role", "administrator", "--role", "auditor"),
            *("--language", "en", "--password", PASSWORD),
        )
        yield site


@pytest.fixture
def page(served: Served) -> Iterator[Page]:
    with open_page(served, quiet=("401",)) as opened:
        yield opened


def _code(secret: str, away: int = 0) -> str:
    import base64

    key = base64.b32decode(secret.replace(" ", ""))
    return totp.code_at(key, totp.step_of(datetime.now(UTC)) + away)


def _enter(page: Page, login: str, password: str = PASSWORD) -> None:
    page.goto("/sign-in")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")


def test_a_second_factor_is_set_up_and_asked_for(page: Page) -> None:
    sign_in(page, "anna")
    page.locator(".rail .self a[href='/account']").click()
    page.locator("a[href='/account/second-factor']").click()
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Ustaw").click()
    picture = page.locator("img.qr")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 0
    page.locator("summary", has_text="Wolę wpisać go ręcznie").click()
    secret = page.locator("code.secret").first.inner_text()
    page.fill("input[name=code]", _code(secret, -1))
    page.get_by_role("button", name="Potwierdź").click()
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    page.get_by_role("link", name="Mam je zapisane").click()
    expect(page.locator("main .done")).to_contain_text("Przy logowaniu podajesz kod z aplikacji.")
    page.set_viewport_size({"width": 1200, "height": 900})
    page.locator(".rail form[action='/sign-out'] button").click()
    _enter(page, "anna")
    expect(page.locator("input[name=code]")).to_be_focused()
    page.keyboard.type(codes[0])
    page.keyboard.press("Enter")
    expect(page.locator("#drop")).to_be_visible()
    page.locator(".rail form[action='/sign-out'] button").click()
    _enter(page, "anna")
    page.fill("input[name=code]", codes[0])
    page.keyboard.press("Enter")
    expect(page.locator("main .problem")).to_contain_text("was used before")
    page.fill("input[name=code]", _code(secret))
    page.keyboard.press("Enter")
    expect(page.locator("#drop")).to_be_visible()


def test_an_administrator_adds_somebody_who_then_signs_in(page: Page) -> None:
    _enter(page, "adam")
    page.wait_for_selector(".rail")
    page.keyboard.press("g")
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile("/admin/people$"))
    page.locator("summary", has_text="Add a person").click()
    page.fill("input[name=login]", "ewa")
    page.fill("input[name=name]", "Ewa Nowak")
    page.get_by_label("auditor").check()
    page.get_by_label("Accounting").select_option("accounting:2")
    page.get_by_role("button", name="Add").click()
    password = page.locator(".shown-once").inner_text()
    page.get_by_role("link", name="I have kept it").click()
    expect(page.locator("h1")).to_have_text("Ewa Nowak")
    expect(page.get_by_label("auditor")).to_be_checked()
    page.get_by_label("staff", exact=True).uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main > .done")).to_contain_text("next click")
    page.goto("/admin/roles")
    expect(page.locator("table").nth(1)).to_contain_text("Ewa Nowak")
    page.locator(".rail form[action='/sign-out'] button").click()
    _enter(page, "ewa", password)
    page.wait_for_selector(".rail")
    page.goto("/audit")
    expect(page).to_have_url(re.compile("/account"))
    page.fill("input[name=current]", password)
    page.fill("input[name=new]", PASSWORD)
    page.get_by_role("button", name="Change it").click()
    page.wait_for_selector("input[name=login]")
    _enter(page, "ewa")
    page.wait_for_selector(".rail")
    page.goto("/audit")
    expect(page).to_have_url(re.compile("/audit$"))
