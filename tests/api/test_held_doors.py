"""Every door is tried on a held record: HTTP, pages, command line, jobs. Nothing of it changes."""

import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fastapi.routing import APIRoute
from sqlalchemy import Table, select, update

import api.web
from akta.access.principal import operator, system
from akta.bootstrap import App, maintain
from akta.cli.main import cli
from akta.db.base import Base
from akta.events.jobs import enqueue
from akta.kernel.errors import AktaError
from akta.records import orphans
from akta.records.models import Record, Version
from ingest.learning.memory import ask_to_unlearn
from ingest.piles.requests import request_pages, request_split
from retention.disposition.destroying import destroy_record
from retention.holds.placing import PlaceHold
from tests.api.conftest import Site, site_of
from tests.api.test_role_matrix import BODIES, MATRIX
from tests.papers import generate
from tests.unit.holds.test_triggers import FREE, TABLES

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)]
WHO = operator("test")
DUE = {"retention_state": "until", "retain_through": date(2020, 1, 31)}


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, make_app: Callable[..., App]) -> Site:
    if request.param == "sqlite":
        return site_of(make_app())
    return site_of(make_app(database_url=request.getfixturevalue("migrated_postgresql_url")))


@pytest.fixture
def held(site: Site) -> str:
    """An invoice of two pages that is filed, was corrected, is due and held."""
    record = _paper(site, 1)
    with site.app.database.write() as session:
        site.app.decisions.correct(session, WHO, record, fields={"reference": "A-1"})
        session.execute(update(Record).where(Record.id == record).values(**DUE))
    site.drain()
    with site.app.database.write() as session:
        site.app.holds.place(session, WHO, PlaceHold("M", "R", (record,)))
    site.drain()
    return record


def _paper(site: Site, seed: int) -> str:
    record = site.filed(f"{seed}.pdf", generate("invoice", seed, "en", "pdf").data)
    with site.app.database.write() as session:
        found = session.get_one(Record, record)
        if found.state == "review":
            site.app.decisions.correct(session, WHO, record, accept=True)
    site.drain()
    return record


def snapshot(site: Site, record: str) -> dict[str, Any]:
    """All rows and bytes of a record."""
    out: dict[str, Any] = {}
    with site.app.database.read() as session:
        for name in ("records", *TABLES):
            table: Table = Base.metadata.tables[name]
            key = table.c.id if name == "records" else table.c.record_id
            columns = [c for c in table.c if name != "records" or c.name not in FREE]
            rows = session.execute(select(*columns).where(key == record)).all()
            out[name] = sorted(repr(tuple(row)) for row in rows)
        names = session.scalars(select(Version.sha256).where(Version.record_id == record)).all()
    out["bytes"] = {name: site.app.store.digest(name) for name in names}
    return out


def unchanged(before: dict[str, Any], after: dict[str, Any], door: object) -> None:
    """Nothing is gone or changed; where rows may be added, those that were there are."""
    for name, rows in before.items():
        if TABLES.get(name) == "I":
            assert set(rows) <= set(after[name]), (door, name)
        else:
            assert rows == after[name], (door, name)


def _etag(site: Site, record: str) -> str:
    return str(site.client.get(f"/v1/records/{record}", headers=site.as_("clerk")).headers["etag"])


def _bodies(record: str, other: str) -> dict[str, Any]:
    """What really changes something, for each endpoint."""
    return {
        "PATCH": {"fields": {"total": "1.00"}},
        "/v1/records/{record_id}/merge": {"records": [other]},
        "/v1/records/{record_id}/page-order": {"pages": [{"number": 1, "turn": 90}]},
        "/v1/review/batch": {"doubt": "unsure_type", "papers": [{"record": record, "version": 1}]},
    }


def _rest(site: Site, record: str, other: str, role: str) -> list[str]:
    """Ask all endpoints that write for the record; which of them did something."""
    done = []
    for method, path in MATRIX:
        if method == "GET" or "hold" in path or path == "/v1/records":
            continue
        if path.endswith("/extensions"):  # may keep it longer
            continue
        if "{record_id}" not in path and path != "/v1/review/batch":
            continue
        known = {"record_id": record, "other_id": other, "batch": _newest(site, record)}
        url = path.format_map(defaultdict(lambda: "0" * 26, known))
        body = _bodies(record, other).get(path if method != "PATCH" else "PATCH", BODIES.get(path))
        headers = {**site.as_(role), "if-match": _etag(site, record)}
        answer = site.client.request(method, url, json=body, headers=headers)
        assert answer.status_code < 500, (path, answer.text)
        if answer.status_code < 300:
            done.append(f"{method} {path}")
    site.drain()
    return done


