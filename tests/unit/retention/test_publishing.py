"""Schedules as versions: drafted, simulated, published by somebody else, locked."""

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from akta.access.principal import Principal, operator, system
from akta.audit.log import AuditLog
from akta.audit.models import AuditEntry
from akta.db.engine import Database
from akta.kernel.errors import ConflictError, ForbiddenError, InvalidError
from akta.records.events import RecordUnderstood
from akta.records.models import Record, RecordClass
from retention.holds.placing import PlaceHold, place_hold
from retention.keeping.approving import count_shortenings, decide_shortenings, list_shortenings
from retention.keeping.filing import Keeping
from retention.keeping.history import entries_of
from retention.keeping.models import DeferredKeeping, Recomputation
from retention.schedules.building import ScheduleError
from retention.schedules.drafts import DraftInvalidError, add_draft, changes_of, classes_in, withdraw_draft
from retention.schedules.fileplan import current_class
from retention.schedules.fixing import lock_class, withdraw_lock
from retention.schedules.models import ScheduleDraft, Simulation
from retention.schedules.publishing import (
    LockedClassError,
    SamePersonError,
    SimulationNeededError,
    publish,
    versions_of,
)
from retention.schedules.simulation import ask_simulation, latest_simulation, sum_of
from tests.conftest import NOON, SetClock, principal
from tests.unit.retention.conftest import OFFICER, ZONE, Desk, File

AUTHOR = principal("officer", user_id="author")
APPROVER = principal("officer", user_id="approver")
THIRD = principal("officer", user_id="third")

Draft = Callable[..., str]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def plan_text(period: str = "5y", code: str = "PL-ACC-08", more: str = "", types: str = "invoice") -> str:
    return (
        f"jurisdiction: PL\nclasses:\n  - code: {code}\n    domain: accounting\n    title: {{pl: a, en: b}}\n"
        f"    doc_types: [{types}]\n    rules:\n"
        f"      - {{id: {code}, trigger: fiscal_year_end, rounding: start_of_next_fiscal_year, "
        f"period: {period}, action: destroy, basis: law{more}}}\n"
    )


@pytest.fixture
def draft(database: Database, audit: AuditLog, plan: Keeping, desk: Desk) -> Draft:
    """Drafts a plan and, unless it is told not to, simulates it."""

    def make(text: str, *, simulated: bool = True, by: Principal = AUTHOR) -> str:
        with database.write() as session:
            made = add_draft(session, audit, by, title="T", text=text, form="yaml", now=NOON).id
            if simulated:
                ask_simulation(session, audit, by, made, NOON)
        desk.drain()
        return made

    return make


def _publish(
    database: Database, audit: AuditLog, draft: str, by: Principal = APPROVER, **more: object
) -> None:
    with database.write() as session:
        publish(session, audit, by, draft, now=NOON, zone=ZONE, **more)  # type: ignore[arg-type]


def _report(database: Database, draft: str) -> dict[str, int]:
    with database.read() as session:
        found = latest_simulation(session, draft)
        assert found is not None
        assert found.state == "done"
        counts: dict[str, int] = dict(found.report.get("classes", {}).get("PL-ACC-08", {}))
        return counts


def test_req_2_a_published_draft_is_a_new_version_with_author_approver_and_days(
    database: Database, audit: AuditLog, file: File, draft: Draft, desk: Desk
) -> None:
    record_id = file(document_date=date(2026, 3, 1))
    number = draft(plan_text("6y"))
    _publish(database, audit, number)
    desk.drain()
    assert desk.through(record_id) == date(2032, 12, 31)
    with database.read() as session:
        newest, first = versions_of(session, "PL-ACC-08")
        assert (newest["version"], newest["current"], newest["valid_from"]) == (2, True, "2026-03-10")
        assert (newest["author"], newest["approver"]) == ("user:author", "user:approver")
        assert newest["legal_basis"] == ["law"]
        assert (first["current"], first["valid_to"]) == (False, "2026-03-09")
        cls = current_class(session, "PL-ACC-08")
        assert cls is not None
        assert cls.rules[0]["version"] == 2  # the rule says something else, so it has a number of its own
        last = entries_of(session, record_id)[-1]
        assert (last.cause, last.class_version) == (f"schedule:{number}", 2)
        made = session.get_one(ScheduleDraft, number)
        assert made.recomputation_id
        row = session.get_one(Recomputation, made.recomputation_id)
        assert (row.state, row.report["classes"]["PL-ACC-08"]["longer"]) == ("done", 1)


