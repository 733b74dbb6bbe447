"""Business events: what they are about, from when they count, and taking them back."""

from datetime import date

import pytest
from sqlalchemy import select

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from akta.records.models import Record
from retention.disposition.destroying import destroy_record
from retention.events.days import parse_day
from retention.events.importing import ImportRefusedError, import_events
from retention.events.listing import list_events
from retention.events.models import BusinessEvent
from retention.events.recording import RecordEvent, cancel_event, record_event
from retention.events.subjects import NoSubjectError
from retention.keeping.filing import Keeping
from retention.keeping.history import entries_of, reproduced
from retention.keeping.models import DeferredKeeping, Recomputation
from retention.keeping.recomputing import ask_deferred
from tests.conftest import NOON, principal
from tests.unit.retention.conftest import OFFICER, Desk, File, add_case, add_contract, add_event


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


PAST = date(2017, 8, 31)


def test_req_7_a_past_event_counts_from_its_own_day(
    database: Database, audit: AuditLog, file: File, desk: Desk
) -> None:
    """req 5: a business event is a trigger. Hired 2020, ended 2024-06-30: kept to the end of 2034."""
    case = add_case(database, audit)
    record_id = add_contract(database, audit, file, case)
    assert desk.outcome(record_id) == "open"
    add_event(database, audit, f"case:{case}", date(2024, 6, 30))
    desk.drain()
    assert desk.through(record_id) == date(2034, 12, 31)
    with database.read() as session:
        entries = entries_of(session, record_id)
        last = entries[-1]
        assert last.cause.startswith("event:")
        assert last.derivation is not None
        assert last.derivation["inputs"]["facts"]["employment_end"]["source"] == last.cause


@pytest.mark.parametrize("subject", ["", "record:", "nobody:1", "case:"])
def test_req_8_an_event_without_a_subject_is_refused(
    database: Database, audit: AuditLog, plan: Keeping, subject: str
) -> None:
    with pytest.raises(NoSubjectError, match="Say what the event is about"):
        add_event(database, audit, subject, PAST)
    with database.read() as session:
        assert session.scalar(select(BusinessEvent.id)) is None


def test_req_9_a_record_filed_or_moved_after_the_event_has_it(
    database: Database, audit: AuditLog, file: File, desk: Desk
) -> None:
    case = add_case(database, audit)
    add_event(database, audit, f"case:{case}", date(2024, 6, 30))
    desk.drain()
    record_id = add_contract(database, audit, file, case)
    assert desk.through(record_id) == date(2034, 12, 31)  # at once, without any job


def test_the_last_entry_moves_with_each_new_one(
    database: Database, audit: AuditLog, file: File, desk: Desk
) -> None:
    """req 5: of several entries the latest counts, in whatever order they were recorded."""
    born = {"birth_date": "1980-05-05"}
    record_id = file(born, domain="lab", doc_type="lab_report", document_date=date(2026, 3, 1))
    for day in (date(2024, 1, 1), date(2026, 3, 15), date(2025, 5, 5)):
        add_event(database, audit, f"record:{record_id}", day, kind="last_entry")
        desk.drain()
    assert desk.through(record_id) == date(2046, 12, 31)
    with database.read() as session:  # req 35: the history outlives the record and says nothing of a person
        assert "1980" not in str([entry.derivation for entry in entries_of(session, record_id)])
        record = session.get_one(Record, record_id)
        assert record.retention is not None
        assert reproduced(session, record.retention) is True
        assert reproduced(session, entries_of(session, record_id)[-1].derivation or {}) is None
    with database.write() as session:
        destroy_record(session, audit, OFFICER, record_id, today=date(2050, 1, 1), now=NOON, reason="due")
        assert "1980" not in str(session.get_one(Record, record_id).retention)


def test_a_persons_word_comes_before_what_was_read(
    database: Database, audit: AuditLog, file: File, desk: Desk
) -> None:
    record_id = file(
        {"hire_date": "2020-02-02", "termination_date": "2034-06-30"},
        domain="hr",
        doc_type="employment_certificate",
    )
    assert desk.through(record_id) == date(2044, 12, 31)
    add_event(database, audit, f"record:{record_id}", date(2024, 6, 30))
    desk.drain()
    assert desk.through(record_id) == date(2034, 12, 31)


def test_a_value_of_yes_or_no_decides_which_rule_applies(
    database: Database, audit: AuditLog, file: File, desk: Desk
) -> None:
    """req 4: hired 2005 and no information report was filed: 50 years from the last day."""
    case = add_case(database, audit)
    record_id = add_contract(database, audit, file, case, "2005-05-01")
    add_event(database, audit, f"case:{case}", PAST)
    add_event(database, audit, f"case:{case}", date(2020, 1, 1), kind="ria_reported", value="no")
    desk.drain()
    assert desk.through(record_id) == date(2067, 8, 31)


def test_class_events_reach_the_class_and_no_other(
    database: Database, audit: AuditLog, file: File, desk: Desk
) -> None:
    reminder = file(doc_type="payment_reminder")
    invoice = file()
    add_event(database, audit, "class:PL-ACC-05", date(2026, 2, 1), kind="claim_settled")
    desk.drain()
    assert desk.through(reminder) == date(2031, 12, 31)
    with database.read() as session:
        assert len(entries_of(session, invoice)) == 1


@pytest.mark.parametrize(
    "text", ["", "0000-01-01", "9999-12-31", "2026-02-30", "20260301", "1.3.2026", "2026-3-1", "0001-01-01"]
)
def test_a_day_that_is_none_is_refused_clearly(text: str) -> None:
    with pytest.raises(InvalidError, match=r"is not a day|makes no sense"):
        parse_day(text)


