"""The desk of the tests of holds: an archive on each database, an officer, papers, and its jobs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from akta.audit.models import AuditEntry
from akta.bootstrap import App
from akta.kernel.errors import AktaError
from akta.records.holds import Hold, HoldItem
from akta.records.models import Case, Record, RecordParty
from akta.records.parties.models import Party
from retention.disposition.destroying import destroy_record
from retention.holds.placing import ExtendHold, PlaceHold
from tests.conftest import SetClock, principal
from tests.unit.saved.conftest import Desk

OFFICER = principal("officer")
CLERK = principal("clerk")
DUE: dict[str, Any] = {
    "retention_state": "until",
    "retain_through": date(2026, 1, 31),
    "retention": {"action": "destroy", "rule": "R", "outcome": "until"},
}


@dataclass
class HoldDesk(Desk):
    """What the tests of holds do over and over."""

    def paper(self, text: str, **values: object) -> str:
        """A filed paper whose time is over, with its bytes in the store."""
        blob = self.app.store.put([f"{text} {values}".encode()])
        return self.file(text, sha256=blob.sha256, size=blob.size, **{**DUE, **values})

    def case(self, key: str) -> str:
        with self.app.database.write() as session:
            case = Case(id=key.ljust(26, "0"), kind="matter", key=key, title=key, opened_at=self.clock.now())
            session.add(case)
            return case.id

    def party(self, name: str, *records: str) -> str:
        """A leaf that these records name."""
        with self.app.database.write() as session:
            leaf = Party(
                id=name.ljust(26, "0"),
                key=f"name:{name}",
                name="",
                created_at=self.clock.now(),
                root_id=name.ljust(26, "0"),
            )
            session.add(leaf)
            session.flush()
        for record in records:
            self.names(record, leaf.id)
        return leaf.id

    def names(self, record: str, leaf: str) -> None:
        with self.app.database.write() as session:
            session.add(RecordParty(record_id=record, role="vendor", party_id=leaf, name=leaf, core=leaf))
        self.touch(record)

    def place(self, *records: str, who: Any = OFFICER, run: bool = True, **values: Any) -> str:
        command = PlaceHold(matter="M", reason="R", record_ids=records, **values)
        with self.app.database.write() as session:
            made = self.app.holds.place(session, who, command).id
        if run:
            self.drain()
        return made

    def extend(self, hold: str, *records: str, run: bool = True, **values: Any) -> None:
        with self.app.database.write() as session:
            self.app.holds.extend(session, OFFICER, hold, ExtendHold(record_ids=records, **values))
        if run:
            self.drain()

    def release(self, hold: str, *records: str) -> None:
        with self.app.database.write() as session:
            self.app.holds.release(session, OFFICER, hold, "over", records)
        self.drain()

    def destroy(self, record: str) -> str:
        """Try to destroy a record; empty, or why it could not be."""
        now = self.clock.now()
        try:
            with self.app.database.write() as session:
                destroy_record(
                    session, self.app.audit, OFFICER, record, today=now.date(), now=now, reason="due"
                )
        except AktaError as error:
            return error.message
        return ""

    def held(self, *records: str) -> list[bool]:
        with self.app.database.read() as session:
            return [session.get_one(Record, record).held for record in records]

    def items(self, hold: str) -> dict[str, HoldItem]:
        with self.app.database.read() as session:
            rows = session.scalars(select(HoldItem).where(HoldItem.hold_id == hold))
            return {row.record_id: row for row in rows}

    def hold(self, hold: str) -> Hold:
        with self.app.database.read() as session:
            return session.get_one(Hold, hold)

    def log(self, hold: str) -> list[str]:
        with self.app.database.read() as session:
            rows = select(AuditEntry.action).where(AuditEntry.subject == f"hold:{hold}")
            return list(session.scalars(rows.order_by(AuditEntry.seq)))


@pytest.fixture
def desk(
    make_app: Callable[..., App], database_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> HoldDesk:
    monkeypatch.setattr(App, "clock", clock)
    return HoldDesk(make_app(database_url=database_url), clock)


__all__ = ["CLERK", "DUE", "OFFICER", "HoldDesk"]
