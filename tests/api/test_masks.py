"""Sensitive values are masked wherever a record is told of, until somebody asks, which is written down."""

import csv
import io
import json
import re
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from akta.audit.models import AuditEntry
from akta.audit.reading import details_of
from akta.records.guard import changed
from akta.records.masking import MASK
from akta.records.models import Record
from tests.api.conftest import PASSWORD, Site
from tests.conftest import principal

PESEL, BORN, GROSS, NET = "44051401359", "1944-05-14", "8123.45", "5987.65"
PAYSLIP = f"""Pasek płacowy
Lista płac za marzec 2026
Pracodawca: Zakłady Testowe sp. z o.o.
Pracownik: Zofia Wrześniewska
PESEL: {PESEL}
Data wypłaty: 2026-03-31
Wynagrodzenie brutto: 8 123,45 zł
Składki na ubezpieczenia społeczne: 1 113,72 zł
Zaliczka na podatek: 550,00 zł
Do wypłaty: 5 987,65 zł
""".encode()
VALUES = (PESEL, GROSS, NET, "8 123,45", "5 987,65")


@pytest.fixture
def record(site: Site) -> str:
    record = site.filed("pasek.txt", PAYSLIP)
    with site.app.database.read() as session:
        found = session.get_one(Record, record)
        assert found.doc_type == "payslip"
        version = found.row_version
    if found.state == "review":
        body = {"accept": True, "fields": {"gross_pay": GROSS, "net_pay": NET, "pesel": PESEL}}
        headers = {**site.as_("clerk"), "if-match": f'"{record}.{version}"'}
        answer = site.client.patch(f"/v1/records/{record}", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        assert not leaks(answer.text)
        site.drain()
    return record


def leaks(text: str) -> list[str]:
    return [value for value in VALUES if value in text]


def shown(site: Site, record: str) -> list[tuple[str, dict[str, Any]]]:
    """Who had hidden values of the record shown, and what the log says of it."""
    with site.app.database.read() as session:
        query = select(AuditEntry).where(
            AuditEntry.subject == f"record:{record}", AuditEntry.action == "field.shown"
        )
        rows = session.scalars(query.order_by(AuditEntry.seq)).all()
        return [(row.actor, details_of(row.body)) for row in rows]


def looks(site: Site, record: str, action: str = "record.read") -> int:
    with site.app.database.read() as session:
        query = select(AuditEntry).where(
            AuditEntry.subject == f"record:{record}", AuditEntry.action == action
        )
        return len(session.scalars(query).all())


def fields(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f["name"]: f for f in answer["fields"]}


def test_rest_gives_masks_until_asked_and_writes_down_who_asked(site: Site, record: str) -> None:
    url = f"/v1/records/{record}"
    masked = site.client.get(url, headers=site.as_("clerk"))
    assert not leaks(masked.text)
    told = fields(masked.json())
    assert told["pesel"]["value"] == told["gross_pay"]["value"] == told["net_pay"]["value"] == MASK
    assert told["pesel"]["masked"]
    assert told["pesel"]["sensitive"]
    assert told["employee"] == told["employee"] | {"masked": False, "sensitive": False}
    assert shown(site, record) == []
    etag = masked.headers["etag"]
    full = site.client.get(
        url, params={"show_sensitive": True}, headers={**site.as_("clerk"), "if-none-match": etag}
    )
    assert full.status_code == 200  # the masks that the caller has are another answer
    told = fields(full.json())
    assert [told[n]["value"] for n in ("pesel", "gross_pay", "net_pay")] == [PESEL, GROSS, NET]
    assert told["pesel"]["sensitive"]
    assert not told["pesel"]["masked"]
    entries = shown(site, record)
    assert len(entries) == 1
    assert set(entries[0][1]["fields"]) >= {"pesel", "gross_pay", "net_pay"}
    assert not leaks(json.dumps(entries))
    site.client.get(url, params={"show_sensitive": True}, headers=site.as_("clerk"))
    assert len(shown(site, record)) == 2  # each time


def test_whoever_may_not_see_the_record_is_refused_and_nothing_is_written(site: Site, record: str) -> None:
    for role in ("administrator", "nobody"):
        answer = site.client.get(
            f"/v1/records/{record}", params={"show_sensitive": True}, headers=site.as_(role)
        )
        assert answer.status_code == 404
        csrf = site.sign_in(role)
        assert site.client.post(f"/records/{record}/shown", data={"csrf": csrf}).status_code == 404
    site.sign_in("clerk")
    assert site.client.post(f"/records/{record}/shown", data={"csrf": "wrong"}).status_code == 403
    assert site.client.post(f"/records/{record}/shown").status_code == 422
    assert shown(site, record) == []


def test_the_page_has_no_value_until_asked(site: Site, record: str) -> None:
    csrf = site.sign_in("clerk")
    text = site.client.get(f"/records/{record}").text
    form = re.search(r'id="fields".*?</form>', text, re.DOTALL)
    assert form
    assert not leaks(form[0])
    assert f'placeholder="{MASK}"' in form[0]
    history = re.search(r'id="history".*', text, re.DOTALL)
    assert history
    assert not leaks(history[0])
    assert shown(site, record) == []
    full = site.client.post(f"/records/{record}/shown", data={"csrf": csrf})
    assert full.status_code == 200
    assert full.headers["cache-control"] == "no-store"
    for value in (PESEL, GROSS, NET):
        assert f'value="{value}"' in full.text
    assert len(shown(site, record)) == 1
    site.sign_in("auditor")
    past = site.client.get(f"/records/{record}/history?kind=look").text
    assert "hidden values shown" in past
    assert "Gross pay" in past
    site.sign_in("staff")
    assert "hidden values shown" not in site.client.get(f"/records/{record}/history").text


def test_a_form_with_a_shown_field_comes_back_with_it_and_is_no_second_showing(
    site: Site, record: str
) -> None:
    csrf = site.sign_in("clerk")
    page = site.client.post(f"/records/{record}/shown", data={"csrf": csrf}).text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    form = {"csrf": csrf, "version": version[1], "save": "1"}
    wrong = {**form, "field.gross_pay": "much", "was.gross_pay": GROSS}
    answer = site.client.post(f"/records/{record}/correct", data=wrong)
    assert answer.status_code == 422
    assert 'value="much"' in answer.text
    assert f'value="{GROSS}"' in answer.text
    assert len(shown(site, record)) == 1
    right = {**form, "field.gross_pay": "8 200,00", "was.gross_pay": GROSS}
    saved = site.client.post(f"/records/{record}/correct", data=right, follow_redirects=True)
    assert "Saved." in saved.text
    assert "8200.00" not in saved.text  # what was changed is told without what it says
    told = site.client.get(
        f"/v1/records/{record}", params={"show_sensitive": True}, headers=site.as_("clerk")
    )
    assert fields(told.json())["gross_pay"]["value"] == "8200.00"
    assert fields(told.json())["net_pay"]["value"] == NET  # a hidden field that was not sent stays


def test_who_sends_a_sensitive_field_to_have_it_shown_is_written_down(site: Site, record: str) -> None:
    csrf = site.sign_in("clerk")
    form = {"csrf": csrf, "version": "1", "save": "1", "field.gross_pay": "x"}
    answer = site.client.post(f"/records/{record}/correct", data=form)
    assert answer.status_code in (409, 422)
    assert len(shown(site, record)) == 1


def test_the_mask_is_no_value(site: Site, record: str) -> None:
    etag = site.client.get(f"/v1/records/{record}", headers=site.as_("clerk")).headers["etag"]
    headers = {**site.as_("clerk"), "if-match": etag}
    for value in (MASK, f"{MASK} {MASK}", f"{MASK},", f"{MASK} zł", "••, ."):
        body = {"fields": {"employee": value}}
        answer = site.client.patch(f"/v1/records/{record}", json=body, headers=headers)
        assert answer.status_code == 422, value
        assert "mask" in answer.json()["detail"]


def test_corrections_and_replay_are_masked_too(site: Site, record: str) -> None:
    etag = site.client.get(f"/v1/records/{record}", headers=site.as_("clerk")).headers["etag"]
    headers = {**site.as_("clerk"), "if-match": etag}
    changed = site.client.patch(
        f"/v1/records/{record}", json={"fields": {"gross_pay": "8200.00"}}, headers=headers
    )
    assert changed.status_code == 200
    for door in ("corrections", "replay"):
        url = f"/v1/records/{record}/{door}"
        masked = site.client.get(url, headers=site.as_("officer")).text
        assert not leaks(masked), door
        assert "8200.00" not in masked, door
        before = len(shown(site, record))
        full = site.client.get(url, params={"show_sensitive": True}, headers=site.as_("officer")).text
        assert "8200.00" in full, door
        assert len(shown(site, record)) == before + 1, door
    site.sign_in("clerk")
    past = site.client.get(f"/records/{record}/history").text
    assert "Gross pay" in past
    assert "8200.00" not in past
    assert not leaks(past)


def test_a_doubt_that_was_accepted_is_kept_without_its_values(site: Site, record: str) -> None:
    with site.app.database.write() as session:
        row = session.get_one(Record, record)
        row.state, row.reason = "review", "data_differs"
        names = {"field": "pesel", "field_en": "PESEL", "field_pl": "PESEL"}
        row.reason_params = {**names, "stated": PESEL, "shown": "44051401358"}
        row.doubts = [{"reason": row.reason, "params": row.reason_params}]
    _patch(site, record, accept=True)
    told = site.client.get(f"/v1/records/{record}/corrections", headers=site.as_("officer")).text
    assert "acceptance" in told
    assert not leaks(told)
    assert "44051401358" not in told


def test_another_type_takes_masks_off_and_that_is_a_showing(site: Site, record: str) -> None:
    _patch(site, record, fields={"total": "8777.00"})
    assert shown(site, record) == []
    changed = _patch(site, record, domain="it", doc_type="equipment_log")
    assert "8777.00" in changed.text
    (entry,) = shown(site, record)
    assert "total" in entry[1]["fields"]
    assert entry[1]["by"] == "type"
    params = {"show_sensitive": True}
    site.client.get(f"/v1/records/{record}/replay", params=params, headers=site.as_("officer"))
    assert "total" in shown(site, record)[-1][1]["fields"]  # as it was then


def _patch(site: Site, record: str, **body: object) -> httpx.Response:
    etag = site.client.get(f"/v1/records/{record}", headers=site.as_("clerk")).headers["etag"]
    headers = {**site.as_("clerk"), "if-match": etag}
    answer = site.client.patch(f"/v1/records/{record}", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def test_lists_searches_and_suggestions_tell_no_value(site: Site, record: str) -> None:
    site.sign_in("clerk")
    for query in ("Wynagrodzenie", "Pracownik", PESEL, "5987,65", "Zofia"):
        rest = site.client.get("/v1/search", params={"q": query}, headers=site.as_("clerk"))
        assert [hit["id"] for hit in rest.json()["items"]] == [record], query  # found all the same
        assert not leaks(rest.text), query
        page = site.client.get("/search", params={"q": query}).text
        page = page.replace(f'value="{query}"', "").replace(query, "") if query == PESEL else page
        hits = re.search(r'<ol class="hits".*?</ol>', page, re.DOTALL)
        assert hits
        assert not leaks(hits[0]), query
        assert "/pages/1.jpg" not in hits[0]  # the picture of the place would say it
    for beginning in ("4405", "8123", "5987", "812"):
        offered = site.client.get(
            "/v1/search/suggest", params={"q": beginning}, headers=site.as_("clerk")
        ).json()
        assert [o for o in offered["items"] if o["kind"] == "word"] == [], beginning
    for query in ("amount:>8000", "amount:<9000", "total:>1"):  # no salary by halves
        found = site.client.get("/v1/search", params={"q": query}, headers=site.as_("clerk")).json()
        assert found["total"] == 0, query
    facets = site.client.get(
        "/v1/search", params={"q": "type:payslip", "facets": "amount_band,party"}, headers=site.as_("clerk")
    ).json()
    assert facets["total"] == 1
    assert facets["facets"]["amount_band"] == {}


def test_exports_mask_unless_asked_and_then_each_record_says_so(site: Site, record: str) -> None:
    with site.app.database.write() as session:
        row = session.get_one(Record, record)
        site.app.decisions.correct(
            session, principal("clerk"), record, fields={"total": "8777.00"}, expected_version=row.row_version
        )
    site.drain()

    def exported(**more: object) -> str:
        body = {"query": "type:payslip", "format": "csv", **more}
        made = site.client.post("/v1/exports", json=body, headers=site.as_("clerk")).json()
        assert made["sensitive"] is bool(more)
        site.drain()
        answer = site.client.get(f"/v1/exports/{made['id']}/file", headers=site.as_("clerk"))
        assert answer.status_code == 200
        return answer.text

    rows = list(csv.DictReader(io.StringIO(exported())))
    assert [row["Total"] for row in rows] == [MASK]
    assert shown(site, record) == []
    rows = list(csv.DictReader(io.StringIO(exported(sensitive=True))))
    assert [row["Total"] for row in rows] == ["8777.00"]
    entries = shown(site, record)
    assert [details["fields"] for _, details in entries] == [["total"]]
    assert "export" in entries[0][1]
    with site.app.database.read() as session:
        asked = session.scalars(select(AuditEntry).where(AuditEntry.action == "export.requested")).all()
    assert [details_of(a.body).get("sensitive") for a in asked] == [None, True]


def test_opening_the_pages_is_a_look_whatever_the_level_and_one_look(site: Site, record: str) -> None:
    with site.app.database.write() as session:
        session.get_one(Record, record).confidentiality = 1
    before = looks(site, record)
    site.sign_in("clerk")
    site.client.get(f"/records/{record}")
    site.client.get(f"/records/{record}/words?page=1")
    site.client.get(f"/records/{record}/pages/1.jpg")
    assert looks(site, record) == before + 1
    site.client.get(f"/v1/records/{record}/text", headers=site.as_("staff"))
    assert looks(site, record) == before + 2
    site.client.get(f"/records/{record}/original")
    assert looks(site, record, "record.downloaded") == 1
    plain = site.filed("notatka.txt", b"Notatka sluzbowa\nZebranie w sprawie magazynu.\n")
    with site.app.database.write() as session:
        session.get_one(Record, plain).confidentiality = 1
    site.client.get(f"/records/{plain}")
    assert looks(site, plain) == 0


def test_review_is_told_without_values_until_asked(site: Site) -> None:
    paper = PAYSLIP.replace(b"5 987,65", b"5 9B7,6S")
    record = site.filed("pasek.txt", paper)
    with site.app.database.write() as session:
        row = session.get_one(Record, record)
        row.state, row.reason, row.reason_params = "review", "unsure_fields", {"fields": "net_pay, pesel"}
        row.doubts = [{"reason": row.reason, "params": row.reason_params}]
        row.suggestions = {"net_pay": [_other(NET)]}
    with site.app.database.write() as session:
        changed(session, session.get_one(Record, record))
    assert not leaks(site.client.get("/v1/review", headers=site.as_("clerk")).text)
    url = "/v1/review/next"
    masked = site.client.get(url, headers=site.as_("clerk"))
    assert masked.json()["paper"]["id"] == record
    assert not leaks(masked.text)
    doubted = {f["name"]: f for d in masked.json()["doubts"] for f in d["fields"]}
    assert doubted["pesel"]["value"] == MASK
    assert doubted["net_pay"]["alternatives"][0]["value"] == MASK
    assert all(term["term"] != "amount" for term in masked.json()["why_first"])
    assert shown(site, record) == []
    full = site.client.get(url, params={"show_sensitive": True}, headers=site.as_("clerk")).json()
    doubted = {f["name"]: f for d in full["doubts"] for f in d["fields"]}
    assert doubted["pesel"]["value"] == PESEL
    assert doubted["net_pay"]["alternatives"][0]["value"] != MASK
    assert len(shown(site, record)) == 1
    # An alternative can be taken by its number without a look at what it says.
    headers = {**site.as_("clerk"), "if-match": full["etag"]}
    taken = site.client.patch(
        f"/v1/records/{record}", json={"chosen": {"net_pay": 0}, "accept": True}, headers=headers
    )
    assert taken.status_code == 200, taken.text
    assert not leaks(taken.text)


def _other(value: str) -> dict[str, Any]:
    return {"value": value, "raw": value, "page": 1, "box": [0.1, 0.1, 0.2, 0.2], "why": "on the paper"}


def test_accepting_names_the_doubted_field_and_not_its_value(site: Site) -> None:
    record = site.filed("pasek.txt", PAYSLIP)
    with site.app.database.write() as session:
        row = session.get_one(Record, record)
        row.state, row.reason, row.reason_params = "review", "unsure_fields", {"fields": "pesel"}
        row.doubts = [{"reason": row.reason, "params": row.reason_params}]
        version = row.row_version
    csrf = site.sign_in("clerk")
    form = {"csrf": csrf, "version": str(version), "accept": "1"}
    asked = site.client.post(f"/records/{record}/correct", data=form).text
    dialog = re.search(r'role="alertdialog".*?</section>', asked, re.DOTALL)
    assert dialog
    assert "PESEL" in dialog[0]
    assert MASK in dialog[0]
    assert not leaks(dialog[0])


def test_patients_stand_in_no_list_and_are_found_by_name(site: Site) -> None:
    paper = (
        "Sprawozdanie z badań laboratoryjnych\nPacjent: Zenobia Brzęczykowska\nPESEL: 44051401359\n"
        "Nr próbki: 2026/0417\nData: 2026-03-03\nLaboratorium: Diagnostyka Testowa sp. z o.o.\n"
        "Badanie   Wynik   Jednostka   Norma\nGlukoza   99   mg/dl   70-99\nHemoglobina  13,2  g/dl  12-16\n"
    ).encode()
    record = site.filed("wyniki.txt", paper)
    version = site.client.get(f"/v1/records/{record}", headers=site.as_("clerk")).json()["version"]
    headers = {**site.as_("clerk"), "if-match": f'"{record}.{version}"'}
    body = {"doc_type": "lab_report", "fields": {"patient": "Zenobia Brzęczykowska"}}
    told = site.client.patch(f"/v1/records/{record}", json=body, headers=headers).text
    site.drain()
    assert "Brzęczykowska" not in told  # not in fields, parties, title
    name = "Brzęczykowska"
    for url in ("/v1/parties", "/v1/parties?q=Brzęczykowska", "/v1/search/suggest?q=Brzecz"):
        assert name.lower() not in site.client.get(url, headers=site.as_("clerk")).text.lower(), url
    suggested = site.client.get("/v1/search/suggest?q=party:Brzecz", headers=site.as_("clerk")).text
    assert name not in suggested
    for query in (name, "party:Brzęczykowska"):
        found = site.client.get(
            "/v1/search", params={"q": query, "facets": "party"}, headers=site.as_("clerk")
        )
        assert [hit["id"] for hit in found.json()["items"]] == [record], query
        assert name not in found.text.replace("Brz\\u0119czykowska", name), query
    full = site.client.get(
        f"/v1/records/{record}", params={"show_sensitive": True}, headers=site.as_("clerk")
    ).json()
    assert fields(full)["patient"]["value"] == "Zenobia Brzęczykowska"
    party = next(p for p in full["parties"] if p["role"] == "patient")
    assert party["name"] == "Zenobia Brzęczykowska"
    assert site.client.get(f"/v1/parties/{party['id']}", headers=site.as_("clerk")).status_code == 404


def test_signing_in_again_is_asked_before_anything_is_shown(site: Site, record: str) -> None:
    site.client.cookies.clear()
    answer = site.client.post(f"/records/{record}/shown", data={"csrf": "x"}, follow_redirects=False)
    assert answer.status_code == 303
    assert PASSWORD not in answer.text
    assert shown(site, record) == []
