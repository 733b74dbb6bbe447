"""Default deny: every endpoint against every role, and none that the matrix does not know. Req 50: who writes
rules, holds, lets go and audits can be different persons."""

import pytest
from fastapi.routing import APIRoute

from akta.access.roles import ROLES
from tests.api.conftest import Site

EVERYBODY = set(ROLES)
READERS = {"staff", "clerk", "officer", "auditor", "schedule_author", "hold_officer", "disposer"}
AUDITORS = {"officer", "auditor"}
HOLDERS = {"officer", "hold_officer"}
AUTHORS = {"officer", "schedule_author"}
DISPOSERS = {"officer", "disposer"}
KEEPERS = {"officer", "auditor", "schedule_author", "disposer"}

#: Endpoint -> roles that are let through (to anything but 401 and 403). A record that cannot be seen is 404.
MATRIX: dict[tuple[str, str], set[str]] = {
    ("POST", "/v1/records"): {"staff", "clerk"},
    ("OPTIONS", "/v1/uploads"): {"staff", "clerk"},
    ("POST", "/v1/uploads"): {"staff", "clerk"},
    ("HEAD", "/v1/uploads/{upload_id}"): {"staff", "clerk"},
    ("PATCH", "/v1/uploads/{upload_id}"): {"staff", "clerk"},
    ("DELETE", "/v1/uploads/{upload_id}"): {"staff", "clerk"},
    ("GET", "/v1/receipts/{receipt_id}"): READERS,
    ("GET", "/v1/status"): READERS,
    ("GET", "/v1/records"): READERS,
    ("GET", "/v1/records/{record_id}"): READERS,
    ("GET", "/v1/records/{record_id}/text"): READERS,
    ("GET", "/v1/records/{record_id}/pages"): READERS,
    ("GET", "/v1/records/{record_id}/timeline"): READERS,
    ("GET", "/v1/records/{record_id}/links"): READERS,
    ("POST", "/v1/records/{record_id}/links"): READERS,
    ("DELETE", "/v1/records/{record_id}/links/{link_id}"): READERS,
    ("GET", "/v1/records/{record_id}/versions"): READERS,
    ("GET", "/v1/records/{record_id}/versions/{number}/content"): READERS,
    ("GET", "/v1/records/{record_id}/renditions"): READERS,
    ("GET", "/v1/records/{record_id}/renditions/{kind}/{page}"): READERS,
    ("GET", "/v1/records/{record_id}/retention"): READERS,
    ("GET", "/v1/search"): READERS,
    ("GET", "/v1/search/suggest"): READERS,
    ("GET", "/v1/records/{record_id}/similar"): READERS,
    ("GET", "/v1/searches"): READERS,
    ("POST", "/v1/searches"): READERS,
    ("GET", "/v1/searches/{search_id}"): READERS,
    ("PATCH", "/v1/searches/{search_id}"): READERS,
    ("DELETE", "/v1/searches/{search_id}"): READERS,
    ("POST", "/v1/searches/{search_id}/restore"): READERS,
    ("PUT", "/v1/searches/{search_id}/shares"): READERS,
    ("GET", "/v1/searches/{search_id}/results"): READERS,
    ("PUT", "/v1/searches/{search_id}/watch"): READERS,
    ("DELETE", "/v1/searches/{search_id}/watch"): READERS,
    ("GET", "/v1/searches/{search_id}/news"): READERS,
    ("POST", "/v1/searches/{search_id}/news/seen"): READERS,
    ("GET", "/v1/exports"): READERS,
    ("POST", "/v1/exports"): READERS,
    ("GET", "/v1/exports/{export_id}"): READERS,
    ("POST", "/v1/exports/{export_id}/cancel"): READERS,
    ("DELETE", "/v1/exports/{export_id}"): READERS,
    ("GET", "/v1/exports/{export_id}/file"): READERS,
    ("GET", "/v1/review"): READERS,
    ("GET", "/v1/review/next"): {"staff", "clerk"},
    ("POST", "/v1/review/{record_id}/put-off"): {"staff", "clerk"},
    ("POST", "/v1/review/batch"): {"staff", "clerk"},
    ("PATCH", "/v1/records/{record_id}"): {"staff", "clerk"},
    ("GET", "/v1/records/{record_id}/corrections"): READERS,
    ("POST", "/v1/records/{record_id}/corrections/{batch}/undo"): {"staff", "clerk"},
    ("POST", "/v1/records/{record_id}/read-again"): {"clerk"},
    ("POST", "/v1/records/{record_id}/stop-reading"): {"staff", "clerk"},
    ("POST", "/v1/records/{record_id}/release"): {"clerk"},
    ("POST", "/v1/records/{record_id}/reject"): {"clerk"},
    ("GET", "/v1/records/{record_id}/duplicates"): READERS,
    ("POST", "/v1/records/{record_id}/duplicates/{other_id}/dismiss"): {"staff", "clerk"},
    ("POST", "/v1/records/{record_id}/duplicates/{other_id}/confirm"): {"clerk"},
    ("POST", "/v1/records/{record_id}/duplicates/{other_id}/reopen"): {"staff", "clerk"},
    ("POST", "/v1/records/{record_id}/split"): {"staff", "clerk"},
    ("POST", "/v1/records/{record_id}/join"): {"staff", "clerk"},
    ("POST", "/v1/records/{record_id}/merge"): {"staff", "clerk"},
    ("PUT", "/v1/records/{record_id}/page-order"): {"staff", "clerk"},
    ("GET", "/v1/separator-sheets"): READERS,
    ("GET", "/v1/quality"): {"officer", "auditor", "administrator"},
    ("GET", "/v1/spot-checks"): {"staff", "clerk"},
    ("POST", "/v1/spot-checks/{record_id}/confirm"): {"staff", "clerk"},
    ("GET", "/v1/parties"): READERS,
    ("GET", "/v1/parties/suggestions"): READERS,
    ("GET", "/v1/parties/{party_id}"): READERS,
    ("POST", "/v1/parties/{party_id}/merge"): {"clerk"},
    ("POST", "/v1/parties/{party_id}/keep-apart"): {"clerk"},
    ("POST", "/v1/parties/{party_id}/split"): {"clerk"},
    ("POST", "/v1/parties/{party_id}/rename"): {"clerk"},
    ("POST", "/v1/party-merges/{merge_id}/undo"): {"clerk"},
    ("GET", "/v1/types"): READERS,
    ("POST", "/v1/types/validate"): AUTHORS,
    ("PUT", "/v1/types/{code}"): AUTHORS,
    ("GET", "/v1/models"): {*AUTHORS, "administrator"},
    ("GET", "/v1/models/{version}"): {*AUTHORS, "administrator"},
    ("POST", "/v1/models/train"): {*AUTHORS, "administrator"},
    ("POST", "/v1/models/{version}/promote"): {*AUTHORS, "administrator"},
    ("POST", "/v1/models/rollback"): {*AUTHORS, "administrator"},
    ("GET", "/v1/holds"): {"officer", "auditor", "hold_officer"},
    ("POST", "/v1/holds"): HOLDERS,
    ("POST", "/v1/holds/{hold_id}/release"): HOLDERS,
    ("GET", "/v1/audit"): AUDITORS,
    ("GET", "/v1/audit/check"): AUDITORS,
    ("POST", "/v1/audit/check"): AUDITORS,
    ("GET", "/v1/audit/key"): AUDITORS,
    ("GET", "/v1/audit/export"): AUDITORS,
    ("GET", "/v1/records/{record_id}/replay"): READERS,
    ("GET", "/v1/cases"): READERS,
    ("POST", "/v1/cases"): {"officer"},
    ("GET", "/v1/cases/{case_id}"): READERS,
    ("POST", "/v1/cases/{case_id}/records"): {"staff", "clerk", "officer"},
    ("POST", "/v1/cases/{case_id}/records/preview"): {"staff", "clerk", "officer"},
    ("POST", "/v1/cases/{case_id}/records/found"): {"staff", "clerk", "officer"},
    ("POST", "/v1/cases/{case_id}/records/remove"): {"staff", "clerk", "officer"},
    ("POST", "/v1/cases/{case_id}/close"): {"officer"},
    ("POST", "/v1/cases/{case_id}/reopen"): {"officer"},
    ("GET", "/v1/events"): READERS,
    ("POST", "/v1/events"): {"officer"},
    ("POST", "/v1/events/import"): {"officer"},
    ("POST", "/v1/events/confirm"): {"officer"},
    ("POST", "/v1/events/dismiss"): {"officer"},
    ("GET", "/v1/events/{event_id}"): READERS,
    ("POST", "/v1/events/{event_id}/correct"): {"officer"},
    ("POST", "/v1/events/{event_id}/cancel"): {"officer"},
    ("GET", "/v1/entities"): READERS,
    ("POST", "/v1/entities"): AUTHORS,
    ("PUT", "/v1/entities/{entity_id}"): AUTHORS,
    ("GET", "/v1/schedules"): KEEPERS,
    ("POST", "/v1/schedules"): AUTHORS,
    ("GET", "/v1/schedules/classes/{code}"): KEEPERS,
    ("POST", "/v1/schedules/classes/{code}/lock"): AUTHORS,
    ("DELETE", "/v1/schedules/classes/{code}/lock"): AUTHORS,
    ("GET", "/v1/schedules/{draft_id}"): KEEPERS,
    ("POST", "/v1/schedules/{draft_id}/simulate"): AUTHORS,
    ("POST", "/v1/schedules/{draft_id}/publish"): AUTHORS,
    ("POST", "/v1/schedules/{draft_id}/withdraw"): AUTHORS,
    ("GET", "/v1/retention/due"): KEEPERS,
    ("GET", "/v1/retention/open"): KEEPERS,
    ("GET", "/v1/retention/open/records"): KEEPERS,
    ("GET", "/v1/retention/conflicts"): KEEPERS,
    ("GET", "/v1/retention/without-class"): KEEPERS,
    ("GET", "/v1/retention/shortenings"): KEEPERS,
    ("POST", "/v1/retention/shortenings"): DISPOSERS,
    ("GET", "/v1/retention/recomputations"): KEEPERS,
    ("POST", "/v1/records/{record_id}/extensions"): DISPOSERS,
    ("POST", "/v1/extensions/{extension_id}/cancel"): DISPOSERS,
    ("POST", "/v1/holds/preview"): HOLDERS,
    ("GET", "/v1/holds/{hold_id}"): {*HOLDERS, "auditor"},
    ("GET", "/v1/holds/{hold_id}/records"): {*HOLDERS, "auditor"},
    ("GET", "/v1/holds/{hold_id}/evidence"): {*HOLDERS, "auditor"},
    ("GET", "/v1/holds/{hold_id}/notices"): {*HOLDERS, "auditor"},
    ("POST", "/v1/holds/{hold_id}/notices/remind"): HOLDERS,
    ("POST", "/v1/holds/{hold_id}/extend"): HOLDERS,
    ("POST", "/v1/holds/{hold_id}/acknowledge"): EVERYBODY,
    ("GET", "/v1/hold-notices"): EVERYBODY,
    ("GET", "/v1/dispositions"): {*DISPOSERS, "auditor"},
    ("GET", "/v1/dispositions/due"): {*DISPOSERS, "auditor"},
    ("POST", "/v1/dispositions"): DISPOSERS,
    ("GET", "/v1/dispositions/{disposition_id}"): {*DISPOSERS, "auditor"},
    ("GET", "/v1/dispositions/{disposition_id}/items"): {*DISPOSERS, "auditor"},
    ("POST", "/v1/dispositions/{disposition_id}/decisions"): DISPOSERS,
    ("POST", "/v1/dispositions/{disposition_id}/consents"): DISPOSERS,
    ("POST", "/v1/dispositions/{disposition_id}/release"): DISPOSERS,
    ("POST", "/v1/dispositions/{disposition_id}/withdraw"): DISPOSERS,
    ("POST", "/v1/dispositions/{disposition_id}/cancel"): DISPOSERS,
    ("POST", "/v1/dispositions/{disposition_id}/execute"): DISPOSERS,
    ("GET", "/v1/certificates"): {*DISPOSERS, "auditor"},
    ("GET", "/v1/certificates/{certificate_id}"): {*DISPOSERS, "auditor"},
    ("GET", "/v1/certificates/{certificate_id}/pdf"): {*DISPOSERS, "auditor"},
    ("GET", "/v1/records/{record_id}/stub"): {*DISPOSERS, "auditor"},
    ("GET", "/v1/transfers"): {*DISPOSERS, "auditor"},
    ("POST", "/v1/transfers"): DISPOSERS,
    ("GET", "/v1/transfers/{transfer_id}"): {*DISPOSERS, "auditor"},
    ("GET", "/v1/transfers/{transfer_id}/file"): DISPOSERS,
    ("POST", "/v1/transfers/{transfer_id}/receipt"): DISPOSERS,
    ("DELETE", "/v1/transfers/{transfer_id}"): DISPOSERS,
    ("GET", "/v1/requests"): {*DISPOSERS, "auditor"},
    ("POST", "/v1/requests"): DISPOSERS,
    ("GET", "/v1/requests/again"): {*DISPOSERS, "auditor"},
    ("GET", "/v1/requests/{request_id}"): {*DISPOSERS, "auditor"},
    ("POST", "/v1/requests/{request_id}/identity"): DISPOSERS,
    ("POST", "/v1/requests/{request_id}/extend"): DISPOSERS,
    ("POST", "/v1/requests/{request_id}/records"): DISPOSERS,
    ("POST", "/v1/requests/{request_id}/decisions"): DISPOSERS,
    ("POST", "/v1/requests/{request_id}/records/{record_id}/leave"): DISPOSERS,
    ("POST", "/v1/requests/{request_id}/close"): DISPOSERS,
    ("POST", "/v1/records/{record_id}/redactions"): DISPOSERS,
    ("PUT", "/v1/records/{record_id}/restriction"): DISPOSERS,
    ("GET", "/v1/vital-records"): {*DISPOSERS, "auditor"},
    ("PUT", "/v1/vital-records/{record_id}"): DISPOSERS,
    ("POST", "/v1/vital-records/{record_id}/review"): DISPOSERS,
    ("POST", "/v1/vital-records/{record_id}/unflag"): DISPOSERS,
}
BODIES = {
    "/v1/records/{record_id}/links": {"until": "2099-01-01T00:00:00Z"},
    "PATCH": {"fields": {}},
    "/v1/searches": {"name": "N", "query": "invoice"},
    "/v1/searches/{search_id}": {"name": "N"},
    "/v1/searches/{search_id}/shares": {"users": [], "roles": []},
    "/v1/searches/{search_id}/news/seen": {},
    "/v1/exports": {"query": "invoice", "format": "csv"},
    "/v1/records/{record_id}/read-again": {},
    "/v1/records/{record_id}/reject": {"note": "no paper"},
    "/v1/records/{record_id}/split": {"starts": [2]},
    "/v1/records/{record_id}/merge": {"records": ["0" * 26]},
    "/v1/records/{record_id}/page-order": {"pages": [{"number": 1, "turn": 90}]},
    "/v1/review/batch": {"doubt": "unsure_type", "papers": [{"record": "0" * 26, "version": 1}]},
    "/v1/parties/{party_id}/merge": {"others": ["0" * 26]},
    "/v1/parties/{party_id}/keep-apart": {"other": "0" * 26},
    "/v1/parties/{party_id}/split": {"spelling": "Alfa"},
    "/v1/parties/{party_id}/rename": {"name": "Alfa"},
    "/v1/types/validate": {"yaml": "types: []"},
    "/v1/types/{code}": {"active": True},
    "/v1/cases": {"kind": "order", "key": "1"},
    "/v1/cases/{case_id}/records": {"records": ["0" * 26]},
    "/v1/cases/{case_id}/records/preview": {"query": "invoice"},
    "/v1/cases/{case_id}/records/found": {"query": "invoice"},
    "/v1/cases/{case_id}/records/remove": {"records": ["0" * 26]},
    "/v1/cases/{case_id}/close": {},
    "/v1/cases/{case_id}/reopen": {"reason": "late"},
    "/v1/events": {"kind": "employment_end", "subject": "class:PL-HR-01", "date": "2024-06-30"},
    "/v1/events/import": {"csv": "kind,subject,date\ntax_due,class:PL-HR-11,2024-06-30\n"},
    "/v1/events/confirm": {"events": ["0" * 26]},
    "/v1/events/dismiss": {"events": ["0" * 26]},
    "/v1/events/{event_id}/correct": {"reason": "misread", "date": "2024-06-30"},
    "/v1/events/{event_id}/cancel": {"reason": "never"},
    "/v1/entities": {"name": "Alfa"},
    "/v1/entities/{entity_id}": {"name": "Alfa"},
    "/v1/schedules": {"title": "T", "text": "nothing"},
    "/v1/schedules/{draft_id}/publish": {},
    "/v1/retention/shortenings": {"shortenings": ["0" * 26], "approve": True},
    "/v1/records/{record_id}/extensions": {"until": "2090-01-01", "reason": "a dispute"},
    "/v1/extensions/{extension_id}/cancel": {"reason": "settled"},
    "/v1/holds": {"matter": "M", "reason": "R", "records": ["{record}"]},
    "/v1/holds/preview": {"queries": ["invoice"]},
    "/v1/holds/{hold_id}/extend": {"review_on": "2030-01-01"},
    "/v1/holds/{hold_id}/release": {"reason": "over"},
    "/v1/dispositions": {"title": "T", "ground": "G"},
    "/v1/dispositions/{disposition_id}/decisions": {"decision": "accept"},
    "/v1/dispositions/{disposition_id}/consents": {"need": "archive_consent", "reference": "1"},
    "/v1/dispositions/{disposition_id}/release": {"digest": "0" * 64},
    "/v1/dispositions/{disposition_id}/withdraw": {"reason": "R"},
    "/v1/dispositions/{disposition_id}/cancel": {"reason": "R"},
    "/v1/transfers": {"case": "0" * 26, "recipient": "R"},
    "/v1/transfers/{transfer_id}/receipt": {"reference": "1"},
    "/v1/requests": {"kind": "access", "subject": "S", "received_on": "2026-03-01"},
    "/v1/requests/{request_id}/identity": {"how": "H"},
    "/v1/requests/{request_id}/extend": {"reason": "R"},
    "/v1/requests/{request_id}/records": {"records": ["0" * 26]},
    "/v1/requests/{request_id}/decisions": {"decision": "give", "records": ["0" * 26]},
    "/v1/requests/{request_id}/records/{record_id}/leave": {"reason": "R"},
    "/v1/records/{record_id}/redactions": {"areas": [{"page": 1, "box": [0, 0, 1, 1]}], "reason": "R"},
    "/v1/records/{record_id}/restriction": {"restricted": False, "reason": "R"},
    "/v1/vital-records/{record_id}": {"reason": "R"},
    "/v1/vital-records/{record_id}/review": {},
    "/v1/vital-records/{record_id}/unflag": {"reason": "R"},
}


