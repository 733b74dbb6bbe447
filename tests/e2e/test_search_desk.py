"""The search desk in a real browser: hits while typing, facets, the form, completion, mistakes."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import Served, open_page, serving, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def _invoice(number: int, vendor: str, total: str) -> bytes:
    return f"""Faktura VAT nr FV/2026/{number:04}
Data wystawienia: 2026-03-{number:02}
Sprzedawca: {vendor}
NIP: 526-000-12-46
Do zapłaty: {total} PLN
""".encode()


PAPERS = [
    *(
        (f"faktura {n}.txt", _invoice(n, "Zakłady Testowe Łódź sp. z o.o.", f"{100 * n},00"))
        for n in (1, 2, 3)
    ),
    ("notatka.txt", "Notatka służbowa\nZebranie w sprawie magazynu. Obecni: wszyscy.\n".encode()),
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("desk")) as site:
        folder = site.home.parent / "papers"
        folder.mkdir()
        for name, data in PAPERS:
            (folder / name).write_bytes(data)
        site.akta("ingest", str(folder), "--wait")
        yield site


@pytest.fixture
def page(served: Served) -> Iterator[Page]:
    with open_page(served) as opened:
        yield opened


def test_hits_come_as_typing_goes_on(page: Page) -> None:
    sign_in(page, "anna")
    page.goto("/search")
    box = page.locator("#q[role=combobox]")
    box.press_sequentially("notat", delay=30)
    expect(page.locator(".hits .title")).to_have_count(1)
    expect(box).to_be_focused()
    expect(page).to_have_url(re.compile(r"q=notat$"))
    expect(page.locator("#said")).to_contain_text("Znalezione dokumenty: 1")
    box.press("Enter")
    box.fill("faktura")
    expect(page.locator(".hits .title")).to_have_count(3)
    page.go_back()
    expect(box).to_have_value("notat")
    page.go_forward()
    expect(page.locator(".hits .title")).to_have_count(3)
    expect(page.locator(".hits mark").first).to_have_text("Faktura")
    rect = page.locator(".look rect").first
    expect(rect).to_be_attached()
    page.locator(".look").first.click()
    expect(page.locator("#marks .hit").first).to_be_visible(timeout=60_000)
    page.locator("#related summary").click()
    expect(page.locator("#related li a").first).to_be_visible()
    page.go_back()
    expect(page.locator("#q[role=combobox]")).to_have_value("faktura")
    expect(page.locator(".hits .title")).to_have_count(3)


def test_facets_narrow_widen_and_are_taken_back(page: Page) -> None:
    sign_in(page, "john")
    page.goto("/search?q=2026 OR zebranie")
    expect(page.locator(".hits .title")).to_have_count(4)
    types = page.locator("[data-facet=type]")
    types.get_by_role("link", name="Invoice").first.click()
    box = page.locator("#q[role=combobox]")
    expect(box).to_have_value("(2026 OR zebranie) type:invoice")
    expect(page.locator(".hits .title")).to_have_count(3)
    chips = page.locator(".picked li")
    expect(chips).to_have_count(1)
    others = types.locator("a:not([aria-current])")
    others.first.click()
    expect(page.locator(".hits .title")).to_have_count(4)
    expect(chips).to_have_count(2)
    expect(box).to_have_value(re.compile(r"^\(2026 OR zebranie\) type:invoice,\w+$"))
    page.go_back()
    expect(box).to_have_value("(2026 OR zebranie) type:invoice")
    expect(chips).to_have_count(1)
    chips.first.get_by_role("link").click()
    expect(box).to_have_value("(2026 OR zebranie)")
    expect(page.locator(".hits .title")).to_have_count(4)


def test_folds_are_remembered_and_pages_follow_each_other(page: Page) -> None:
    sign_in(page, "john")
    page.goto("/search?q=faktura&size=10")
    group = page.locator("[data-facet=domain]")
    expect(group).to_have_attribute("open", "")
    group.locator("summary").first.click()
    expect(group).not_to_have_attribute("open", "")
    page.reload()
    expect(page.locator("[data-facet=domain]")).not_to_have_attribute("open", "")
    page.get_by_label("Order").select_option("total")
    expect(page).to_have_url(re.compile("sort=total"))
    expect(page.locator(".hits .title")).to_have_count(3)
    expect(page.get_by_label("Order")).to_be_focused()


def test_the_form_writes_the_query_and_reads_it(page: Page) -> None:
    sign_in(page, "john")
    page.goto("/search?q=faktura -zebranie total:>150")
    page.get_by_text("Build a query").click()
    form = page.locator("#build")
    expect(form.get_by_label("All of these words")).to_have_value("faktura")
    expect(form.get_by_label("Without these words")).to_have_value("zebranie")
    row = form.locator(".row").first
    expect(row.get_by_label("Field", exact=True)).to_have_value("total")
    expect(row.get_by_label("Comparison")).to_have_value("over")
    row.get_by_label("Comparison").select_option("between")
    row.get_by_label("Upper end").fill("250")
    box = page.locator("#q[role=combobox]")
    expect(box).to_have_value("faktura -zebranie total:150..250")
    expect(page.locator(".hits .title")).to_have_count(1)
    form.get_by_role("button", name="Another condition").click()
    last = form.locator(".row").last
    expect(last.get_by_label("Field", exact=True)).to_be_focused()
    last.get_by_label("Field", exact=True).select_option("party")
    last.get_by_label("Value").fill("Zakłady Testowe")
    expect(box).to_have_value('faktura -zebranie total:150..250 party:"Zakłady Testowe"')
    expect(page.locator(".hits .title")).to_have_count(1)


def test_words_are_completed_from_papers(page: Page) -> None:
    sign_in(page, "anna")
    page.goto("/search")
    box = page.locator("#q[role=combobox]")
    box.press_sequentially("zebra", delay=30)
    offers = page.get_by_role("listbox").get_by_role("option")
    expect(offers.first).to_have_text("zebranie")
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowDown")
    expect(offers.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "offer-0")
    box.press("Enter")
    expect(box).to_have_value("zebranie ")
    expect(page.locator(".hits .title")).to_have_count(1)
    box.press_sequentially("magaz", delay=30)
    expect(offers.first).to_be_visible()
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_have_value("zebranie magaz")


def test_a_mistake_is_shown_where_it_is(page: Page) -> None:
    sign_in(page, "anna")
    page.goto("/search?q=faktura")
    box = page.locator("#q[role=combobox]")
    box.fill("faktura vendr:x")
    expect(page.locator(".where mark")).to_have_text("vendr:x")
    expect(page.locator(".hits .title")).to_have_count(3)  # typing on, the hits stay
    box.press("Enter")
    expect(page.locator(".hits .title")).to_have_count(0)
    assert page.evaluate("getSelection().toString()") == "vendr:x"
    page.locator("#problem a").click()
    expect(box).to_have_value("faktura vendor:x")
    box.fill("fakturs orzel")
    expect(page.locator("#found")).to_contain_text("Nic nie pasuje")


def test_without_script_all_of_it_works(served: Served) -> None:
    with open_page(served, java_script_enabled=False) as page:
        sign_in(page, "john", script=False)
        page.goto("/search")
        page.fill("#q", "faktura")
        page.keyboard.press("Enter")
        expect(page.locator(".hits .title")).to_have_count(3)
        page.locator("[data-facet=type]").get_by_role("link", name="Invoice").first.click()
        expect(page.locator("#q")).to_have_value("faktura type:invoice")
        page.get_by_text("Build a query").click()
        page.fill("#build [name=without]", "0002")
        page.locator("#build").get_by_role("button", name="Search").click()
        expect(page.locator("#q")).to_have_value("faktura -0002 type:invoice")
