"""Parties over HTTP, on pages and in the search; the command line says the same."""

import json

import pytest
from alembic import command
from click.testing import CliRunner
from sqlalchemy import select, text

from akta.bootstrap import alembic_config
from akta.cli.main import cli
from akta.records.guard import changed
from akta.records.models import Field, Record
from akta.records.parties.models import Party, RecordParty
from ingest.jobnames import JOB_PARTIES
from tests.api.conftest import Site
from tests.conftest import principal
from tests.unit.parties.register import NIPS, paper

ODD = '<img src=x onerror="alert(1)"> \u202eTrade'


def _papers(site: Site, *vendors: tuple[str, str], **more: object) -> list[str]:
    with site.app.database.write() as session:
        made = [paper(session, site.app.audit, name, nip, **more) for name, nip in vendors]
        for record in made:
            changed(session, session.get_one(Record, record))
    site.drain()
    return made


def _found(site: Site, query: str, role: str = "clerk") -> set[str]:
    answer = site.client.get("/v1/search", params={"q": query}, headers=site.as_(role)).json()
    return {item["id"] for item in answer["items"]}


def _party(site: Site, record: str) -> str:
    told = site.client.get(f"/v1/records/{record}", headers=site.as_("clerk")).json()
    return str(next(p["id"] for p in told["parties"] if p["role"] == "vendor"))


def test_from_suggestion_to_merge_and_back(site: Site) -> None:
    a, b, c = _papers(site, ("Hurtownia Zenit", NIPS[0]), ("Hurtownia Zemit", ""), ("Orzeł Druk", ""))
    clerk = site.as_("clerk")
    assert _found(site, "vendor:zenit -vendor:orzeł") >= {a}
    (pair,) = site.client.get("/v1/parties/suggestions", headers=clerk).json()["items"]
    one, other = (p["id"] for p in pair["parties"])
    answer = site.client.post(
        f"/v1/parties/{one}/merge", json={"others": [other, _party(site, c)], "reason": "r"}, headers=clerk
    )
    assert answer.status_code == 200, answer.text
    # Found by any spelling of the party at once, without anything being indexed again.
    assert _found(site, "vendor:orzeł") == _found(site, "vendor:zemit") == {a, b, c}
    assert _found(site, 'vendor:"orzeł druk" total:>1') == set()
    told = site.client.get(f"/v1/parties/{other}", headers=clerk).json()
    assert told["id"] == one
    assert {r["id"] for r in told["records"]} == {a, b, c}
    assert told["records"][0]["roles"] == ["vendor"]
    undone = site.client.post(f"/v1/party-merges/{answer.json()['id']}/undo", headers=clerk)
    assert undone.status_code == 200
    assert _found(site, "vendor:orzeł") == {c}
    assert site.client.post(f"/v1/party-merges/{answer.json()['id']}/undo", headers=clerk).status_code == 409


def test_a_search_tells_no_spelling_that_may_not_be_seen(site: Site) -> None:
    (a,) = _papers(site, ("Orzeł Druk", NIPS[0]))
    (b,) = _papers(site, ("Tajemnica Spółka", NIPS[0]), domain="order")
    assert _found(site, "vendor:tajemnica") == {a, b}
    books = principal("clerk", levels={"accounting": 3})
    assert site.app.index.search(books, "vendor:tajemnica")[1] == []
    assert [r.id for r in site.app.index.search(books, "vendor:orzeł")[1]] == [a]


