"""The history of a record: everything that happened, in order, and to each what concerns them."""

import re
from datetime import date

import pytest

from akta.access import accounts
from akta.access.roles import GRANTABLE
from akta.operations.timeline import KINDS, timeline
from akta.records.models import Record
from retention.keeping.models import KeepingEntry
from tests.api.conftest import PASSWORD, Site
from tests.conftest import principal

PAPER = (
    b"Faktura VAT nr FV/12/2026\nData: 2026-03-01\nSprzedawca: Firma Testowa sp. z o.o.\nRazem: 123,00 PLN\n"
)


@pytest.fixture
def record(site: Site) -> str:
    return site.filed("faktura.txt", PAPER)


def _told(site: Site, record: str, role: str, **query: str) -> dict[str, object]:
    answer = site.client.get(f"/v1/records/{record}/timeline", params=query, headers=site.as_(role))
    assert answer.status_code == 200, answer.text
    told: dict[str, object] = answer.json()
    return told


def _codes(site: Site, record: str, role: str, **query: str) -> list[str]:
    return [e["code"] for e in _told(site, record, role, **query)["items"]]  # type: ignore[attr-defined]


def _hold(site: Site, record: str) -> str:
    csrf = site.sign_in("officer")
    page = site.client.post(
        f"/records/{record}/hold", data={"csrf": csrf, "matter": "Secret matter 7", "reason": "court"}
    ).text
    found = re.search(r'name="hold" value="([^"]+)"', page)
    assert found
    return found[1]


def test_everything_is_there_newest_first_whatever_the_page(site: Site, record: str) -> None:
    csrf = site.sign_in("clerk")
    version = site.client.get(f"/v1/records/{record}", headers=site.as_("clerk")).json()["version"]
    form = {"csrf": csrf, "version": version, "field.vendor": "Inna", "confirmed": "1"}
    site.client.post(f"/records/{record}/correct", data=form)
    event = {"kind": "contract_end", "subject": f"record:{record}", "date": "2026-04-01"}
    answer = site.client.post("/v1/events", json=event, headers=site.as_("officer"))
    assert answer.status_code < 300, answer.text
    hold = _hold(site, record)
    site.client.post(
        f"/records/{record}/release-hold",
        data={"csrf": site.sign_in("officer"), "hold": hold, "reason": "over"},
    )
    site.client.get(f"/v1/records/{record}/versions/1/content", headers=site.as_("clerk"))
    whole = _codes(site, record, "officer", limit="200")
    for code in ("record.received", "keeping.computed", "event.recorded", "hold.placed", "hold.released"):
        assert code in whole, (code, whole)
    assert whole.index("hold.released") < whole.index("hold.placed") < whole.index("record.received")
    assert "record.corrected" in whole
    paged: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        told = _told(site, record, "officer", limit="2", **({"before": cursor} if cursor else {}))
        paged += [e["code"] for e in told["items"]]  # type: ignore[attr-defined]
        cursor = told["next_cursor"]  # type: ignore[assignment]
    assert paged == whole
    by_kind = [code for kind in KINDS for code in _codes(site, record, "officer", kind=kind, limit="200")]
    assert sorted(by_kind) == sorted(whole)


def test_moments_of_one_instant_are_told_once_each(site: Site, record: str) -> None:
    """req 3: computations that changed something are all told."""
    with site.app.database.write() as session:
        row = session.get_one(Record, record)
        at = row.received_at
        for number in range(50, 60):
            session.add(
                KeepingEntry(
                    record_id=record,
                    number=number,
                    at=at,
                    cause="schedule:x",
                    actor="system:worker",
                    outcome="until",
                    retain_through=date(2030, 1, 1),
                )
            )
    with site.app.database.read() as session:
        row = session.get_one(Record, record)
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            moments, cursor = timeline(session, principal("officer"), row, before=cursor, limit=3)
            seen += [m.cursor for m in moments]
        whole, _ = timeline(session, principal("officer"), row, limit=500)
    assert seen == [m.cursor for m in whole]
    assert len(set(seen)) == len(seen) >= 12


