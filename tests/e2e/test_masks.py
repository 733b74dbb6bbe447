"""Hidden values in a real browser: one key shows them, a correction takes seconds, nothing typed is lost."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import Served, open_page, serving, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PESEL = "44051401359"


def _payslip(who: str) -> bytes:
    return f"""Pasek płacowy
Lista płac za marzec 2026
Pracodawca: Zakłady Testowe sp. z o.o.
Pracownik: {who}
PESEL: {PESEL}
Data wypłaty: 2026-03-31
Wynagrodzenie brutto: 8 123,45 zł
Do wypłaty: 5 987,65 zł
""".encode()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as site:
        yield site


def _opened(page: Page, login: str, who: str) -> str:
    sign_in(page, login)
    paper = {"name": f"{who}.txt", "mimeType": "text/plain", "buffer": _payslip(who)}
    page.set_input_files("#files", [paper])
    line = page.locator("#papers li[data-ended='1']", has_text=who).first
    expect(line).to_be_visible(timeout=60_000)
    line.locator("a").first.click()
    expect(page.locator("#fields")).to_be_visible()
    return page.url


def _showings(served: Served, address: str) -> list[str]:
    record = re.findall(r"/records/(\w{26})", address)[0]
    told = served.akta("audit", "list", "--record", record, "--action", "field.shown")
    return [line for line in told.splitlines() if "field.shown" in line]


@pytest.mark.parametrize(
    ("login", "button", "said", "saved"),
    [
        ("john", "Show hidden values", "Hidden values are shown", "Saved."),
        ("anna", "Pokaż ukryte wartości", "Ukryte wartości są pokazane", "Zapisano."),
    ],
)
def test_one_key_shows_and_a_correction_follows(
    served: Served, login: str, button: str, said: str, saved: str
) -> None:
    with open_page(served) as page:
        address = _opened(page, login, f"Zofia {login.title()}")
        pesel = page.locator("[name='field.pesel']")
        expect(pesel).to_be_disabled()
        expect(pesel).to_have_attribute("placeholder", "••••")
        assert PESEL not in page.locator("#fields").inner_html()
        expect(page.get_by_role("button", name=button)).to_be_visible()
        assert _showings(served, address) == []
        # What was typed before stays, and nothing asks whether it may be lost.
        page.fill("[name='field.employee']", "Zofia Nowa")
        page.keyboard.press("Escape")
        page.locator("h1").click()
        page.keyboard.press("v")
        expect(pesel).to_have_value(PESEL)
        expect(page.locator("#values-shown")).to_contain_text(said)
        expect(page.locator("[name='field.employee']")).to_have_value("Zofia Nowa")
        assert page.evaluate("document.activeElement.name").startswith("field.")
        assert page.locator("[data-masked]").count() == 0
        assert len(_showings(served, address)) == 1
        assert PESEL not in _showings(served, address)[0]
        page.fill("[name='field.gross_pay']", "8 200,00")
        page.locator("button[name=save]").click()
        expect(page.locator(".done")).to_contain_text(saved)
        expect(pesel).to_be_disabled()
        assert "8200.00" not in page.content()
        assert "8 200,00" not in page.locator(".done").inner_text()
        page.keyboard.press("v")
        expect(page.locator("[name='field.gross_pay']")).to_have_value("8200.00")
        assert len(_showings(served, address)) == 2


def test_a_key_goes_to_the_field_in_doubt_and_no_letter_is_typed(served: Served) -> None:
    with open_page(served) as page:
        _opened(page, "john", "Maria Pewna")
        page.keyboard.press("e")
        focused = page.evaluate("[document.activeElement.name, document.activeElement.value]")
        assert focused[0].startswith("field.")
        wanted = page.locator("#fields .unsure input:enabled[name^='field.']")
        first = (
            wanted.first if wanted.count() else page.locator("#fields input:enabled[name^='field.']").first
        )
        assert focused == [first.get_attribute("name"), first.get_attribute("value")]
        page.keyboard.press("v")  # typed over what is marked: the page does nothing while one types
        assert page.evaluate("document.activeElement.value") == "v"
        assert page.locator("#hidden-values").count() == 1


def test_without_script_a_button_does_the_same(served: Served) -> None:
    with open_page(served) as page:
        address = _opened(page, "john", "Ewa Cicha")
    with open_page(served, java_script_enabled=False) as page:
        sign_in(page, "john", script=False)
        page.goto(address)
        assert PESEL not in page.locator("#fields").inner_html()
        page.get_by_role("button", name="Show hidden values").click()
        expect(page.locator("[name='field.pesel']")).to_have_value(PESEL)
        expect(page.locator("#values-shown")).to_be_visible()


def test_what_could_not_be_shown_is_said(served: Served) -> None:
    with open_page(served, quiet=("ERR_INTERNET_DISCONNECTED",)) as page:
        _opened(page, "john", "Jan Daleki")
        page.context.set_offline(True)
        page.get_by_role("button", name="Show hidden values").click()
        expect(page.locator("#values-shown")).to_contain_text("could not be shown")
        page.context.set_offline(False)
        page.get_by_role("button", name="Show hidden values").click()
        expect(page.locator("[name='field.pesel']")).to_have_value(PESEL)
