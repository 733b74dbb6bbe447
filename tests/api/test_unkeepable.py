"""Numbers that no database counts to and characters that no text has: refused with a reason, no crash."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fastapi.dependencies.models import Dependant
from starlette.datastructures import FormData

from akta.bootstrap import App
from akta.cli.main import cli
from akta.kernel.errors import InvalidError
from akta.kernel.text import unfit_in
from api.text import require_text
from retention.schedules.building import ScheduleError
from retention.schedules.reading import read_plan
from tests.api.conftest import Site, api_of, site_of
from tests.integration.test_review_queue import _invoice

FAR = 10**30
_KINDS = ("path_params", "query_params", "header_params", "cookie_params", "body_params")


def _dependants(one: Dependant) -> Iterator[Dependant]:
    yield one
    for inner in one.dependencies:
        yield from _dependants(inner)


def _numbers(app: App) -> Iterator[tuple[str, str, str, Any]]:
    """Method and path, kind, name and field of each parameter of a route that may be a whole number."""
    for router in api_of(app).routes:
        for route in getattr(router, "effective_route_contexts", list)():
            for dependant in _dependants(route.dependant):
                for kind in _KINDS:
                    for field in getattr(dependant, kind):
                        said = str(field.field_info.annotation)
                        if "int" in said.replace("Point", ""):
                            yield f"{sorted(route.methods)} {route.path}", kind, field.alias, field


def test_no_number_of_a_request_is_beyond_what_databases_count_to(app: App) -> None:
    found = list(_numbers(app))
    assert len(found) > 60
    unbounded = []
    for where, kind, name, field in found:
        for far in (FAR, -FAR):
            _, errors = field.validate(str(far), {}, loc=(name,))
            if not errors:
                unbounded.append(f"{where} {kind} {name}")
    assert unbounded == []


@pytest.fixture
def paper(site: Site) -> str:
    return site.filed("a.txt", _invoice(1))


@pytest.mark.parametrize(
    "path",
    [
        *(f"/v1/records/{{}}/{rest}" for rest in (f"replay?at={FAR}", f"pages?first={FAR}")),
        *(f"/v1/records/{{}}/{rest}" for rest in (f"renditions/preview/{FAR}", f"versions/{FAR}/content")),
        *(f"/v1/audit?cursor={FAR}", f"/v1/audit/export?first={FAR}", f"/v1/audit/export?last={FAR}"),
        f"/v1/search/suggest?q=a&position={FAR}",
        *(f"/records/{{}}{rest}" for rest in (f"/versions/{FAR}", f"?page={FAR}", f"/pages/{FAR}.jpg")),
        *(f"/records/{{}}{rest}" for rest in (f"/words?page={FAR}", f"/marks?page={FAR}&q=a")),
        *(f"/audit?before={FAR}", f"/search?q=a&size={FAR}", f"/search/complete?q=a&at={FAR}"),
    ],
)
def test_a_number_beyond_all_is_answered(site: Site, paper: str, path: str) -> None:
    site.sign_in("officer")
    answer = site.client.get(path.format(paper), headers=site.as_("officer"))
    assert answer.status_code in (404, 422), answer.text


@pytest.mark.parametrize("version", ["9" * 30, "9" * 5000])
def test_an_etag_of_no_version_is_none(site: Site, paper: str, version: str) -> None:
    headers = {**site.as_("clerk"), "if-match": f'"{paper}.{version}"'}
    answer = site.client.patch(f"/v1/records/{paper}", json={"accept": True}, headers=headers)
    assert answer.status_code == 412, answer.text
    headers = {**site.as_("officer"), "if-match": f'"zz.{version}"'}
    body = {"parent": "memo", "name": {"pl": "x", "en": "y"}}
    answer = site.client.put("/v1/types/zz", json=body, headers=headers)
    assert answer.status_code in (412, 422), answer.text


@pytest.mark.parametrize(
    "words",
    [
        ["list", "--before", str(FAR)],
        ["list", "--since", "0001-01-01"],
        ["list", "--until", "9999-12-31"],
        ["list", "--since", "9999-12-31T23:59:59-23:00"],
        ["export", "log.jsonl", "--from", str(FAR)],
        ["export", "log.jsonl", "--to", str(FAR)],
        ["replay", "01", "--at", str(FAR)],
    ],
)
def test_commands_take_no_number_or_day_beyond_all(
    app: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str]
) -> None:
    monkeypatch.setenv("AKTA_HOME", str(app.home))
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["audit", *words])
    assert isinstance(done.exception, (SystemExit, InvalidError, type(None))), repr(done.exception)
    if "--since" not in words and "--until" not in words:
        assert (done.exit_code, "range" in done.output) == (2, True)


_BAD = {"a half": "\ud800", "NUL": "a\x00b"}


def _json(value: Any) -> bytes:
    return json.dumps(value).encode("ascii")


@pytest.mark.parametrize("bad", _BAD.values(), ids=_BAD)
@pytest.mark.parametrize(
    ("body", "place"),
    [
        (lambda bad: {"fields": {bad: "x"}}, "fields."),
        (lambda bad: {"fields": {"title": bad}}, "fields.title"),
        (lambda bad: {"chosen": {bad: 1}}, "chosen."),
        (lambda bad: {"doc_type": bad}, "doc_type"),
        (lambda bad: {"pages": [{"x": [1, bad]}]}, "pages.0.x.1"),
    ],
)
def test_a_correction_of_no_text(
    site: Site, paper: str, bad: str, body: Callable[[str], Any], place: str
) -> None:
    shown = site.client.get(f"/v1/records/{paper}", headers=site.as_("clerk"))
    headers = {**site.as_("clerk"), "if-match": shown.headers["etag"], "content-type": "application/json"}
    answer = site.client.patch(f"/v1/records/{paper}", content=_json(body(bad)), headers=headers)
    assert answer.status_code == 422, answer.text
    assert answer.json()["field"].startswith(place)
    assert "no text" in answer.json()["detail"]
    after = site.client.get(f"/v1/records/{paper}", headers=site.as_("clerk"))
    assert after.json() == shown.json()


def test_text_in_other_encodings_of_json_is_looked_at_too(site: Site, paper: str) -> None:
    for content in (
        b'{"fields":{"title":"\xed\xa0\x80"}}',
        '{"fields":{"title":"\ud800"}}'.encode("utf-16", "surrogatepass"),
    ):
        headers = {**site.as_("clerk"), "if-match": f'"{paper}.1"', "content-type": "application/json"}
        answer = site.client.patch(f"/v1/records/{paper}", content=content, headers=headers)
        assert answer.status_code in (400, 422), answer.text


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def both(request: pytest.FixtureRequest, make_app: Callable[..., App]) -> Site:
    if request.param == "postgresql":
        return site_of(make_app(database_url=str(request.getfixturevalue("migrated_postgresql_url"))))
    return site_of(make_app())


@pytest.mark.parametrize("bad", _BAD.values(), ids=_BAD)
def test_a_hold_and_a_schedule_of_no_text(both: Site, bad: str) -> None:
    headers = {**both.as_("officer"), "content-type": "application/json"}
    body = {"matter": f"m{bad}", "reason": "r", "records": ["0" * 26]}
    answer = both.client.post("/v1/holds", content=_json(body), headers=headers)
    assert (answer.status_code, answer.json().get("field")) == (422, "matter")
    for escaped in ('"\\ud800"', '"a\\0b"', '"\\ud83d\\ude00"'):
        for text in (_plan(basis=escaped), _plan(note=escaped), _plan(title=escaped), f"{escaped}: 1\n"):
            answer = both.client.post(
                "/v1/schedules", content=_json({"title": "t", "text": text}), headers=headers
            )
            assert answer.status_code == 422, answer.text
            assert "line " in answer.json()["detail"]
            assert "no text" in answer.json()["detail"]
    answer = both.client.post(
        "/v1/schedules", content=_json({"title": "t", "text": _plan(title=bad)}), headers=headers
    )
    assert answer.status_code == 422, answer.text


def test_pages_say_it_in_both_languages(site: Site) -> None:
    csrf = site.sign_in("officer")
    html = {"accept": "text/html"}
    bad = _plan(title='"\\ud800"')
    for language, said in (("en", "a character that is no text"), ("pl", "znak, który nie jest tekstem")):
        site.client.post("/account/language", data={"csrf": csrf, "choice": language})
        form = {"csrf": csrf, "matter": "m\x00", "reason": "r"}
        answer = site.client.post("/holds/new", data=form, headers=html)
        assert (answer.status_code, said in answer.text) == (422, True)
        form = {"csrf": csrf, "title": "t", "text": bad, "act": "check"}
        answer = site.client.post("/schedules", data=form, headers=html)
        assert (answer.status_code < 500, said in answer.text) == (True, True), answer.text


def test_a_form_that_is_read_by_hand_is_looked_at_too(site: Site, paper: str) -> None:
    csrf = site.sign_in("clerk")
    answer = site.client.post(f"/records/{paper}/correct", data={"csrf": csrf, "field.title": "a\x00b"})
    assert answer.status_code == 422, answer.text
    answer = site.client.post(f"/records/{paper}/correct", data={"csrf": csrf, "version": "9" * 5000})
    assert answer.status_code < 500


def test_an_address_of_no_text_leads_nowhere(both: Site) -> None:
    both.sign_in("officer")
    for path in ("/holds/%00", "/records/%00", "/cases/%00", "/v1/records/%00", "/v1/holds/a%00b"):
        assert both.client.get(path, headers=both.as_("officer")).status_code == 404


def _plan(title: str = "a", basis: str = "b", note: str = "n") -> str:
    return (
        "jurisdiction: PL\nzone: Europe/Warsaw\ncountry: PL\nfacts: [ev_a]\nclasses:\n- code: X1\n"
        f"  domain: other\n  title: {{pl: {title}, en: b}}\n  confidentiality: 1\n  rules:\n"
        f"  - {{id: X1-1, trigger: ev_a, period: 1y, basis: {basis}, note: {{pl: {note}, en: x}}}}\n"
    )


def test_a_plan_of_no_text_names_the_line(site: Site, tmp_path: Path) -> None:
    for text, line in ((_plan(note='"\\ud800"'), 11), (_plan(title='"a\\0"'), 8)):
        with pytest.raises(ScheduleError, match=rf"^line {line}: .*no text"):
            read_plan(text, table=False)
        (tmp_path / "plan.yaml").write_text(text)
        done = CliRunner().invoke(cli, ["schedule", "validate", str(tmp_path / "plan.yaml")])
        assert (done.exit_code, "no text" in done.output) == (2, True)
    head = "code,jurisdiction,title_pl,title_en,domain,rule,trigger,period,basis\n"
    with pytest.raises(ScheduleError, match=r"^line 2, basis: .*no text"):
        read_plan(head + "X1,PL,a,b,other,X1-1,ev_a,1y,b\x00\n", table=True)
    types = (
        'types:\n- code: zz1\n  parent: memo\n  name: {pl: "\\ud800", en: b}\n  titles: {strong: ["zzz"]}\n'
    )
    answer = site.client.post("/v1/types/validate", json={"yaml": types}, headers=site.as_("officer"))
    assert answer.status_code == 200
    assert "line 4" in answer.text
    assert "no text" in answer.text


def test_where_the_text_is() -> None:
    assert unfit_in({"a": ["x", {"b": "ąę😀\n"}], "n": None, "c": 5}) is None
    assert unfit_in({"a": ["x", {"b": "\udfff"}]}) == "a.1.b"
    assert unfit_in("\x00") == ""
    endless: list[Any] = ["x"]
    endless.append(endless)
    assert unfit_in(endless) is None
    laughs: list[Any] = ["x"]
    for _ in range(40):
        laughs = [laughs] * 9
    assert unfit_in(laughs) is None
    with pytest.raises(InvalidError, match="in 'csrf'"):
        require_text(FormData([("a", "b"), ("csrf", "\x00")]))
