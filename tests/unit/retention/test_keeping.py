"""Filing, holds and disposition on both databases."""

import threading
from datetime import date

import pytest
from sqlalchemy import func, select

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.errors import ForbiddenError, InvalidError, NotFoundError
from akta.records.events import RecordUnderstood
from akta.records.guard import HeldError
from akta.records.models import Record, RecordClass
from retention.disposition.destroying import NotDueError, destroy_record
from retention.holds import placing as holds
from retention.keeping.explaining import explanation
from retention.keeping.filing import Keeping
from retention.schedules.fileplan import current_class, import_plan, shipped_plans
from retention.schedules.loading import parse_plan
from tests.conftest import NOON, SetClock, principal
from tests.factories import add_record

OFFICER = principal("officer", user_id=None)


@pytest.fixture
def keeping(database: Database, audit: AuditLog, clock: SetClock) -> Keeping:
    made = Keeping(audit, clock, "Europe/Warsaw", "PL")
    made.load_first_plan(database)
    return made


def _file(database: Database, keeping: Keeping, **values: object) -> str:
    with database.write() as session:
        record = add_record(session, **values)
        keeping.on_understood(session, RecordUnderstood(record.id, "x:y"))
        return record.id


def test_an_invoice_is_kept_five_years_after_its_fiscal_year(database: Database, keeping: Keeping) -> None:
    record_id = _file(database, keeping, document_date=date(2026, 3, 1))
    with database.read() as session:
        record = session.get_one(Record, record_id)
        assert (record.class_code, record.retention_state) == ("PL-ACC-08", "until")
        assert record.retain_through == date(2031, 12, 31)
        told = explanation(session, record, "pl")
        assert told["headline"] == "31 grudnia 2031 r."
        assert any("przyjęto" in step for step in told["steps"])


def test_a_paper_without_a_date_is_open(database: Database, keeping: Keeping) -> None:
    record_id = _file(database, keeping, document_date=None)
    with database.read() as session:
        record = session.get_one(Record, record_id)
        assert record.retention_state == "open"
        assert record.retain_through is None


def test_personnel_papers_become_confidential_and_open(database: Database, keeping: Keeping) -> None:
    record_id = _file(database, keeping, domain="hr", doc_type="employment_contract")
    with database.read() as session:
        record = session.get_one(Record, record_id)
        assert record.confidentiality == 3
        assert record.retention_state == "open"


def test_a_type_without_class_is_not_filed(database: Database, keeping: Keeping) -> None:
    record_id = _file(database, keeping, domain="other", doc_type="book_page")
    with database.read() as session:
        assert session.get_one(Record, record_id).class_code is None


def test_importing_again_changes_nothing_and_a_change_is_a_new_version(
    database: Database, audit: AuditLog, keeping: Keeping
) -> None:
    with database.write() as session:
        assert import_plan(session, audit, "x:y", shipped_plans(), NOON) == []
    changed = parse_plan(
        "jurisdiction: PL\nclasses:\n  - code: PL-ACC-08\n    domain: accounting\n"
        "    title: {pl: a, en: b}\n"
        "    doc_types: [invoice]\n    rules:\n"
        "      - {id: Z, trigger: document_date, period: 6y, basis: c}\n"
    )
    with database.write() as session:
        assert import_plan(session, audit, "x:y", changed, NOON) == ["PL-ACC-08"]
    with database.read() as session:
        cls = current_class(session, "PL-ACC-08")
        assert cls
        assert cls.version == 2
        versions = select(func.count()).where(RecordClass.code == "PL-ACC-08")
        assert session.scalar(versions) == 2


def test_holds_overlap_and_the_last_release_frees(
    database: Database, audit: AuditLog, keeping: Keeping
) -> None:
    record_id = _file(database, keeping)
    ids = []
    for matter in ("A", "B"):
        with database.write() as session:
            command = holds.PlaceHold(matter, "because", (record_id,))
            ids.append(holds.place_hold(session, audit, OFFICER, command, NOON).id)
    for hold_id, held in ((ids[0], True), (ids[1], False)):
        with database.write() as session:
            holds.release_hold(session, audit, OFFICER, hold_id, "over", NOON)
        with database.read() as session:
            assert session.get_one(Record, record_id).held is held


