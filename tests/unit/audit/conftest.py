"""A log with its clock and its anchors."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from akta.audit.anchoring import Anchoring
from akta.audit.log import AuditLog
from akta.audit.stamping import StampAuthority
from akta.audit.verifying import AuditReport, check_log, read_known
from akta.db.engine import Database
from akta.storage.places import Place
from tests.conftest import SetClock


@dataclass
class Desk:
    """A log, its clock, and anchors as they are set up."""

    database: Database
    audit: AuditLog
    clock: SetClock
    folder: Path

    def anchoring(self, authority: StampAuthority | None = None, place: Place | None = None) -> Anchoring:
        opened: Callable[[], Place] | None = None if place is None else (lambda: place)
        return Anchoring(self.folder, self.audit, self.clock, authority, opened)

    def write(self, count: int = 1) -> None:
        for _ in range(count):
            with self.database.write() as session:
                self.audit.note(session, self.clock.now(), "user:a", "record.read", "record:1")

    def report(self, anchoring: Anchoring) -> AuditReport:
        known = read_known(anchoring, self.audit.public_key)
        with self.database.snapshot() as session:
            return check_log(session, self.audit.public_key, known, self.clock.now())

    def put_back(self, act: Callable[[], None]) -> None:
        """Do something, then put the database's rows back as they were, as a restored backup would."""
        with self.database.read() as session:
            head = session.execute(text("SELECT seq, hash, signature FROM audit_head")).one()
        act()
        with self.database.write() as session:
            if self.database.dialect == "postgresql":
                session.execute(text("SET LOCAL session_replication_role = replica"))
            else:
                session.execute(text("DROP TRIGGER IF EXISTS audit_entries_no_delete"))
            session.execute(text("DELETE FROM audit_entries WHERE seq > :n"), {"n": head.seq})
            session.execute(
                text("UPDATE audit_head SET seq = :s, hash = :h, signature = :g"),
                {"s": head.seq, "h": head.hash, "g": head.signature},
            )


@pytest.fixture
def desk(database: Database, audit: AuditLog, clock: SetClock, tmp_path: Path) -> Desk:
    folder = tmp_path / "anchors"
    folder.mkdir()
    return Desk(database, audit, clock, folder)
