"""Corrections that make no sense: refused with a reason, never a crash, and nothing is changed."""

from typing import Any

import pytest

from tests.api.conftest import Site
from tests.integration.test_review_queue import _invoice


@pytest.fixture
def paper(site: Site) -> str:
    return "/v1/records/" + site.filed("a.txt", _invoice(1))


def _patch(site: Site, paper: str, **body: Any) -> Any:
    shown = site.client.get(paper, headers=site.as_("clerk"))
    headers = {**site.as_("clerk"), "if-match": shown.headers["etag"]}
    return site.client.patch(paper, json=body, headers=headers)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("total", "1e309"),
        ("total", "NaN"),
        ("total", "9" * 400),
        ("total", "½"),
        ("date", "31.02.2026"),
        ("date", "0000-00-00"),
        ("lines", "²"),
        ("lines", "9" * 20),
        ("nosuch", "1"),
    ],
)
def test_a_value_that_is_none(site: Site, paper: str, name: str, value: str) -> None:
    before = site.client.get(paper, headers=site.as_("clerk")).json()
    answer = _patch(site, paper, fields={name: value, "vendor": "Another"})
    assert answer.status_code == 422, answer.text
    assert answer.json()["field"] == name
    assert site.client.get(paper, headers=site.as_("clerk")).json() == before


def test_digits_of_other_kinds_fail_their_check(site: Site, paper: str) -> None:
    answer = _patch(site, paper, fields={"vendor_nip": "²²²²²²²²²²", "pesel": "44051401358"})
    assert answer.status_code == 200, answer.text
    checks = {f["name"]: f["check"] for f in answer.json()["fields"]}
    assert (checks["vendor_nip"], checks["pesel"]) == (None, "pesel wrong")


def test_a_type_keeps_its_domain(site: Site, paper: str) -> None:
    for body in ({"domain": "hr", "doc_type": "invoice"}, {"domain": "hr"}):
        answer = _patch(site, paper, **body)
        assert answer.status_code == 422, answer.text
    shown = site.client.get(paper, headers=site.as_("clerk")).json()
    assert (shown["domain"], shown["doc_type"]) == ("accounting", "invoice")
    both = _patch(site, paper, domain="hr", doc_type="resume")
    assert (both.status_code, both.json()["domain"]) == (200, "hr")


@pytest.mark.parametrize("etag", ['"x.²"', '"²"', "²", '"' + "9" * 400 + '"'])
def test_an_etag_that_is_none(site: Site, paper: str, etag: str) -> None:
    headers = {**site.as_("clerk"), "if-match": etag.encode("utf-8")}
    answer = site.client.patch(paper, json={"fields": {"vendor": "B"}}, headers=headers)  # type: ignore[arg-type]
    assert 400 <= answer.status_code < 500, answer.text
