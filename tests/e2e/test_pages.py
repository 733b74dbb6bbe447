"""Every page in a real browser: axe finds nothing, nothing is wider than the screen, keys and menu work."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.browser import PASSWORD, Served, open_page, serving
from tests.e2e.furnished import PAGES, furnish

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, list[str]]]:
    with serving(tmp_path_factory.mktemp("pages")) as site:
        pages = furnish(site)
        yield site, [*PAGES, *pages.values()]


def _enter(page: Page, login: str) -> None:
    page.goto("/sign-in")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".rail")


def _wider(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize(
    ("login", "scheme", "width"),
    [("olga", "light", 1440), ("olga", "dark", 390), ("adam", "dark", 1024), ("john", "light", 390)],
)
def test_no_page_has_a_violation_or_is_wider_than_the_screen(
    furnished: tuple[Served, list[str]], login: str, scheme: str, width: int
) -> None:
    site, paths = furnished
    wrong: list[str] = []
    with open_page(
        site, quiet=("404", "403"), color_scheme=scheme, viewport={"width": width, "height": 900}
    ) as page:
        page.goto("/sign-in")
        for path in ("/sign-in", *paths):
            if path != "/sign-in":
                page.goto(path)
            found = Axe().run(page).response["violations"]
            wrong += [f"{path}: {v['id']}: {node['html'][:160]}" for v in found for node in v["nodes"][:3]]
            if _wider(page):
                wrong.append(f"{path}: wider than the screen")
            if path == "/sign-in":
                _enter(page, login)
    assert wrong == [], "\n".join(wrong)


def test_keys_lead_to_desks_and_through_lists(furnished: tuple[Served, list[str]]) -> None:
    with open_page(furnished[0]) as page:
        _enter(page, "olga")
        page.goto("/review")
        page.keyboard.press("j")
        first = page.evaluate("document.activeElement.href")
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.href") != first
        page.keyboard.press("k")
        assert page.evaluate("document.activeElement.href") == first
        page.keyboard.press("Enter")
        expect(page).to_have_url(first)
        page.keyboard.press("?")
        expect(page.locator("dialog#keys")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("dialog#keys")).to_be_hidden()
        page.keyboard.press("g")
        page.keyboard.press("l")
        expect(page).to_have_url(re.compile("/holds$"))
        page.keyboard.press("/")
        expect(page).to_have_url(re.compile("/search$"))
        page.locator("#q").fill("g")  # while typing they are letters
        page.keyboard.press("h")
        expect(page).to_have_url(re.compile("/search"))
        page.goto("/keys")
        page.locator("#keys-off").click()
        page.keyboard.press("g")
        page.keyboard.press("h")
        page.wait_for_timeout(300)
        expect(page).to_have_url(re.compile("/keys$"))


def test_a_group_of_the_rail_stays_folded(furnished: tuple[Served, list[str]]) -> None:
    with open_page(furnished[0]) as page:
        _enter(page, "olga")
        page.locator("[data-group=keeping] summary").click()
        page.goto("/search")
        expect(page.locator("[data-group=keeping]")).not_to_have_attribute("open", "")
        page.goto("/holds")  # the desk one is at is always to be seen
        expect(page.locator("[data-group=keeping]")).to_have_attribute("open", "")


def test_on_a_phone_the_menu_opens_without_script(furnished: tuple[Served, list[str]]) -> None:
    with open_page(furnished[0], java_script_enabled=False, viewport={"width": 390, "height": 844}) as page:
        _enter(page, "olga")
        page.get_by_role("button", name="Wszystkie").click()
        page.get_by_role("link", name="Brakowanie").click()
        expect(page.get_by_role("heading", name="Brakowanie")).to_be_visible()


def test_dark_is_chosen_and_kept(furnished: tuple[Served, list[str]]) -> None:
    with open_page(furnished[0], color_scheme="light") as page:
        _enter(page, "olga")
        page.goto("/account")
        page.locator("form[action='/account/theme'] select").select_option("dark")
        page.locator("form[action='/account/theme'] button").click()
        page.goto("/home")
        assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
        assert (
            page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(19, 22, 27)"
        )


def test_the_first_page_weighs_less_than_150_kb(furnished: tuple[Served, list[str]]) -> None:
    with open_page(furnished[0]) as page:
        _enter(page, "olga")
        weights: dict[str, int] = {}
        page.on(
            "response",
            lambda r: weights.update({r.url: len(r.body())}) if re.search(r"\.(css|js)$", r.url) else None,
        )
        page.goto("/intake")
        page.wait_for_load_state("networkidle")
        assert len(weights) >= 5
        assert sum(weights.values()) < 150_000, weights