def test_holds_need_the_right_a_reason_and_a_record(
    database: Database, audit: AuditLog, keeping: Keeping
) -> None:
    record_id = _file(database, keeping)
    command = holds.PlaceHold("M", "R", (record_id,))
    with database.write() as session:
        with pytest.raises(ForbiddenError):
            holds.place_hold(session, audit, principal("clerk"), command, NOON)
        with pytest.raises(InvalidError):
            holds.place_hold(session, audit, OFFICER, holds.PlaceHold("M", " ", (record_id,)), NOON)
        with pytest.raises(InvalidError):
            holds.place_hold(session, audit, OFFICER, holds.PlaceHold("M", "R", ()), NOON)
    with pytest.raises(NotFoundError), database.write() as session:
        holds.place_hold(session, audit, OFFICER, holds.PlaceHold("M", "R", ("0" * 26,)), NOON)


@pytest.mark.parametrize("today", [date(2031, 12, 31), date(2026, 3, 1)])
def test_what_must_be_kept_is_not_destroyed(
    database: Database, audit: AuditLog, keeping: Keeping, today: date
) -> None:
    record_id = _file(database, keeping, document_date=date(2026, 3, 1))
    with pytest.raises(NotDueError), database.write() as session:
        destroy_record(session, audit, OFFICER, record_id, today=today, now=NOON, reason="due")


def test_what_is_due_can_be_destroyed_the_day_after(
    database: Database, audit: AuditLog, keeping: Keeping
) -> None:
    record_id = _file(database, keeping, document_date=date(2026, 3, 1))
    with database.write() as session:
        destroy_record(session, audit, OFFICER, record_id, today=date(2032, 1, 1), now=NOON, reason="due")
    with database.read() as session:
        assert session.get_one(Record, record_id).state == "destroyed"


def test_open_records_are_never_due(database: Database, audit: AuditLog, keeping: Keeping) -> None:
    record_id = _file(database, keeping, domain="hr", doc_type="employment_contract")
    with pytest.raises(NotDueError), database.write() as session:
        destroy_record(session, audit, OFFICER, record_id, today=date(9999, 1, 1), now=NOON, reason="due")


def test_hold_against_destroy_is_a_race_that_the_hold_never_loses(
    database: Database, audit: AuditLog, keeping: Keeping
) -> None:
    """Both start at once, forty times: either it was destroyed before the hold, or the hold stopped it."""
    for _ in range(40):
        record_id = _file(database, keeping, document_date=date(2020, 1, 1))
        outcomes: dict[str, str] = {}
        start = threading.Barrier(2)

        def hold(
            record_id: str = record_id, outcomes: dict[str, str] = outcomes, start: threading.Barrier = start
        ) -> None:
            start.wait()
            try:
                with database.write() as session:
                    holds.place_hold(session, audit, OFFICER, holds.PlaceHold("M", "R", (record_id,)), NOON)
                outcomes["hold"] = "placed"
            except NotFoundError:
                outcomes["hold"] = "too late"

        def destroy(
            record_id: str = record_id, outcomes: dict[str, str] = outcomes, start: threading.Barrier = start
        ) -> None:
            start.wait()
            try:
                with database.write() as session:
                    destroy_record(
                        session, audit, OFFICER, record_id, today=date(2030, 1, 1), now=NOON, reason="due"
                    )
                outcomes["destroy"] = "done"
            except HeldError:
                outcomes["destroy"] = "stopped"

        threads = [threading.Thread(target=hold), threading.Thread(target=destroy)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outcomes in ({"hold": "placed", "destroy": "stopped"}, {"hold": "too late", "destroy": "done"})
