"""Cases and legal entities on their pages."""

import re

from tests.api.conftest import Site

INVOICE = "Faktura VAT nr FV/2026/{n}\nData wystawienia: 2026-03-01\nDo zapłaty: 1 234,5{n} PLN\n"


def _post(site: Site, path: str, csrf: str, **form: str) -> str:
    page = site.client.post(path, data={"csrf": csrf, **form}, follow_redirects=True)
    assert page.status_code in (200, 422), page.text
    return page.text


def _opened(site: Site, csrf: str, key: str = "1234", title: str = "Jan Łoś") -> str:
    page = site.client.post(
        "/cases", data={"csrf": csrf, "kind": "matter", "key": key, "title": title}, follow_redirects=True
    )
    assert "The case is open. File papers into it." in page.text
    return str(page.url).rpartition("/")[2].partition("?")[0]


def _version(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found, page
    return found[1]


def test_a_case_from_its_opening_to_its_cut_off(site: Site) -> None:
    one, two, held = (site.filed(f"f{n}.txt", INVOICE.format(n=n).encode()) for n in (1, 2, 3))
    hold = {"matter": "Court", "reason": "A dispute", "records": [held]}
    assert site.client.post("/v1/holds", json=hold, headers=site.as_("officer")).status_code == 201
    csrf = site.sign_in("officer")
    assert "There are no cases yet." in site.client.get("/cases").text
    case = _opened(site, csrf)
    path = f"/cases/{case}"
    assert "Nothing that you may see is in it yet." in site.client.get(path).text
    page = _post(site, f"{path}/found", csrf, act="preview", query="faktura")
    assert re.search(r"Found: 3 · would be filed: 2 · in it already: 0", page)
    assert "legal hold" in page
    assert "Court" not in page  # what a hold is about stands on its own page
    assert "0 records in it" in page
    page = _post(site, f"{path}/found", csrf, act="file", query="faktura")
    assert re.search(r"Filed: 2 · in it already: 0", page)
    assert "1 record stays where it is:" in page
    assert "2 records in it" in page
    assert page.count("Kept until: 31 December 2031") == 2
    assert page.count("<summary>Why</summary>") == 2
    assert "The record is out of the case." in _post(site, f"{path}/remove", csrf, record=one)
    page = site.client.get(path).text
    assert one not in page
    assert two in page
    assert 'role="alert"' in _post(site, f"{path}/found", csrf, act="file", query="(")
    event = {"kind": "employment_end", "subject": "case:matter/1234", "date": "2026-03-05"}
    answer = site.client.post("/v1/events", json=event, headers=site.as_("officer"))
    assert answer.status_code == 201, answer.text
    assert "No event is recorded of it." not in site.client.get(path).text
    version = _version(page)
    assert "A day is written YYYY-MM-DD." in _post(site, f"{path}/close", csrf, version=version, day="soon")
    page = _post(site, f"{path}/close", csrf, version=version, day="2026-03-02")
    assert "The case is closed." in page
    assert "Add what a search finds" not in page
    assert "was closed on" in _post(site, f"{path}/found", csrf, act="file", query="faktura")
    assert "was changed meanwhile" in _post(site, f"{path}/reopen", csrf, version=version, reason="late")
    assert "open again" in _post(site, f"{path}/reopen", csrf, version=_version(page), reason="late")


def test_cases_are_found_by_state_and_text_and_paged(site: Site) -> None:
    csrf = site.sign_in("officer")
    first = _opened(site, csrf, "A-1", "Jan Łoś")
    second = _opened(site, csrf, "B-2", "Anna Nowak")
    site.client.post(f"/v1/cases/{second}/close", json={}, headers=site.as_("officer"))
    for query, seen in (
        ("q=łoś", {first}),
        ("q=ŁOŚ", {first}),
        ("q=b-2", {second}),
        ("state=closed", {second}),
        ("state=open", {first}),
        ("kind=order", set()),
        (f"after={second}", {first}),
        ("", {first, second}),
    ):
        page = site.client.get(f"/cases?{query}").text
        assert set(re.findall(r'href="/cases/(\w{26})"', page)) == seen, query
    assert "No case fits." in site.client.get("/cases?q=nothing").text
    page = _post(site, "/cases", csrf, kind="matter", key="A-1")
    assert "with this key already" in page


def test_who_may_not_sees_no_buttons_and_is_refused(site: Site) -> None:
    case = _opened(site, site.sign_in("officer"))
    csrf = site.sign_in("auditor")
    page = site.client.get(f"/cases/{case}").text
    assert "Add what a search finds" not in page
    assert "Close the case" not in page
    for act in ("found", "close", "remove"):
        form = {"csrf": csrf, "act": "file", "query": "x", "version": "1", "record": "0" * 26}
        answer = site.client.post(f"/cases/{case}/{act}", data=form, follow_redirects=True)
        assert "This needs the right" in answer.text, act
    site.sign_in("administrator")
    assert site.client.get("/cases").status_code == 403
    assert 'href="/entities"' not in site.client.get("/account").text


def test_legal_entities_are_entered_and_changed(site: Site) -> None:
    csrf = site.sign_in("schedule_author")
    assert "No legal entity is entered" in site.client.get("/entities").text
    page = _post(site, "/entities", csrf, name="Alfa", nip="526-000-12-46", years="2025-04-01/2026-03-31")
    assert "Entered." in page
    assert "5260001246" in page
    found = re.search(r'action="/entities/(\w{26})"', page)
    assert found
    path, version = f"/entities/{found[1]}", _version(page)
    assert "A fiscal year is its first and last day" in _post(
        site, path, csrf, version=version, name="Alfa", years="2025"
    )
    page = _post(site, path, csrf, version=version, name="Alfa & Co", default="true", years="")
    assert "Changed." in page
    assert "Alfa &amp; Co" in page
    assert "calendar years" in page
    assert "was changed meanwhile" in _post(site, path, csrf, version=version, name="Beta")
    listed = site.client.get("/v1/entities", headers=site.as_("officer")).json()["items"]
    assert [(e["name"], e["nip"], e["default"], e["fiscal_years"]) for e in listed] == [
        ("Alfa & Co", None, True, [])
    ]
    csrf = site.sign_in("auditor")
    assert "Alfa &amp; Co" in site.client.get("/entities").text
    assert "This needs the right" in _post(site, "/entities", csrf, name="Gamma")
