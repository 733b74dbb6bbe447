"""Links to a record: for a time, revocable, written down, and they widen nothing."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from akta.audit.models import AuditEntry
from akta.records.links import MOST, RecordLink
from akta.records.models import Record
from tests.api.conftest import Site
from tests.api.test_history import PAPER, _codes, _stranger
from tests.conftest import SetClock


@pytest.fixture
def record(site: Site) -> str:
    return site.filed("faktura.txt", PAPER)


def _made(site: Site, record: str, csrf: str, **form: str) -> str:
    """Make a link on the page; the path it leads by."""
    day = (site.app.clock.now() + timedelta(days=3)).date().isoformat()
    data = {"csrf": csrf, "until": day, "note": "for the <b>audit</b>", **form}
    page = site.client.post(f"/records/{record}/links", data=data, follow_redirects=True)
    assert page.status_code == 200, page.text[-500:]
    assert "for the &lt;b&gt;audit&lt;/b&gt;" in page.text
    found = re.search(r'value="http://testserver(/shared/[^"]+)"', page.text)
    assert found
    return found[1]


def test_a_link_leads_colleagues_to_the_record_and_strangers_nowhere(site: Site, record: str) -> None:
    path = _made(site, record, site.sign_in("clerk"))
    site.sign_in("staff")
    gone = site.client.get(path, follow_redirects=False)
    assert (gone.status_code, gone.headers["location"]) == (303, f"/records/{record}")
    _stranger(site)
    for address in (path, f"/records/{record}", path + "x"):
        assert site.client.get(address, follow_redirects=False).status_code == 404
    site.client.cookies.clear()
    assert site.client.get(path, follow_redirects=False).headers["location"].startswith("/sign-in")
    codes = _codes(site, record, "auditor")
    assert codes.count("record.shared") == 1
    assert codes.count("record.share_opened") == 1
    assert "record.share_opened" not in _codes(site, record, "clerk")
    with site.app.database.read() as session:
        assert not session.scalar(
            select(func.count()).select_from(AuditEntry).where(AuditEntry.body.contains("audit</b>"))
        )


def test_a_link_ends_by_its_day_or_by_hand(site: Site, record: str) -> None:
    clock = SetClock(site.app.clock.now())
    site.app.__dict__["clock"] = clock
    csrf = site.sign_in("staff")
    first, path = _made(site, record, csrf), ""
    page = site.client.get(f"/records/{record}").text
    end = re.search(rf'action="(/records/{record}/links/\w+/end)"', page)
    assert end
    site.sign_in("auditor")  # sees the record, and is neither its author nor one who decides
    assert end[1] not in site.client.get(f"/records/{record}").text
    refused = site.client.post(end[1], data={"csrf": site.sign_in("auditor")})
    assert refused.status_code == 403
    assert site.client.get(first, follow_redirects=False).status_code == 303
    csrf = site.sign_in("clerk")
    site.client.post(end[1], data={"csrf": csrf})
    assert site.client.get(first, follow_redirects=False).status_code == 410
    site.client.post(end[1], data={"csrf": csrf})
    assert _codes(site, record, "auditor").count("record.share_ended") == 1
    path = _made(site, record, csrf)
    clock.move(days=5)
    site.sign_in("clerk")
    assert site.client.get(path, follow_redirects=False).status_code == 410
    assert "/shared/" not in site.client.get(f"/records/{record}").text
    _stranger(site)
    assert site.client.get(path, follow_redirects=False).status_code == 404


def test_what_makes_no_sense_is_refused(site: Site, record: str) -> None:
    csrf = site.sign_in("clerk")
    for until in ("", "tomorrow", "2020-01-01", "2099-01-01", "9999-12-31"):
        data = {"csrf": csrf, "until": until}
        assert site.client.post(f"/records/{record}/links", data=data).status_code == 422, until
    day = (site.app.clock.now() + timedelta(days=3)).date().isoformat()
    long = {"csrf": csrf, "until": day, "note": "x" * 501}
    assert site.client.post(f"/records/{record}/links", data=long).status_code == 422
    assert site.client.post(f"/records/{record}/links", data={"until": day}).status_code == 403
    with site.app.database.write() as session:
        now = site.app.clock.now()
        for n in range(MOST):
            session.add(
                RecordLink(
                    id=str(n).rjust(26, "0"),
                    word=f"w{n}",
                    record_id=record,
                    note="",
                    made_by="user:x",
                    made_at=now,
                    until=now + timedelta(days=1),
                )
            )
    assert site.client.post(f"/records/{record}/links", data={"csrf": csrf, "until": day}).status_code == 409


def test_programs_make_and_end_links(site: Site, record: str) -> None:
    until = (site.app.clock.now() + timedelta(days=2)).isoformat()
    made = site.client.post(
        f"/v1/records/{record}/links", json={"until": until, "note": "n"}, headers=site.as_("clerk")
    )
    assert made.status_code == 201
    at = f"/v1/records/{record}/links"
    assert [i["id"] for i in site.client.get(at, headers=site.as_("staff")).json()["items"]] == [
        made.json()["id"]
    ]
    assert site.client.delete(f"{at}/{made.json()['id']}", headers=site.as_("staff")).status_code == 403
    assert site.client.delete(f"{at}/{made.json()['id']}", headers=site.as_("clerk")).status_code == 204
    assert site.client.get(at, headers=site.as_("staff")).json()["items"] == []
    naive = {"until": "2026-12-01T10:00:00"}
    assert site.client.post(at, json=naive, headers=site.as_("clerk")).status_code == 422
    with site.app.database.read() as session:
        assert session.get_one(Record, record).state != "destroyed"
