"""Cases, events, entities and schedules at the command line."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from akta.access import accounts, sessions
from akta.access.models import User
from akta.access.roles import GRANTABLE, TOKEN_SCOPES
from akta.bootstrap import App
from akta.cli.main import cli
from akta.kernel.errors import AktaError
from akta.records.events import RecordUnderstood
from akta.worker.celery_app import make_runner
from tests.factories import add_record

PLAN = (
    "jurisdiction: PL\nclasses:\n  - code: PL-ACC-08\n    domain: accounting\n    title: {pl: a, en: b}\n"
    "    doc_types: [invoice]\n    rules:\n"
    "      - {id: PL-ACC-08, trigger: fiscal_year_end, rounding: start_of_next_fiscal_year, period: 6y, "
    "action: destroy, basis: law}\n"
)
PASSWORD = "a long enough password"


@pytest.fixture
def archive(make_app: Callable[..., App], monkeypatch: pytest.MonkeyPatch) -> App:
    """The archive that commands work on, with a second person."""
    app = make_app()
    monkeypatch.setenv("AKTA_HOME", str(app.home))
    with app.database.write() as session:
        accounts.create_user(
            session,
            app.audit,
            "system:test",
            login="second",
            name="Second",
            password=PASSWORD,
            roles=["officer"],
            grants=dict.fromkeys(GRANTABLE, 3),
            language="en",
            now=app.clock.now(),
        )
    return app


def _run(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(cli, list(words), input=typed)


def _ok(*words: str, typed: str | None = None) -> str:
    done = _run(*words, typed=typed)
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def _lines(*words: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in _ok(*words).splitlines()]


def _drain(app: App) -> None:
    runner = make_runner(app)
    while runner.run_next("test:1:1"):
        pass


def _filed(app: App, **values: object) -> str:
    with app.database.write() as session:
        record = add_record(session, **values)
        app.keeping.on_understood(session, RecordUnderstood(record.id, "user:test"))
        return record.id


def test_from_a_case_to_the_list_of_what_is_due(archive: App, tmp_path: Path) -> None:
    record = _filed(archive, domain="hr", doc_type="employment_contract")
    _ok("case", "open", "employee", "1234", "--title", "Jan Kowalski")
    assert "1 filed into" in _ok("case", "add", "employee/1234", record)
    table = tmp_path / "events.csv"
    table.write_text(
        "kind;subject;date\nhired_on;case:employee/1234;2020-02-02\n"
        "employment_end;case:employee/1234;2024-06-30\n"
    )
    assert "2 recorded, 0 were there already" in _ok("event", "import", str(table))
    assert "0 recorded, 2 were there already" in _ok("event", "import", str(table))
    _drain(archive)
    told = json.loads(_ok("explain", record, "--json"))
    assert (told["retain_through"], told["reproduced"]) == ("2034-12-31", True)
    assert "events:" in _ok("explain", record, "--history")
    assert "Not decided" in _ok("explain", record, "--as-of", "2019-01-01")
    (due,) = _lines("retention", "due", "--on", "2035-01-01", "--json")
    assert (due["record"], due["held"]) == (record, False)
    assert "Nothing is due." in _ok("retention", "due", "--on", "2034-12-31")
    assert json.loads(_ok("case", "show", "employee/1234", "--json"))["records"] == 1
    _ok("case", "close", "employee/1234")
    done = _run("case", "remove", "employee/1234", record)
    assert isinstance(done.exception, AktaError)
    _ok("case", "reopen", "employee/1234", "--reason", "late")
    (event, *_) = _lines("event", "list", "--kind", "employment_end", "--json")
    _ok("event", "correct", str(event["id"]), "--on", "2025-06-30", "--reason", "misread")
    _drain(archive)
    assert json.loads(_ok("explain", record, "--json"))["retain_through"] == "2035-12-31"
    assert [line["state"] for line in _lines("case", "list", "--json")] == ["open"]
    jobs = _lines("retention", "jobs", "--json")
    assert {job["state"] for job in jobs} == {"done"}


def test_a_mistake_in_a_file_points_at_its_line(archive: App, tmp_path: Path) -> None:
    table = tmp_path / "events.csv"
    table.write_text("kind,subject,date\nhired_on,class:PL-HR-01,9999-12-31\n")
    done = _run("event", "import", str(table))
    assert "events.csv: line 2, date:" in done.output
    assert isinstance(done.exception, AktaError)


def test_a_schedule_needs_a_second_person_with_a_password(archive: App, tmp_path: Path) -> None:
    record = _filed(archive, document_date=date(2026, 3, 1))
    plan = tmp_path / "plan.yaml"
    plan.write_text(PLAN)
    draft = _ok("schedule", "draft", str(plan), "--title", "six").split()[2].rstrip(".")
    assert "waiting" in _ok("schedule", "simulate", draft)
    _drain(archive)
    told = json.loads(_ok("schedule", "simulate", draft, "--json"))
    assert told["report"]["classes"] == {"PL-ACC-08": {"longer": 1}}
    assert "1 longer" in _ok("schedule", "simulate", draft)
    wrong = _run("schedule", "publish", draft, "--as", "second", typed="wrong\n")
    assert isinstance(wrong.exception, AktaError)
    assert wrong.exception.code == "sign_in_failed"
    assert "Published" in _ok("schedule", "publish", draft, "--as", "second", typed=f"{PASSWORD}\n")
    _drain(archive)
    assert json.loads(_ok("explain", record, "--json"))["retain_through"] == "2032-12-31"
    assert [v["version"] for v in _lines("schedule", "versions", "PL-ACC-08", "--json")] == [2, 1]
    assert [d["state"] for d in _lines("schedule", "list", "--json")] == ["published"]
    assert "Asked for" in _ok("schedule", "lock", "PL-ACC-08")
    assert "Locked." in _ok("schedule", "lock", "PL-ACC-08", "--as", "second", typed=f"{PASSWORD}\n")
    assert "Nothing waits for approval." in _ok("retention", "shortenings")


def test_entities_and_reports(archive: App) -> None:
    record = _filed(archive, document_date=date(2026, 3, 1))
    assert "calendar years" in _ok("entity", "list")
    _ok("entity", "add", "Alfa", "--nip", "526-000-12-46", "--default", "--year", "2025-04-01/2026-03-31")
    _drain(archive)
    assert json.loads(_ok("explain", record, "--json"))["retain_through"] == "2031-03-31"
    (entity,) = _lines("entity", "list", "--json")
    assert entity["nip"] == "5260001246"
    years = ("2025-04-01/2026-03-31", "2026-04-01/2026-12-31", "2027-01-01/2027-12-31")
    _ok("entity", "change", str(entity["id"]), *(word for year in years for word in ("--year", year)))
    later = _filed(archive, document_date=date(2026, 5, 1))
    assert json.loads(_ok("explain", later, "--json"))["retain_through"] == "2031-12-31"
    done = _run("entity", "add", "Beta", "--year", "2025-04-02/2026-03-31")
    assert isinstance(done.exception, AktaError)
    _filed(archive, document_date=None)
    (line,) = _lines("retention", "open", "--json")
    assert line == {"class": "PL-ACC-08", "missing": ["fiscal_year_end"], "records": 1}
    assert len(_lines("retention", "open", "--missing", "fiscal_year_end", "--json")) == 1
    assert "Nothing contradicts itself." in _ok("retention", "conflicts")


def test_what_a_search_finds_goes_into_a_case(archive: App) -> None:
    ids = [_filed(archive, domain="hr", doc_type="employment_contract", title=f"Umowa {n}") for n in range(3)]
    _ok("reindex")
    _ok("case", "open", "employee", "1234")
    told = _ok("case", "add", "employee/1234", "--query", "umowa", "--dry-run")
    assert "3 found: 3 would be filed into employee/1234" in told
    assert "Umowa 2" in told
    assert json.loads(_ok("case", "show", "employee/1234", "--json"))["records"] == 0
    _ok("hold", "place", ids[0], "--matter", "Court", "--reason", "A dispute")
    done = _run("case", "add", "employee/1234", "--query", "umowa")
    assert done.exit_code == 1, done.output
    assert "2 filed into employee/1234" in done.output
    assert "1 stay where they are" in done.output
    assert ids[0] in done.output
    assert "under legal hold" in done.output
    assert "Court" not in done.output
    assert json.loads(_ok("case", "show", "employee/1234", "--json"))["records"] == 2
    for words in ((), (ids[1], "--query", "umowa"), (ids[1], "--dry-run")):
        assert isinstance(_run("case", "add", "employee/1234", *words).exception, AktaError)


def test_the_second_person_may_also_come_with_a_token(
    archive: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(PLAN)
    draft = _ok("schedule", "draft", str(plan), "--title", "six").split()[2].rstrip(".")
    _ok("schedule", "simulate", draft)
    _drain(archive)
    alone = _run("schedule", "publish", draft)
    assert isinstance(alone.exception, AktaError)
    assert "account of their own" in alone.exception.message
    with archive.database.write() as session:
        user = session.scalars(select(User).where(User.login == "second")).one()
        now = archive.clock.now()
        _, token = sessions.create_token(
            session, archive.audit, "system:test", user, name="t", scopes=TOKEN_SCOPES, now=now
        )
    monkeypatch.setenv("AKTA_TOKEN", token)
    assert "Published" in _ok("schedule", "publish", draft)
