"""Cases, events, schedules and what is due over HTTP, from end to end."""

import pytest
from httpx import Response

from akta.access import accounts, sessions
from akta.access.roles import GRANTABLE, TOKEN_SCOPES
from akta.events.bus import bus
from akta.records.events import RecordUnderstood
from akta.records.models import Field, Record
from tests.api.conftest import PASSWORD, Site

INVOICE = "Faktura VAT nr FV/2026/0412\nData wystawienia: 2026-03-01\nDo zapłaty: 1 234,50 PLN\n".encode()
CONTRACT = (
    "Umowa o pracę\nzawarta w dniu 2020-02-01\nPracodawca: Alfa Sp. z o.o.\nPracownik: Jan Kowalski\n"
    "Data rozpoczęcia pracy: 2020-02-02\nWynagrodzenie: 7000 zł brutto miesięcznie\n"
).encode()


def _post(site: Site, path: str, role: str = "officer", **body: object) -> Response:
    return site.client.post(f"/v1{path}", json=body, headers=site.as_(role))


def _get(site: Site, path: str, role: str = "officer", **params: str) -> dict[str, object]:
    answer = site.client.get(f"/v1{path}", params=params, headers=site.as_(role))
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


@pytest.fixture
def second(site: Site) -> Site:
    """The site with another officer, `second`."""
    app = site.app
    now = app.clock.now()
    with app.database.write() as session:
        user = accounts.create_user(
            session,
            app.audit,
            "system:test",
            login="second",
            name="second",
            password=PASSWORD,
            roles=["officer"],
            grants=dict.fromkeys(GRANTABLE, 3),
            language="en",
            now=now,
        )
        _, site.tokens["second"] = sessions.create_token(
            session, app.audit, "system:test", user, name="t", scopes=TOKEN_SCOPES, now=now
        )
    return site


def _employee(site: Site) -> tuple[str, str]:
    """A filed contract in the case of an employee."""
    record = site.filed("umowa.txt", CONTRACT)
    with site.app.database.write() as session:
        row = session.get_one(Record, record)
        row.domain, row.doc_type, row.state = "hr", "employment_contract", "filed"
        session.add(
            Field(
                id=record[::-1],
                record_id=record,
                name="start_of_work",
                value="x",
                confidence=1.0,
                reader="test",
            )
        )
        session.flush()
        bus.publish(session, RecordUnderstood(record, "user:test"))
    case = _post(site, "/cases", kind="employee", key="1234", title="Jan Kowalski").json()["id"]
    moved = _post(site, f"/cases/{case}/records", "clerk", records=[record])
    assert moved.json() == {"id": case, "moved": 1}
    return case, record


def test_an_event_on_a_case_decides_until_when_its_papers_are_kept(site: Site) -> None:
    case, record = _employee(site)
    for kind, day in (("hired_on", "2020-02-02"), ("employment_end", "2024-06-30")):
        made = _post(site, "/events", kind=kind, subject="case:employee/1234", date=day)
        assert made.status_code == 201, made.text
    waits = _get(site, f"/records/{record}/retention")["recomputing"]
    assert waits["state"] == "waiting"  # type: ignore[index]
    assert _get(site, "/retention/due")["recomputing"]["waiting"] == 2  # type: ignore[index]
    site.sign_in("officer")
    for page in (f"/records/{record}", f"/cases/{case}"):
        assert "Being computed anew since" in site.client.get(page).text
    assert "this list may still change" in site.client.get("/retention").text
    site.drain()
    assert "Being computed anew since" not in site.client.get(f"/records/{record}").text
    assert _get(site, "/retention/due")["recomputing"] is None
    told = _get(site, f"/records/{record}/retention")
    assert told["retain_through"] == "2034-12-31"
    assert [e["cause"].split(":")[0] for e in told["history"]][-1] == "event"  # type: ignore[attr-defined, index]
    before = _get(site, f"/records/{record}/retention", as_of="2020-01-01")
    assert before["retain_through"] is None
    assert _get(site, f"/cases/{case}")["records"] == 1
    number = made.json()["id"]
    assert _post(site, f"/events/{number}/correct", reason="misread", date="2023-06-30").status_code == 201
    site.drain()
    assert _get(site, f"/records/{record}/retention")["retain_through"] == "2033-12-31"
    listed = _get(site, "/events", subject=f"case:{case}", kind="employment_end")["items"]
    assert [e["state"] for e in listed] == ["recorded", "cancelled"]  # type: ignore[attr-defined, index]