def test_req_2_a_version_of_a_class_cannot_be_changed_with_sql(database: Database, plan: Keeping) -> None:
    mine = RecordClass.code == "PL-ACC-08"
    for statement in (
        update(RecordClass).where(mine).values(rules=[]),
        update(RecordClass).where(mine).values(version=7),
        delete(RecordClass).where(mine),
    ):
        with pytest.raises(DatabaseError, match="a version of a class"), database.write() as session:
            session.execute(statement)


def test_req_46_a_simulation_counts_everything_and_writes_nothing(
    database: Database, audit: AuditLog, file: File, draft: Draft
) -> None:
    for year in (2019, 2021, 2024):
        file(document_date=date(year, 3, 1))
    file(document_date=None)
    held = file(document_date=date(2021, 1, 1))
    with database.write() as session:
        place_hold(session, audit, OFFICER, PlaceHold("M", "R", (held,)), NOON)

    def rows() -> list[tuple[object, ...]]:
        with database.read() as session:
            query = select(Record.id, Record.row_version, Record.retain_through, Record.retention)
            return [tuple(row) for row in session.execute(query.order_by(Record.id))]

    before = rows()
    number = draft(plan_text("4y"))
    assert _report(database, number) == {"shorter": 4, "unchanged": 1, "newly_due": 2, "held": 1}
    assert rows() == before
    with database.read() as session:
        assert current_class(session, "PL-ACC-08").version == 1  # type: ignore[union-attr]
        found = latest_simulation(session, number)
        assert found is not None
        assert (found.total, found.seen) == (5, 5)
        assert held in found.report["samples"]["held"]
    assert _report(database, draft(plan_text("7y"))) == {"longer": 4, "unchanged": 1}


def test_a_simulation_tells_what_becomes_open_and_what_contradicts(
    database: Database, file: File, draft: Draft
) -> None:
    file(document_date=date(2020, 3, 1))
    text = plan_text().replace("trigger: fiscal_year_end", "trigger: statement_approved")
    assert _report(database, draft(text)) == {"longer": 1, "newly_open": 1}
    limit = "      - {id: L, kind: limit, trigger: document_date, period: 1y, action: erase, basis: law}\n"
    assert _report(database, draft(plan_text("6y") + limit)) == {"longer": 1, "conflict": 1}


def test_a_simulation_that_died_goes_on_where_it_was(
    database: Database, audit: AuditLog, file: File, draft: Draft, desk: Desk
) -> None:
    ids = sorted(file(document_date=date(2020, 3, n + 1)) for n in range(4))
    number = draft(plan_text("6y"), simulated=False)
    with database.write() as session:
        row = ask_simulation(session, audit, AUTHOR, number, NOON)
        assert ask_simulation(session, audit, AUTHOR, number, NOON).id == row.id  # twice is once
        row.state, row.cursor, row.seen, row.total = "running", f"PL-ACC-08\n{ids[1]}", 2, 4
        row.report = {"classes": {"PL-ACC-08": {"longer": 2}}, "samples": {}}
    desk.drain()
    assert _report(database, number) == {"longer": 4}


