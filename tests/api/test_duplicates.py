"""Papers that came twice, over the API, on the page and in the shell."""

import re

import pytest
from click.testing import CliRunner

from akta.cli.show import command
from akta.records.models import Record
from tests.api.conftest import Site

INVOICE = (
    "Faktura VAT nr FV/12/2026\nData wystawienia 2026-03-01\nSprzedawca: Modra Kuźnia SA\nNIP 1132853869\n"
    "Nabywca: Tkalnia Polesie Sp. z o.o.\nNIP 5260001246\nRazem do zapłaty 1230,00 zł\n"
)


@pytest.fixture
def pair(site: Site) -> tuple[str, str]:
    return site.filed("a.txt", INVOICE.encode()), site.filed("b.txt", f"{INVOICE}Kopia\n".encode())


def _state(site: Site, record: str) -> str:
    return str(site.client.get(f"/v1/records/{record}", headers=site.as_("clerk")).json()["state"])


def test_over_the_api(site: Site, pair: tuple[str, str]) -> None:
    first, second = pair
    url = f"/v1/records/{second}/duplicates"
    items = site.client.get(url, headers=site.as_("clerk")).json()["items"]
    assert [(d["record"], d["state"], d["kinds"][0]["kind"]) for d in items] == [(first, "open", "key")]
    assert "different papers" in items[0]["way_out"]
    assert _state(site, second) == "review"
    answer = site.client.post(f"{url}/{first}/dismiss", headers=site.as_("staff"))
    assert answer.status_code == 200
    assert answer.json()["items"][0]["state"] == "dismissed"
    assert _state(site, second) == "filed"
    assert site.client.post(f"{url}/{first}/reopen", headers=site.as_("staff")).status_code == 200
    assert site.client.post(f"{url}/{first}/confirm", headers=site.as_("staff")).status_code == 403
    assert site.client.post(f"{url}/{first}/confirm", headers=site.as_("clerk")).status_code == 200
    assert _state(site, second) == "filed"  # it was: so it is linked and stays
    unrelated = site.filed("c.txt", b"Memo about nothing\n")
    answer = site.client.post(f"{url}/{unrelated}/dismiss", headers=site.as_("clerk"))
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_on_the_page(site: Site, pair: tuple[str, str]) -> None:
    first, second = pair
    csrf = site.sign_in("clerk")
    page = site.client.get(f"/records/{second}").text
    section = page[page.index('id="duplicates"') :]
    assert f'href="/records/{first}"' in section
    assert set(re.findall(r'name="act" value="(dismiss|confirm|reopen)"', section)) == {"dismiss", "confirm"}
    sent = {"csrf": csrf, "act": "confirm", "other": first}
    answer = site.client.post(f"/records/{second}/duplicates", data=sent, follow_redirects=True)
    assert "it is the same paper" in answer.text
    assert _state(site, second) == "rejected"
    answer = site.client.post(
        f"/records/{first}/duplicates", data={**sent, "act": "reopen", "other": second}, follow_redirects=True
    )
    assert answer.status_code == 200
    assert _state(site, second) == "review"
    assert site.client.post(f"/records/{second}/duplicates", data={**sent, "csrf": "x"}).status_code == 403
    assert site.client.post(f"/records/{second}/duplicates", data={**sent, "act": "x"}).status_code == 404


def test_what_one_may_not_see_is_not_named(site: Site, pair: tuple[str, str]) -> None:
    first, second = pair
    with site.app.database.write() as session:
        session.get_one(Record, first).domain = None
        from sqlalchemy import delete

        from akta.access.models import Grant

        session.execute(delete(Grant).where(Grant.domain == "unfiled"))
    assert site.client.get(f"/v1/records/{first}", headers=site.as_("auditor")).status_code == 404
    url = f"/v1/records/{second}/duplicates"
    assert site.client.get(url, headers=site.as_("auditor")).json()["items"] == []
    detail = site.client.get(f"/v1/records/{second}", headers=site.as_("auditor"))
    assert first not in detail.text
    site.sign_in("auditor")
    assert first not in site.client.get(f"/records/{second}").text


def test_in_the_shell(site: Site, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTA_HOME", str(site.app.home))
    said = CliRunner().invoke(command, [pair[0]]).output
    assert f"may be the same paper as {pair[1]}" in said
