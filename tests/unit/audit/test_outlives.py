"""req 37, 38: the log outlives what it tells of; what a paper said goes with it; none takes from the log."""

import ast
from collections.abc import Callable

import pytest
from sqlalchemy import select

from akta.access.principal import operator
from akta.audit.models import AuditEntry
from akta.bootstrap import ROOT, App
from akta.cli.audit import command
from akta.kernel.errors import NotFoundError
from akta.records.destruction import destroy
from akta.records.models import Record
from akta.records.states import RecordState, replay
from api.app import create_api
from tests.factories import add_record

WHO = operator("test")

KINDS = pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])


@KINDS
def test_a_destroyed_record_leaves_its_entries_and_not_what_it_said(
    kind: str, make_app: Callable[..., App], request: pytest.FixtureRequest
) -> None:
    url = {} if kind == "sqlite" else {"database_url": request.getfixturevalue("migrated_postgresql_url")}
    app = make_app(**url)
    with app.database.write() as session:
        record_id = add_record(session, title="Kowalska").id
        app.audit.note(session, app.clock.now(), WHO.actor, "record.filed", f"record:{record_id}")
    with app.database.write() as session:
        session.get_one(Record, record_id).title = "Nowak"
        app.audit.note(session, app.clock.now(), WHO.actor, "record.corrected", f"record:{record_id}")
    with app.database.read() as session:
        assert replay(session, WHO, record_id)["said"]["title"] == "Nowak"
    with app.database.write() as session:
        destroy(session, app.audit, WHO, record_id, now=app.clock.now(), authority={"rule": "test"})
    with app.database.read() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.subject == f"record:{record_id}").order_by(AuditEntry.seq)
        ).all()
        assert [e.action for e in entries] == ["record.filed", "record.corrected", "record.destroyed"]
        assert not any("Nowak" in e.body or "Kowalska" in e.body for e in entries)
        assert session.scalars(select(RecordState)).all() == []
        with pytest.raises(NotFoundError):
            replay(session, WHO, record_id)
    assert app.audit_checker.check_now("user:test").problems == []


def test_no_door_leads_to_a_change_of_the_log(app: App) -> None:
    """No address, no command and no statement of ours changes or deletes an entry."""
    paths = create_api(app).openapi()["paths"]
    methods = {(m, p) for p, how in paths.items() if "audit" in p for m in how if m != "get"}
    assert methods == {("post", "/v1/audit/check")}
    assert set(command.commands) == {"list", "export", "verify", "anchor", "set-back", "key", "replay"}
    found = []
    for room in ("akta", "api", "ingest", "indexer", "retention", "workflows"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(node, ast.Call) or not node.args:
                    continue
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in ("delete", "update") and getattr(node.args[0], "id", "") in (
                    "AuditEntry",
                    "AuditHead",
                ):
                    found.append(f"{path}:{node.lineno}")
                if any(
                    isinstance(part, ast.Constant)
                    and isinstance(part.value, str)
                    and "audit_entries" in part.value.lower()
                    and any(word in part.value.upper() for word in ("DELETE", "UPDATE", "DROP", "TRUNCATE"))
                    for part in ast.walk(node)
                ):
                    found.append(f"{path}:{node.lineno}")
    assert found == []
