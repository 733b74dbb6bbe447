"""Saved searches and exports over HTTP and on pages, in both languages."""

import json
import re
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select

from akta.access.models import Grant, User
from akta.cli.main import cli
from akta.records.guard import changed
from akta.records.models import Record
from indexer.saved import alerts
from tests.api.conftest import Site

INVOICE = b"Invoice number FV/1/2026\nTotal: 12.00 PLN\n"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts, "GATHER", alerts.GATHER * 0)


def _save(site: Site, role: str, name: str = "Invoices", **body: object) -> tuple[str, str]:
    answer = site.client.post(
        "/v1/searches", json={"name": name, "query": "invoice", **body}, headers=site.as_(role)
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["id"], answer.headers["etag"]


def test_a_saved_search_over_http(site: Site) -> None:
    paper = site.filed("a.txt", INVOICE)
    clerk = site.as_("clerk")
    search, etag = _save(site, "clerk", facets={"type": ["invoice"]})
    url = f"/v1/searches/{search}"
    assert site.client.patch(url, json={"name": "Bills"}, headers=clerk).status_code == 428
    changed_ = site.client.patch(url, json={"name": "Bills"}, headers={**clerk, "if-match": etag})
    assert changed_.json()["text"] == "(invoice) type:invoice"
    stale = site.client.patch(url, json={"name": "B"}, headers={**clerk, "if-match": etag})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    found = site.client.get(f"{url}/results", headers=clerk).json()
    assert ([r["id"] for r in found["items"]], found["total"]) == ([paper], 1)
    etag = changed_.headers["etag"]
    assert site.client.get(url, headers=site.as_("auditor")).status_code == 404
    shared = site.client.put(
        f"{url}/shares", json={"roles": ["auditor"]}, headers={**clerk, "if-match": etag}
    )
    assert shared.json()["roles"] == ["auditor"]
    assert site.client.get(url, headers=site.as_("auditor")).json()["users"] is None
    other = {**site.as_("auditor"), "if-match": shared.headers["etag"]}
    assert site.client.delete(url, headers=other).status_code == 409
    deleted = site.client.delete(url, headers={**clerk, "if-match": shared.headers["etag"]})
    assert deleted.status_code == 200
    assert site.client.get("/v1/searches", headers=clerk).json()["items"] == []
    assert site.client.post(f"{url}/restore", headers=clerk).json()["name"] == "Bills"
    wrong = site.client.post("/v1/searches", json={"name": "x", "query": "colour:red"}, headers=clerk)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "query_invalid")


def test_the_same_request_saves_once(site: Site) -> None:
    headers = {**site.as_("clerk"), "idempotency-key": "k1"}
    body = {"name": "Invoices", "query": "invoice"}
    first, second = (site.client.post("/v1/searches", json=body, headers=headers) for _ in range(2))
    assert first.json() == second.json()
    asked = {"query": "invoice", "format": "csv"}
    headers["idempotency-key"] = "k2"
    first, second = (site.client.post("/v1/exports", json=asked, headers=headers) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]


def test_news_over_http(site: Site) -> None:
    clerk = site.as_("clerk")
    search, _ = _save(site, "clerk")
    url = f"/v1/searches/{search}"
    assert site.client.put(f"{url}/watch", headers=clerk).json()["told_since"]
    papers = [site.filed(f"{n}.txt", INVOICE + str(n).encode()) for n in range(3)]
    assert site.client.get("/v1/searches", headers=clerk).json()["news"] == 3
    page = site.client.get(f"{url}/news", params={"limit": 2}, headers=clerk).json()
    rest = site.client.get(
        f"{url}/news", params={"limit": 2, "cursor": page["next_cursor"]}, headers=clerk
    ).json()
    assert {r["id"] for r in page["items"] + rest["items"]} == set(papers)
    assert rest["next_cursor"] is None
    wrong = site.client.get(f"{url}/news", params={"cursor": "x"}, headers=clerk)
    assert wrong.status_code == 422
    seen = site.client.post(f"{url}/news/seen", json={"records": papers[:1]}, headers=clerk)
    assert seen.json()["seen"] == 1
    site.client.post(f"{url}/news/seen", json={"until": page["as_of"]}, headers=clerk)
    assert site.client.get(url, headers=clerk).json()["news"] == 0
    assert site.client.delete(f"{url}/watch", headers=clerk).json()["told"] is False


