"""The pages on events, schedules and keeping, in both languages."""

import html
import re
from datetime import date

from sqlalchemy import select

from akta.records.events import RecordUnderstood
from akta.records.models import Record
from retention.events.models import BusinessEvent
from retention.schedules.loading import parse_plan
from retention.schedules.models import ScheduleDraft
from tests.api.conftest import Site
from tests.factories import add_record


def _filed(site: Site, **values: object) -> str:
    with site.app.database.write() as session:
        record = add_record(session, **values)
        site.app.keeping.on_understood(session, RecordUnderstood(record.id, "user:test"))
        return record.id


def _polish(site: Site, login: str) -> None:
    from akta.access.models import User

    with site.app.database.write() as session:
        session.scalars(select(User).where(User.login == login)).one().language = "pl"


def test_an_event_is_recorded_corrected_and_cancelled_on_its_page(site: Site) -> None:
    record = _filed(site, doc_type="payment_reminder", title="<b>Reminder</b>")
    csrf = site.sign_in("officer")
    form = {"csrf": csrf, "kind": "claim_settled", "subject": f"record:{record}", "day": "2026-02-01"}
    page = site.client.post("/events", data=form, follow_redirects=True)
    assert "Recorded. What it touches is being computed anew." in page.text
    assert "settlement of the claim" in page.text
    assert "&lt;b&gt;Reminder&lt;/b&gt;" in page.text
    site.drain()
    event = re.search(r"/events/(\w{26})/change", page.text)
    assert event
    change = {"csrf": csrf, "act": "correct", "day": "2025-02-01", "reason": "misread"}
    page = site.client.post(f"/events/{event[1]}/change", data=change, follow_redirects=True)
    assert "Corrected." in page.text
    assert "counts no more" in page.text
    event = re.search(r"/events/(\w{26})/change", page.text)
    assert event
    cancel = {"csrf": csrf, "act": "cancel", "reason": "never", "day": ""}
    page = site.client.post(f"/events/{event[1]}/change", data=cancel, follow_redirects=True)
    assert "Cancelled. Its row stays on record." in page.text
    site.drain()
    with site.app.database.read() as session:
        assert session.get_one(Record, record).retention_state == "open"


def test_what_stands_in_the_way_is_said_in_polish(site: Site) -> None:
    csrf = site.sign_in("officer")
    _polish(site, "officer")
    form = {"csrf": csrf, "kind": "claim_settled", "subject": "", "day": "2026-02-01"}
    page = site.client.post("/events", data=form, follow_redirects=True)
    assert "Podaj, czego dotyczy zdarzenie" in page.text
    form["subject"] = "case:employee/0"
    page = site.client.post("/events", data=form, follow_redirects=True)
    assert "Nie ma takiej sprawy." in page.text
    text = "kind,subject,date\nclaim_settled,class:PL-ACC-05,31.12.2025\n"
    page = site.client.post(
        "/events/import",
        data={"csrf": csrf},
        files={"file": ("e.csv", text.encode())},
        follow_redirects=True,
    )
    assert "Niczego nie zapisano. wiersz 2, date: „31.12.2025” to nie jest dzień." in page.text
    with site.app.database.read() as session:
        assert session.scalar(select(BusinessEvent.id)) is None


def test_a_file_of_events_and_proposals_are_decided_on_the_page(site: Site) -> None:
    csrf = site.sign_in("officer")
    text = "kind,subject,date\nclaim_settled,class:PL-ACC-05,2025-12-31\n"
    page = site.client.post(
        "/events/import",
        data={"csrf": csrf},
        files={"file": ("e.csv", text.encode())},
        follow_redirects=True,
    )
    assert "The events of the file are recorded." in page.text
    record = _filed(site)
    with site.app.database.write() as session:
        session.add(
            BusinessEvent(
                id="0" * 26,
                kind="tax_due",
                subject_kind="record",
                subject_id=record,
                effective=date(2026, 1, 20),
                actor="system:proposals",
                recorded_at=site.app.clock.now(),
                state="proposed",
                source_record=record,
                source_field="tax_year",
            )
        )
    for events, told in (
        ([], "Tick the proposals first."),
        (["0" * 26], "Confirmed: they count from now on."),
    ):
        page = site.client.post(
            "/events/decide", data={"csrf": csrf, "act": "confirm", "events": events}, follow_redirects=True
        )
        assert told in page.text


