"""An archive with officers, on each database, and papers whose keeping is over."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from akta.access.accounts import principal_of
from akta.access.models import Grant
from akta.access.principal import Principal
from akta.bootstrap import App
from akta.kernel.ids import new_id
from akta.records.models import Field, PageText, Record
from akta.worker.celery_app import make_runner
from retention.disposition.deciding import Decision
from retention.disposition.facts import digest_of
from retention.disposition.models import Certificate, Disposition, DispositionItem
from retention.disposition.proposing import Proposal
from retention.holds.placing import PlaceHold, place_hold, release_hold
from tests.conftest import SetClock
from tests.factories import add_record, add_user

OVER = date(2025, 12, 31)
ALL = {"hr": 3, "accounting": 3, "order": 3, "lab": 3, "it": 3, "other": 3, "unfiled": 3}


def derivation(through: date | None = OVER, action: str = "destroy", **more: object) -> dict[str, Any]:
    """What the rules of a class said, as it is stored on a record."""
    return {
        "outcome": "until" if through else "open",
        "retain_through": through.isoformat() if through else None,
        "rule": "PL-ACC-08",
        "rule_version": 1,
        "action": action,
        "class": "PL-ACC-08",
        "class_version": 1,
        "steps": [
            {
                "code": "rule",
                "data": {"rule": "PL-ACC-08", "version": 1, "basis": "ustawa o rachunkowości, art. 74"},
            }
        ],
        **more,
    }


@dataclass
class Office:
    """What the tests of letting go do over and over."""

    app: App
    clock: SetClock
    ids: dict[str, str] = field(default_factory=dict)

    def add(self, login: str, *roles: str, **grants: int) -> str:
        """An officer with all grants, unless said otherwise. Nobody knows the password."""
        with self.app.database.write() as session:
            user = add_user(session, login, *(roles or ("officer",)))
            user.name = login.title()
            for domain, level in (grants or ALL).items():
                session.add(Grant(user_id=user.id, domain=domain, level=level))
            self.ids[login] = user.id
            return user.id

    def who(self, login: str) -> Principal:
        with self.app.database.read() as session:
            found = principal_of(session, self.ids[login])
        assert found is not None
        return found

    def paper(
        self,
        text: str = "a paper",
        through: date | None = OVER,
        action: str = "destroy",
        fields: dict[str, str] | None = None,
        more: dict[str, object] | None = None,
        **values: object,
    ) -> str:
        """A filed paper with bytes in the store, due unless said otherwise."""
        blob = self.app.store.put([f"{text} {new_id()}".encode()])
        with self.app.database.write() as session:
            record = add_record(
                session,
                **{
                    "sha256": blob.sha256,
                    "size": blob.size,
                    "title": text,
                    # What the rule of its class makes of this is OVER, however often it is computed anew.
                    "document_date": date(2020, 3, 1),
                    "class_code": "PL-ACC-08",
                    "retention_state": "until" if through else "open",
                    "retain_through": through,
                    "retention": derivation(through, action, **(more or {})),
                    **values,
                },
            )
            row = PageText(record_id=record.id, number=1, width=1.0, height=1.0, outcome="read")
            row.reader, row.reader_version, row.text, row.words = "plain", "1", text, b""
            session.add(row)
            for name, value in (fields or {}).items():
                session.add(
                    Field(id=new_id(), record_id=record.id, name=name, value=value, confidence=1, reader="x")
                )
            return record.id

    def propose(self, *records: str, by: str = "ola", **values: object) -> str:
        asked = Proposal("A run", "their keeping is over", records=records, **values)  # type: ignore[arg-type]
        with self.app.database.write() as session:
            return self.app.dispositions.propose(session, self.who(by), asked).id

    def decide(self, run: str, decision: str = "accept", *records: str, by: str = "ola", **more: Any) -> int:
        with self.app.database.write() as session:
            said = Decision(decision, records or None, **more)
            return self.app.dispositions.decide(session, self.who(by), run, said)[1]

    def digest(self, run: str) -> str:
        with self.app.database.read() as session:
            return digest_of(session, session.get_one(Disposition, run))

    def release(self, run: str, by: str = "piotr", digest: str = "") -> None:
        with self.app.database.write() as session:
            self.app.dispositions.release(session, self.who(by), run, digest or self.digest(run))

    def execute(self, run: str, by: str = "ola") -> None:
        with self.app.database.write() as session:
            self.app.dispositions.execute(session, self.who(by), run)
        self.drain()

    def drain(self) -> None:
        """Run all jobs here and now, as a worker would."""
        runner = make_runner(self.app)
        while runner.run_next("test:1:1"):
            pass

    def hold(self, *records: str) -> str:
        """Put a legal hold on these records."""
        with self.app.database.write() as session:
            command = PlaceHold("M", "R", records)
            return place_hold(session, self.app.audit, self.who("ola"), command, self.clock.now()).id

    def release_hold(self, hold: str) -> None:
        with self.app.database.write() as session:
            release_hold(session, self.app.audit, self.who("ola"), hold, "over", self.clock.now())

    def let_go(self, *records: str) -> str:
        """A whole run: proposed and reviewed by ola, released by piotr, carried out."""
        run = self.propose(*records)
        self.decide(run)
        self.release(run)
        self.execute(run)
        return run

    def state(self, record_id: str) -> str:
        with self.app.database.read() as session:
            return session.get_one(Record, record_id).state

    def run_state(self, run: str) -> str:
        with self.app.database.read() as session:
            return session.get_one(Disposition, run).state

    def item(self, run: str, record_id: str) -> DispositionItem:
        with self.app.database.read() as session:
            return session.get_one(DispositionItem, (run, record_id))

    def certificate(self, run: str) -> bytes:
        with self.app.database.read() as session:
            made = session.scalars(select(Certificate).where(Certificate.disposition_id == run)).one()
        with self.app.store.open(made.sha256) as source:
            return source.read()


#: For tests in which locks or SQL matter.
BOTH = pytest.mark.parametrize(
    "office", ["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)], indirect=True
)


@pytest.fixture
def office(
    request: pytest.FixtureRequest,
    make_app: Callable[..., App],
    tmp_path: Path,
    _migrated_sqlite: Path,
    clock: SetClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Office:
    monkeypatch.setattr(App, "clock", clock)
    if getattr(request, "param", "sqlite") == "postgresql":
        url = str(request.getfixturevalue("migrated_postgresql_url"))
    else:
        # Where an archive has it, so that what is looked for in the data folder is looked for there, too.
        (tmp_path / "home").mkdir()
        shutil.copy(_migrated_sqlite, tmp_path / "home" / "akta.db")
        url = ""
    made = Office(make_app(database_url=url), clock)
    for login in ("ola", "piotr"):
        made.add(login)
    return made


__all__ = ["ALL", "BOTH", "OVER", "Office", "derivation"]