def _routes(site: Site) -> set[tuple[str, str]]:
    found = set()
    spec = site.client.get("/v1/openapi.json").json()
    for path, methods in spec["paths"].items():
        if path.startswith("/v1/"):
            found |= {(method.upper(), path) for method in methods}
    return found


def test_the_matrix_knows_every_endpoint(site: Site) -> None:
    assert _routes(site) == set(MATRIX)
    assert APIRoute


@pytest.mark.parametrize("role", [*ROLES, "nobody", None])
def test_matrix(site: Site, role: str | None) -> None:
    record = site.filed("a.txt", b"Invoice number FV/1/2026\nTotal: 12.00 PLN\n", "clerk")
    receipt = site.client.get(f"/v1/records/{record}", headers=site.as_("clerk")).json()["receipts"][0]["id"]
    for (method, path), allowed in MATRIX.items():
        url = path.format(
            record_id=record,
            receipt_id=receipt,
            number=1,
            kind="preview",
            page=1,
            hold_id="0" * 26,
            batch="0" * 26,
            other_id="0" * 26,
            party_id="0" * 26,
            merge_id="0" * 26,
            code="invoice",
            version="lexicon-2+99",
            search_id="0" * 26,
            export_id="0" * 26,
            case_id="0" * 26,
            event_id="0" * 26,
            entity_id="0" * 26,
            draft_id="0" * 26,
            link_id="0" * 26,
            upload_id="0" * 26,
            extension_id="0" * 26,
            disposition_id="0" * 26,
            certificate_id="0" * 26,
            transfer_id="0" * 26,
            request_id="0" * 26,
        )
        version = site.client.get(f"/v1/records/{record}", headers=site.as_("clerk")).headers["etag"]
        headers = {"if-match": version} | (site.as_(role) if role else {})
        body = BODIES.get(path, BODIES.get(method))
        if path == "/v1/records" and method == "POST":
            answer = site.client.post(url, files={"file": ("b.txt", b"b")}, headers=headers)
        elif method == "GET":
            answer = site.client.get(url, params={"q": "invoice"}, headers=headers)
        else:
            if path == "/v1/holds":
                body = {**(body or {}), "records": [record]}
            answer = site.client.request(method, url, json=body, headers=headers)
        if role is None:
            assert answer.status_code == 401, (method, path)
        elif role in allowed:
            assert answer.status_code not in (401, 403), (role, method, path, answer.text)
            assert answer.status_code < 500, (role, method, path, answer.text)
        else:
            assert answer.status_code in (403, 404), (role, method, path, answer.status_code, answer.text)
        if path == "/v1/holds" and method == "POST" and answer.status_code == 201:
            # The hold must not stand in the way of the endpoints that follow.
            hold = answer.json()["id"]
            released = site.client.post(
                f"/v1/holds/{hold}/release", json={"reason": "test"}, headers=site.as_("officer")
            )
            assert released.status_code == 200
