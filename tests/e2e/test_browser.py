"""The main path of each role in a real browser, in both languages."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import PASSWORD, Served, open_page, serving, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
INVOICE = """Faktura VAT nr FV/2026/0412
Data wystawienia: 2026-03-01
Sprzedawca: Zakłady Testowe Łódź sp. z o.o.
NIP: 526-000-12-46
Razem netto: 1003,66 PLN
VAT 23%: 230,84 PLN
Do zapłaty: 1 234,50 PLN
""".encode()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as site:
        yield site


@pytest.fixture
def page(served: Served) -> Iterator[Page]:
    with open_page(served) as opened:
        yield opened


def test_clerk_in_polish_from_drop_to_found(page: Page) -> None:
    sign_in(page, "anna")
    expect(page.locator("html")).to_have_attribute("lang", "pl")
    page.set_input_files(
        "#files", [{"name": "faktura łódź.txt", "mimeType": "text/plain", "buffer": INVOICE}]
    )
    paper = page.locator("#papers li").first
    expect(paper).to_have_class("s-filed", timeout=60_000)
    expect(page.get_by_text("Wszystkie pliki (1) przyjęte")).to_be_visible()
    paper.locator("a").click()
    expect(page.locator(".until")).to_have_text("31 grudnia 2031 r.")
    expect(page.locator("input[name='field.total']")).to_have_value("1234.50")
    expect(page.locator("#picture")).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        page.get_by_role("link", name="Oryginał").click()
    assert Path(download.value.path()).read_bytes() == INVOICE
    page.goto("/search?q=faktvra")
    expect(page.locator("mark").first).to_have_text("Faktura")
    page.locator(".hits .title").first.click()
    expect(page.locator("#marks .hit").first).to_be_attached(timeout=30_000)


def test_staff_in_english_corrects_what_was_doubted(page: Page) -> None:
    sign_in(page, "john")
    expect(page.get_by_role("heading", name="Intake")).to_be_visible()
    note = b"Something nobody can place. " * 20
    page.set_input_files("#files", [{"name": "note.txt", "mimeType": "text/plain", "buffer": note}])
    paper = page.locator("#papers li").first
    expect(paper).to_have_class("s-review", timeout=60_000)
    paper.locator("a").click()
    page.select_option("select[name=kind]", "accounting/invoice")
    page.select_option("select[name=new_field]", "vendor")
    page.fill("input[name=new_value]", "Right Company Ltd")
    page.get_by_role("button", name="Accept and file").click()
    asked = page.get_by_role("alertdialog", name="Accept without a total?")
    expect(asked).to_contain_text("Nothing is entered for: Total")
    assert page.evaluate("document.activeElement.id") == "look-again"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".head .chip")).to_have_text("Filed")
    expect(page.locator("input[name='field.vendor']")).to_have_value("Right Company Ltd")


def test_what_needs_a_person_says_why_and_what_to_do(page: Page) -> None:
    sign_in(page, "anna")
    page.set_input_files(
        "#files", [{"name": "x.pdf", "mimeType": "application/pdf", "buffer": b"MZ" + bytes(500)}]
    )
    paper = page.locator("#papers li").first
    expect(paper).to_have_class("s-quarantined", timeout=60_000)
    expect(paper.locator(".why")).to_contain_text("To program")
    paper.locator("a").click()
    page.get_by_text("Odrzuć", exact=True).first.click()
    page.fill("input[name=note]", "to nie dokument")
    page.locator("button.harm").click()
    expect(page.locator(".head .chip")).to_have_text("Odrzucone")


def test_phone_and_keyboard(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    sign_in(page, "anna")
    wider = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wider
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.goto("/search")
    assert page.evaluate("document.activeElement.id") == "q"


def test_files_are_chosen_with_the_keyboard_and_focus_stays(page: Page) -> None:
    sign_in(page, "anna")
    # Listening from here on: switching it on takes the browser a moment, and the key would be first.
    page.on("filechooser", lambda _chooser: None)
    page.evaluate("document.getElementById('main').focus()")
    while page.evaluate("document.activeElement.id") != "files":
        page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement.parentElement).outlineStyle") == "solid"
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files({"name": "key.txt", "mimeType": "text/plain", "buffer": INVOICE + b"key"})
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "folder"
    paper = page.locator("#papers li").filter(has_text="key.txt")
    expect(paper.locator("a")).to_be_visible(timeout=30_000)
    paper.locator("a").focus()
    expect(paper).to_have_attribute("data-ended", "1", timeout=60_000)
    assert page.evaluate("document.activeElement.tagName") == "A"


def test_an_upload_outlives_its_session(page: Page) -> None:
    sign_in(page, "anna")
    page.wait_for_load_state("networkidle")  # without files to send a page would go and sign in
    page.context.clear_cookies()
    page.set_input_files(
        "#files", [{"name": "later.txt", "mimeType": "text/plain", "buffer": INVOICE + b"later"}]
    )
    expect(page.locator("#signed-out")).to_contain_text("Zaloguj się ponownie (anna)")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Zaloguj się ponownie").click()
    other = opened.value
    other.fill("input[name=login]", "anna")
    other.fill("input[name=password]", PASSWORD)
    other.keyboard.press("Enter")
    expect(page.get_by_text("Wszystkie pliki (1) przyjęte")).to_be_visible(timeout=15_000)
    expect(page.locator("#signed-out")).to_be_hidden()
    page.locator("#papers li").filter(has_text="later.txt").wait_for()


def test_a_large_file_on_a_slow_line_shows_how_far_it_is(page: Page) -> None:
    sign_in(page, "john")
    network = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 20, "downloadThroughput": 4e6, "uploadThroughput": 4e6}
    network.send("Network.emulateNetworkConditions", slow)
    noise = os.urandom(9_000_000)
    page.set_input_files("#files", [{"name": "noise.bin", "mimeType": "image/tiff", "buffer": noise}])
    expect(page.locator("#sending-bytes")).to_have_text(
        re.compile(r"\([0-8](\.\d)? of 9 MB\)"), timeout=10_000
    )
    expect(page.get_by_text("All files (1) received")).to_be_visible(timeout=30_000)
    expect(page.locator("#sending-bytes")).to_be_empty()
    assert page.evaluate("document.getElementById('sending-bar').value") == 1


def test_typing_outlives_its_session_and_leaving_asks_first(page: Page) -> None:
    sign_in(page, "anna")
    page.set_input_files(
        "#files", [{"name": "typed.txt", "mimeType": "text/plain", "buffer": INVOICE + b"typed"}]
    )
    paper = page.locator("#papers li").filter(has_text="typed.txt")
    expect(paper).to_have_attribute("data-ended", "1", timeout=60_000)
    paper.locator("a").click()
    total = page.locator("input[name='field.total']")
    total.fill("1 300,00")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="Szukaj").click()
    expect(total).to_have_value("1 300,00")
    assert asked == ["beforeunload"]
    page.context.clear_cookies()
    page.get_by_role("button", name="Zapisz").click()
    page.fill("input[name=login]", "anna")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#typed-back")).to_contain_text("wróciło do formularza")
    expect(total).to_have_value("1 300,00")
    page.get_by_role("button", name="Zapisz").click()
    expect(page.locator(".done")).to_contain_text("1234.50 → 1300.00")
    expect(page.locator("#typed-back")).to_be_hidden()
    page.locator(".done").get_by_role("button", name="Cofnij").click()
    expect(total).to_have_value("1234.50")


def test_without_a_connection_the_reason_is_in_the_readers_language(page: Page) -> None:
    sign_in(page, "anna")
    page.evaluate(
        "() => { const sent = XMLHttpRequest.prototype; const real = sent.send; sent.send = function (body) {"
        " if (window.cut) this.onerror(); else real.call(this, body); }; }"
    )
    page.evaluate("window.cut = true")
    file = {"name": "lost.txt", "mimeType": "text/plain", "buffer": INVOICE + b"lost"}
    page.set_input_files("#files", [file])
    expect(page.locator("#sending-text")).to_contain_text("lost.txt: brak połączenia z Aktami")
    page.evaluate("window.cut = false")
    page.locator("#resend").click()
    expect(page.get_by_text("Wszystkie pliki (1) przyjęte")).to_be_visible()


def test_the_page_of_a_paper_without_a_picture_offers_the_original(page: Page) -> None:
    sign_in(page, "anna")
    page.set_input_files(
        "#files", [{"name": "p.exe", "mimeType": "application/pdf", "buffer": b"MZ" + bytes(700)}]
    )
    paper = page.locator("#papers li").filter(has_text="p.exe")
    expect(paper).to_have_class("s-quarantined", timeout=60_000)
    paper.locator("a").click()
    page.get_by_role("button", name="Przyjmij bez odczytu").click()
    expect(page.get_by_text("Nie można pokazać obrazu tego pliku.")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("link", name="Otwórz oryginał")).to_be_visible()


def test_on_a_phone_each_list_stands_under_its_heading(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    sign_in(page, "anna")
    page.set_input_files(
        "#files",
        [{"name": "phone.txt", "mimeType": "text/plain", "buffer": INVOICE.replace(b"0412", b"0999")}],
    )
    expect(page.locator("#papers li").filter(has_text="phone.txt")).to_have_class("s-filed", timeout=60_000)
    page.goto("/search?q=file:phone")
    groups = page.locator(".facets details[data-facet][open]:not(.more)")
    for _ in range(200):  # the index follows a moment later
        if groups.count() >= 3:
            break
        page.reload()
    narrow = page.locator("#narrow")
    if narrow.get_attribute("open") is None:  # folded away on a phone
        narrow.locator("> summary").click()
    assert groups.count() >= 3
    for group in groups.all():
        own, under = group.locator("> summary").bounding_box(), group.locator("> ul").bounding_box()
        assert own
        assert under
        assert under["y"] >= own["y"] + own["height"]