def test_a_draft_is_simulated_and_published_by_somebody_else(site: Site) -> None:
    _filed(site, document_date=date(2026, 3, 1))
    csrf = site.sign_in("officer")
    listed = site.client.get("/schedules").text
    assert "PL-ACC-08" in listed
    assert "not signed by a lawyer" in listed
    plan = (
        "jurisdiction: PL\nclasses:\n  - code: PL-ACC-08\n    domain: accounting\n    title: {pl: a, en: b}\n"
        "    doc_types: [invoice]\n    rules:\n"
        "      - {id: PL-ACC-08, trigger: fiscal_year_end, rounding: start_of_next_fiscal_year, period: 4y, "
        "action: destroy, basis: law}\n"
    )
    wrong = {"csrf": csrf, "title": "T", "text": "nothing", "form": "yaml"}
    assert 'role="alert"' in site.client.post("/schedules", data=wrong, follow_redirects=True).text
    form = {"csrf": csrf, "title": "four years", "text": plan.replace("\n", "\r\n"), "form": "yaml"}
    page = site.client.post("/schedules", data=form, follow_redirects=True)
    assert "Drafted. Simulate it now." in page.text
    assert "5y → 4y" in page.text
    address = str(page.url.path)
    site.client.post(f"{address}/decide", data={"csrf": csrf, "act": "simulate"})
    site.drain()
    page = site.client.get(address)
    assert "You wrote this draft: somebody else publishes it." in page.text
    refused = site.client.post(
        f"{address}/decide", data={"csrf": csrf, "act": "publish", "shortened": "keep"}, follow_redirects=True
    )
    assert "nobody approves what they asked for themselves" in refused.text
    with site.app.database.write() as session:  # somebody else has written it
        session.scalars(select(ScheduleDraft)).one().author = "1" * 26
    page = site.client.get(address)
    assert "1 record would be kept for less time" in page.text
    page = site.client.post(
        f"{address}/decide", data={"csrf": csrf, "act": "publish", "shortened": "keep"}, follow_redirects=True
    )
    assert "Published. Records are being computed anew." in page.text
    site.drain()
    page = site.client.get("/retention")
    assert "1 record waits for approval of shorter keeping" in page.text
    number = re.search(r'name="shortenings" value="(\w{26})"', page.text)
    assert number
    page = site.client.post(
        "/retention/shortenings",
        data={"csrf": csrf, "act": "approve", "shortenings": [number[1]]},
        follow_redirects=True,
    )
    assert "Approved." in page.text


def test_a_plan_is_written_from_classes_in_use_checked_and_loses_nothing_typed(site: Site) -> None:
    csrf = site.sign_in("officer")
    listed = site.client.get("/schedules").text
    assert 'href="/schedules/new"' in listed
    assert 'name="take" value="PL-ACC-08"' in listed
    page = site.client.get("/schedules/new", params={"take": ["PL-ACC-08", "PL-HR-01"]}).text
    plan = html.unescape(page[page.index('dir="ltr">\n') + 11 : page.index("</textarea>")])
    assert [cls.code for cls in parse_plan(plan)] == ["PL-ACC-08", "PL-HR-01"]
    form = {"csrf": csrf, "title": "six <years>", "note": "a & b", "form": "yaml"}
    same = site.client.post("/schedules", data={**form, "text": plan, "act": "check"})
    assert "nothing would change" in same.text
    changed = plan.replace("period: 5y", "period: 6y", 1).replace("\n", "\r\n")
    page = site.client.post("/schedules", data={**form, "text": changed, "act": "check"})
    assert "5y → 6y" in page.text
    assert 'value="six &lt;years&gt;"' in page.text
    wrong = changed.replace("trigger: fiscal_year_end", "trigger: fiscal_year_ends", 1)
    for act, status in (("check", 200), ("draft", 422)):
        page = site.client.post("/schedules", data={**form, "text": wrong, "act": act})
        assert page.status_code == status
        line = wrong[: wrong.index("fiscal_year_ends")].count("\n") + 1
        assert f'data-line="{line}"' in page.text
        assert "fiscal_year_ends" in page.text[page.text.index("<textarea") :]
        assert 'value="a &amp; b"' in page.text
    untitled = site.client.post("/schedules", data={**form, "title": " ", "text": changed, "act": "draft"})
    assert untitled.status_code == 422
    assert "needs a title" in untitled.text
    assert "period: 6y" in untitled.text
    broken = site.client.post("/schedules", data={**form, "text": "classes: [\n", "act": "check"})
    assert "It cannot be drafted yet" in broken.text
    with site.app.database.read() as session:
        assert session.scalars(select(ScheduleDraft)).all() == []
    form |= {"text": changed, "act": "draft"}
    made = site.client.post("/schedules", data=form, follow_redirects=True)
    assert "Drafted. Simulate it now." in made.text
    site.sign_in("auditor")
    assert site.client.get("/schedules/new").status_code == 403


def test_the_page_on_keeping_tells_what_is_due_and_what_is_not_known(site: Site) -> None:
    old = _filed(site, document_date=date(2012, 3, 1), title="An old invoice")
    _filed(site, domain="hr", doc_type="employment_contract")
    _filed(site, state="review", class_code=None, domain="other", doc_type="unknown", title="No class")
    site.sign_in("officer")
    page = site.client.get("/retention").text
    assert f"/records/{old}" in page
    assert "An old invoice" in page
    assert "PL-HR-01" in page
    assert "end of employment" in page
    assert "No class" in page
    _polish(site, "officer")
    assert "Okres przechowywania minął" in site.client.get("/retention").text
    assert site.client.get("/retention?after=x").status_code == 422


def test_the_pages_are_not_for_everybody(site: Site) -> None:
    site.sign_in("clerk")
    for path in ("/retention", "/schedules", "/events"):
        assert site.client.get(path).status_code == 403
        assert f'href="{path}"' not in site.client.get("/").text
    site.sign_in("auditor")
    assert site.client.get("/retention").status_code == 200
    assert "Write a schedule" not in site.client.get("/schedules").text
    assert site.client.get("/events").status_code == 403
