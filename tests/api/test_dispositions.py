"""Letting go over HTTP, on pages, and at the command line: two people, one list, one certificate."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from akta.access import accounts, sessions
from akta.access.models import User
from akta.access.roles import GRANTABLE, TOKEN_SCOPES
from akta.cli.main import cli
from akta.records.models import Record
from retention.disposition.certifying import raw_key
from tests.api.conftest import PASSWORD, Site
from tests.factories import add_record

DUE: dict[str, Any] = {
    "class_code": "PL-ACC-08",
    # What the rule of its class makes of this is over too, when it is derived once more in the act.
    "document_date": date(2014, 3, 1),
    "retention_state": "until",
    "retain_through": date(2020, 12, 31),
    "retention": {"rule": "PL-ACC-08", "rule_version": 1, "action": "destroy", "class_version": 1},
}


@pytest.fixture
def desk(site: Site) -> Site:
    """The site with a second officer."""
    with site.app.database.write() as session:
        user = accounts.create_user(
            session,
            site.app.audit,
            "system:test",
            login="second",
            name="Second",
            password=PASSWORD,
            roles=["officer"],
            grants=dict.fromkeys(GRANTABLE, 3),
            language="pl",
            now=site.app.clock.now(),
        )
        _, site.tokens["second"] = sessions.create_token(
            session,
            site.app.audit,
            "system:test",
            user,
            name="t",
            scopes=TOKEN_SCOPES,
            now=site.app.clock.now(),
        )
    return site


def _due(site: Site, **values: object) -> str:
    blob = site.app.store.put([b"due"])
    with site.app.database.write() as session:
        return add_record(session, sha256=blob.sha256, title="Old <b>paper</b>", **{**DUE, **values}).id


def _post(site: Site, path: str, role: str = "officer", status: int = 200, **body: Any) -> dict[str, Any]:
    answer = site.client.post(f"/v1{path}", json=body, headers=site.as_(role))
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def test_a_run_over_http(desk: Site) -> None:
    record = _due(desk)
    assert desk.client.get("/v1/dispositions/due", headers=desk.as_("auditor")).json()["records"] == 1
    made = _post(desk, "/dispositions", status=201, title="2020", ground="UoR art. 74")
    place = f"/dispositions/{made['id']}"
    assert (made["counts"]["records"], made["state"]) == (1, "proposed")
    items = desk.client.get(f"/v1{place}/items", headers=desk.as_("officer")).json()["items"]
    assert [item["record"] for item in items] == [record]
    _post(desk, f"{place}/release", "second", 409, digest=made["digest"])
    reviewed = _post(desk, f"{place}/decisions", decision="accept")
    stale = _post(desk, f"{place}/release", "second", 412, digest=made["digest"])
    assert stale["code"] == "stale"
    assert "second person" in _post(desk, f"{place}/release", "officer", 403, digest="0" * 64)["detail"]
    _post(desk, f"{place}/release", "second", digest=reviewed["digest"])
    _post(desk, f"{place}/execute", status=202)
    desk.drain()
    done = desk.client.get(f"/v1{place}", headers=desk.as_("auditor")).json()
    assert (done["state"], done["counts"]["destroyed"]) == ("done", 1)
    certificate = done["certificate"]["id"]
    paper = desk.client.get(f"/v1/certificates/{certificate}/pdf", headers=desk.as_("auditor"))
    assert paper.content.startswith(b"%PDF")
    assert desk.client.get("/v1/certificates", headers=desk.as_("auditor")).json()["items"]
    assert desk.client.get(f"/v1/records/{record}", headers=desk.as_("officer")).status_code == 404
    stub = desk.client.get(f"/v1/records/{record}/stub", headers=desk.as_("officer"))
    assert stub.json()["authority"]["disposition"] == made["id"]
    assert desk.client.get(f"/v1/records/{record}/stub", headers=desk.as_("clerk")).status_code == 404


_NONSENSE: list[tuple[str, dict[str, Any]]] = [
    ("/dispositions", {"title": "", "ground": "g"}),
    ("/dispositions", {"title": "t", "ground": "g", "before": "never"}),
    ("/dispositions", {"title": "t", "ground": "g", "more": 1}),
    ("/dispositions", {"title": "t", "ground": "g"}),
    ("/dispositions/x/decisions", {"decision": "burn"}),
    ("/dispositions/x/release", {"digest": "x"}),
    ("/transfers", {}),
    ("/requests", {"kind": "pardon", "subject": "s", "received_on": "2026-01-01"}),
    ("/requests", {"kind": "access", "subject": "s", "received_on": "2999-01-01"}),
    ("/requests/x/decisions", {"decision": "erase", "records": []}),
]


def test_what_makes_no_sense_is_told_and_never_our_fault(site: Site) -> None:
    for path, body in _NONSENSE:
        answer = site.client.post(f"/v1{path}", json=body, headers=site.as_("officer"))
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), (path, body, answer.text)


def test_a_run_on_the_pages(desk: Site) -> None:
    """Proposed and reviewed by one, released by the other in Polish; a stub instead of the record."""
    record = _due(desk)
    csrf = desk.sign_in("officer")

    def send(path: str, **data: Any) -> str:
        answer = desk.client.post(path, data={"csrf": csrf, **data}, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        return answer.text

    assert "1 record is due" in desk.client.get("/dispositions").text
    assert "Write a day as" in send("/dispositions", title="T", ground="G", before="soon")
    told = send("/dispositions", title="Run <i>1</i>", ground="UoR")
    assert "Proposed. Review" in told
    assert "Run &lt;i&gt;1&lt;/i&gt;" in told
    assert "Old &lt;b&gt;paper" in told
    place = f"/dispositions/{_only(desk)}"
    assert "Tick the records" in send(f"{place}/review", decision="accept")
    assert "Reviewed." in send(f"{place}/review", decision="accept", records=[record])
    assert "You proposed this disposition" in send(f"{place}/decide", act="release", digest=_digest(desk))
    csrf = desk.sign_in("second")
    page = desk.client.get(place).text
    assert "Brakowanie" in page
    assert "Zatwierdza się dokładnie tę listę" in page
    assert "Lista różni się" in send(f"{place}/decide", act="release", digest="0" * 64)
    assert "Zatwierdzono." in send(f"{place}/decide", act="release", digest=_digest(desk))
    send(f"{place}/decide", act="execute")
    desk.drain()
    page = desk.client.get(place).text
    assert "1 zniszczony" in page
    number = page.split("/certificates/")[1].split("/")[0]
    assert desk.client.get(f"/certificates/{number}/json").status_code == 200
    stub = desk.client.get(f"/records/{record}").text
    assert "Zniszczony dokument" in stub
    assert "paper" not in stub
    desk.sign_in("clerk")
    assert desk.client.get(f"/records/{record}", headers={"accept": "text/html"}).status_code == 404
    assert desk.client.get("/dispositions", headers={"accept": "text/html"}).status_code == 403


def _only(desk: Site) -> str:
    items = desk.client.get("/v1/dispositions", headers=desk.as_("officer")).json()["items"]
    return str(items[0]["id"])


def _digest(desk: Site) -> str:
    made = desk.client.get(f"/v1/dispositions/{_only(desk)}", headers=desk.as_("officer")).json()
    return str(made["digest"])


def test_a_request_on_the_pages(desk: Site) -> None:
    record = _due(desk, state="filed")
    csrf = desk.sign_in("officer")

    def send(path: str, **data: Any) -> str:
        answer = desk.client.post(path, data={"csrf": csrf, **data}, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        return answer.text

    told = send("/requests", kind="erasure", subject="Jan <Nowak>", received_on="2026-01-02")
    assert "Registered." in told
    assert "Jan &lt;Nowak&gt;" in told
    number = desk.client.get("/v1/requests", headers=desk.as_("officer")).json()["items"][0]["id"]
    place = f"/requests/{number}"
    assert "not checked yet" in told
    _post(desk, f"{place}/records", records=[record])
    assert "First make sure who asks" in send(f"{place}/decide", decision="erase", records=[record])
    send(f"{place}/note", act="identity", text="ID card")
    refused = send(
        f"{place}/decide", decision="refuse", article="17(3)(e)", reason="a suit", records=[record]
    )
    assert "17(3)(e)" in refused
    assert "To be decided again" in desk.client.get("/requests").text
    assert "It stays" in send(f"{place}/leave", record=record, reason="still open")
    assert "Proposed. Review" in send(f"{place}/decide", decision="erase", records=[record])
    assert "Closed." in send(f"{place}/note", act="close")
    assert "Type a query" in send(f"{place}/find", q=" ")
    desk.sign_in("second")
    assert "Wnioski osób" in desk.client.get("/requests").text


def test_the_commands(desk: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    record = _due(desk)
    monkeypatch.setenv("AKTA_HOME", str(desk.app.home))

    def run(*arguments: str, who: str = "officer") -> str:
        monkeypatch.setenv("AKTA_TOKEN", desk.tokens[who] if who else "")
        told = CliRunner().invoke(cli, arguments)
        return told.output + (str(told.exception) if told.exception else "")

    assert "need people with accounts" in run(
        "disposition", "propose", "--title", "T", "--ground", "G", who=""
    ).replace("needs", "need")
    assert run("disposition", "due") == "1 records are due.\n"
    number = run("disposition", "propose", "--title", "T", "--ground", "G").split()[1]
    assert run("disposition", "review", number, "--all", "--decision", "accept") == "1 records: accept.\n"
    shown = json.loads(run("disposition", "show", number, "--json"))
    assert [item["record"] for item in shown["items"]] == [record]
    assert "second person" in run("disposition", "release", number, "--digest", shown["digest"])
    assert "Released" in run("disposition", "release", number, "--digest", shown["digest"], who="second")
    told = run("disposition", "execute", number, who="")
    assert "1 destroyed, 0 handed over, 0 failed" in told
    stub = run("explain", record)
    assert "Destroyed on " in stub
    assert f"akta disposition show {number}" in stub
    assert "under rule PL-ACC" in stub
    assert f"brakowania {number}" in run("explain", record, "--language", "pl")
    assert json.loads(run("explain", record, "--json"))["authority"]["disposition"] == number
    certificate = json.loads(run("certificate", "list", "--json"))["id"]
    file, key = tmp_path / "c.json", tmp_path / "key"
    run("certificate", "save", certificate, "--to", str(file))
    key.write_text(run("certificate", "key"))
    assert "It holds." in run("certificate", "verify", str(file), "--key", str(key))
    key.write_text(raw_key(desk.app.audit.public_key))
    assert "It holds." in run("certificate", "verify", str(file), "--key", str(key))
    file.write_text(file.read_text().replace('"T"', '"U"'))
    assert "DOES NOT HOLD" in run("certificate", "verify", str(file))
    with desk.app.database.read() as session:
        assert session.get_one(Record, record).state == "destroyed"
    asked = run("request", "register", "--kind", "access", "--subject", "J. N.", "--received", "2026-01-02")
    request = asked.split()[1].rstrip(",")
    kept = _due(desk, retention_state="open", retain_through=None)
    assert "1 papers added" in run("request", "find", request, kept)
    run("request", "identity", request, "ID card")
    assert run("request", "decide", request, kept, "--decision", "give") == "Decided.\n"
    package = run("transfer", "make", "--request", request)
    assert "ready, 1 records" in package
    bag = tmp_path / "bag.zip"
    run("transfer", "save", package.split()[1].rstrip(":"), "--to", str(bag))
    assert "It holds." in run("transfer", "verify", str(bag))
    assert "Recorded" in run("transfer", "receipt", package.split()[1].rstrip(":"), "--reference", "1")
    assert "To be reviewed by" in run("vital", "flag", kept, "--reason", "r", "--every", "6")
    assert "COPY NOT SEEN" in run("vital", "list")
    assert run("request", "close", request) == "Closed.\n"


def test_two_people_by_password_and_by_token(desk: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--as` and AKTA_TOKEN do the same; what is said counts before what the environment holds."""
    _due(desk)
    monkeypatch.setenv("AKTA_HOME", str(desk.app.home))

    def run(*arguments: str, token: str = "", password: str = "") -> str:
        monkeypatch.setenv("AKTA_TOKEN", desk.tokens[token] if token else "")
        told = CliRunner().invoke(cli, arguments, input=f"{password}\n" if password else None)
        return told.output + (str(told.exception) if told.exception else "")

    propose = ("disposition", "propose", "--title", "T", "--ground", "G", "--as", "officer")
    assert "wrong" in run(*propose, password="something else")
    number = run(*propose, password=PASSWORD).rpartition("Disposition ")[2].split()[0]
    accept = ("disposition", "review", number, "--all", "--decision", "accept")
    assert "1 records: accept." in run(*accept, token="officer")
    digest = json.loads(run("disposition", "show", number, "--json"))["digest"]
    release = ("disposition", "release", number, "--digest", digest)
    assert "second person" in run(*release, token="officer")
    assert "second person" in run(*release, "--as", "officer", token="second", password=PASSWORD)
    assert "Released." in run(*release, "--as", "second", token="officer", password=PASSWORD)