def _newest(site: Site, record: str) -> str:
    url = f"/v1/records/{record}/corrections"
    items = site.client.get(url, headers=site.as_("clerk")).json().get("items") or [{"batch": "0" * 26}]
    return str(items[0]["batch"])


def test_the_api_changes_nothing(site: Site, held: str) -> None:
    """req 22"""
    other = _paper(site, 2)
    before = snapshot(site, held)
    for role in ("clerk", "officer", "administrator"):
        _rest(site, held, other, role)
        unchanged(before, snapshot(site, held), f"REST as {role}")
    # Named as the other one: merged into an open record, or told its duplicate.
    etag = _etag(site, other)
    merged = site.client.post(
        f"/v1/records/{other}/merge",
        json={"records": [held]},
        headers={**site.as_("clerk"), "if-match": etag},
    )
    assert merged.status_code == 423
    unchanged(before, snapshot(site, held), "merge")
    # The same requests do something where no hold stands in the way.
    etag = _etag(site, other)
    open_one = site.client.patch(
        f"/v1/records/{other}",
        json={"fields": {"total": "1.00"}},
        headers={**site.as_("clerk"), "if-match": etag},
    )
    assert open_one.status_code == 200, open_one.text
    closed = site.client.patch(
        f"/v1/records/{held}",
        json={"fields": {"total": "1.00"}},
        headers={**site.as_("clerk"), "if-match": _etag(site, held)},
    )
    assert closed.status_code == 423


def test_the_pages_change_nothing(site: Site, held: str) -> None:
    """req 22"""
    other = _paper(site, 2)
    before = snapshot(site, held)
    version = _etag(site, held).strip('"').rpartition(".")[2]
    forms: dict[str, list[dict[str, str]]] = {
        "/records/{record_id}/correct": [{"field.total": "1.00"}, {"kind": "other/memo"}, {"accept": "yes"}],
        "/records/{record_id}/decide": [
            {"act": act, "note": "x", "password": "x"} for act in ("reject", "release", "stop", "read-again")
        ],
        "/records/{record_id}/pages": [
            {"act": act, "starts": "2", "page": "1", "other": other}
            for act in ("split", "split-here", "join", "append", "left", "right", "over", "take-out")
        ],
        "/records/{record_id}/duplicates": [
            {"act": act, "other": other} for act in ("dismiss", "confirm", "reopen")
        ],
        "/records/{record_id}/undo": [{"batch": _newest(site, held)}],
        "/records/{record_id}/confirm": [{}],
        # What is passed on or printed stays as it is, and may be under a hold as well.
        "/records/{record_id}/print": [{}],
        "/records/{record_id}/shown": [{}],
        "/records/{record_id}/links": [{"until": str(date.today() + timedelta(days=7)), "note": "x"}],
        "/records/{record_id}/links/{link_id}/end": [{}],
    }
    routes = {
        route.path
        for module in pkgutil.iter_modules(api.web.__path__)
        for route in getattr(
            getattr(importlib.import_module(f"api.web.{module.name}"), "router", None), "routes", ()
        )
        if isinstance(route, APIRoute) and "POST" in route.methods and "{record_id}" in route.path
    }
    of_holds = {"/records/{record_id}/hold", "/records/{record_id}/release-hold"}
    assert routes - of_holds == set(forms)
    for role in ("clerk", "officer"):
        csrf = site.sign_in(role)
        for path, posts in forms.items():
            for post in posts:
                answer = site.client.post(
                    path.format(record_id=held, link_id="0" * 26),
                    data={"csrf": csrf, "version": version, **post},
                    follow_redirects=False,
                )
                assert answer.status_code < 500, (path, post, answer.text[:300])
        site.drain()
        unchanged(before, snapshot(site, held), f"pages as {role}")
    csrf = site.sign_in("clerk")  # the same form does something where no hold stands in the way
    open_version = _etag(site, other).strip('"').rpartition(".")[2]
    was = snapshot(site, other)
    site.client.post(
        f"/records/{other}/correct", data={"csrf": csrf, "version": open_version, "field.total": "1.00"}
    )
    assert snapshot(site, other)["fields"] != was["fields"]


