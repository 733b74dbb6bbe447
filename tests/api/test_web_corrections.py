"""Correcting on the page: what was changed is said and can be taken back; links do not speak for Akta."""

import html
import re
from urllib.parse import quote

import pytest

from tests.api.conftest import Site

PAPER = (
    b"Faktura VAT nr FV/12/2026\nData: 2026-03-01\nSprzedawca: Firma Testowa sp. z o.o.\nNIP: 526-000-12-46\n"
    b"Netto: 100,00 PLN\nVAT 23%: 23,00 PLN\nRazem: 123,00 PLN\n"
)


@pytest.fixture
def record(site: Site) -> str:
    return site.filed("faktura.txt", PAPER)


def _form(page: str) -> dict[str, str]:
    """All that the form of the fields would send."""
    form = page[page.index('id="fields"') : page.index("</form>", page.index('id="fields"'))]
    pairs = re.findall(r'<input[^>]*name="([^"]+)" value="([^"]*)"', form)
    chosen = re.search(r'<option value="([^"]+)" selected', form)
    assert chosen
    return {"kind": chosen[1], **{name: html.unescape(value) for name, value in pairs}}


def _save(site: Site, record: str, **typed: str) -> str:
    form = _form(site.client.get(f"/records/{record}").text) | {"save": "1"} | typed
    answer = site.client.post(f"/records/{record}/correct", data=form, follow_redirects=True)
    assert answer.status_code == 200
    return answer.text


def test_what_was_changed_is_said_and_taken_back(site: Site, record: str) -> None:
    site.sign_in("clerk")
    told = _save(site, record, **{"field.total": "125,00", "field.vendor_nip": ""})
    assert "Saved." in told
    assert "<bdi>123.00</bdi> → <strong><bdi>125.00</bdi></strong>" in told
    assert "<bdi>5260001246</bdi> → <strong>removed</strong>" in told
    assert "the sum differs" in told
    batch = re.search(r'name="batch" value="(\w+)"', told)
    csrf = re.search(r'name="csrf" content="([^"]+)"', told)
    version = re.search(r'name="version" value="(\d+)"', told)
    assert batch
    assert csrf
    assert version
    back = site.client.post(
        f"/records/{record}/undo",
        data={"csrf": csrf[1], "version": version[1], "batch": batch[1]},
        follow_redirects=True,
    ).text
    assert "The correction is taken back." in back
    assert 'name="field.vendor_nip" value="5260001246"' in back
    assert "sum agrees" in back
    assert "<bdi>125.00</bdi> → <bdi>123.00</bdi>" in back  # in the history
    assert "Nothing was changed." in _save(site, record)


def test_a_wrong_number_is_marked_and_asked_about_before_filing(site: Site) -> None:
    record = site.filed("nota.txt", b"Something nobody can place. " * 20)
    site.sign_in("clerk")
    wrong = {
        "kind": "accounting/invoice",
        "new_field": "vendor_nip",
        "new_value": "526-000-12-47",
        "accept": "1",
    }
    page = site.client.get(f"/records/{record}").text
    version = re.search(r'name="version" value="(\d+)"', page)
    csrf = re.search(r'name="csrf" content="([^"]+)"', page)
    assert version
    assert csrf
    told = site.client.post(
        f"/records/{record}/correct", data={"csrf": csrf[1], "version": version[1], "accept": "1", **wrong}
    ).text
    assert "Akta doubts this value:" in told
    assert "5260001247" in told
    assert site.client.get(f"/v1/records/{record}", headers=site.as_("clerk")).json()["state"] == "review"


def test_a_link_cannot_put_words_into_aktas_mouth(site: Site, record: str) -> None:
    site.sign_in("clerk")
    lie = "Your session is broken. Call 555 123."
    for seal in ("", "0" * 32):
        page = site.client.get(f"/records/{record}?problem={quote(lie)}&seal={seal}").text
        assert "555 123" not in page
    csrf = re.search(r'name="csrf" content="([^"]+)"', site.client.get(f"/records/{record}").text)
    assert csrf
    answer = site.client.post(
        f"/records/{record}/hold", data={"csrf": csrf[1], "matter": "", "reason": "R"}, follow_redirects=True
    )
    assert 'role="alert"' in answer.text  # what Akta says itself is shown


def test_after_signing_in_one_is_back_at_the_form(site: Site, record: str) -> None:
    answer = site.client.post(
        f"/records/{record}/correct",
        data={"csrf": "x"},
        headers={"referer": f"http://testserver/records/{record}?page=2"},
        follow_redirects=False,
    )
    assert answer.headers["location"] == "/sign-in?next=" + quote(f"/records/{record}?page=2")
    elsewhere = site.client.post(
        f"/records/{record}/correct", headers={"referer": "http://evil.test/x"}, follow_redirects=False
    )
    assert elsewhere.headers["location"] == "/sign-in?next=/"


def test_holds_say_that_they_are_placed_and_released(site: Site, record: str) -> None:
    csrf = site.sign_in("officer")
    form = {"csrf": csrf, "matter": "Spór 1", "reason": "R"}
    placed = site.client.post(f"/records/{record}/hold", data=form, follow_redirects=True).text
    assert "The hold is placed" in placed
    hold = re.search(r'name="hold" value="(\w+)"', placed)
    assert hold
    form = {"csrf": csrf, "hold": hold[1], "reason": "over"}
    assert (
        "The hold is released."
        in site.client.post(f"/records/{record}/release-hold", data=form, follow_redirects=True).text
    )
