"""The search page as a browser gets it: pages of hits, facets, the form, what may be seen."""

import html
import re

from tests.api.conftest import Site
from tests.unit.parties.register import NIPS


def _invoice(number: int, vendor: str = "Orzeł Druk sp. z o.o.") -> bytes:
    said = (
        f"Faktura VAT nr FV/2026/{number:04}\nData wystawienia: 2026-03-{number:02}\nSprzedawca: {vendor}\n"
    )
    return f"{said}NIP: {NIPS[0]}\nDo zapłaty: {number}00,00 PLN\n".encode()


def _filed(site: Site, count: int) -> None:
    for number in range(1, count + 1):
        site.send(f"f{number}.txt", _invoice(number))
    site.drain()


def _titles(text: str) -> list[str]:
    return re.findall(r'<a class="title" href="/records/(\w+)', text)


def _next(text: str, rel: str) -> str | None:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', text)
    return html.unescape(found[1]) if found else None


def test_pages_of_hits_lead_on_and_back(site: Site) -> None:
    _filed(site, 23)
    site.sign_in("clerk")
    first = site.client.get("/search?q=faktura&size=10&sort=total").text
    second = site.client.get(_next(first, "next") or "").text
    third = site.client.get(_next(second, "next") or "").text
    seen = [*_titles(first), *_titles(second), *_titles(third)]
    assert len(seen) == len(set(seen)) == 23
    assert _next(third, "next") is None
    assert _titles(site.client.get(_next(third, "prev") or "").text) == _titles(second)
    assert "11–20" in second
    stale = site.client.get("/search?q=faktura&cursor=nonsense&n=7")
    assert stale.status_code == 200
    assert len(_titles(stale.text)) == 20


def test_the_list_alone_is_that_of_the_page(site: Site) -> None:
    _filed(site, 2)
    site.sign_in("clerk")
    whole, alone = (site.client.get(f"{path}?q=faktura").text for path in ("/search", "/search/hits"))
    assert "<html" not in alone
    assert alone.strip() in whole
    assert alone.count('class="look"') == 0 or "<rect" in alone
    site.client.cookies.clear()
    assert site.client.get("/search/hits?q=faktura", follow_redirects=False).status_code == 303


def test_a_facet_is_chosen_once_and_counts_its_other_values(site: Site) -> None:
    _filed(site, 2)
    site.send("notatka.txt", "Notatka służbowa\nOrzeł Druk: faktura 2026 przyszła.\n".encode())
    site.drain()
    site.sign_in("clerk")
    page = site.client.get("/search?q=faktura domain:accounting").text
    group = page[page.index('data-facet="domain"') :].split("</details>")[0]
    links = [html.unescape(link) for link in re.findall(r'href="([^"]+)"', group)]
    assert links[0] == "/search?q=faktura"
    assert len(links) > 1
    assert all(link.startswith("/search?q=faktura+domain%3Aaccounting%2C") for link in links[1:])
    party = page[page.index('data-facet="party"') :].split("</details>")[0]
    chosen = html.unescape(re.findall(r'href="([^"]+)"', party)[0])
    assert "Orzeł Druk" in re.findall(r'class="picked".*?</ul>', site.client.get(chosen).text, re.DOTALL)[0]


def test_a_mistake_is_marked_and_another_query_offered(site: Site) -> None:
    site.sign_in("clerk")
    answer = site.client.get("/search?q=a <b> vendr:x")
    assert answer.status_code == 200
    assert "<mark>vendr:x</mark>" in answer.text
    assert "a &lt;b&gt; </span>" in answer.text
    assert "/search?q=a+%3Cb%3E+vendor%3Ax" in answer.text


def test_the_form_is_written_and_read(site: Site) -> None:
    site.sign_in("clerk")
    asked = {
        "words": "faktura",
        "phrase": ["do zapłaty", ""],
        "field": ["total", "type", "nonsense"],
        "operator": ["between", "not", "is"],
        "value": ["1", "receipt", "x"],
        "other": ["5", "", ""],
    }
    data = site.client.get("/search/build", params=asked, headers={"accept": "application/json"})
    q = data.json()["q"]
    assert q == 'faktura "do zapłaty" total:1..5 -type:receipt'
    plain = site.client.get("/search/build", params=asked, follow_redirects=False)
    assert plain.status_code == 303
    form = site.client.get("/search/builder", params={"q": q}).text
    for value in ("faktura", "do zapłaty", "1", "5", "receipt"):
        assert f'value="{value}"' in form


def test_related_papers_are_those_that_may_be_seen(site: Site) -> None:
    _filed(site, 3)
    site.sign_in("clerk")
    record = _titles(site.client.get("/search?q=faktura").text)[0]
    page = site.client.get(f"/records/{record}/related")
    assert page.status_code == 200
    # Beside the way back to the record itself.
    assert len(set(re.findall(r'<li><a href="/records/(\w+)"', page.text)) - {record}) == 2
    assert "<html" not in site.client.get(f"/records/{record}/related?alone=1").text
    site.sign_in("nobody")
    assert site.client.get(f"/records/{record}/related").status_code in (403, 404)
