"""The review queue over HTTP."""

from typing import Any

from click.testing import CliRunner

from akta.cli.review import command
from tests.api.conftest import Site
from tests.integration.test_review_queue import _invoice


def _waiting(site: Site, count: int) -> list[str]:
    return [site.filed(f"f{n}.txt", _invoice(n)) for n in range(1, count + 1)]


def _get(site: Site, path: str, role: str = "clerk", **params: Any) -> Any:
    answer = site.client.get(f"/v1/{path}", params=params, headers=site.as_(role))
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_list_is_in_order_explained_counted_and_filtered(site: Site) -> None:
    papers = _waiting(site, 3)
    first = _get(site, "review", limit=2)
    rest = _get(site, "review", limit=2, cursor=first["next_cursor"])
    ids = [item["id"] for page in (first, rest) for item in page["items"]]
    assert sorted(ids) == sorted(papers)
    assert first["counts"]["total"] == 3
    assert rest["next_cursor"] is None
    assert all(item["why_first"][0]["text"] for item in first["items"])
    assert _get(site, "review", domain="hr")["items"] == []
    assert _get(site, "review", owner="me", role="staff")["counts"]["total"] == 0
    assert len(_get(site, "review", owner="me")["items"]) == 3
    assert _get(site, "review", counts=False)["counts"] is None
    for bad in ("x", "1.2", "99999999999999999999." + "0" * 26, "1." + "u" * 26):
        answer = site.client.get("/v1/review", params={"cursor": bad}, headers=site.as_("clerk"))
        assert answer.status_code == 422, bad


def test_next_has_all_a_desk_needs(site: Site) -> None:
    _waiting(site, 2)
    paper = _get(site, "review/next")
    fields = [f for doubt in paper["doubts"] for f in doubt["fields"]]
    assert fields
    total = next(f for f in fields if f["name"] == "total")
    assert total["alternatives"]
    assert {"index", "value", "raw", "page", "box", "why", "why_text"} <= set(total["alternatives"][0])
    assert paper["kinds"] == sorted(paper["kinds"], key=lambda k: -k["probability"])
    other = _get(site, "review/next", after=paper["cursor"])
    assert other["paper"]["id"] != paper["paper"]["id"]
    end = _get(site, "review/next", after=other["cursor"])
    assert end["paper"] is None
    listed = _get(site, "review")["items"]
    assert [item["taken"] for item in listed] == [None, None]  # at the end nothing is kept for anybody


def test_choose_accept_take_back(site: Site) -> None:
    _waiting(site, 1)
    paper = _get(site, "review/next")
    headers = {**site.as_("clerk"), "if-match": paper["etag"]}
    url = f"/v1/records/{paper['paper']['id']}"
    done = site.client.patch(url, json={"chosen": {"total": 0}, "accept": True}, headers=headers)
    assert done.status_code == 200, done.text
    assert done.json()["state"] == "filed"
    again = site.client.patch(url, json={"chosen": {"total": 0}, "accept": True}, headers=headers)
    assert again.status_code == 412
    batch = _get(site, f"records/{paper['paper']['id']}/corrections")["undoable"]
    back = site.client.post(
        f"{url}/corrections/{batch}/undo", headers={**site.as_("clerk"), "if-match": done.headers["etag"]}
    )
    assert back.status_code == 200, back.text
    assert back.json()["state"] == "review"
    assert [d["code"] for d in back.json()["doubts"]] == [d["code"] for d in paper["doubts"]]


def test_put_off(site: Site) -> None:
    papers = _waiting(site, 1)
    answer = site.client.post(f"/v1/review/{papers[0]}/put-off", headers=site.as_("clerk"))
    assert answer.status_code == 200, answer.text
    assert _get(site, "review/next")["paper"] is None
    assert [item["put_off"] for item in _get(site, "review")["items"]] == [True]
    assert [item["put_off"] for item in _get(site, "review", role="auditor")["items"]] == [False]


def test_many_at_once_each_by_itself(site: Site) -> None:
    papers = _waiting(site, 3)
    listed = {item["id"]: item for item in _get(site, "review")["items"]}
    doubt = listed[papers[0]]["reason"]["code"]
    body = {
        "doubt": doubt,
        "papers": [
            {"record": papers[0], "version": listed[papers[0]]["version"]},
            {"record": papers[1], "version": listed[papers[1]]["version"] + 7},
            {"record": "0" * 26, "version": 1},
        ],
    }
    answer = site.client.post("/v1/review/batch", json=body, headers=site.as_("clerk"))
    assert answer.status_code == 200, answer.text
    assert [o["outcome"] for o in answer.json()["outcomes"]] == ["accepted", "stale", "not_found"]
    again = site.client.post("/v1/review/batch", json=body, headers=site.as_("clerk")).json()
    assert [o["outcome"] for o in again["outcomes"]] == ["filed", "stale", "not_found"]
    body = {"doubt": "no_class", "papers": [{"record": papers[2], "version": listed[papers[2]]["version"]}]}
    other = site.client.post("/v1/review/batch", json=body, headers=site.as_("clerk")).json()
    assert [o["outcome"] for o in other["outcomes"]] == ["conflict"]
    body["papers"] *= 2
    assert site.client.post("/v1/review/batch", json=body, headers=site.as_("clerk")).status_code == 422
    body["papers"] *= 60
    assert site.client.post("/v1/review/batch", json=body, headers=site.as_("clerk")).status_code == 422


def test_the_page_has_the_order_and_says_why(site: Site) -> None:
    _waiting(site, 2)
    order = [item["id"] for item in _get(site, "review")["items"]]
    site.sign_in("clerk")
    page = site.client.get("/review").text
    assert page.index(order[0]) < page.index(order[1])
    assert "Why here:" in page
    assert site.client.get("/review", params={"after": "x"}).status_code == 422


def test_the_command(site: Site, monkeypatch: Any) -> None:
    papers = _waiting(site, 2)
    monkeypatch.setenv("AKTA_HOME", str(site.app.home))
    run = CliRunner().invoke
    listed = run(command, [])
    assert listed.exit_code == 0, listed.output
    assert "2 papers wait." in listed.output
    assert "first because:" in listed.output
    assert len(run(command, ["--json", "--limit", "1"]).output.strip().splitlines()) == 1
    assert "filed" in run(command, ["accept", papers[0]]).output
    assert "review" in run(command, ["correct", papers[1], "total=@1"]).output
    assert "filed" in run(command, ["correct", papers[1], "vendor=Kuźnia", "--accept"]).output
    assert "Nothing waits." in run(command, []).output