def test_an_export_over_http(site: Site) -> None:
    paper = site.filed("a.txt", INVOICE)
    clerk = site.as_("clerk")
    asked = site.client.post("/v1/exports", json={"query": "invoice", "format": "zip"}, headers=clerk)
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    url = asked.headers["location"]
    early = site.client.get(f"{url}/file", headers=clerk)
    assert (early.status_code, early.json()["state"]) == (409, "waiting")
    site.drain()
    told = site.client.get(url, headers=clerk).json()
    assert (told["state"], told["records"], told["done"]) == ("ready", 1, 1)
    assert site.client.get(url, headers=site.as_("auditor")).status_code == 404
    assert site.client.get(f"{url}/file", headers=site.as_("auditor")).status_code == 404
    answer = site.client.get(f"{url}/file", headers=clerk)
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith('attachment; filename="akta-')
    with zipfile.ZipFile(BytesIO(answer.content)) as bundle:
        assert bundle.read("originals/000001-a.txt") == INVOICE
        assert json.loads(bundle.read("manifest.json"))["files"][0]["record"] == paper
    with site.app.database.write() as session:
        record = session.get_one(Record, paper)
        record.domain, record.confidentiality, record.state = "hr", 3, "filed"
        changed(session, record)
        clerk_row = session.scalars(select(User).where(User.login == "clerk")).one()
        session.execute(delete(Grant).where(Grant.user_id == clerk_row.id, Grant.domain == "hr"))
    held_back = site.client.get(f"{url}/file", headers=clerk)
    assert (held_back.status_code, held_back.json()["code"]) == (409, "export_withheld")
    assert site.client.delete(url, headers=clerk).status_code == 200
    assert site.client.get(f"{url}/file", headers=clerk).status_code == 404
    wrong = site.client.post("/v1/exports", json={"query": "colour:red", "format": "csv"}, headers=clerk)
    assert wrong.status_code == 422


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ("You have no saved searches yet.", "You have no exports.", "1 new record", "Tell me no more"),
        ),
        ("pl", ("Nie masz jeszcze zapisanych", "Nie masz eksportów.", "1 nowy dokument", "Nie powiadamiaj")),
    ],
)
def test_pages(site: Site, language: str, words: tuple[str, ...]) -> None:
    with site.app.database.write() as session:
        session.scalars(select(User).where(User.login == "clerk")).one().language = language
    csrf = site.sign_in("clerk")
    client = site.client

    def post(path: str, **data: object) -> str:
        answer = client.post(path, data={"csrf": csrf, **data}, follow_redirects=True)
        assert answer.status_code == 200, answer.text[:300]
        return answer.text

    assert words[0] in client.get("/searches").text
    assert words[1] in client.get("/exports").text
    site.filed("a.txt", INVOICE)
    shown = client.get("/search", params={"q": "invoice"}).text
    assert 'action="/searches"' in shown
    assert 'action="/exports"' in shown
    shown = post("/searches", name="My <invoices>", q="invoice", told="yes")
    assert "My &lt;invoices&gt;" in shown
    search = re.search(r"/searches/([0-9a-z]{26})/decide", shown)
    assert search
    url = f"/searches/{search[1]}"
    assert words[3] in shown
    paper = site.filed("b.txt", INVOICE + b"2")
    assert words[2] in client.get("/searches").text
    shown = client.get(url).text
    assert f"/records/{paper}" in shown
    badge = re.search(r'href="/searches"[^>]*>[^<]*<span class="count"[^>]*?(hidden)?>(\d+)', shown)
    assert badge
    assert (badge[1], badge[2]) == (None, "1")
    until = re.search(r'name="until" value="([^"]+)"', shown)
    assert until
    shown = post(f"{url}/decide", act="see", until=until[1])
    assert f"/records/{paper}" not in shown
    assert f"/records/{paper}" in client.get(url, params={"seen": "true"}).text
    version = re.search(r'name="version" value="(\d+)"', shown)
    assert version
    shown = post(f"{url}/share", version=version[1], users=["staff"], roles=["auditor"])
    assert shown.count(" checked>") == 2
    stale = post(f"{url}/change", version=version[1], name="X", query="invoice", sort="date")
    assert 'role="alert"' in stale
    shown = post(f"{url}/change", version=int(version[1]) + 1, name="X", query="invoice", sort="date")
    assert "<h1><bdi>X</bdi></h1>" in shown
    shown = post(f"{url}/decide", act="delete")
    assert words[0] in shown
    shown = post(f"{url}/decide", act="restore", to="list")
    assert "<bdi>X</bdi>" in shown
    assert 'role="alert"' in post("/searches", name="X", q="invoice")

    shown = post("/exports", q="invoice", form="csv")
    assert 'data-busy="yes"' in shown
    assert client.get("/exports/state").json()["items"][0]["state"] == "waiting"
    site.drain()
    shown = client.get("/exports").text
    file = re.search(r"/exports/([0-9a-z]{26})/file", shown)
    assert file
    assert client.get(file[0]).content.startswith(b"\xef\xbb\xbf")
    shown = post("/exports", q="invoice", form="zip")
    shown = post(f"/exports/{_first(client.get('/exports/state').json())}/decide", act="cancel")
    assert client.get("/exports/state").json()["items"][0]["state"] == "cancelled"
    post(f"/exports/{file[1]}/decide", act="delete")
    assert client.get(file[0], follow_redirects=False).status_code == 404


