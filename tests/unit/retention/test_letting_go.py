"""What may be destroyed or rejected, and what a hold reaches."""

from datetime import date, timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from akta.access.principal import system
from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.events.bus import bus
from akta.kernel.errors import ConflictError, ForbiddenError
from akta.records.events import RecordUnderstood
from akta.records.guard import HeldError, lock_for_change
from akta.records.models import HoldItem, Record
from akta.storage.filesystem import FilesystemBlobStore
from ingest.decisions import Decisions
from ingest.filing import file_record
from ingest.intake import Arrival, receive
from ingest.passwords import PasswordBox
from retention.disposition.destroying import NotDueError, destroy_record
from retention.holds.placing import PlaceHold, place_hold, release_hold
from retention.keeping.filing import Keeping
from tests.conftest import NOON, SetClock, principal
from tests.factories import add_record

OFFICER = principal("officer")
CLERK = principal("clerk")
LATER = date(2100, 1, 1)


@pytest.fixture
def keeping(database: Database, audit: AuditLog, clock: SetClock) -> Keeping:
    made = Keeping(audit, clock, "Europe/Warsaw", "PL")
    made.load_first_plan(database)
    return made


@pytest.fixture
def decisions(audit: AuditLog, clock: SetClock) -> Decisions:
    return Decisions(audit, clock, PasswordBox(Fernet.generate_key()))


def _filed(database: Database, keeping: Keeping, audit: AuditLog, clock: SetClock, **values: object) -> str:
    with database.write() as session:
        record = add_record(session, state="review", **values)
        keeping.on_understood(session, RecordUnderstood(record.id, "x:y"))
        file_record(session, audit, record, "user:test", clock)
        return record.id


def _destroy(database: Database, audit: AuditLog, record_id: str) -> None:
    with database.write() as session:
        destroy_record(session, audit, OFFICER, record_id, today=LATER, now=NOON, reason="due")


def test_a_filed_record_that_is_due_goes(
    database: Database, keeping: Keeping, audit: AuditLog, clock: SetClock
) -> None:
    record_id = _filed(database, keeping, audit, clock)
    _destroy(database, audit, record_id)
    with database.read() as session:
        assert session.get_one(Record, record_id).state == "destroyed"


@pytest.mark.parametrize("state", ["received", "reading", "review", "quarantined", "rejected"])
def test_what_is_not_filed_now_but_was_stays(
    database: Database, keeping: Keeping, audit: AuditLog, clock: SetClock, state: str
) -> None:
    record_id = _filed(database, keeping, audit, clock)
    with database.write() as session:
        session.get_one(Record, record_id).state = state
    with pytest.raises(NotDueError):
        _destroy(database, audit, record_id)


def test_a_class_that_ends_in_review_destroys_nothing(
    database: Database, keeping: Keeping, audit: AuditLog, clock: SetClock
) -> None:
    record_id = _filed(database, keeping, audit, clock, domain="other", doc_type="memo")
    with database.read() as session:
        record = session.get_one(Record, record_id)
        assert record.retain_through is not None
        assert (record.retention or {})["action"] == "review"
    with pytest.raises(NotDueError):
        _destroy(database, audit, record_id)


def test_what_never_was_a_record_goes_and_what_was_cannot_be_rejected(
    database: Database, keeping: Keeping, audit: AuditLog, clock: SetClock, decisions: Decisions
) -> None:
    with database.write() as session:
        advertisement = add_record(session, state="review").id
        decisions.reject(session, CLERK, advertisement, "an advertisement")
    _destroy(database, audit, advertisement)
    record_id = _filed(database, keeping, audit, clock)
    with database.write() as session:
        decisions.read_again(session, CLERK, record_id)
        session.get_one(Record, record_id).state = "review"
    with pytest.raises(ConflictError, match="filed once"), database.write() as session:
        decisions.reject(session, CLERK, record_id, "to be rid of it")


def test_a_filed_record_is_not_corrected_out_of_the_plan(
    database: Database, keeping: Keeping, audit: AuditLog, clock: SetClock, decisions: Decisions
) -> None:
    record_id = _filed(database, keeping, audit, clock)
    bus.reset()
    bus.subscribe(RecordUnderstood, keeping.on_understood)
    try:
        with pytest.raises(ConflictError, match="No class"), database.write() as session:
            decisions.correct(session, CLERK, record_id, domain="other", doc_type="unknown")
    finally:
        bus.reset()
    with database.read() as session:
        record = session.get_one(Record, record_id)
        assert (record.state, record.doc_type, record.class_code) == ("filed", "invoice", "PL-ACC-08")


@pytest.mark.parametrize(("domain", "level"), [("hr", 2), ("lab", 2), ("order", 1)])
def test_papers_about_people_are_confidential_without_a_class(
    database: Database, keeping: Keeping, domain: str, level: int
) -> None:
    with database.write() as session:
        record = add_record(session, domain=domain, doc_type="unknown")
        keeping.on_understood(session, RecordUnderstood(record.id, "x:y"))
        assert (record.class_code, record.confidentiality) == (None, level)


def _nest(database: Database) -> list[str]:
    """A mail, a ZIP in it, and a paper in that."""
    ids: list[str] = []
    with database.write() as session:
        for depth in range(3):
            parent = ids[-1] if ids else None
            ids.append(add_record(session, parent_id=parent, depth=depth).id)
    return ids


def _place(database: Database, audit: AuditLog, *records: str) -> str:
    with database.write() as session:
        return place_hold(session, audit, OFFICER, PlaceHold("M", "R", records), NOON).id


def test_a_hold_reaches_what_is_inside(database: Database, audit: AuditLog) -> None:
    ids = _nest(database)
    other = _nest(database)[0]
    _place(database, audit, ids[0])
    for record_id in ids:
        with pytest.raises(HeldError), database.write() as session:
            lock_for_change(session, record_id)
    with database.write() as session:
        lock_for_change(session, other)


def test_what_is_found_later_in_a_held_paper_is_held(
    database: Database, audit: AuditLog, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = FilesystemBlobStore(tmp_path_factory.mktemp("blobs"))
    mail, archive, _ = _nest(database)
    hold = _place(database, audit, mail)
    blob = store.put([b"an attachment"])
    with database.write() as session:
        parent = session.get_one(Record, archive)
        receipt = receive(
            session, audit, store, system("worker"), Arrival(blob, "a.txt", "unpacked", parent), NOON
        )
        child = receipt.record_id
    with pytest.raises(HeldError), database.write() as session:
        lock_for_change(session, child)
    with database.read() as session:
        assert child in session.scalars(select(HoldItem.record_id).where(HoldItem.hold_id == hold)).all()
    with database.write() as session:
        release_hold(session, audit, OFFICER, hold, "over", NOON + timedelta(days=1))
    with database.write() as session:
        lock_for_change(session, child)


def test_only_who_sees_all_of_a_hold_releases_it(database: Database, audit: AuditLog) -> None:
    with database.write() as session:
        open_one = add_record(session).id
        add_record(session, parent_id=open_one, depth=1, domain="hr", confidentiality=3)
    hold = _place(database, audit, open_one)
    half = principal("officer", levels={"accounting": 3})
    with pytest.raises(ForbiddenError, match="may not see"), database.write() as session:
        release_hold(session, audit, half, hold, "over", NOON)
    with database.write() as session:
        release_hold(session, audit, OFFICER, hold, "over", NOON)