@pytest.mark.parametrize(
    "who",
    [AUTHOR, principal("officer", "administrator", user_id="author"), operator("root"), system("worker")],
)
def test_req_29_and_40_nobody_publishes_what_they_wrote(
    database: Database, audit: AuditLog, draft: Draft, who: Principal
) -> None:
    """No administrator, no token of the same person, nobody at the command line, and not Akta itself."""
    number = draft(plan_text("6y"))
    with pytest.raises(SamePersonError):
        _publish(database, audit, number, who)


def test_publishing_needs_the_right(database: Database, audit: AuditLog, draft: Draft) -> None:
    number = draft(plan_text("6y"))
    for role in ("administrator", "auditor", "clerk"):
        with pytest.raises(ForbiddenError):
            _publish(database, audit, number, principal(role, user_id="other"))


def test_what_changes_a_class_in_use_is_simulated_first_and_as_it_is(
    database: Database, audit: AuditLog, file: File, draft: Draft, desk: Desk
) -> None:
    file()
    number = draft(plan_text("6y"), simulated=False)
    with pytest.raises(SimulationNeededError):
        _publish(database, audit, number)
    other = draft(plan_text("7y"))
    _publish(database, audit, other)
    with database.write() as session:  # what it would replace is another version now
        ask_simulation(session, audit, AUTHOR, number, NOON)
    with pytest.raises(SimulationNeededError):
        _publish(database, audit, number)
    desk.drain()
    with database.read() as session:
        assert (
            sum_of(
                session.scalars(select(Simulation).order_by(Simulation.id.desc())).first().report, "shorter"
            )
            == 1
        )  # type: ignore[union-attr]


def test_a_new_class_needs_no_simulation(
    database: Database, audit: AuditLog, draft: Draft, file: File, plan: Keeping
) -> None:
    text = plan_text(code="PL-ACC-90", types="book_page").replace("domain: accounting", "domain: other")
    number = draft(text, simulated=False)
    _publish(database, audit, number)
    assert file(domain="other", doc_type="book_page")
    with database.read() as session:
        assert {r.class_code for r in session.scalars(select(Record))} == {"PL-ACC-90"}


def test_req_47_what_gets_shorter_is_never_shortened_silently(
    database: Database, audit: AuditLog, file: File, draft: Draft, desk: Desk, plan: Keeping
) -> None:
    record_id = file(document_date=date(2026, 3, 1))
    number = draft(plan_text("4y"))
    with pytest.raises(ConflictError, match="1 records would be kept for less time"):
        _publish(database, audit, number)
    _publish(database, audit, number, shortened="keep")
    desk.drain()
    assert desk.through(record_id) == date(2031, 12, 31)
    with database.write() as session:  # nor by anything that computes it later
        plan.on_understood(session, RecordUnderstood(record_id, "user:clerk"))
    assert desk.through(record_id) == date(2031, 12, 31)
    with database.read() as session:
        ((row, _),) = list_shortenings(session, OFFICER)
        assert (row.before_through, row.after_through) == (date(2031, 12, 31), date(2030, 12, 31))
        assert count_shortenings(session, principal("officer", levels={"hr": 3})) == 0
    for who in (AUTHOR, operator("root")):
        with pytest.raises(ForbiddenError), database.write() as session:
            decide_shortenings(session, audit, who, [row.id], NOON, approve=True, zone=ZONE)
    with database.write() as session:
        decide_shortenings(session, audit, THIRD, [row.id], NOON, approve=True, zone=ZONE)
        with pytest.raises(ConflictError, match="decided about already"):
            decide_shortenings(session, audit, THIRD, [row.id], NOON, approve=True, zone=ZONE)
    assert desk.through(record_id) == date(2030, 12, 31)
    with database.read() as session:
        assert entries_of(session, record_id)[-1].cause.startswith("approval:")


