"""Holds over HTTP, on pages in both languages, and on the command line."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.cli.main import cli
from akta.kernel.clock import civil_date
from akta.records.holds import Hold
from akta.records.models import Case, Record
from api.web import i18n
from retention.keeping import due
from tests.api.conftest import Site

PAPER = b"Invoice number FV/1/2026\nSeller: Alfa sp. z o.o.\nTotal: 12.00 PLN\n"


@pytest.fixture
def paper(site: Site) -> str:
    return site.filed("a.txt", PAPER)


def _place(site: Site, **body: object) -> dict[str, object]:
    answer = site.client.post(
        "/v1/holds", json={"matter": "M", "reason": "R", **body}, headers=site.as_("officer")
    )
    assert answer.status_code == 201, answer.text
    site.drain()
    return dict(answer.json())


def _get(site: Site, path: str, role: str = "officer") -> dict[str, object]:
    answer = site.client.get(path, headers=site.as_(role))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_hold_from_preview_to_release(site: Site, paper: str) -> None:
    """req 21, req 24, req 25, req 27"""
    officer = site.as_("officer")
    scope = {"queries": ["invoice"]}
    told = site.client.post("/v1/holds/preview", json=scope, headers=officer).json()
    assert (told["records"], told["already_held"], told["sample"][0]["id"]) == (1, 0, paper)
    made = _place(
        site, **scope, custodians=["staff"], owner="officer", review_on="2030-01-01", notice="Keep."
    )
    assert made["state"] == "placing"
    hold = made["id"]
    detail = _get(site, f"/v1/holds/{hold}", "auditor")
    assert (detail["state"], detail["held_now"], detail["custodians"]) == ("active", 1, 1)
    assert detail["owner_name"] == "officer"
    later = site.filed("b.txt", PAPER.replace(b"1/2026", b"2/2026"))
    records = _get(site, f"/v1/holds/{hold}/records?limit=1")
    assert len(records["items"]) == 1  # type: ignore[arg-type]
    more = _get(site, f"/v1/holds/{hold}/records?cursor={records['next_cursor']}")
    both = [*records["items"], *more["items"]]  # type: ignore[misc]
    assert {i["id"]: i["how"] for i in both} == {paper: "query", later: "query"}
    found = _get(site, f"/v1/holds/{hold}/evidence")
    assert [i["record"] for i in found["items"]] == [paper]  # type: ignore[attr-defined]
    assert found["searches"][0]["digest"]  # type: ignore[index]
    (notice,) = _get(site, "/v1/hold-notices", "staff")["items"]  # type: ignore[misc]
    assert (notice["hold"], notice["notice"]) == (hold, "Keep.")
    assert site.client.post(f"/v1/holds/{hold}/notices/remind", headers=officer).json()["reminded"] == 1
    acknowledged = site.client.post(f"/v1/holds/{hold}/acknowledge", headers=site.as_("staff"))
    assert acknowledged.json()["acknowledged_at"]
    assert site.client.post(f"/v1/holds/{hold}/acknowledge", headers=officer).status_code == 404
    (who,) = _get(site, f"/v1/holds/{hold}/notices")["items"]  # type: ignore[misc]
    assert (who["login"], bool(who["acknowledged_at"])) == ("staff", True)
    body = {"reason": "not ours", "records": [later]}
    part = site.client.post(f"/v1/holds/{hold}/release", json=body, headers=officer).json()
    assert part["released"] is False
    whole = site.client.post(f"/v1/holds/{hold}/release", json={"reason": "over"}, headers=officer).json()
    assert (whole["released"], bool(whole["grace_until"])) == (True, True)
    again = site.client.post(f"/v1/holds/{hold}/release", json={"reason": "over"}, headers=officer)
    assert again.status_code == 409


def test_the_same_request_places_one_hold(site: Site, paper: str) -> None:
    headers = {**site.as_("officer"), "idempotency-key": "k"}
    body = {"matter": "M", "reason": "R", "records": [paper]}
    ids = {site.client.post("/v1/holds", json=body, headers=headers).json()["id"] for _ in range(2)}
    assert len(ids) == 1
    assert len(_get(site, "/v1/holds")["items"]) == 1  # type: ignore[arg-type]


def test_mistakes_are_told(site: Site, paper: str) -> None:
    officer = site.as_("officer")
    for body, status in (
        ({"matter": "M", "reason": "R"}, 422),
        ({"matter": "M", "reason": "R", "queries": ["("]}, 422),
        ({"matter": "M", "reason": "R", "records": ["x"]}, 404),
        ({"matter": "M", "reason": "R", "cases": ["x"]}, 404),
        ({"matter": "M", "reason": "R", "parties": ["x"]}, 404),
        ({"matter": "M", "reason": "R", "records": [paper], "owner": "x"}, 404),
        ({"matter": "M", "reason": "R", "records": [paper], "review_on": "x"}, 422),
        ({"matter": "M", "reason": "R", "records": [paper], "more": 1}, 422),
    ):
        answer = site.client.post("/v1/holds", json=body, headers=officer)
        assert answer.status_code == status, (body, answer.text)
    for path in ("", "/records", "/evidence", "/notices"):
        assert site.client.get(f"/v1/holds/x{path}", headers=officer).status_code == 404
    empty = site.client.post("/v1/holds/x/extend", json={}, headers=officer)
    assert empty.status_code == 404


def test_overdue_reviews_are_listed(site: Site, paper: str) -> None:
    """req 21"""
    hold = _place(site, records=[paper], review_on="2030-01-01")["id"]
    assert _get(site, "/v1/holds?overdue=true")["items"] == []
    today = civil_date(site.app.clock.now(), "Europe/Warsaw")
    with site.app.database.write() as session:
        session.execute(update(Hold).values(review_on=today - timedelta(days=1)))
    (late,) = _get(site, "/v1/holds?overdue=true")["items"]  # type: ignore[misc]
    assert (late["id"], late["overdue"]) == (hold, True)
    site.sign_in("officer")
    page = site.client.get("/holds?overdue=true").text
    assert "review overdue" in page


def test_the_pages(site: Site, paper: str) -> None:
    """req 21, req 27"""
    csrf = site.sign_in("officer")
    assert "There are no holds here." in site.client.get("/holds").text
    form = {"csrf": csrf, "matter": "Spór <b>", "reason": "R", "query": "invoice", "custodians": "staff"}
    wrong = site.client.post("/holds/new", data={**form, "act": "preview", "query": "("})
    assert wrong.status_code == 422
    shown = site.client.post("/holds/new", data={**form, "act": "preview"})
    assert "What it would cover now" in shown.text
    assert "1 record" in shown.text
    assert _get(site, "/v1/holds")["items"] == []
    placed = site.client.post("/holds/new", data={**form, "act": "place"}, follow_redirects=False)
    assert placed.status_code == 303
    url = placed.headers["location"].partition("?")[0]
    assert "Akta is looking for what it covers" in site.client.get(url).text
    site.drain()
    page = site.client.get(url).text
    assert "Spór &lt;b&gt;" in page
    assert "1 record held" in page
    assert "not acknowledged yet" in page
    assert url in site.client.get(f"/records/{paper}").text
    site.client.post(f"{url}/remind", data={"csrf": csrf})
    site.client.post(f"{url}/extend", data={"csrf": csrf, "review_on": "2031-05-01"})
    assert "1 May 2031" in site.client.get(url).text
    bad = site.client.post(f"{url}/extend", data={"csrf": csrf, "review_on": "soon"}, follow_redirects=True)
    assert "Give the day of the review" in bad.text
    staff = site.sign_in("staff")
    account = site.client.get("/account").text
    assert "Spór &lt;b&gt;" in account
    assert site.client.get("/holds").status_code == 403
    site.client.post(f"{url}/acknowledge", data={"csrf": staff})
    assert "I have read this" not in site.client.get("/account").text
    csrf = site.sign_in("officer")
    over = site.client.post(f"{url}/release", data={"csrf": csrf, "reason": "over"}, follow_redirects=True)
    assert "Nothing is destroyed by it" in over.text


def test_the_pages_in_polish(site: Site, paper: str) -> None:
    hold = _place(site, records=[paper], custodians=["officer"])["id"]
    csrf = site.sign_in("officer")
    site.client.post("/account/language", data={"csrf": csrf, "choice": "pl"})
    for path, said in (
        ("/holds", "Wstrzymania"),
        ("/holds/new", "Załóż wstrzymanie"),
        (f"/holds/{hold}", "wstrzymany dokument"),
        ("/account", "Przeczytano, zastosuję się"),
    ):
        assert said in site.client.get(path).text, path
    assert i18n.translate("A hold has at most 500 custodians.", "pl").startswith("Wstrzymanie ma")


def test_a_case_is_held_by_its_number(site: Site, paper: str) -> None:
    """req 24"""
    with site.app.database.write() as session:
        case = Case(id="0" * 26, kind="matter", key="k", title="Spór", opened_at=site.app.clock.now())
        session.add(case)
        session.flush()
        session.execute(update(Record).where(Record.id == paper).values(case_id=case.id))
    hold = _place(site, cases=["0" * 26])["id"]
    detail = _get(site, f"/v1/holds/{hold}")
    assert (detail["held_now"], detail["scopes"][0]["name"]) == (1, "Spór")  # type: ignore[index]
    party = _get(site, f"/v1/records/{paper}")["parties"][0]["id"]  # type: ignore[index]
    other = _place(site, parties=[party])["id"]
    assert _get(site, f"/v1/holds/{other}")["held_now"] == 1
    site.sign_in("officer")
    assert "Spór" in site.client.get(f"/holds/{hold}").text
    assert "Alfa" in site.client.get(f"/holds/{other}").text


def test_the_command_line(site: Site, paper: str) -> None:
    """req 21"""

    def run(*words: str) -> str:
        found = CliRunner().invoke(cli, ["hold", *words], env={"AKTA_HOME": str(site.app.home)})
        assert found.exit_code == 0, (words, found.output, found.exception)
        return found.output

    assert "1 records, 0 of them held" in run("preview", "--query", "invoice")
    said = run(
        *("place", "--query", "invoice", "--matter", "M", "--reason", "R"),
        *("--custodian", "staff", "--review-on", "2020-01-01"),
    )
    assert "covers 1 record." in said
    hold = said.split()[1]
    (row,) = [json.loads(line) for line in run("list", "--overdue", "--json").splitlines()]
    assert (row["id"], row["overdue"]) == (hold, True)
    assert "review overdue" in run("list")
    shown = json.loads(run("show", hold, "--records", "--json"))
    assert [i["record"] for i in shown["items"]] == [paper]
    assert "searched" in run("show", hold, "--records")
    assert "covers 1" in run("extend", hold, "--review-on", "2031-01-01")
    assert "1 reminders" in run("notices", hold, "--remind")
    assert json.loads(run("preview", paper, "--json"))["already_held"] == 1
    assert "Released 1" in run("release", hold, paper, "--reason", "x")
    assert "Nothing of it is destroyed before" in run("release", hold, "--reason", "over")


def test_what_a_hold_is_about_is_told_to_nobody_without_the_right(site: Site, paper: str) -> None:
    """A clerk reads that the paper is held, never in which matter; officers and auditors read it."""
    secret, path = "Zenith v. us", f"/v1/records/{paper}"
    other = site.filed("b.txt", PAPER.replace(b"1/2026", b"2/2026"))
    hold = _place(site, matter=secret, records=[paper, other])["id"]
    (told,) = _get(site, path, "clerk")["holds"]  # type: ignore[misc]
    assert (told["id"], told["matter"]) == (hold, "")
    clerk = {
        **site.as_("clerk"),
        "if-match": str(site.client.get(path, headers=site.as_("clerk")).headers["etag"]),
    }
    refused = site.client.patch(path, json={"fields": {"title": "x"}}, headers=clerk)
    assert (refused.status_code, refused.json()["holds"]) == (423, [hold])
    assert secret not in refused.text
    csrf = site.sign_in("clerk")
    page = site.client.post(
        f"/records/{paper}/correct",
        data={"csrf": csrf, "version": clerk["if-match"].strip('"').rpartition(".")[2], "field.title": "x"},
        follow_redirects=True,
    )
    assert "under legal hold" in page.text
    assert secret not in page.text
    for role in ("officer", "auditor"):
        assert secret in str(_get(site, path, role)["holds"])
        assert secret in str(_get(site, f"{path}/retention", role)["steps"])
    site.client.post(f"/v1/holds/{hold}/release", json={"reason": "over"}, headers=site.as_("officer"))
    site.drain()
    assert secret in str(_get(site, f"{path}/retention", "auditor")["grace"])
    for where in (path, f"{path}/retention", f"{path}/timeline"):
        assert secret not in str(_get(site, where, "clerk")), where
    assert _get(site, f"{path}/retention", "clerk")["grace"]["matter"] == ""  # type: ignore[index]


def test_a_token_that_may_only_let_go_learns_no_matter(site: Site, paper: str) -> None:
    """What is due names the hold whose grace goes on only to who may know of it."""
    hold = _place(site, matter="Zenith v. us", records=[paper])["id"]
    site.client.post(f"/v1/holds/{hold}/release", json={"reason": "over"}, headers=site.as_("officer"))
    with site.app.database.read() as session:
        record = session.get_one(Record, paper)
        for rights, matter in (({Right.DISPOSE, Right.READ}, ""), ({Right.HOLD, Right.READ}, "Zenith v. us")):
            who = Principal("user:x", "x", frozenset(rights))
            (line,) = due.lines(session, who, [record], site.app.clock.now(), "Europe/Warsaw")
            assert line["grace"]["matter"] == matter
