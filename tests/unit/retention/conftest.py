"""What tests of keeping share: the shipped plan, records filed under it, and what runs the jobs."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from akta.audit.log import AuditLog
from akta.audit.models import AuditEntry
from akta.db.engine import Database
from akta.events.bus import bus
from akta.kernel.ids import new_id
from akta.records.cases import OpenCase, file_into, open_case
from akta.records.events import (
    CaseChanged,
    HoldsEnded,
    PartiesRegrouped,
    RecordDestroyed,
    RecordMoved,
    RecordUnderstood,
)
from akta.records.models import Field, Record
from akta.worker.runner import Handler, Runner
from retention.events.proposing import Proposals
from retention.events.recording import RecordEvent, record_event
from retention.keeping.filing import Keeping
from retention.keeping.recomputing import JOB_RECOMPUTE, Recomputer
from retention.schedules.publishing import JOB_ACTIVATE, Activator
from retention.schedules.simulation import JOB_SIMULATE, Simulator
from tests.conftest import NOON, SetClock, principal
from tests.factories import add_record

File = Callable[..., str]
ZONE = "Europe/Warsaw"
OFFICER = principal("officer")


@pytest.fixture(scope="session")
def _planned_sqlite(tmp_path_factory: pytest.TempPathFactory, _migrated_sqlite: Path) -> Path:
    """A database with the shipped plan in it: reading that takes longer than most tests."""
    path = tmp_path_factory.mktemp("planned") / "akta.db"
    shutil.copy(_migrated_sqlite, path)
    database = Database(f"sqlite:///{path}", pooled=False)
    Keeping(AuditLog(Ed25519PrivateKey.generate()), SetClock(), ZONE, "PL").load_first_plan(database)
    database.close()
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, _planned_sqlite: Path) -> str:
    """For modules of which nothing depends on the kind of database: their `database_url`."""
    path = tmp_path / "akta.db"
    shutil.copy(_planned_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def plan(database: Database, audit: AuditLog, clock: SetClock) -> Iterator[Keeping]:
    """Keeping under the shipped plan, listening to what happens to records."""
    made = Keeping(audit, clock, ZONE, "PL")
    if not made.has_plan(database):
        made.load_first_plan(database)
    proposals = Proposals(audit, clock)
    bus.reset()
    bus.subscribe(RecordMoved, made.on_moved)
    bus.subscribe(CaseChanged, made.on_case_changed)
    bus.subscribe(PartiesRegrouped, made.on_parties_regrouped)
    bus.subscribe(HoldsEnded, made.on_holds_ended)
    bus.subscribe(RecordDestroyed, made.on_destroyed)
    bus.subscribe(RecordMoved, proposals.on_moved)
    bus.subscribe(RecordDestroyed, proposals.on_destroyed)
    yield made
    bus.reset()


@pytest.fixture
def file(database: Database, plan: Keeping) -> File:
    """Files a record as if it had just been understood; returns its id. `fields` are values by name."""

    def make(fields: dict[str, str] | None = None, **values: object) -> str:
        with database.write() as session:
            record = add_record(session, **values)
            for name, value in (fields or {}).items():
                session.add(
                    Field(
                        id=new_id(),
                        record_id=record.id,
                        name=name,
                        value=value,
                        confidence=1.0,
                        reader="test",
                    )
                )
            session.flush()
            plan.on_understood(session, RecordUnderstood(record.id, "user:clerk"))
            return record.id

    return make


@dataclass
class Desk:
    """The database with what runs its jobs and reads what came of them."""

    database: Database
    runner: Runner

    def drain(self) -> None:
        """Run all jobs that are due."""
        while self.runner.run_next("test:1:1"):
            pass

    def through(self, record_id: str) -> date | None:
        with self.database.read() as session:
            return session.get_one(Record, record_id).retain_through

    def outcome(self, record_id: str) -> str | None:
        with self.database.read() as session:
            return session.get_one(Record, record_id).retention_state

    def logged(self, action: str) -> list[str]:
        """The bodies of the audit entries of an action."""
        with self.database.read() as session:
            query = select(AuditEntry.body).where(AuditEntry.action == action).order_by(AuditEntry.seq)
            return list(session.scalars(query))


@pytest.fixture
def desk(database: Database, audit: AuditLog, clock: SetClock) -> Desk:
    recomputer = Recomputer(database, audit, clock, ZONE)
    simulator = Simulator(database, clock, ZONE)
    handlers = {
        JOB_RECOMPUTE: Handler(recomputer.run, recomputer.given_up),
        JOB_SIMULATE: Handler(simulator.run, simulator.given_up),
        JOB_ACTIVATE: Handler(Activator(database, audit, clock).run),
    }
    return Desk(database, Runner(database, clock, handlers))


def add_case(database: Database, audit: AuditLog, key: str = "1234", kind: str = "employee") -> str:
    with database.write() as session:
        return open_case(session, audit, OFFICER, OpenCase(kind, key, "An employee"), NOON).id


def add_contract(
    database: Database, audit: AuditLog, file: File, case: str, hired: str = "2020-02-02"
) -> str:
    record_id = file({"hire_date": hired}, domain="hr", doc_type="employment_contract")
    with database.write() as session:
        file_into(session, audit, OFFICER, case, [record_id], NOON)
    return record_id


def add_event(database: Database, audit: AuditLog, subject: str, day: date, **more: str) -> str:
    kind, _, name = subject.partition(":")
    command = RecordEvent(
        more.pop("kind", "employment_end"), kind, name, day, more.pop("value", ""), key=more.pop("key", None)
    )
    with database.write() as session:
        return record_event(session, audit, OFFICER, command, NOON).id