def test_what_is_asked_wrongly_says_what_to_do(site: Site) -> None:
    for body, code in (
        ({"kind": "employment_end", "subject": "", "date": "2024-06-30"}, "subject_needed"),
        ({"kind": "employment_end", "subject": "class:PL-HR-01", "date": "9999-12-31"}, "invalid"),
        ({"kind": "employmend_end", "subject": "class:PL-HR-01", "date": "2024-06-30"}, "invalid"),
        ({"kind": "employment_end", "subject": "case:employee/0", "date": "2024-06-30"}, "not_found"),
    ):
        answer = _post(site, "/events", **body)
        assert answer.status_code in (404, 422), answer.text
        assert answer.json()["type"].endswith(code), answer.text
    answer = _post(site, "/events/import", csv="kind,subject,date\ntax_due,,2024-06-30\n")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["line"] == 2


def test_closed_cases_refuse_and_open_again(site: Site) -> None:
    case, record = _employee(site)
    assert _post(site, f"/cases/{case}/close").json()["state"] == "closed"
    answer = _post(site, f"/cases/{case}/records/remove", "clerk", records=[record])
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("case_closed")
    assert _post(site, f"/cases/{case}/reopen", reason="late").json()["state"] == "open"
    assert _post(site, f"/cases/{case}/records/remove", "clerk", records=[record]).json()["moved"] == 1


def test_a_schedule_goes_from_draft_to_what_counts(second: Site) -> None:
    site = second
    record = site.filed("faktura.txt", INVOICE)
    assert _get(site, f"/records/{record}/retention")["retain_through"] == "2031-12-31"
    plan = next(c for c in _get(site, "/schedules")["classes"] if c["code"] == "PL-ACC-08")  # type: ignore[attr-defined]
    assert plan["locked"] is False
    text = (
        "jurisdiction: PL\nclasses:\n  - code: PL-ACC-08\n    domain: accounting\n    title: {pl: a, en: b}\n"
        f"    doc_types: {plan['doc_types']}\n    rules:\n"
        "      - {id: PL-ACC-08, trigger: fiscal_year_end, rounding: start_of_next_fiscal_year, period: 4y, "
        "action: destroy, basis: law}\n"
    )
    made = _post(site, "/schedules", title="shorter", text=text)
    assert made.status_code == 201, made.text
    draft = made.json()["id"]
    assert any("5y → 4y" in said for change in made.json()["changes"] for said in change["differences"])
    assert _post(site, f"/schedules/{draft}/simulate").status_code == 202
    site.drain()
    told = _get(site, f"/schedules/{draft}")["simulation"]
    assert told["valid"] is True  # type: ignore[index]
    assert told["report"]["classes"]["PL-ACC-08"]["shorter"] == 1  # type: ignore[index]
    for role, status in (("officer", 403), ("second", 409)):
        assert _post(site, f"/schedules/{draft}/publish", role).status_code == status
    assert _post(site, f"/schedules/{draft}/publish", "second", shortened="keep").status_code == 200
    site.drain()
    assert _get(site, f"/records/{record}/retention")["retain_through"] == "2031-12-31"
    (waiting,) = _get(site, "/retention/shortenings")["items"]  # type: ignore[misc]
    both = {"shortenings": [waiting["id"]], "approve": True}  # type: ignore[index]
    assert _post(site, "/retention/shortenings", **both).status_code == 403  # its author
    assert _post(site, "/retention/shortenings", "second", **both).status_code == 200
    assert _get(site, f"/records/{record}/retention")["retain_through"] == "2030-12-31"
    versions = _get(site, "/schedules/classes/PL-ACC-08")["versions"]
    assert [v["current"] for v in versions] == [True, False]  # type: ignore[attr-defined, index]
    (done, *_) = _get(site, "/retention/recomputations")["items"]  # type: ignore[misc]
    assert done["state"] == "done"  # type: ignore[index]