def test_kinds_are_known_and_slips_are_told(database: Database, audit: AuditLog, file: File) -> None:
    record_id = file()
    with pytest.raises(InvalidError, match="Do you mean 'employment_end'"):
        add_event(database, audit, f"record:{record_id}", PAST, kind="employmentend")
    with pytest.raises(InvalidError, match="Give the legal entity its fiscal years"):
        add_event(database, audit, f"record:{record_id}", PAST, kind="fiscal_year_end")
    with pytest.raises(InvalidError, match="one short word"):
        add_event(database, audit, f"record:{record_id}", PAST, value="Jan Kowalski")


def test_the_same_key_again_changes_nothing(database: Database, audit: AuditLog, file: File) -> None:
    subject = f"record:{file()}"
    first = add_event(database, audit, subject, PAST, key="hr-1")
    assert add_event(database, audit, subject, PAST, key="hr-1") == first
    with pytest.raises(ConflictError, match="Use a new key"):
        add_event(database, audit, subject, date(2018, 1, 1), key="hr-1")
    with database.read() as session:
        assert len(session.scalars(select(Recomputation)).all()) == 1


def test_events_are_for_officers_and_about_what_they_see(
    database: Database, audit: AuditLog, file: File
) -> None:
    record_id = file(domain="hr", doc_type="employment_contract")
    command = RecordEvent("employment_end", "record", record_id, PAST)
    with pytest.raises(ForbiddenError), database.write() as session:
        record_event(session, audit, principal("clerk"), command, NOON)
    blind = principal("officer", levels={"accounting": 3})
    with pytest.raises(NotFoundError), database.write() as session:
        record_event(session, audit, blind, command, NOON)
    event = add_event(database, audit, f"record:{record_id}", PAST)
    with database.write() as session:
        assert [e.id for e in list_events(session, OFFICER)] == [event]
        assert list_events(session, blind) == []
        with pytest.raises(NotFoundError):
            cancel_event(session, audit, blind, event, "r", NOON)


def test_upkeep_finds_what_a_hold_that_ended_left_waiting(
    database: Database, audit: AuditLog, file: File, desk: Desk
) -> None:
    record_id = file()
    with database.write() as session:
        session.add(DeferredKeeping(record_id=record_id, cause="event:x", since=NOON))
    with database.write() as session:
        assert ask_deferred(session, "system:test", NOON)
    desk.drain()
    with database.read() as session:
        assert session.get(DeferredKeeping, record_id) is None


def test_destruction_takes_the_words_and_leaves_the_dates(
    database: Database, audit: AuditLog, file: File, desk: Desk
) -> None:
    """req 35: nothing that a person wrote about a destroyed record stays."""
    record_id = file(document_date=date(2015, 1, 1))
    command = RecordEvent("tax_due", "record", record_id, date(2015, 4, 30), evidence="Jan Kowalski said so")
    with database.write() as session:
        event = record_event(session, audit, OFFICER, command, NOON).id
    desk.drain()
    with database.write() as session:
        destroy_record(session, audit, OFFICER, record_id, today=date(2050, 1, 1), now=NOON, reason="due")
    with database.read() as session:
        row = session.get_one(BusinessEvent, event)
        assert (row.evidence, row.effective) == ("", date(2015, 4, 30))
        entries = entries_of(session, record_id)
        assert entries
        assert "Kowalski" not in str([e.derivation for e in entries])
        assert session.get_one(Record, record_id).state == "destroyed"


_HEAD = "kind,subject,date,value,evidence,key\n"


def test_a_file_of_events_is_recorded_once(
    database: Database, audit: AuditLog, file: File, desk: Desk
) -> None:
    cases = [add_case(database, audit, str(n)) for n in range(3)]
    ids = [add_contract(database, audit, file, case) for case in cases]
    lines = "".join(f"employment_end,case:employee/{n},2024-06-3{n % 1},,paper {n},\n" for n in range(3))
    for expected in ((3, 0), (0, 3)):
        with database.write() as session:
            made = import_events(session, audit, OFFICER, "\ufeff" + _HEAD + lines, NOON)
            assert (made.recorded, made.known) == expected
    desk.drain()
    assert {desk.through(i) for i in ids} == {date(2034, 12, 31)}
    with database.read() as session:
        assert len(session.scalars(select(Recomputation).where(Recomputation.scope == "batch")).all()) == 1


def test_a_file_with_a_mistake_records_nothing_and_points_at_the_line(
    database: Database, audit: AuditLog, file: File
) -> None:
    case = add_case(database, audit)
    text = (
        _HEAD.replace(",", ";") + f"employment_end;case:{case};2024-06-30;;;\n\n"
        "employment_end;;2024-06-30;;;\n"
        f"employment_ende;case:{case};2024-06-30;;;\n"
        f"employment_end;case:{case};30.06.2024;;;\n"
        f"employment_end;case:{case};2024-06-30;;;a b\n"
    )
    refused = pytest.raises(ImportRefusedError, match=r"Nothing was recorded\. line 4, subject: ")
    with refused as told_of, database.write() as session:
        import_events(session, audit, OFFICER, text, NOON)
    told = [(e["line"], e["column"]) for e in told_of.value.params["errors"]]
    assert told == [(4, "subject"), (5, "kind"), (6, "date"), (7, "key")]
    with database.read() as session:
        assert session.scalar(select(BusinessEvent.id)) is None


@pytest.mark.parametrize(
    "text", ["", "kind,date\nx,y\n", _HEAD, 'kind,subject,date\n"x', "kind,subject,date\na,b,c,d\n", "\x00"]
)
def test_what_is_no_such_file_is_refused(
    database: Database, audit: AuditLog, plan: Keeping, text: str
) -> None:
    with pytest.raises(InvalidError), database.write() as session:
        import_events(session, audit, OFFICER, text, NOON)
