"""Rows for tests, with everything required filled in."""

from datetime import date

from sqlalchemy.orm import Session

from akta.access.models import User
from akta.kernel.ids import new_id
from akta.records.models import Receipt, Record, Version
from tests.conftest import NOON


def add_record(session: Session, **values: object) -> Record:
    """A record with its receipt and first version; anything can be set."""
    sha256 = str(values.pop("sha256", new_id().ljust(64, "0")))
    record = Record(
        **{
            "id": new_id(),
            "state": "filed",
            "row_version": 1,
            "file_name": "paper.pdf",
            "title": "Paper",
            "size": 10,
            "sha256": sha256,
            "channel": "test",
            "received_at": NOON,
            "confidentiality": 1,
            "held": False,
            "domain": "accounting",
            "doc_type": "invoice",
            "document_date": date(2026, 3, 1),
            **values,
        }
    )
    session.add(record)
    session.flush()
    session.add(
        Receipt(
            id=new_id(),
            record_id=record.id,
            duplicate=False,
            channel="test",
            actor="user:test",
            owner_id=record.owner_id,
            file_name="paper.pdf",
            sha256=sha256,
            size=10,
            received_at=NOON,
        )
    )
    session.add(
        Version(
            id=new_id(),
            record_id=record.id,
            number=1,
            sha256=sha256,
            size=10,
            actor="user:test",
            created_at=NOON,
        )
    )
    session.flush()
    return record


def add_user(session: Session, login: str, *roles: str) -> User:
    """A person without grants whose password nobody knows."""
    user = User(
        id=new_id(),
        login=login,
        name=login,
        password_hash="!",
        language="en",
        roles=list(roles),
        active=True,
        must_change_password=False,
        created_at=NOON,
    )
    session.add(user)
    session.flush()
    return user