def test_what_is_due_is_paged_and_extended(site: Site) -> None:
    ids = sorted(site.filed(f"{n}.txt", INVOICE.replace(b"0412", b"%d77" % n)) for n in range(3))
    with site.app.database.write() as session:  # they are so alike that some wait for a person
        for record_id in ids:
            session.get_one(Record, record_id).state = "filed"
    assert _get(site, "/retention/due")["items"] == []
    first = _get(site, "/retention/due", on="2032-01-01", limit="2")
    rest = _get(site, "/retention/due", on="2032-01-01", cursor=str(first["next_cursor"]))
    found = [line["record"] for line in (*first["items"], *rest["items"])]  # type: ignore[misc]
    assert sorted(found) == ids
    assert rest["next_cursor"] is None
    made = _post(site, f"/records/{ids[0]}/extensions", until="2040-01-01", reason="a dispute")
    assert made.status_code == 201, made.text
    left = _get(site, "/retention/due", on="2032-01-01")["items"]
    assert sorted(line["record"] for line in left) == ids[1:]  # type: ignore[attr-defined, index]
    assert _post(site, f"/extensions/{made.json()['id']}/cancel", reason="settled").status_code == 200
    assert len(_get(site, "/retention/due", on="2032-01-01")["items"]) == 3  # type: ignore[arg-type]


def test_a_legal_entity_brings_its_fiscal_year(site: Site) -> None:
    record = site.filed("faktura.txt", INVOICE)
    made = _post(site, "/entities", name="Alfa", fiscal_years=[["2025-04-01", "2026-03-31"]])
    assert made.status_code == 201, made.text
    site.drain()
    assert _get(site, f"/records/{record}/retention")["retain_through"] == "2031-03-31"
    entity = made.json()["id"]
    years = [["2025-04-01", "2026-03-31"], ["2026-04-01", "2026-12-31"], ["2027-01-01", "2027-12-31"]]
    changed = site.client.put(
        f"/v1/entities/{entity}", json={"fiscal_years": years}, headers=site.as_("officer")
    )
    assert changed.status_code == 200, changed.text
    wrong = site.client.put(
        f"/v1/entities/{entity}",
        json={"fiscal_years": [["2025-04-01", "2026-03-30"]]},
        headers=site.as_("officer"),
    )
    assert wrong.status_code == 422
    assert "does not end with a month" in wrong.text


def test_what_a_search_finds_is_filed_into_a_case(site: Site) -> None:
    case = _post(site, "/cases", kind="matter", key="M/7", title="A dispute", domain="accounting").json()[
        "id"
    ]
    one, two, held = (
        site.filed(f"faktura {n}.txt", INVOICE.replace(b"Razem", f"Strona {n}\nRazem".encode()) + b"%d" % n)
        for n in (1, 2, 3)
    )
    assert _post(site, "/holds", matter="Court", reason="A dispute", records=[held]).status_code == 201
    path = f"/cases/{case}/records"
    told = _post(site, f"{path}/preview", query="faktura").json()
    assert (told["found"], told["would_move"], told["refused"]) == (3, 2, 1)
    assert [line["record"] for line in told["refused_records"]] == [held]
    assert "under legal hold" in told["refused_records"][0]["why"]
    assert "Court" not in told["refused_records"][0]["why"]
    assert {line["id"] for line in told["sample"]} == {one, two}
    first = site.client.post(
        f"/v1{path}/found?limit=1", headers=site.as_("officer"), json={"query": "faktura"}
    ).json()
    assert (first["moved"], first["left"]) == (1, 1)
    again = _post(site, f"{path}/found", query="faktura").json()
    assert (again["moved"], again["already_in"], again["left"], again["refused"]) == (1, 1, 0, 1)
    assert _get(site, f"/cases/{case}")["records"] == 2
    assert _post(site, f"{path}/found", query="(").status_code == 422
    assert _post(site, f"/cases/{case}/close").status_code == 200
    answer = _post(site, f"{path}/found", query="faktura")
    assert answer.json()["type"].endswith("case_closed")
