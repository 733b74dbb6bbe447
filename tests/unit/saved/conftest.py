"""An archive with two people, on each database, and papers that can be filed into it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from akta.access.accounts import change_access, create_user, principal_of
from akta.access.models import User
from akta.access.principal import Principal
from akta.bootstrap import App
from akta.records.guard import changed
from akta.records.models import PageText, Record
from akta.worker.celery_app import make_runner
from indexer.saved.alerts import GATHER
from indexer.saved.searches import SearchDraft
from tests.conftest import SetClock
from tests.factories import add_record


@dataclass
class Desk:
    """What the tests of saved searches and exports do over and over."""

    app: App
    clock: SetClock
    ids: dict[str, str] = field(default_factory=dict)

    def add(self, login: str, *roles: str, **grants: int) -> str:
        with self.app.database.write() as session:
            user = create_user(
                session,
                self.app.audit,
                "system:test",
                login=login,
                name=login.title(),
                password="a long enough password",
                roles=roles or ("clerk",),
                grants=grants,
                language="en",
                now=self.clock.now(),
            )
            self.ids[login] = user.id
            return user.id

    def who(self, login: str) -> Principal:
        with self.app.database.read() as session:
            found = principal_of(session, self.ids[login])
        assert found is not None
        return found

    def grant(self, login: str, **grants: int) -> None:
        with self.app.database.write() as session:
            change_access(session, self.app.audit, "system:test", login, now=self.clock.now(), grants=grants)

    def roles(self, login: str, *roles: str) -> None:
        with self.app.database.write() as session:
            session.get_one(User, self.ids[login]).roles = list(roles)

    def file(self, text: str, **values: object) -> str:
        """A paper that is filed now."""
        now = self.clock.now()
        with self.app.database.write() as session:
            record = add_record(session, **{"received_at": now, "ended_at": now, "title": text, **values})
            row = PageText(record_id=record.id, number=1, width=1.0, height=1.0, outcome="read")
            row.reader, row.reader_version, row.text, row.words = "plain", "1", text, b""
            session.add(row)
            changed(session, record)
            return record.id

    def touch(self, record_id: str, **values: object) -> None:
        """Change a record, as anything that people or jobs do would."""
        with self.app.database.write() as session:
            record = session.get_one(Record, record_id)
            for name, value in values.items():
                setattr(record, name, value)
            changed(session, record)

    def drain(self) -> None:
        """Run all jobs here and now, as a worker would."""
        runner = make_runner(self.app)
        while runner.run_next("test:1:1"):
            pass
        self.clock.move(seconds=GATHER.total_seconds() + 1)
        while runner.run_next("test:1:1"):
            pass

    def save(self, login: str, query: str, name: str = "", **values: object) -> str:
        with self.app.database.write() as session:
            draft = SearchDraft(name or query, query, **values)  # type: ignore[arg-type]
            return self.app.searches.save(session, self.who(login), draft).id

    def watch(self, login: str, search_id: str) -> None:
        with self.app.database.write() as session:
            self.app.news.watch(session, self.who(login), search_id)
        self.clock.move(seconds=1)


@pytest.fixture
def desk(
    make_app: Callable[..., App], database_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.setattr(App, "clock", clock)
    app = make_app(database_url=database_url)
    made = Desk(app, clock)
    made.add("anna", accounting=3, hr=1)
    made.add("piotr", accounting=1)
    clock.move(minutes=1)
    return made


__all__ = ["Desk"]
