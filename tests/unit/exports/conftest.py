"""The desk of the tests of saved searches, with originals in the store."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import pytest

from akta.bootstrap import App
from indexer.exports.models import Export
from indexer.exports.service import ExportDraft
from tests.conftest import SetClock
from tests.unit.saved.conftest import Desk


@dataclass
class ExportDesk(Desk):
    """A desk at which results are carried away."""

    def paper(self, text: str, data: bytes | None = None, **values: object) -> str:
        """A filed paper whose original is in the store."""
        blob = self.app.store.put([text.encode() if data is None else data])
        return self.file(text, sha256=blob.sha256, size=blob.size, **values)

    def ask(self, login: str, query: str, form: str = "csv", **values: object) -> str:
        with self.app.database.write() as session:
            draft = ExportDraft(query, form, **values)  # type: ignore[arg-type]
            return self.app.exports.ask(session, self.who(login), draft).id

    def export(self, login: str, query: str, form: str = "csv", **values: object) -> str:
        made = self.ask(login, query, form, **values)
        self.drain()
        return made

    def row(self, export: str) -> Export:
        with self.app.database.read() as session:
            return session.get_one(Export, export)

    def fetch(self, login: str, export: str) -> bytes:
        with self.app.database.write() as session:
            found = self.app.exports.open(session, self.who(login), export)
        with found.source as source:
            data = source.read()
        assert len(data) == found.size
        return data

    def open(self, login: str, export: str) -> BytesIO:
        return BytesIO(self.fetch(login, export))

    def files(self) -> list[str]:
        return sorted(path.name for path in self.app.exports.folder.iterdir())


@pytest.fixture
def desk(
    make_app: Callable[..., App], database_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> ExportDesk:
    monkeypatch.setattr(App, "clock", clock)
    app = make_app(database_url=database_url)
    made = ExportDesk(app, clock)
    made.add("anna", accounting=3, hr=1)
    made.add("piotr", accounting=1)
    clock.move(minutes=1)
    return made


__all__ = ["ExportDesk"]