def test_who_looked_is_for_readers_of_the_log(site: Site, record: str) -> None:
    with site.app.database.write() as session:
        session.get_one(Record, record).confidentiality = 2
    site.client.get(f"/v1/records/{record}/versions/1/content", headers=site.as_("clerk"))
    assert "record.downloaded" in _codes(site, record, "auditor")
    assert "record.downloaded" in _codes(site, record, "auditor", kind="look")
    assert "record.downloaded" not in _codes(site, record, "clerk")
    refused = site.client.get(f"/v1/records/{record}/timeline?kind=look", headers=site.as_("clerk"))
    assert refused.status_code == 422
    site.sign_in("clerk")
    assert "kind=look" not in site.client.get(f"/records/{record}/history").text


def test_what_a_hold_is_about_is_told_to_officers_only(site: Site, record: str) -> None:
    _hold(site, record)
    officer = site.client.get(f"/records/{record}").text
    assert "on hold: Secret matter 7" in officer
    assert "Secret matter 7" in site.client.get(f"/records/{record}/history?kind=hold").text
    site.sign_in("clerk")
    for path in (f"/records/{record}", f"/records/{record}/history", f"/records/{record}/history?kind=hold"):
        page = site.client.get(path).text
        assert "hold placed" in page
        assert "Secret matter 7" not in page, path
    assert "on hold" in site.client.get(f"/records/{record}").text
    assert "Secret matter" not in str(_told(site, record, "clerk"))


@pytest.mark.parametrize(
    "cursor", ["x", "20260101T000000.000000~9~1", "20269901T000000.000000~3~1", "~~", "٣"]
)
def test_a_cursor_of_no_list_is_refused(site: Site, record: str, cursor: str) -> None:
    answer = site.client.get(
        f"/v1/records/{record}/timeline", params={"before": cursor}, headers=site.as_("clerk")
    )
    assert answer.status_code == 422
    late = {"before": "20260101T000000.000000~3~99999999999999999999"}
    answer = site.client.get(f"/v1/records/{record}/timeline", params=late, headers=site.as_("clerk"))
    assert answer.status_code == 422


def _stranger(site: Site) -> str:
    """Somebody who may see papers of another domain only; returns their CSRF token."""
    with site.app.database.write() as session:
        accounts.create_user(
            session,
            site.app.audit,
            "system:test",
            login="lab",
            name="Lab",
            password=PASSWORD,
            roles=["staff"],
            grants={"lab": 3},
            language="en",
            now=site.app.clock.now(),
        )
    assert "lab" in GRANTABLE
    return site.sign_in("lab")


def test_who_may_not_see_the_record_sees_nothing_of_it(site: Site, record: str) -> None:
    csrf = _stranger(site)
    for path in ("history", "history?alone=1", "words?page=1", "versions/1", "versions/2"):
        assert site.client.get(f"/records/{record}/{path}").status_code == 404
    assert site.client.post(f"/records/{record}/print", data={"csrf": csrf}).status_code == 404


def test_printing_is_written_down_and_stamped(site: Site, record: str) -> None:
    csrf = site.sign_in("clerk")
    page = site.client.post(f"/records/{record}/print", data={"csrf": csrf}).text
    stamp = re.search(r"<figcaption>(.*?)</figcaption>", page)
    assert stamp
    assert record in stamp[1]
    assert "printed by <bdi>clerk</bdi>" in stamp[1]
    assert f'data-src="/records/{record}/pages/1.jpg"' in page
    assert "record.printed" in _codes(site, record, "auditor")
    assert "record.printed" not in _codes(site, record, "clerk")
    for wrong in ({"first": "2", "last": "2"}, {"first": "0"}, {"first": "1", "last": "5000"}):
        assert site.client.post(f"/records/{record}/print", data={"csrf": csrf, **wrong}).status_code == 422
    assert site.client.post(f"/records/{record}/print", data={"csrf": "x"}).status_code == 403
    assert _codes(site, record, "auditor").count("record.printed") == 1


def test_words_come_with_their_places(site: Site, record: str) -> None:
    site.sign_in("clerk")
    words = site.client.get(f"/records/{record}/words?page=1").json()["words"]
    assert "Faktura" in [word[0] for word in words]
    for _, (x0, y0, x1, y1), line in words:
        assert 0 <= x0 < x1 <= 1
        assert 0 <= y0 < y1 <= 1
        assert isinstance(line, int)
    assert site.client.get(f"/records/{record}/words?page=99").json() == {"words": []}