def test_req_47_what_was_refused_stays_and_is_not_asked_again(
    database: Database, audit: AuditLog, file: File, draft: Draft, desk: Desk, plan: Keeping
) -> None:
    record_id = file(document_date=date(2026, 3, 1))
    _publish(database, audit, draft(plan_text("4y")), shortened="keep")
    desk.drain()
    with database.write() as session:
        ((row, _),) = list_shortenings(session, OFFICER)
        decide_shortenings(session, audit, THIRD, [row.id], NOON, approve=False, zone=ZONE)
        plan.on_understood(session, RecordUnderstood(record_id, "user:clerk"))
        assert list_shortenings(session, OFFICER) == []
    assert desk.through(record_id) == date(2031, 12, 31)


def test_an_approved_draft_shortens_all_but_what_is_held(
    database: Database, audit: AuditLog, file: File, draft: Draft, desk: Desk
) -> None:
    free, held = file(document_date=date(2026, 3, 1)), file(document_date=date(2026, 3, 1))
    with database.write() as session:
        place_hold(session, audit, OFFICER, PlaceHold("M", "R", (held,)), NOON)
    number = draft(plan_text("4y"))
    _publish(database, audit, number, shortened="approve")
    desk.drain()
    assert desk.through(free) == date(2030, 12, 31)
    assert desk.through(held) == date(2031, 12, 31)
    with database.read() as session:
        assert session.get(DeferredKeeping, held) is not None


def test_a_schedule_for_a_later_day_waits_for_it(
    database: Database, audit: AuditLog, file: File, draft: Draft, desk: Desk, clock: SetClock
) -> None:
    record_id = file(document_date=date(2026, 3, 1))
    number = draft(plan_text("6y"))
    with pytest.raises(InvalidError, match="counts from today"):
        _publish(database, audit, number, valid_from=date(2026, 3, 9))
    _publish(database, audit, number, valid_from=date(2027, 1, 1))
    desk.drain()
    assert desk.through(record_id) == date(2031, 12, 31)
    other = draft(plan_text("7y"))
    with pytest.raises(ConflictError, match="waits for its day"):
        _publish(database, audit, other)
    clock.move(days=296, hours=11.9)  # 31 December, 23:54 in Warsaw
    desk.drain()
    assert desk.through(record_id) == date(2031, 12, 31)
    clock.move(hours=0.2)
    desk.drain()
    assert desk.through(record_id) == date(2032, 12, 31)
    with database.read() as session:
        assert [v["valid_to"] for v in versions_of(session, "PL-ACC-08")] == [None, "2026-12-31"]


def test_req_40_a_locked_class_only_becomes_longer(
    database: Database, audit: AuditLog, file: File, draft: Draft, desk: Desk
) -> None:
    record_id = file(document_date=date(2026, 3, 1))
    _publish(database, audit, draft(plan_text("6y")))
    desk.drain()
    with database.write() as session:
        lock_class(session, audit, AUTHOR, "PL-ACC-08", NOON)
        with pytest.raises(SamePersonError):
            lock_class(session, audit, AUTHOR, "PL-ACC-08", NOON)
        with pytest.raises(SamePersonError):
            lock_class(session, audit, operator("root"), "PL-ACC-08", NOON)
        lock_class(session, audit, APPROVER, "PL-ACC-08", NOON)
        with pytest.raises(ConflictError, match="locked already"):
            lock_class(session, audit, THIRD, "PL-ACC-08", NOON)
        with pytest.raises(ConflictError, match="nothing unlocks it"):
            withdraw_lock(session, audit, THIRD, "PL-ACC-08", NOON)
    desk.drain()
    with database.read() as session:
        assert session.get_one(Record, record_id).locked_through == date(2032, 12, 31)
    with pytest.raises(LockedClassError, match="may only become longer and wider"):
        _publish(database, audit, draft(plan_text("5y")), shortened="approve")
    _publish(database, audit, draft(plan_text("7y")))
    desk.drain()
    with database.read() as session:
        record = session.get_one(Record, record_id)
        assert record.retain_through == record.locked_through == date(2033, 12, 31)