def test_jobs_change_nothing(site: Site, held: str) -> None:
    """req 22: messages that come twice, work asked for before the hold, sweeps."""
    app, now = site.app, site.app.clock.now()
    before = snapshot(site, held)
    with app.database.write() as session:
        for kind, payload in (
            ("ingest.process", {"record_id": held}),
            ("ingest.render", {"record_id": held}),
            ("ingest.render", {"record_id": held, "page": 1}),
            ("ingest.learn", {"record_id": held, "batch": _newest(site, held)}),
            ("ingest.parties", {}),
            ("ingest.duplicates", {}),
            ("records.delete_blobs", {"blobs": sorted(before["bytes"])}),
            ("indexer.catch_up", {}),
        ):
            key = f"test:{kind}:{payload.get('page', '')}"
            enqueue(session, kind, payload, key=key, now=now)
        ask_to_unlearn(session, held, _newest(site, held), now - timedelta(days=999), now)
    site.drain()
    maintain(app)
    orphans.EVERY, kept = timedelta(0), orphans.EVERY
    try:
        for days in (0, 2):
            later = now + timedelta(days=days)
            orphans.sweep_orphans(app.database, app.store, app.home / "run" / "sweep.json", later)
    finally:
        orphans.EVERY = kept
    unchanged(before, snapshot(site, held), "jobs")


@pytest.mark.parametrize("what", ["arrange", "split"])
def test_work_on_pages_asked_for_before_the_hold_is_not_done(site: Site, what: str) -> None:
    """req 22"""
    record = _paper(site, 1)
    app = site.app
    with app.database.write() as session:
        found = session.get_one(Record, record)
        if what == "arrange":
            pages = [{"record": record, "page": 1, "turn": 90}]
            request_pages(session, found, pages, "user:x", app.clock.now())
        else:
            request_split(session, found, [[1]], "person", "user:x", app.clock.now())
    with app.database.write() as session:
        app.holds.place(session, WHO, PlaceHold("M", "R", (record,)))
    before = snapshot(site, record)
    site.drain()
    after = snapshot(site, record)
    for name in ("versions", "pages", "fields", "renditions", "bytes"):
        assert before[name] == after[name], name
    with app.database.read() as session:
        found = session.get_one(Record, record)
        assert (found.state, found.reason) == ("review", "pages_not_moved")


def test_destruction_and_parties_are_refused(site: Site, held: str) -> None:
    """req 22"""
    app = site.app
    before = snapshot(site, held)
    with pytest.raises(AktaError, match="legal hold"), app.database.write() as session:
        now = app.clock.now()
        destroy_record(session, app.audit, system("x"), held, today=now.date(), now=now, reason="x")
    party = site.client.get(f"/v1/records/{held}", headers=site.as_("clerk")).json()["parties"][0]
    split = site.client.post(
        f"/v1/parties/{party['id']}/split", json={"spelling": party["name"]}, headers=site.as_("clerk")
    )
    assert split.status_code in (409, 423)
    renamed = site.client.post(
        f"/v1/parties/{party['id']}/rename", json={"name": "Another"}, headers=site.as_("clerk")
    )
    assert renamed.status_code == 200
    unchanged(before, snapshot(site, held), "parties")


def test_the_command_line_changes_nothing(make_app: Callable[..., App], tmp_path: Path) -> None:
    """req 22"""
    site = site_of(make_app())
    record = _paper(site, 1)
    with site.app.database.write() as session:
        site.app.holds.place(session, WHO, PlaceHold("M", "R", (record,)))
    site.drain()
    file = tmp_path / "again.pdf"
    file.write_bytes(generate("invoice", 1, "en", "pdf").data)
    before = snapshot(site, record)
    environment = {"AKTA_HOME": str(site.app.home), "AKTA_WORKERS": "1"}
    said = []
    for command in (
        ["review", "accept", record],
        ["review", "correct", record, "total=1.00"],
        ["review", "correct", record, "--type", "memo", "--accept"],
        ["ingest", str(file)],
        ["job", "list"],
        ["reindex"],
        ["verify", "--mend"],
        ["backup", str(tmp_path / "b.tar")],
        ["hold", "preview", record],
        ["hold", "list"],
        ["case", "open", "other", "1"],
        ["case", "add", "other/1", record],
        ["case", "add", "other/1", "--query", "invoice OR total OR date", "--dry-run"],
        ["case", "add", "other/1", "--query", "invoice OR total OR date"],
    ):
        result = CliRunner().invoke(cli, command, env=environment)
        said.append(f"{result.output} {result.exception or ''}")
    assert re.search("under legal hold", said[0])
    assert re.search("under legal hold", said[1])
    for told in said[-3:]:
        assert re.search("under legal hold", told)
    unchanged(before, snapshot(site, record), "command line")
