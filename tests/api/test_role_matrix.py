"""Default deny: every endpoint against every role, and none that the matrix does not know."""

import pytest
from fastapi.routing import APIRoute

from akta.access.roles import ROLES
from tests.api.conftest import Site

EVERYBODY = set(ROLES)
READERS = {"staff", "clerk", "officer", "auditor", "schedule_author", "hold_officer", "disposer"}
AUDITORS = {"officer", "auditor"}
HOLDERS = {"officer", "hold_officer"}
AUTHORS = {"officer", "schedule_author"}

#: Endpoint -> roles that are let through (to anything but 401 and 403). A record that cannot be seen is 404.
MATRIX: dict[tuple[str, str], set[str]] = {
    ("POST", "/v1/records"): {"staff", "clerk"},
    ("GET", "/v1/receipts/{receipt_id}"): READERS,
    ("GET", "/v1/status"): READERS,
    ("GET", "/v1/records"): READERS,
    ("GET", "/v1/records/{record_id}"): READERS,
    ("GET", "/v1/records/{record_id}/text"): READERS,
    ("GET", "/v1/records/{record_id}/pages"): READERS,
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
}
BODIES = {
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
    "/v1/holds": {"matter": "M", "reason": "R", "records": ["{record}"]},
    "/v1/holds/{hold_id}/release": {"reason": "over"},
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