def _language(site: Site, login: str, language: str) -> None:
    with site.app.database.write() as session:
        session.execute(update(User).where(User.login == login).values(language=language))


def test_who_has_chosen_no_language_reads_that_of_the_browser(desk: Site) -> None:
    """Not half of a page in another one."""
    _due(desk)
    _post(desk, "/dispositions", status=201, title="2020", ground="UoR art. 74")
    _language(desk, "officer", "")
    desk.sign_in("officer")
    desk.client.headers["accept-language"] = "pl"
    listed = desk.client.get("/dispositions").text
    assert ("Zaproponowane" in listed, "Proposed" in listed) == (True, False)


def test_who_may_not_release_reads_why_and_sees_no_button(desk: Site) -> None:
    _due(desk)
    made = _post(desk, "/dispositions", status=201, title="2020", ground="UoR art. 74")
    desk.sign_in("officer")
    page = desk.client.get(f"/dispositions/{made['id']}").text
    assert 'value="release"' not in page
    assert "You proposed this disposition. A second person must release it." in page
    desk.sign_in("second")
    page = desk.client.get(f"/dispositions/{made['id']}").text
    assert 'value="release"' in page


def test_a_program_is_told_what_is_wrong_in_its_owners_language(desk: Site) -> None:
    said = _post(desk, "/dispositions", "second", 422, title="2020", ground=" ")["detail"]
    assert said.startswith("Brakowanie wymaga")
    said = _post(desk, "/dispositions", "officer", 422, title="2020", ground=" ")["detail"]
    assert said.startswith("A disposition needs a title")
    unknown = desk.client.get("/v1/dispositions", headers={"accept-language": "pl"})
    assert unknown.json()["detail"].startswith("Send a valid API token")
