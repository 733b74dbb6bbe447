"""The audit log over HTTP and on its page, and that looking at confidential papers is in it."""

import json
from typing import Any

import pytest
from sqlalchemy import select, update

from akta.access.accounts import change_access
from akta.audit import verifier
from akta.audit.models import AuditEntry
from akta.records.models import Record
from tests.api.conftest import Site

PAPER = b"Invoice number FV/1/2026\nTotal: 12.00 PLN\n"


def _confidential(site: Site, level: int = 2) -> str:
    record_id = site.filed("a.txt", PAPER)
    with site.app.database.write() as session:
        session.execute(update(Record).where(Record.id == record_id).values(confidentiality=level))
    return record_id


def _reads(site: Site, record_id: str) -> list[str]:
    with site.app.database.read() as session:
        query = select(AuditEntry.action, AuditEntry.actor).where(
            AuditEntry.subject == f"record:{record_id}",
            AuditEntry.action.in_(("record.read", "record.downloaded")),
        )
        return [action for action, _ in session.execute(query.order_by(AuditEntry.seq))]


DOORS = (
    ("", "record.read"),
    ("/text", "record.read"),
    ("/pages", "record.read"),
    ("/corrections", "record.read"),
    ("/duplicates", "record.read"),
    ("/replay", "record.read"),
    ("/versions/1/content", "record.downloaded"),
    ("/renditions/preview/1", "record.read"),
    ("/renditions/searchable_pdf/0", "record.downloaded"),
)


def test_every_door_of_the_api_writes_down_who_looked(site: Site) -> None:
    record_id = _confidential(site)
    expected: list[str] = []
    for path, action in DOORS:
        answer = site.client.get(f"/v1/records/{record_id}{path}", headers=site.as_("officer"))
        assert answer.status_code == 200, path
        expected.append(action)
        assert _reads(site, record_id) == expected, path


def test_every_door_of_the_pages_writes_down_who_looked(site: Site) -> None:
    record_id = _confidential(site)
    site.sign_in("officer")
    expected: list[str] = []
    doors = (
        ("/pages/1.jpg", "record.read"),
        ("", "record.read"),
        ("/pages/1.jpg", None),  # the same look
        ("/marks?q=invoice", None),
        ("/original", "record.downloaded"),
        ("/searchable.pdf", "record.downloaded"),
    )
    for path, action in doors:
        answer = site.client.get(f"/records/{record_id}{path}")
        assert answer.status_code == 200, path
        expected += [action] if action else []
        assert _reads(site, record_id) == expected, path


def test_looking_at_what_is_not_confidential_is_not_written_down(site: Site) -> None:
    record_id = _confidential(site, 1)
    for path, _ in DOORS:
        site.client.get(f"/v1/records/{record_id}{path}", headers=site.as_("officer"))
    assert _reads(site, record_id) == []


def _log(site: Site, role: str = "auditor", **asked: Any) -> dict[str, Any]:
    answer = site.client.get("/v1/audit", params=asked, headers=site.as_(role))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_reading_it_page_by_page(site: Site) -> None:
    record_id = site.filed("a.txt", PAPER)
    everything = _log(site, limit=500)["items"]
    assert [item["seq"] for item in everything] == list(range(len(everything), 0, -1))
    got, cursor = [], None
    while True:
        page = _log(site, limit=3, **({"cursor": cursor} if cursor else {}))
        got += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert got == everything
    actions = [item["action"] for item in _log(site, subject=record_id)["items"]]
    assert actions[-1] == "record.received"
    filed = _log(site, action="record.filed", person="system:worker")["items"]
    assert all(item["action"] == "record.filed" for item in filed)
    by_clerk = _log(site, person="clerk")["items"]
    assert {item["name"] for item in by_clerk} == {"clerk (t)"}
    for asked in ({"since": "2026-01-01T00:00:00"}, {"subject": "x"}, {"cursor": 0}):
        assert site.client.get("/v1/audit", params=asked, headers=site.as_("auditor")).status_code == 422, (
            asked
        )


def test_an_export_is_for_those_who_may_see_all(site: Site) -> None:
    answer = site.client.get("/v1/audit/export", headers=site.as_("auditor"))
    assert answer.status_code == 200
    key = verifier.read_key(site.client.get("/v1/audit/key", headers=site.as_("auditor")).content)
    lines = answer.content.splitlines(keepends=True)
    verdict = verifier.verify_export(iter(lines), key)
    assert verdict.holds, verdict.findings.problems
    assert verdict.whole
    assert json.loads(json.loads(lines[-3])["body"])["action"] == "audit.exported"
    # The first schedules were one transaction; a part is widened to the transactions that it touches.
    plan = sum(b"class.versioned" in line for line in lines)
    end = verdict.last
    for asked, told in ((34, (1, plan)), (end, (end, end))):
        part = site.client.get(f"/v1/audit/export?first={asked}&last={asked}", headers=site.as_("auditor"))
        verdict = verifier.verify_export(iter(part.content.splitlines(keepends=True)), key)
        assert (verdict.holds, verdict.whole, (verdict.first, verdict.last)) == (True, False, told)
    wrong = site.client.get("/v1/audit/export?first=99999", headers=site.as_("auditor"))
    assert wrong.status_code == 422
    with site.app.database.write() as session:
        change_access(session, site.app.audit, "t", "auditor", now=site.app.clock.now(), grants={"hr": 1})
    assert site.client.get("/v1/audit/export", headers=site.as_("auditor")).status_code == 403


def test_having_it_verified(site: Site) -> None:
    assert site.client.get("/v1/audit/check", headers=site.as_("auditor")).json() == {"check": None}
    assert site.client.post("/v1/audit/check", headers=site.as_("auditor")).status_code == 202
    site.drain()
    check = site.client.get("/v1/audit/check", headers=site.as_("auditor")).json()["check"]
    assert (check["holds"], check["problems"]) == (True, [])
    assert _log(site, action="audit.verified")["items"][0]["details"]["holds"] is True


@pytest.mark.parametrize("language", ["en", "pl"])
def test_the_page(site: Site, language: str) -> None:
    record_id = site.filed("a.txt", PAPER)
    csrf = site.sign_in("auditor")
    with site.app.database.write() as session:
        from akta.access.models import User

        session.execute(update(User).values(language=language))
    verdict = {"en": "It holds.", "pl": "Jest nienaruszony."}[language]
    assert verdict not in site.client.get("/audit").text
    asked = site.client.post("/audit/check", data={"csrf": csrf}, follow_redirects=True)
    assert asked.status_code == 200
    site.drain()
    shown = site.client.get("/audit").text
    assert verdict in shown
    assert record_id in shown
    only = site.client.get("/audit", params={"subject": record_id, "action": "record.received"}).text
    assert only.count("<tr>") == 2
    assert "record.filed" not in only.split("<tbody>")[1]
    older = site.client.get("/audit", params={"before": 3}).text
    assert {"en": "Newest", "pl": "Najnowsze"}[language] in older
    wrong = site.client.get("/audit", params={"subject": "x"})
    assert wrong.status_code == 400
    assert {"en": "Say the number", "pl": "Podaj numer"}[language] in wrong.text
    assert site.client.post("/audit/check", data={"csrf": "x"}).status_code == 403


def test_the_page_is_not_for_others(site: Site) -> None:
    for role in ("staff", "clerk", "administrator", "disposer"):
        csrf = site.sign_in(role)
        assert site.client.get("/audit").status_code == 403, role
        assert site.client.post("/audit/check", data={"csrf": csrf}).status_code == 403, role
        assert 'href="/audit"' not in site.client.get("/account").text
