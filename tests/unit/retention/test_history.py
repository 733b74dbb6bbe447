"""Every derivation stays on record; extensions lengthen and never shorten; holds put shortening off."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from akta.audit.log import AuditLog
from akta.db.engine import Database
from akta.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from akta.operations import kept
from akta.records.events import RecordUnderstood
from akta.records.models import Record
from retention.holds.placing import PlaceHold, place_hold
from retention.keeping.explaining import explanation
from retention.keeping.extensions import cancel_extension, extend, extensions_of
from retention.keeping.filing import Keeping
from retention.keeping.history import entries_of, reproduced
from retention.keeping.length import compare
from retention.keeping.models import DeferredKeeping, Shortening
from retention.keeping.naming import add_entity, change_entity
from tests.conftest import NOON, SetClock, principal
from tests.unit.retention.conftest import OFFICER, Desk, File


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def _through(database: Database, record_id: str) -> date | None:
    with database.read() as session:
        return session.get_one(Record, record_id).retain_through


def test_req_3_each_derivation_is_stored_with_rule_version_facts_and_cause(
    database: Database, file: File
) -> None:
    record_id = file(document_date=date(2026, 3, 1))
    with database.read() as session:
        (entry,) = entries_of(session, record_id)
        record = session.get_one(Record, record_id)
        assert entry.derivation is not None
        assert reproduced(session, entry.derivation) is True
        changed = {**entry.derivation, "retain_through": "2031-12-30"}
        assert reproduced(session, changed) is False
    assert (entry.number, entry.cause, entry.actor) == (1, "filed", "user:clerk")
    assert (entry.outcome, entry.retain_through) == ("until", date(2031, 12, 31))
    assert (entry.class_code, entry.class_version) == ("PL-ACC-08", 1)
    assert entry.derivation == record.retention
    assert entry.derivation is not None
    assert (entry.derivation["rule"], entry.derivation["rule_version"]) == ("PL-ACC-08", 1)
    assert entry.derivation["inputs"]["facts"]["document_date"]["day"] == "2026-03-01"


def test_what_says_the_same_is_not_written_again(database: Database, plan: Keeping, file: File) -> None:
    record_id = file()
    with database.write() as session:
        plan.on_understood(session, RecordUnderstood(record_id, "user:clerk"))
        assert len(entries_of(session, record_id)) == 1


def test_req_3_and_45_any_past_day_is_reproduced(
    database: Database, plan: Keeping, file: File, clock: SetClock
) -> None:
    record_id = file(document_date=date(2026, 3, 1))
    for year in (2027, 2025):
        clock.move(days=10)
        with database.write() as session:
            session.get_one(Record, record_id).document_date = date(year, 6, 1)
            plan.on_understood(session, RecordUnderstood(record_id, "user:clerk"))
    with database.read() as session:
        record = session.get_one(Record, record_id)

        def said(day: date) -> tuple[str | None, str]:
            told = explanation(session, record, "en", as_of=day)
            return told["retain_through"], told["headline"]

        assert said(date(2026, 3, 9)) == (None, "Not decided: it has no class yet")
        assert said(date(2026, 3, 10)) == ("2031-12-31", "31 December 2031")
        assert said(date(2026, 3, 20)) == ("2032-12-31", "31 December 2032")
        assert said(date(2026, 3, 30))[0] == said(date(9999, 12, 31))[0] == "2030-12-31"
        assert [entry["number"] for entry in explanation(session, record, "en")["history"]] == [1, 2, 3]


def test_a_civil_day_ends_in_the_archives_zone(
    database: Database, plan: Keeping, file: File, clock: SetClock
) -> None:
    """req 15: what was computed at 23:30 UTC belongs to the next day in Warsaw."""
    clock.move(hours=12.5)
    record_id = file()
    with database.read() as session:
        record = session.get_one(Record, record_id)
        for zone, known in (("Europe/Warsaw", False), ("UTC", True)):
            told = explanation(session, record, "en", as_of=date(2026, 3, 10), zone=zone)
            assert (told["outcome"] is not None) is known


def test_req_45_a_record_that_is_reclassified_is_computed_from_its_facts_and_logged(
    database: Database, plan: Keeping, file: File
) -> None:
    record_id = file(document_date=date(2026, 3, 1))
    with database.write() as session:
        record = session.get_one(Record, record_id)
        record.doc_type, record.domain = "memo", "other"
        plan.on_understood(session, RecordUnderstood(record_id, "user:clerk"))
        assert (record.class_code, record.retain_through) != ("PL-ACC-08", date(2031, 12, 31))
        assert [e.cause for e in entries_of(session, record_id)] == ["filed", "reclassified"]
    from akta.audit.models import AuditEntry

    with database.read() as session:
        body = session.scalar(select(AuditEntry.body).where(AuditEntry.action == "record.reclassified"))
    assert body
    assert '"before":{"class":"PL-ACC-08","outcome":"until","retain_through":"2031-12-31"}' in body


def test_req_45_a_date_that_a_locked_class_fixed_is_never_shortened(
    database: Database, plan: Keeping, file: File
) -> None:
    record_id = file(document_date=date(2026, 3, 1))
    with database.write() as session:
        record = session.get_one(Record, record_id)
        record.locked_through = date(2040, 1, 1)
        record.doc_type, record.domain = "memo", "other"
        plan.on_understood(session, RecordUnderstood(record_id, "user:clerk"))
        told = explanation(session, record, "en")
    assert told["retain_through"] == "2040-01-01"
    assert "A locked class fixed 1 January 2040 before; no other class makes it shorter." in told["steps"]


def test_an_extension_lengthens_and_can_be_taken_back(
    database: Database, audit: AuditLog, plan: Keeping, file: File
) -> None:
    record_id = file(document_date=date(2026, 3, 1))
    with database.write() as session:
        made = extend(session, audit, OFFICER, record_id, date(2033, 5, 5), "a dispute", NOON)
        version = session.get_one(Record, record_id).row_version
    assert _through(database, record_id) == date(2033, 5, 5)
    assert version == 2
    with database.read() as session:
        told = explanation(session, session.get_one(Record, record_id), "pl")
        assert told["steps"][-1] == "Przedłużono decyzją osoby: co najmniej do 5 maja 2033 r."
    with database.write() as session:
        plan.on_understood(session, RecordUnderstood(record_id, "user:clerk"))
    assert _through(database, record_id) == date(2033, 5, 5)
    with database.write() as session:
        assert len(entries_of(session, record_id)) == 2  # computing it anew said the same
        cancel_extension(session, audit, OFFICER, made.id, "settled", NOON)
    assert _through(database, record_id) == date(2031, 12, 31)
    with database.write() as session:
        with pytest.raises(ConflictError, match="cancelled already"):
            cancel_extension(session, audit, OFFICER, made.id, "again", NOON)
        assert [e.cancel_reason for e in extensions_of(session, record_id)] == ["settled"]


def test_verification_finds_an_extension_that_is_gone_or_changed(
    database: Database, audit: AuditLog, file: File
) -> None:
    record_id = file(document_date=date(2026, 3, 1))
    with database.write() as session:
        number = extend(session, audit, OFFICER, record_id, date(2033, 5, 5), "a dispute", NOON).id
    said: list[str] = []
    for statement in (
        "SELECT 1",
        "DELETE FROM retention_extensions",
        "UPDATE retention_extensions SET until = '2032-05-05'",
        "UPDATE retention_extensions SET cancelled_at = '2026-03-10 11:00:00'",
    ):
        with database.write() as session:
            session.execute(text(statement))
            said.clear()
            kept.compare(session, said.append)
            session.rollback()
        told = [] if statement == "SELECT 1" else [f"Extension {number} of a record's keeping"]
        assert [one[: len(told[0])] if told else one for one in said] == told, statement


def test_verification_finds_a_class_that_was_changed_past_akta(database: Database, file: File) -> None:
    """req 22: a record is let go by the rules of its class."""
    record_id = file(document_date=date(2026, 3, 1))
    said: list[str] = []
    with database.write() as session:
        kept.compare(session, said.append)
        assert said == []
        session.execute(text("UPDATE records SET class_code = 'PL-OTH-01'"))
        kept.compare(session, said.append)
        session.rollback()
    assert said == [f"Record {record_id} is in another class than the one its keeping was derived by."]


def test_a_changed_fiscal_calendar_shortens_nothing_silently(
    database: Database, audit: AuditLog, file: File, desk: Desk
) -> None:
    """req 47: it bears on all papers of the entity; the first one only ends an assumption."""
    record_id = file(document_date=date(2026, 3, 1))
    with database.write() as session:
        years = [(date(2025, 4, 1), date(2026, 9, 30))]
        entity = add_entity(
            session, audit, OFFICER, name="Alfa", nip=None, years=years, default=True, now=NOON
        ).id
    desk.drain()
    assert _through(database, record_id) == date(2031, 9, 30)
    with database.write() as session:
        years = [(date(2025, 4, 1), date(2026, 3, 31))]
        change_entity(session, audit, OFFICER, entity, NOON, years=years)
    desk.drain()
    assert _through(database, record_id) == date(2031, 9, 30)
    with database.read() as session:
        waiting = session.scalars(select(Shortening)).one()
        assert (waiting.record_id, waiting.state) == (record_id, "open")


@pytest.mark.parametrize(
    ("until", "reason", "error"),
    [
        (date(2031, 12, 31), "r", ConflictError),
        (date(2030, 1, 1), "r", ConflictError),
        (date(2033, 1, 1), "  ", InvalidError),
        (date(2025, 1, 1), "r", InvalidError),
        (date(9999, 12, 31), "r", InvalidError),
    ],
)
def test_an_extension_never_shortens_and_makes_sense(
    database: Database, audit: AuditLog, file: File, until: date, reason: str, error: type[Exception]
) -> None:
    record_id = file(document_date=date(2026, 3, 1))
    with pytest.raises(error), database.write() as session:
        extend(session, audit, OFFICER, record_id, until, reason, NOON)
    assert _through(database, record_id) == date(2031, 12, 31)


def test_extensions_are_for_officers_and_records_they_see(
    database: Database, audit: AuditLog, file: File
) -> None:
    record_id = file(document_date=date(2026, 3, 1))
    with pytest.raises(ForbiddenError), database.write() as session:
        extend(session, audit, principal("clerk"), record_id, date(2040, 1, 1), "r", NOON)
    blind = principal("officer", levels={"hr": 3})
    with pytest.raises(NotFoundError), database.write() as session:
        extend(session, audit, blind, record_id, date(2040, 1, 1), "r", NOON)


def test_an_open_record_stays_open_and_keeps_its_extension_for_later(
    database: Database, audit: AuditLog, plan: Keeping, file: File
) -> None:
    record_id = file(document_date=None)
    with database.write() as session:
        extend(session, audit, OFFICER, record_id, date(2050, 1, 1), "r", NOON)
        assert session.get_one(Record, record_id).retention_state == "open"
    with database.write() as session:
        session.get_one(Record, record_id).document_date = date(2026, 3, 1)
        plan.on_understood(session, RecordUnderstood(record_id, "user:clerk"))
    assert _through(database, record_id) == date(2050, 1, 1)


def test_under_a_hold_keeping_grows_but_does_not_shrink(
    database: Database, audit: AuditLog, plan: Keeping, file: File
) -> None:
    record_id = file(document_date=date(2026, 3, 1))
    with database.write() as session:
        made = extend(session, audit, OFFICER, record_id, date(2033, 1, 1), "r", NOON)
        place_hold(session, audit, OFFICER, PlaceHold("M", "R", (record_id,)), NOON)
    with database.write() as session:
        extend(session, audit, OFFICER, record_id, date(2035, 1, 1), "r", NOON)
    assert _through(database, record_id) == date(2035, 1, 1)
    with database.write() as session:
        for extension in extensions_of(session, record_id):
            cancel_extension(session, audit, OFFICER, extension.id, "r", NOON)
    assert made.id
    assert _through(database, record_id) == date(2035, 1, 1)
    with database.read() as session:
        assert session.get(DeferredKeeping, record_id) is not None


_ENDS = st.sampled_from(["until", "open", "permanent", "none", None])
_DAYS = st.dates()


@given(_ENDS, _DAYS, _ENDS, _DAYS)
def test_of_two_keepings_one_is_longer_or_they_are_the_same(
    before: str | None, first: date, after: str | None, second: date
) -> None:
    forth = compare(before, first, after, second)
    back = compare(after, second, before, first)
    assert {forth, back} in ({"same"}, {"longer", "shorter"})
    if before == after == "until":
        assert (forth == "longer") is (second > first)
    if after == "permanent" and before != "permanent":
        assert forth == "longer"