def test_what_is_no_schedule_is_refused_where_it_is_wrong(
    database: Database, audit: AuditLog, plan: Keeping
) -> None:
    def add(text: str, form: str = "yaml", title: str = "T") -> None:
        with database.write() as session:
            add_draft(session, audit, AUTHOR, title=title, text=text, form=form, now=NOON)

    with pytest.raises(ScheduleError, match="line 1"):
        add("nothing")
    with pytest.raises(DraftInvalidError) as refused:
        add(plan_text().replace("fiscal_year_end", "fiscal_year_ende"))
    assert refused.value.params["findings"][0]["line"] == 8
    with pytest.raises(ScheduleError, match="at least one rule"):  # req 1
        add(plan_text().split("    rules:")[0] + "    rules: []\n")
    with pytest.raises(InvalidError, match="needs a title"):
        add(plan_text(), title=" ")
    with pytest.raises(InvalidError, match="yaml or csv"):
        add(plan_text(), form="docx")


def test_a_type_of_paper_falls_into_one_class(database: Database, audit: AuditLog, draft: Draft) -> None:
    number = draft(plan_text(code="PL-ACC-91"), simulated=False)
    with pytest.raises(ConflictError, match="'invoice' fall into PL-ACC-08 already"):
        _publish(database, audit, number)


def test_a_draft_is_withdrawn_once_and_then_not_published(
    database: Database, audit: AuditLog, draft: Draft
) -> None:
    number = draft(plan_text("6y"))
    with database.write() as session:
        assert [
            c.version for c in changes_of(session, classes_in(session.get_one(ScheduleDraft, number)))
        ] == [2]
        withdraw_draft(session, audit, THIRD, number, NOON + timedelta(days=1))
    with pytest.raises(ConflictError, match="withdrawn already"):
        _publish(database, audit, number)


def _puppet(database: Database, audit: AuditLog) -> Principal:
    """An account that the author of drafts made a moment ago."""
    with database.write() as session:
        audit.note(session, NOON, AUTHOR.actor, "user.created", "user:puppet")
    return principal("officer", user_id="puppet")


def test_an_account_in_the_authors_hand_neither_publishes_nor_locks(
    database: Database, audit: AuditLog, file: File, draft: Draft
) -> None:
    assert file(document_date=date(2026, 3, 1))
    puppet, number = _puppet(database, audit), draft(plan_text("6y"))
    with pytest.raises(ForbiddenError, match="may be one person"):
        _publish(database, audit, number, puppet)
    with database.write() as session:
        lock_class(session, audit, AUTHOR, "PL-ACC-08", NOON)
        with pytest.raises(ForbiddenError, match="may be one person"):
            lock_class(session, audit, puppet, "PL-ACC-08", NOON)
        later = NOON + timedelta(hours=24)
        audit.note(session, NOON, puppet.actor, "user.password_changed", "user:puppet")
    with database.write() as session:
        publish(session, audit, puppet, number, now=later, zone=ZONE)
    with database.write() as session:
        lock_class(session, audit, puppet, "PL-ACC-08", later)
    with database.read() as session:
        told = select(AuditEntry.body).where(AuditEntry.action.in_(("class.locked", "schedule.published")))
        accounts = [json.loads(body)["details"]["accounts"] for body in session.scalars(told)]
    assert accounts == [[{"account": "puppet", "set_by": "author"}]] * 2


def test_an_account_in_the_authors_hand_approves_no_shortening(
    database: Database, audit: AuditLog, file: File, draft: Draft, desk: Desk
) -> None:
    assert file(document_date=date(2026, 3, 1))
    _publish(database, audit, draft(plan_text("4y")), shortened="keep")
    desk.drain()
    puppet = _puppet(database, audit)
    with database.read() as session:
        ((row, _),) = list_shortenings(session, OFFICER)
    with pytest.raises(ForbiddenError, match="may be one person"), database.write() as session:
        decide_shortenings(session, audit, puppet, [row.id], NOON, approve=True, zone=ZONE)
