"""Cases in a real browser: one is opened, filled with what a search finds, and closed."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import PASSWORD, Served, open_page, serving, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("cases")) as site:
        folder = site.home.parent / "papers"
        folder.mkdir()
        for n in (1, 2):
            text = f"Faktura VAT nr FV/2026/{n}\nData wystawienia: 2026-03-0{n}\nDo zapłaty: {n}00,00 PLN\n"
            (folder / f"faktura {n}.txt").write_text(text, "utf-8")
        site.akta("ingest", str(folder), "--wait")
        site.akta(
            *("user", "add", "olga", "--role", "officer", "--grant", "all:3"),
            *("--language", "pl", "--password", PASSWORD),
        )
        yield site


@pytest.fixture
def page(served: Served) -> Iterator[Page]:
    with open_page(served) as opened:
        yield opened


def test_a_case_is_opened_filled_and_closed(page: Page) -> None:
    sign_in(page, "olga", script=False)
    page.locator(".rail a[href='/cases']").click()
    expect(page.locator(".empty")).to_contain_text("Nie ma jeszcze żadnych spraw.")
    page.locator("form.stack select[name=kind]").select_option("order")
    page.fill("form.stack input[name=key]", "Z/7")
    page.get_by_role("button", name="Załóż sprawę").click()
    expect(page.locator("h1")).to_have_text("Z/7")
    page.fill("input[name=query]", "faktura")
    page.get_by_role("button", name="Pokaż, co zostanie dołączone").click()
    expect(page.locator(".done")).to_contain_text("zostanie dołączonych: 2")
    expect(page.locator("#inside")).to_have_text("0 dokumentów w sprawie")
    page.get_by_role("button", name="Dołącz je").click()
    expect(page.locator("#inside")).to_have_text("2 dokumenty w sprawie")
    expect(page.locator("ol.papers small").first).to_contain_text("2031")
    page.get_by_role("button", name="Wyjmij").first.click()
    expect(page.locator("#inside")).to_have_text("1 dokument w sprawie")
    page.locator("summary", has_text="Zamknij sprawę").click()
    page.get_by_role("button", name="Zamknij sprawę").click()
    expect(page.locator(".head .chip")).to_have_text("zamknięta")
    expect(page.get_by_role("button", name="Wyjmij")).to_have_count(0)
    page.goto("/cases?state=closed")
    expect(page.locator("ol.papers .name a")).to_have_text("Z/7")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