def _first(state: dict[str, list[dict[str, str]]]) -> str:
    return state["items"][0]["id"]


def test_a_shared_search_page_offers_no_changes(site: Site) -> None:
    search, etag = _save(site, "clerk")
    site.client.put(
        f"/v1/searches/{search}/shares",
        json={"roles": ["auditor"]},
        headers={**site.as_("clerk"), "if-match": etag},
    )
    site.sign_in("auditor")
    shown = site.client.get(f"/searches/{search}").text
    assert "/change" not in shown
    assert "/share" not in shown
    assert 'value="delete"' not in shown
    assert 'value="watch"' in shown


def test_at_the_command_line(site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AKTA_HOME", str(site.app.home))
    site.filed("a.txt", INVOICE)

    def akta(*arguments: str, code: int = 0) -> str:
        told = CliRunner().invoke(cli, arguments, catch_exceptions=True)
        assert told.exit_code == code, (told.output, told.exception)
        return told.output

    assert "no saved searches" in akta("searches", "list")
    akta("searches", "save", "Bills", "invoice", "--facet", "type=invoice", "--watch")
    paper = site.filed("b.txt", INVOICE + b"2")
    assert "1 new" in akta("searches", "list")
    assert paper in akta("searches", "news", "Bills", "--seen")
    assert "Nothing new" in akta("searches", "news", "Bills")
    assert paper in akta("searches", "run", "Bills")
    akta("searches", "share", "Bills", "--user", "staff", "--role", "auditor")
    akta("searches", "change", "Bills", "--name", "Invoices")
    number = akta("searches", "list").split()[0]
    akta("searches", "watch", number, "--stop")
    akta("searches", "delete", "Invoices")
    akta("searches", "restore", number)
    assert json.loads(akta("searches", "list", "--json"))["roles"] == ["auditor"]
    target = tmp_path / "out.csv"
    assert "2 records" in akta("export", "invoice", "--to", str(target))
    assert len(target.read_text().splitlines()) == 3
    assert list(site.app.exports.folder.iterdir()) == []
    akta("export", "invoice", "--format", "zip", "--to", str(tmp_path / "out"))
    assert zipfile.is_zipfile(tmp_path / "out")
    akta("export", "invoice", "--to", str(target), code=1)
    akta("export", "invoice", "--to", str(tmp_path / "x.pdf"), code=2)
