"""A record's page in a real browser: history, zoom, words to select; an upload cut off and gone on with."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import Served, open_page, serving, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
INVOICE = """Faktura VAT nr FV/2026/0412
Data wystawienia: 2026-03-01
Sprzedawca: Zakłady Testowe Łódź sp. z o.o.
Do zapłaty: 1 234,50 PLN
""".encode()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as site:
        yield site


def _opened(page: Page) -> None:
    sign_in(page, "john")
    page.set_input_files("#files", [{"name": "faktura.txt", "mimeType": "text/plain", "buffer": INVOICE}])
    paper = page.locator("#papers li[data-ended='1']").first
    expect(paper).to_be_visible(timeout=60_000)
    paper.locator("a").click()
    expect(page.locator("#words span").first).to_be_attached(timeout=60_000)


def test_history_zoom_and_words(served: Served) -> None:
    with open_page(served) as page:
        _opened(page)
        history = page.locator("#history")
        expect(history.get_by_text("came in")).to_be_visible()
        history.get_by_role("link", name="Keeping").click()
        expect(history.locator(".kinds [aria-current]")).to_have_text("Keeping")
        expect(history.get_by_text("came in")).to_have_count(0)
        # The words lie on the picture, and stay there when it grows and turns.
        place = """() => {
          const words = [...document.querySelectorAll("#words span")];
          const word = words.find((span) => span.textContent.startsWith("Faktura"));
          const [a, b] = [word, document.getElementById("picture")].map((e) => e.getBoundingClientRect());
          return [(a.x - b.x) / b.width, (a.y - b.y) / b.height, a.width / b.width, b.width];
        }"""
        before = page.evaluate(place)
        page.keyboard.press("+")
        page.keyboard.press("+")
        expect(page.locator("#zoomed")).to_have_text("150 %")
        after = page.evaluate(place)
        assert after[3] == pytest.approx(before[3] * 1.5, rel=0.05)
        assert after[:3] == pytest.approx(before[:3], abs=0.01)
        page.keyboard.press("0")
        expect(page.locator("#zoomed")).to_have_text("100 %")
        page.keyboard.press("r")
        box = page.locator("#picture").bounding_box()
        assert box
        assert box["width"] > box["height"]  # an upright page lies on its side
        said = page.evaluate(
            """() => {
              getSelection().selectAllChildren(document.getElementById("words"));
              return getSelection().toString();
            }"""
        )
        assert "Faktura VAT nr FV/2026/0412\nData wystawienia: 2026-03-01" in said


def test_a_large_file_goes_on_after_the_network_was_away_and_the_page_closed(
    served: Served, tmp_path: Path
) -> None:
    large = tmp_path / "large.bin"
    large.write_bytes(os.urandom(40_000_000))
    with open_page(served, quiet=("ERR_INTERNET_DISCONNECTED",)) as page:
        sign_in(page, "john")
        page.route("**/intake/uploads/*", _one_piece())
        page.set_input_files("#files", str(large))
        line = page.locator("#large li").first
        expect(line).to_contain_text("no connection", timeout=60_000)
        expect(line.get_by_role("button", name="Pause")).to_be_visible()
        page.context.set_offline(True)
        page.unroute("**/intake/uploads/*")
        line.get_by_role("button", name="Pause").click()
        expect(line).to_contain_text("paused")
        expect(page.locator("#sending-text")).to_contain_text("0 of 1 files received")
        page.context.set_offline(False)
        page.reload()
        line = page.locator("#large li").first
        expect(line).to_contain_text("left unfinished")
        assert float(line.locator("progress").evaluate("bar => bar.value")) >= 8 * 1024**2
        sent: list[str] = []
        page.on(
            "request",
            lambda r: sent.append(r.headers.get("upload-offset", "")) if r.method == "PATCH" else None,
        )
        page.set_input_files("#files", str(large))
        expect(page.locator("#sending-text")).to_contain_text("All files (1) received", timeout=120_000)
        assert sent[0] == str(8 * 1024**2)
        expect(page.locator("#papers")).to_contain_text("large.bin")


def _one_piece():  # type: ignore[no-untyped-def]
    """Lets the first piece through, and breaks the connection after that."""
    seen: list[str] = []

    def answer(route):  # type: ignore[no-untyped-def]
        seen.append(route.request.method)
        if seen.count("PATCH") > 1 or (seen.count("PATCH") == 1 and route.request.method == "HEAD"):
            route.abort("internetdisconnected")
        else:
            route.continue_()

    return answer
