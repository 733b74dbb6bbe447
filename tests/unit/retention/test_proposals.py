"""What papers propose counts for nothing until somebody agrees."""

from datetime import date

import pytest
from sqlalchemy import select

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.errors import ConflictError, ForbiddenError
from akta.records.cases import OpenCase, file_into, open_case
from akta.records.events import RecordUnderstood
from akta.records.models import Field
from retention.events.models import BusinessEvent
from retention.events.proposing import Proposals
from retention.events.recording import decide_proposals
from tests.conftest import NOON, SetClock, principal
from tests.unit.retention.conftest import OFFICER, Desk, File


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def _file_of_an_employee(database: Database, audit: AuditLog, file: File) -> tuple[str, str]:
    """A contract, and a certificate that tells the end of employment, in one case."""
    contract = file({"hire_date": "2020-02-02"}, domain="hr", doc_type="employment_contract")
    certificate = file(
        {"hire_date": "2020-02-02", "termination_date": "2024-06-30"},
        domain="hr",
        doc_type="employment_certificate",
    )
    with database.write() as session:
        case = open_case(session, audit, OFFICER, OpenCase("employee", "7", ""), NOON).id
        file_into(session, audit, OFFICER, case, [contract, certificate], NOON)
    return contract, certificate


def _proposed(database: Database, kind: str = "employment_end") -> list[BusinessEvent]:
    with database.read() as session:
        query = select(BusinessEvent).where(BusinessEvent.kind == kind, BusinessEvent.state == "proposed")
        return list(session.scalars(query.order_by(BusinessEvent.id)))


def test_a_proposal_counts_once_it_is_confirmed(
    database: Database, audit: AuditLog, file: File, desk: Desk
) -> None:
    contract, certificate = _file_of_an_employee(database, audit, file)
    (event,) = _proposed(database)
    assert (event.subject_kind, event.effective) == ("case", date(2024, 6, 30))
    assert (event.source_record, event.source_field) == (certificate, "termination_date")
    desk.drain()
    assert desk.outcome(contract) == "open"
    assert desk.through(certificate) == date(2034, 12, 31)  # a fact of that paper itself
    with pytest.raises(ForbiddenError), database.write() as session:
        decide_proposals(session, audit, principal("clerk"), [event.id], NOON, confirm=True)
    for expected in (1, 0):
        with database.write() as session:
            assert decide_proposals(session, audit, OFFICER, [event.id], NOON, confirm=True) == expected
    desk.drain()
    assert desk.through(contract) == date(2034, 12, 31)


def test_a_dismissed_proposal_stays_dismissed(
    database: Database, audit: AuditLog, file: File, desk: Desk, clock: SetClock
) -> None:
    contract, certificate = _file_of_an_employee(database, audit, file)
    (event,) = _proposed(database)
    with database.write() as session:
        decide_proposals(session, audit, OFFICER, [event.id], NOON, confirm=False, reason="another Kowalski")
        with pytest.raises(ConflictError, match="decided about already"):
            decide_proposals(session, audit, OFFICER, [event.id], NOON, confirm=True)
    with database.write() as session:
        Proposals(audit, clock).on_understood(session, RecordUnderstood(certificate, "user:x"))
    assert _proposed(database) == []
    desk.drain()
    assert desk.outcome(contract) == "open"


def test_a_corrected_paper_proposes_the_corrected_day(
    database: Database, audit: AuditLog, file: File, clock: SetClock
) -> None:
    _, certificate = _file_of_an_employee(database, audit, file)
    with database.write() as session:
        field = session.scalars(
            select(Field).where(Field.record_id == certificate, Field.name == "termination_date")
        ).one()
        field.value = "2024-07-31"
        session.flush()
        Proposals(audit, clock).on_understood(session, RecordUnderstood(certificate, "user:x"))
    assert [event.effective for event in _proposed(database)] == [date(2024, 7, 31)]
    with database.read() as session:
        states = session.scalars(
            select(BusinessEvent.state)
            .where(BusinessEvent.kind == "employment_end")
            .order_by(BusinessEvent.id)
        )
        assert list(states) == ["dismissed", "proposed"]


def test_what_no_rule_of_the_domain_asks_for_is_not_proposed(
    database: Database, audit: AuditLog, file: File, clock: SetClock
) -> None:
    record_id = file({"due_date": "2026-04-01"})
    with database.write() as session:
        Proposals(audit, clock).on_understood(session, RecordUnderstood(record_id, "user:x"))
    assert _proposed(database, "payment_due") == []


def test_a_tax_form_proposes_when_the_tax_is_due(
    database: Database, audit: AuditLog, file: File, clock: SetClock, desk: Desk
) -> None:
    record_id = file({"tax_year": "2025"}, doc_type="tax_form", subtype="pit_11")
    other = file({"tax_year": "MMXXV"}, doc_type="tax_form", subtype="pit_11")
    with database.write() as session:
        for paper in (record_id, other):
            Proposals(audit, clock).on_understood(session, RecordUnderstood(paper, "user:x"))
    (event,) = _proposed(database, "tax_due")
    assert (event.subject_id, event.effective) == (record_id, date(2026, 1, 20))
    assert desk.outcome(record_id) == "open"
    with database.write() as session:
        decide_proposals(session, audit, OFFICER, [event.id], NOON, confirm=True)
    desk.drain()
    assert desk.through(record_id) == date(2031, 12, 31)