def test_lists_have_cursors_and_refuse_others(site: Site) -> None:
    _papers(site, *((f"Firma Numer {n}", "") for n in range(5)))
    clerk = site.as_("clerk")
    seen: list[str] = []
    cursor = None
    while True:
        answer = site.client.get(
            "/v1/parties", params={"limit": 2, **({"cursor": cursor} if cursor else {})}, headers=clerk
        ).json()
        seen += [p["name"] for p in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == [f"Firma Numer {n}" for n in range(5)]
    assert site.client.get("/v1/parties", params={"cursor": "x"}, headers=clerk).status_code == 422
    assert site.client.get("/v1/parties", params={"q": "\u202e%_--"}, headers=clerk).json()["items"] == []


def test_pages(site: Site) -> None:
    a, b, odd = _papers(site, ("Hurtownia Zenit", NIPS[0]), ("Hurtownia Zemit", ""), (ODD, ""))
    csrf = site.sign_in("clerk")
    listed = site.client.get("/parties").text
    assert "Hurtownia Zenit" in listed
    assert "<img src=x" not in listed
    assert "<img src=x" not in site.client.get(f"/parties/{_party(site, odd)}").text
    pairs = site.client.get("/parties/suggestions").text
    assert "Zemit" in pairs
    one, other = _party(site, a), _party(site, b)
    done = site.client.post(
        f"/parties/{one}/decide", data={"csrf": csrf, "act": "merge", "other": other}, follow_redirects=True
    )
    assert "Merged." in done.text
    merge = done.text.split("/party-merges/")[1].split("/")[0]
    wrong = site.client.post(
        f"/parties/{one}/decide", data={"csrf": csrf, "act": "merge", "other": other}, follow_redirects=True
    )
    assert "these are one already" in wrong.text
    back = site.client.post(
        f"/party-merges/{merge}/undo", data={"csrf": csrf, "party": one}, follow_redirects=True
    )
    assert "Taken back" in back.text
    apart = site.client.post(
        f"/parties/{one}/decide",
        data={"csrf": csrf, "act": "apart", "other": other, "to": "suggestions"},
        follow_redirects=True,
    )
    assert "Nothing looks like the same party twice." in apart.text
    assert site.client.post(f"/parties/{one}/decide", data={"csrf": "x", "act": "merge"}).status_code == 403
    site.sign_in("staff")
    assert "This is another party" not in site.client.get(f"/parties/{one}").text


def test_the_page_of_a_record_leads_to_its_vendor(site: Site) -> None:
    record = site.filed(
        "a.txt",
        "Faktura VAT nr FV/1/2026\nSprzedawca: Orzeł Druk Sp. z o.o.\n"
        "NIP: 526-000-12-46\nRazem: 12,00 PLN\n".encode(),
    )
    site.sign_in("clerk")
    assert f'href="/parties/{_party(site, record)}"' in site.client.get(f"/records/{record}").text


def test_the_command_line(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = _papers(site, ("Hurtownia Zenit", NIPS[0]), ("Hurtownia Zemit", ""))
    monkeypatch.setenv("AKTA_HOME", str(site.app.home))

    def run(*args: str) -> str:
        told = CliRunner().invoke(cli, ["party", *args])
        assert told.exit_code == 0, told.output
        return told.output

    one, other = _party(site, a), _party(site, b)
    assert "Hurtownia Zenit" in run("list", "zenit")
    assert "names alike" in run("list", "--suggestions")
    merge = run("merge", one, other, "--reason", "same").split()[-1]
    told = json.loads(run("show", other, "--json"))
    assert told["id"] == one
    assert "Hurtownia Zemit" in run("show", one)
    assert run("undo", merge) == "Taken back.\n"


def test_parties_known_before_are_moved_over(site: Site) -> None:
    """An archive from before: a party by name, another by a number; both are recognised anew."""
    a, b = _papers(site, ("Orzeł Druk", NIPS[0]), ("Orzeł Druk", ""))
    with site.app.database.write() as session:
        for record, nip in ((a, NIPS[0]), (b, "")):
            for name, value in (("vendor", "Orzeł Druk"), ("vendor_nip", nip)):
                if value:
                    session.add(
                        Field(
                            id=record[:20] + name[-6:].rjust(6, "0"),
                            record_id=record,
                            name=name,
                            value=value,
                            confidence=1.0,
                            reader="x",
                            position=0,
                        )
                    )
    config = alembic_config(site.app.settings.effective_database_url)
    site.app.database.close()
    command.downgrade(config, "0011")
    command.upgrade(config, "head")
    with site.app.database.read() as session:
        kinds = set(session.scalars(text("SELECT kind FROM jobs WHERE state = 'ready'")))
        assert JOB_PARTIES in kinds
    site.drain()
    with site.app.database.read() as session:
        rows = session.execute(
            select(RecordParty.name, Party.root_id).join(Party, Party.id == RecordParty.party_id)
        ).all()
    assert {row.name for row in rows} == {"Orzeł Druk"}
    assert len({row.root_id for row in rows}) == 1
    assert _found(site, "vendor:orzeł") == {a, b}
