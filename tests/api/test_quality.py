"""The quality report and the spot checks over HTTP and on the pages."""

import re

import pytest

from tests.api.conftest import Site
from tests.integration.test_quality import _paper


@pytest.fixture
def paper(site: Site) -> str:
    return site.filed("f1.txt", _paper(1))  # the first of a week is always asked about


def test_a_spot_check_is_listed_and_confirmed(site: Site, paper: str) -> None:
    clerk = site.as_("clerk")
    listed = site.client.get("/v1/spot-checks", headers=clerk).json()
    assert [item["id"] for item in listed["items"]] == [paper]
    assert (listed["waiting"], listed["next"]) == (1, None)
    url = f"/v1/spot-checks/{paper}/confirm"
    assert site.client.post(url, headers=clerk).status_code == 428
    stale = site.client.post(url, headers={**clerk, "if-match": f'"{paper}.1"'})
    assert stale.status_code == 412
    etag = site.client.get(f"/v1/records/{paper}", headers=clerk).headers["etag"]
    for _ in range(2):  # twice is the same as once
        assert site.client.post(url, headers={**clerk, "if-match": etag}).status_code == 200
    assert site.client.get("/v1/spot-checks", headers=clerk).json()["items"] == []
    told = site.client.get("/v1/quality", headers=site.as_("auditor")).json()
    assert told["total"]["spot_checks"] == {"asked": 1, "waiting": 0}
    assert told["total"]["unseen_right"]["n"] == 1
    assert told["total"]["unseen_right"]["share"] is None
    assert told["domains"] == []  # one paper is no group


def test_a_period_that_makes_no_sense_is_said(site: Site) -> None:
    auditor = site.as_("auditor")
    for asked in ("from=2026-03-02&to=2026-03-01", "from=1000-01-01&to=2026-01-01", "from=yesterday"):
        assert site.client.get(f"/v1/quality?{asked}", headers=auditor).status_code in (400, 422), asked
    site.sign_in("auditor")
    answer = site.client.get("/quality?from=yesterday")
    assert answer.status_code == 400
    assert "Write days like 2026-03-31." in answer.text


def test_the_pages(site: Site, paper: str) -> None:
    csrf = site.sign_in("clerk")
    assert 'href="/quality"' not in site.client.get("/review").text
    assert site.client.get("/quality").status_code == 403
    assert 'href="/spot-checks">Spot checks: 1<' in site.client.get("/review").text
    assert f'href="/records/{paper}"' in site.client.get("/spot-checks").text
    record = site.client.get(f"/records/{paper}").text
    assert f'action="/records/{paper}/confirm"' in record
    version = re.findall(r'name="version" value="(\d+)"', record)[0]
    form = {"csrf": csrf, "version": version}
    said = site.client.post(f"/records/{paper}/confirm", data=form).text
    assert "noted that this paper is right" in said
    assert f'action="/records/{paper}/confirm"' not in said
    site.sign_in("officer")
    page = site.client.get("/quality").text
    assert 'href="/quality" aria-current="page"' in page
    assert "too few" in page
    assert "style=" not in page
    assert "<script>" not in page
    assert f'action="/records/{paper}/confirm"' not in site.client.get(f"/records/{paper}").text
